-- === textbook not null, the check first
ALTER TABLE public.orders ADD CONSTRAINT orders_region_not_null CHECK (region IS NOT NULL) NOT VALID;
-- === textbook not null, the validation
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_region_not_null;
-- === textbook not null, set and tidy
-- history:
CREATE TABLE public.orders (id bigint PRIMARY KEY, region text);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders ADD CONSTRAINT region_nn CHECK (region IS NOT NULL) NOT VALID;
ALTER TABLE public.orders VALIDATE CONSTRAINT region_nn;
-- now:
SET lock_timeout = '5s';
ALTER TABLE public.orders ALTER COLUMN region SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT region_nn;
-- === the same in one statement order
-- history:
CREATE TABLE private.orders (id bigint PRIMARY KEY, region text);
ALTER TABLE private.orders ADD CONSTRAINT region_nn CHECK (region IS NOT NULL) NOT VALID;
ALTER TABLE private.orders VALIDATE CONSTRAINT region_nn;
-- now:
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE private.orders ALTER region SET NOT NULL;
ALTER TABLE private.orders DROP CONSTRAINT IF EXISTS region_nn;
COMMIT;
-- === foreign key in two steps
ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id) ON DELETE RESTRICT NOT VALID;
-- === foreign key, second step
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer_fk;
-- === index concurrently
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id);
-- === unique by an index built concurrently
CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON public.users (lower(email));
-- === constraint from the index
ALTER TABLE public.users ADD CONSTRAINT users_handle_key UNIQUE USING INDEX users_handle_idx;
-- === an expand step
ALTER TABLE public.customers ADD COLUMN given_name text, ADD COLUMN family_name text;
-- === a constant default
ALTER TABLE public.customers ADD COLUMN locale text NOT NULL DEFAULT 'en';
-- === default for the future then present rows
ALTER TABLE public.customers ADD COLUMN joined_at timestamptz;
ALTER TABLE public.customers ALTER COLUMN joined_at SET DEFAULT now();
-- === batched backfill in a procedure
CREATE PROCEDURE private.backfill_names(batch int DEFAULT 1000) LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  LOOP
    UPDATE public.customers SET given_name = split_part(name, ' ', 1)
    WHERE id IN (SELECT id FROM public.customers WHERE given_name IS NULL LIMIT 1000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS n = ROW_COUNT;
    EXIT WHEN n = 0;
    COMMIT;
  END LOOP;
END;
$$;
-- === batched backfill in a DO block
DO $$
DECLARE
  n bigint;
BEGIN
  LOOP
    WITH batch AS (SELECT ctid FROM public.events WHERE tenant_id IS NULL LIMIT 5000 FOR UPDATE SKIP LOCKED)
    UPDATE public.events e SET tenant_id = e.payload ->> 'tenant' FROM batch WHERE e.ctid = batch.ctid;
    GET DIAGNOSTICS n = ROW_COUNT;
    EXIT WHEN n = 0;
    COMMIT;
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;
-- === text made longer
-- history:
CREATE TABLE private.p (id bigint PRIMARY KEY, name varchar(50));
-- now:
ALTER TABLE private.p ALTER COLUMN name TYPE varchar(100);
-- === varchar to text
-- history:
CREATE TABLE private.p (id bigint PRIMARY KEY, name varchar(50));
-- now:
ALTER TABLE private.p ALTER COLUMN name TYPE text;
-- === an enum grows alone
ALTER TYPE public.order_status ADD VALUE IF NOT EXISTS 'refunded' AFTER 'paid';
-- === detached without a block
ALTER TABLE public.events DETACH PARTITION public.events_2019 CONCURRENTLY;
-- === partition prepared with a check, attached
-- history:
CREATE TABLE private.ev (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
-- now:
CREATE TABLE private.ev_2026_01 (LIKE private.ev INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE private.ev_2026_01 ADD CONSTRAINT ev_2026_01_range CHECK (at >= '2026-01-01' AND at < '2026-02-01');
ALTER TABLE private.ev ATTACH PARTITION private.ev_2026_01 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
-- === a new partitioned table with its first months
CREATE TABLE internal.measurements (
  device_id bigint NOT NULL,
  at timestamptz NOT NULL,
  celsius double precision,
  PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE internal.measurements_2026_01 PARTITION OF internal.measurements FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE internal.measurements_2026_02 PARTITION OF internal.measurements FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
-- === timeouts, then a nullable column
SET lock_timeout = '3s';
SET statement_timeout = '30s';
ALTER TABLE public.orders ADD COLUMN note text;
-- === timeouts in a transaction
BEGIN;
SET LOCAL lock_timeout = '3s';
SET LOCAL statement_timeout = '1min';
ALTER TABLE public.orders ADD COLUMN IF NOT EXISTS source text DEFAULT 'web';
COMMIT;
-- === prisma creates a schema of its own
-- CreateTable
CREATE TABLE "app"."User" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app"."Post" (
    "id" BIGSERIAL NOT NULL,
    "title" TEXT NOT NULL,
    "authorId" TEXT NOT NULL,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "app"."User"("email");

-- CreateIndex
CREATE INDEX "Post_authorId_idx" ON "app"."Post"("authorId");

-- AddForeignKey
ALTER TABLE "app"."Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "app"."User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- === drizzle's first migration in a private schema
CREATE SCHEMA "billing";
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "billing"."plans" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plans_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "billing"."prices" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"plan_id" uuid NOT NULL,
	"cents" integer NOT NULL
);
--> statement-breakpoint
DO $$ BEGIN
 ALTER TABLE "billing"."prices" ADD CONSTRAINT "prices_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "billing"."plans"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "prices_plan_id_idx" ON "billing"."prices" USING btree ("plan_id");
-- === alembic's first steps
BEGIN;

CREATE TABLE IF NOT EXISTS app.alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1975ea83b712

CREATE TABLE app.account (
    id BIGSERIAL NOT NULL,
    name VARCHAR(50) NOT NULL,
    description VARCHAR(200),
    PRIMARY KEY (id)
);

INSERT INTO app.alembic_version (version_num) VALUES ('1975ea83b712') RETURNING app.alembic_version.version_num;

COMMIT;
-- === alembic moves its version
UPDATE app.alembic_version SET version_num='27c6a30d7c24' WHERE app.alembic_version.version_num = '1975ea83b712';
-- === pg_dump header
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE internal.things (
    id bigint NOT NULL,
    label text
);
CREATE SEQUENCE internal.things_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE internal.things_id_seq OWNED BY internal.things.id;
ALTER TABLE ONLY internal.things ALTER COLUMN id SET DEFAULT nextval('internal.things_id_seq'::regclass);
ALTER TABLE ONLY internal.things ADD CONSTRAINT things_pkey PRIMARY KEY (id);
-- === a targeted correction
UPDATE public.settings SET value = '"eu-west-1"' WHERE key = 'region';
-- === a targeted deletion
DELETE FROM public.feature_flags WHERE name IN ('old_checkout', 'beta_search');
-- === duplicates deleted
DELETE FROM private.emails a USING private.emails b WHERE a.address = b.address AND a.id > b.id;
-- === duplicates deleted by window
WITH ranked AS (SELECT id, row_number() OVER (PARTITION BY address ORDER BY id) AS n FROM private.emails)
DELETE FROM private.emails WHERE id IN (SELECT id FROM ranked WHERE n > 1);
-- === duplicates deleted by distinct on
DELETE FROM private.emails WHERE id NOT IN (SELECT DISTINCT ON (address) id FROM private.emails ORDER BY address, id);
-- === a merge that keeps in step
MERGE INTO internal.prices p USING internal.prices_in i ON p.sku = i.sku
WHEN MATCHED AND p.cents <> i.cents THEN UPDATE SET cents = i.cents
WHEN NOT MATCHED THEN INSERT (sku, cents) VALUES (i.sku, i.cents);
-- === seeds
INSERT INTO private.plans (code, title) VALUES ('free', 'Free'), ('pro', 'Pro') ON CONFLICT (code) DO UPDATE SET title = excluded.title;
-- === text that only looks dangerous
INSERT INTO private.docs (title, body) VALUES ('How not to', 'Never run DROP TABLE users; or TRUNCATE orders; in production');
-- === a comment that only looks dangerous
COMMENT ON TABLE private.docs IS 'DROP TABLE private.docs; -- only with an approval';
/* DELETE FROM private.docs; */
-- === a function that raises about dropping
CREATE FUNCTION private.no_drop() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  RAISE EXCEPTION 'DROP TABLE is not allowed here';
END $$;
-- === a temporary table comes and goes
CREATE TEMP TABLE staging (id int, v text) ON COMMIT DROP;
INSERT INTO staging SELECT id, upper(name) FROM private.p;
UPDATE staging SET v = trim(v);
TRUNCATE staging;
DROP TABLE staging;
-- === made and emptied in the same migration
CREATE TABLE private.scratch (id bigint PRIMARY KEY);
INSERT INTO private.scratch VALUES (1), (2);
TRUNCATE private.scratch;
-- === full text on a new table
CREATE TABLE internal.articles (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  body text NOT NULL,
  fts tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', body), 'B')) STORED
);
CREATE INDEX articles_fts_idx ON internal.articles USING gin (fts);
-- === jsonb with a partial index on a new table
CREATE TABLE internal.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payload jsonb NOT NULL DEFAULT '{}'::jsonb,
  processed_at timestamptz,
  CONSTRAINT payload_is_object CHECK (jsonb_typeof(payload) = 'object')
);
CREATE INDEX events_payload_idx ON internal.events USING gin (payload jsonb_path_ops);
CREATE INDEX events_unprocessed_idx ON internal.events (id) WHERE processed_at IS NULL;
-- === gin concurrently
CREATE INDEX CONCURRENTLY articles_title_trgm_idx ON internal.articles USING gin (title extensions.gin_trgm_ops);
-- === an invalid index retried
DROP INDEX CONCURRENTLY IF EXISTS public.orders_total_idx;
CREATE INDEX CONCURRENTLY orders_total_idx ON public.orders (total);
-- === reindex without a block
REINDEX INDEX CONCURRENTLY public.orders_pkey;
-- === statistics
CREATE STATISTICS internal.orders_stats (dependencies) ON city, zip FROM internal.addresses;
ALTER TABLE internal.addresses ALTER COLUMN city SET STATISTICS 500;
ANALYZE internal.addresses;
-- === vacuum analyze
VACUUM (ANALYZE) public.orders;
-- === autovacuum tuned
ALTER TABLE internal.events SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
-- === storage tuned
ALTER TABLE internal.events ALTER COLUMN payload SET COMPRESSION lz4;
-- === geography on a new table
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA extensions;
CREATE TABLE internal.places (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  location extensions.geography(point, 4326) NOT NULL
);
CREATE INDEX places_location_idx ON internal.places USING gist (location);
-- === timescale
CREATE TABLE internal.conditions (
  time timestamptz NOT NULL,
  device_id bigint NOT NULL,
  temperature double precision,
  PRIMARY KEY (device_id, time)
);
SELECT create_hypertable('internal.conditions', by_range('time'));
-- === bookings that cannot overlap, new
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA extensions;
CREATE TABLE internal.bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id bigint NOT NULL,
  during tstzrange NOT NULL,
  EXCLUDE USING gist (room_id WITH =, during WITH &&)
);
-- === a tree
CREATE TABLE internal.categories (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES internal.categories (id) ON DELETE SET NULL,
  name text NOT NULL
);
CREATE INDEX categories_parent_id_idx ON internal.categories (parent_id);
-- === a recursive view for the server
CREATE VIEW internal.category_paths AS
WITH RECURSIVE t AS (
  SELECT id, name AS path FROM internal.categories WHERE parent_id IS NULL
  UNION ALL
  SELECT c.id, t.path || ' / ' || c.name FROM internal.categories c JOIN t ON c.parent_id = t.id
)
SELECT id, path FROM t;
-- === a materialized view with the index a concurrent refresh needs
CREATE MATERIALIZED VIEW analytics.revenue AS
SELECT date_trunc('day', created_at) AS day, sum(total) AS total FROM internal.sales GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX revenue_day_key ON analytics.revenue (day);
-- === refreshed without a block
REFRESH MATERIALIZED VIEW CONCURRENTLY analytics.revenue;
-- === an audit trigger on a new table
CREATE TABLE internal.accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION internal.touch_account() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER touch_account BEFORE UPDATE ON internal.accounts FOR EACH ROW EXECUTE FUNCTION internal.touch_account();
-- === a new column with its own check
ALTER TABLE internal.sales ADD COLUMN discount_percent smallint CHECK (discount_percent BETWEEN 0 AND 100);
-- === a reference from a column that is there, two steps
ALTER TABLE internal.sales ADD CONSTRAINT sales_coupon_fk FOREIGN KEY (coupon_id) REFERENCES internal.coupons (id) ON DELETE SET NULL NOT VALID;
-- === a group role for readers
CREATE ROLE reporting NOLOGIN;
GRANT USAGE ON SCHEMA analytics TO reporting;
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO reporting;
-- === a timeout for a role
ALTER ROLE reporting SET statement_timeout = '60s';
-- === dynamic, with the name quoted, that only adds
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['sales', 'refunds'] LOOP
    EXECUTE format('ALTER TABLE internal.%I ADD COLUMN IF NOT EXISTS archived_at timestamptz', t);
  END LOOP;
END $$;
-- === a guard that asks before it goes on
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM internal.sales WHERE customer_id IS NULL) THEN
    RAISE EXCEPTION 'sales without a customer: run the backfill first';
  END IF;
