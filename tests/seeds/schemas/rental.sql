CREATE TYPE rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN money_amount AS numeric(7, 2) CHECK (VALUE >= 0);

CREATE TABLE language (language_id serial PRIMARY KEY, name char(20) NOT NULL UNIQUE);
CREATE TABLE category (category_id serial PRIMARY KEY, name text NOT NULL, last_update timestamptz NOT NULL DEFAULT now());
CREATE TABLE actor (actor_id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL);
CREATE TABLE country (country_id serial PRIMARY KEY, country text NOT NULL);
CREATE TABLE city (city_id serial PRIMARY KEY, city text NOT NULL, country_id integer NOT NULL REFERENCES country);
CREATE TABLE address (
  address_id serial PRIMARY KEY, address text NOT NULL, address2 text, district text NOT NULL,
  city_id integer NOT NULL REFERENCES city, postal_code text, phone text NOT NULL
);
CREATE TABLE film (
  film_id serial PRIMARY KEY, title text NOT NULL, description text, release_year year,
  language_id integer NOT NULL REFERENCES language, original_language_id integer REFERENCES language,
  rental_duration smallint NOT NULL DEFAULT 3, rental_rate numeric(4, 2) NOT NULL DEFAULT 4.99, length smallint,
  replacement_cost money_amount NOT NULL DEFAULT 19.99, rating rating DEFAULT 'G', special_features text[],
  fulltext tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || coalesce(description, ''))) STORED,
  minutes_a_day integer GENERATED ALWAYS AS (length / rental_duration) VIRTUAL,
  CHECK (special_features <@ ARRAY['Trailers', 'Commentaries', 'Deleted Scenes', 'Behind the Scenes']),
  CHECK (rental_duration > 0 AND rental_duration < 15)
);
CREATE TABLE film_actor (
  actor_id integer REFERENCES actor, film_id integer REFERENCES film, PRIMARY KEY (actor_id, film_id)
);
CREATE TABLE film_category (
  film_id integer REFERENCES film, category_id integer REFERENCES category, PRIMARY KEY (film_id, category_id)
);
CREATE TABLE store (store_id serial PRIMARY KEY, manager_staff_id integer NOT NULL UNIQUE, address_id integer NOT NULL REFERENCES address);
CREATE TABLE staff (
  staff_id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, address_id integer NOT NULL REFERENCES address,
  email text, store_id integer NOT NULL REFERENCES store, active boolean NOT NULL DEFAULT true, username text NOT NULL, picture bytea
);
ALTER TABLE store ADD FOREIGN KEY (manager_staff_id) REFERENCES staff;
CREATE TABLE customer (
  customer_id serial PRIMARY KEY, store_id integer NOT NULL REFERENCES store, first_name text NOT NULL, last_name text NOT NULL,
  email text CHECK (email ~* '^[^@]+@[^@]+\.[a-z]{2,}$'), address_id integer NOT NULL REFERENCES address, activebool boolean NOT NULL DEFAULT true,
  create_date date NOT NULL DEFAULT CURRENT_DATE
);
CREATE UNIQUE INDEX ON customer (lower(email));
CREATE TABLE inventory (
  inventory_id serial PRIMARY KEY, film_id integer NOT NULL REFERENCES film, store_id integer NOT NULL REFERENCES store
);
CREATE TABLE rental (
  rental_id serial PRIMARY KEY, rental_date timestamptz NOT NULL, inventory_id integer NOT NULL REFERENCES inventory,
  customer_id integer NOT NULL REFERENCES customer, return_date timestamptz, staff_id integer NOT NULL REFERENCES staff,
  UNIQUE (rental_date, inventory_id, customer_id), CHECK (return_date > rental_date)
);
CREATE TABLE payment (
  payment_id serial, customer_id integer NOT NULL, staff_id integer NOT NULL, rental_id integer NOT NULL,
  amount numeric(5, 2) NOT NULL, payment_date timestamptz NOT NULL, PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_2024_05 PARTITION OF payment FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE TABLE payment_2024_06 PARTITION OF payment FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
ALTER TABLE payment_2024_05 ADD FOREIGN KEY (customer_id) REFERENCES customer, ADD FOREIGN KEY (staff_id) REFERENCES staff,
  ADD FOREIGN KEY (rental_id) REFERENCES rental;
ALTER TABLE payment_2024_06 ADD FOREIGN KEY (customer_id) REFERENCES customer, ADD FOREIGN KEY (staff_id) REFERENCES staff,
  ADD FOREIGN KEY (rental_id) REFERENCES rental, ADD CHECK (amount < 500);
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.last_update := now(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON category FOR EACH ROW EXECUTE FUNCTION touched();
