-- === lock rules on a table that the file makes
CREATE TABLE private.t (id bigint PRIMARY KEY, a int, b bigint);
ALTER TABLE private.t ADD CONSTRAINT positive CHECK (a > 0), ALTER COLUMN a SET NOT NULL, ADD CONSTRAINT once UNIQUE (a);
CREATE INDEX t_b ON private.t (b);
-- === create, then drop again
CREATE TABLE private.t (id bigint PRIMARY KEY);
DROP TABLE private.t;
-- === a constant default
ALTER TABLE orders ADD COLUMN open boolean NOT NULL DEFAULT true;
-- === the moment as a default
ALTER TABLE orders ADD COLUMN a timestamptz NOT NULL DEFAULT now(), ADD COLUMN b date DEFAULT CURRENT_DATE;
-- === an array and a cast as a default
ALTER TABLE orders ADD COLUMN tags text[] NOT NULL DEFAULT ARRAY[]::text[], ADD COLUMN data jsonb DEFAULT '{}'::jsonb;
-- === not null after a validated check
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, name text);
ALTER TABLE users ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT named;
-- now:
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
-- === a type that only gets wider
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50), paid numeric(8,2), seen timestamptz(3));
-- now:
ALTER TABLE users ALTER COLUMN name TYPE text, ALTER COLUMN paid TYPE numeric(12,2), ALTER COLUMN seen TYPE timestamptz(6);
-- === int, varchar, serial and timestamp in a table of their own
CREATE TABLE private.t (id serial PRIMARY KEY, n int, name varchar(20), at timestamp);
-- === no IF NOT EXISTS in a file of one statement
ALTER TABLE orders ADD COLUMN note text;
-- === CONCURRENTLY, alone in its file
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
-- === a foreign key that the primary key's first column covers
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE TABLE private.b (a_id bigint NOT NULL REFERENCES private.a (id), day date NOT NULL, PRIMARY KEY (a_id, day));
-- === a foreign key whose index stands later in the file
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE TABLE private.b (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES private.a (id));
CREATE INDEX b_a_id ON private.b (a_id);
-- === a definer function that asks who calls
CREATE FUNCTION public.leave_team(team uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF (SELECT auth.uid()) IS NULL THEN RAISE EXCEPTION 'sign in first'; END IF;
  DELETE FROM public.members m WHERE m.team_id = team AND m.user_id = (SELECT auth.uid());
END $$;
-- === a safe search path that is not empty
CREATE FUNCTION private.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
-- === a restrictive policy is no second permissive one
-- history:
CREATE TABLE public.notes (id uuid PRIMARY KEY, owner_id uuid NOT NULL);
CREATE INDEX ON public.notes (owner_id);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.notes TO authenticated;
CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
-- now:
CREATE POLICY mfa ON public.notes AS RESTRICTIVE FOR SELECT TO authenticated USING ((SELECT auth.jwt() ->> 'aal') = 'aal2');
-- === the caller asked once, in a sub-select of a sub-select
CREATE POLICY p ON public.notes FOR SELECT TO authenticated USING (team_id IN (SELECT m.team_id FROM public.members m WHERE m.user_id = (SELECT auth.uid())));
-- === PostGIS' own table
CREATE TABLE public.spatial_ref_sys (srid integer PRIMARY KEY, auth_name varchar(256));
-- === a table in a schema that nobody serves
CREATE TABLE internal.jobs (id bigint PRIMARY KEY, state text NOT NULL);
-- === syntax that other parsers refuse
CREATE TABLE private.t (id bigint PRIMARY KEY, during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&));
MERGE INTO private.t USING (VALUES (1)) AS v (id) ON t.id = v.id WHEN NOT MATCHED THEN INSERT (id, during) VALUES (v.id, tstzrange(now(), NULL));
-- === a type of the file's own, dropped again
CREATE TYPE private.mood AS ENUM ('ok');
DROP TYPE private.mood;
-- === a table of which nothing is known
ALTER TABLE public.somewhere ADD COLUMN note text;
COMMENT ON TABLE public.somewhere IS 'kept elsewhere';
-- === a BEFORE trigger that keeps two columns alike, on a table of the file's own
CREATE TABLE private.t (id bigint PRIMARY KEY, name text, full_name text);
CREATE FUNCTION private.alike() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN NEW.full_name := NEW.name; RETURN NEW; END $$;
CREATE TRIGGER alike BEFORE INSERT OR UPDATE ON private.t FOR EACH ROW EXECUTE FUNCTION private.alike();