END $$;
-- === a sequence moved forward
SELECT setval(pg_get_serial_sequence('internal.sales', 'id'), (SELECT coalesce(max(id), 1) FROM internal.sales));
-- === a domain for new tables
CREATE DOMAIN internal.email AS text CHECK (value ~ '^[^@\s]+@[^@\s]+$');
CREATE TABLE internal.leads (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email internal.email NOT NULL);
-- === a row deleted by a function that takes its key
CREATE FUNCTION internal.forget(lead bigint) RETURNS void LANGUAGE sql SET search_path = '' AS $$
  DELETE FROM internal.leads WHERE id = lead
$$;
-- === a view gets a column more
-- history:
CREATE TABLE internal.k (id bigint PRIMARY KEY, a int);
CREATE VIEW internal.v AS SELECT id FROM internal.k;
-- now:
CREATE OR REPLACE VIEW internal.v AS SELECT id, a FROM internal.k;
-- === a generated column, virtual, on a new table
CREATE TABLE internal.lines (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cents bigint NOT NULL,
  quantity int NOT NULL,
  total bigint GENERATED ALWAYS AS (cents * quantity) STORED
);
-- === archive in batches
CREATE PROCEDURE internal.archive_old() LANGUAGE plpgsql AS $$
BEGIN
  LOOP
    WITH moved AS (
      DELETE FROM internal.events WHERE id IN (
        SELECT id FROM internal.events WHERE processed_at < now() - interval '90 days' LIMIT 1000)
      RETURNING *)
    INSERT INTO internal.events_archive SELECT * FROM moved;
    EXIT WHEN NOT FOUND;
    COMMIT;
  END LOOP;
END $$;
-- === psql meta commands stay out, quoting odd but harmless
CREATE TABLE internal."weird "" name" ("select" bigint PRIMARY KEY, "from" text, "Ünïcode" text);
-- === unicode data
INSERT INTO private.greetings (lang, hello) VALUES ('ja', 'こんにちは'), ('ar', 'مرحبا'), ('de', 'Grüß Gott'), ('emoji', '👋🏽');
-- === escape strings
INSERT INTO private.greetings (lang, hello) VALUES ('esc', E'it\'s\n fine; DROP TABLE x'), ('dollar', $t$it's $$ fine$t$);
