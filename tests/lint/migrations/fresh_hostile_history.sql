-- === a required column on a table that has rows: ADD_REQUIRED_COLUMN
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY);
INSERT INTO private.a VALUES (1);
-- now:
ALTER TABLE private.a ADD COLUMN kind text NOT NULL;
-- === a column dropped that a view reads: DROP_COLUMN DEPENDENT_OBJECTS
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, b int);
CREATE VIEW private.v AS SELECT id, b FROM private.a;
-- now:
ALTER TABLE private.a DROP COLUMN b;
-- === a column dropped that a policy reads: DEPENDENT_OBJECTS
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.a FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
-- now:
ALTER TABLE public.a DROP COLUMN owner;
-- === the type of a column that a view reads: DEPENDENT_OBJECTS
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, b int);
CREATE VIEW private.v AS SELECT id, b FROM private.a;
-- now:
ALTER TABLE private.a ALTER COLUMN b TYPE bigint;
-- === an index that serves a foreign key dropped: DROP_INDEX
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE TABLE private.b (id bigint PRIMARY KEY, a_id bigint REFERENCES private.a (id));
CREATE INDEX b_a ON private.b (a_id);
-- now:
DROP INDEX CONCURRENTLY private.b_a;
-- === a column that does not exist: UNKNOWN_REFERENCE
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, total int);
-- now:
CREATE INDEX CONCURRENTLY i ON private.a (totals);
-- === a table that does not exist: UNKNOWN_REFERENCE
-- history:
CREATE TABLE private.orders (id bigint PRIMARY KEY);
-- now:
ALTER TABLE private.order ADD COLUMN a int;
-- === the same column again: DUPLICATE_COLUMN
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, b int);
-- now:
ALTER TABLE private.a ADD COLUMN b int;
-- === a reference of another type: FK_TYPE_MISMATCH
-- history:
CREATE TABLE private.a (id uuid PRIMARY KEY);
-- now:
CREATE TABLE private.b (id bigint PRIMARY KEY, a_id bigint REFERENCES private.a (id));
-- === a policy widened by ALTER: DROP_POLICY
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid, public boolean);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.a FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
-- now:
ALTER POLICY p ON public.a USING (owner = (SELECT auth.uid()) OR public);
-- === a policy for more roles: DROP_POLICY
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.a FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
-- now:
ALTER POLICY p ON public.a TO anon, authenticated;
-- === a policy whose caller is forgotten in WITH CHECK: DROP_POLICY
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid, kind text);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.a FOR INSERT TO authenticated WITH CHECK (owner = (SELECT auth.uid()));
-- now:
DROP POLICY p ON public.a;
CREATE POLICY p ON public.a FOR INSERT TO authenticated WITH CHECK (kind = 'note');
-- === a helper function that now says yes to all: POLICY_ALWAYS_TRUE
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION private.may() RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS 'SELECT auth.uid() IS NOT NULL';
CREATE POLICY p ON public.a FOR ALL TO authenticated USING (private.may());
-- now:
CREATE OR REPLACE FUNCTION private.may() RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS 'SELECT true';
-- === a table loses its force: RLS_NO_FORCE
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- now:
ALTER TABLE public.a NO FORCE ROW LEVEL SECURITY;
-- === an extension moves down: EXTENSION_VERSION
ALTER EXTENSION vector UPDATE TO '0.5.0';
-- === enum value used in a default at once: ENUM_VALUE_IN_TRANSACTION
-- history:
CREATE TYPE private.mood AS ENUM ('ok');
CREATE TABLE private.a (id bigint PRIMARY KEY, m private.mood);
-- now:
BEGIN;
ALTER TYPE private.mood ADD VALUE 'sad';
ALTER TABLE private.a ALTER COLUMN m SET DEFAULT 'sad';
COMMIT;
-- === a trigger function dropped that is in use: DEPENDENT_OBJECTS
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE FUNCTION private.t() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE ON private.a FOR EACH ROW EXECUTE FUNCTION private.t();
-- now:
DROP FUNCTION private.t();
-- === a delete that cascades through two tables: DELETE_WITHOUT_WHERE
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE TABLE private.b (id bigint PRIMARY KEY, a_id bigint REFERENCES private.a (id) ON DELETE CASCADE);
CREATE INDEX ON private.b (a_id);
-- now:
DELETE FROM private.a WHERE id >= 1;
-- === a function of the history that empties, called now: HIDDEN_DESTRUCTIVE
-- history:
CREATE FUNCTION private.reset() RETURNS void LANGUAGE plpgsql SET search_path = '' AS 'BEGIN TRUNCATE private.a; END';
-- now:
DO $$ BEGIN PERFORM private.reset(); END $$;
-- === the primary key swapped for another: PK_WITHOUT_INDEX WRITE_RESTRICTION
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, code text NOT NULL);
-- now:
ALTER TABLE private.a DROP CONSTRAINT a_pkey, ADD PRIMARY KEY (code);
-- === a unique constraint dropped by its index: DROP_CONSTRAINT_INDEX
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, code text UNIQUE);
-- now:
DROP INDEX private.a_code_key;
-- === a partition of a table with row security, attached bare: PARTITION_CHILD_NO_RLS
-- history:
CREATE TABLE public.ev (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
ALTER TABLE public.ev ENABLE ROW LEVEL SECURITY;
-- now:
CREATE TABLE public.ev_1 PARTITION OF public.ev FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
-- === narrower by a domain: TYPE_NARROWING
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, n bigint);
-- now:
ALTER TABLE private.a ALTER n TYPE smallint;
-- === timestamp loses its zone: TYPE_CHANGE
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, at timestamptz);
-- now:
ALTER TABLE private.a ALTER COLUMN at TYPE timestamp;
-- === json to text to json: TYPE_CHANGE_REWRITE
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY, j json);
-- now:
ALTER TABLE private.a ALTER COLUMN j TYPE jsonb USING j::jsonb;
-- === a default that a new key lacks: SEQUENCE_NOT_RESET
-- history:
CREATE TABLE private.a (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n text);
-- now:
INSERT INTO private.a (id, n) VALUES (1, 'a'), (2, 'b');
-- === an insert that breaks an identity: SEQUENCE_NOT_RESET
-- history:
CREATE TABLE private.a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text);
-- now:
INSERT INTO private.a (id, n) OVERRIDING SYSTEM VALUE VALUES (1, 'a');
-- === a view replaced without a column: DROP_VIEW
-- history:
CREATE VIEW private.v AS SELECT 1 AS a, 2 AS b;
-- now:
DROP VIEW private.v;
CREATE VIEW private.v AS SELECT 1 AS a;
-- === an overload left behind by a new argument: DROP_FUNCTION
-- history:
CREATE FUNCTION public.f(a int) RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT a';
-- now:
DROP FUNCTION public.f(int);
CREATE FUNCTION public.f(a int, b int) RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT a + b';
-- === a grant to clients on what has no row security: GRANT_TO_ANON
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY);
-- now:
GRANT INSERT ON public.a TO anon;
-- === a matview over row security: MATVIEW_IN_API
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid);
ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;
-- now:
CREATE MATERIALIZED VIEW public.m AS SELECT owner, count(*) FROM public.a GROUP BY 1;
-- === published after row security went: REALTIME_NO_RLS
-- history:
CREATE TABLE public.a (id bigint PRIMARY KEY);
-- now:
ALTER PUBLICATION supabase_realtime ADD TABLE public.a;
-- === a name of another case: UNKNOWN_REFERENCE
-- history:
CREATE TABLE private."User" (id bigint PRIMARY KEY);
-- now:
ALTER TABLE private.User ADD COLUMN a int;
-- === dropped under an alias of the schema: DROP_TABLE
-- history:
CREATE SCHEMA app; CREATE TABLE app.a (id bigint PRIMARY KEY);
-- now:
SET search_path TO app;
DROP TABLE a;
-- === the schema renamed, then dropped by its new name: DROP_SCHEMA
-- history:
CREATE SCHEMA app; CREATE TABLE app.a (id bigint PRIMARY KEY);
-- now:
ALTER SCHEMA app RENAME TO app_old;
DROP SCHEMA app_old CASCADE;
-- === an old table renamed into the place of a new one: DROP_TABLE
-- history:
CREATE TABLE private.a (id bigint PRIMARY KEY);
-- now:
CREATE TABLE private.b (id bigint PRIMARY KEY);
DROP TABLE IF EXISTS private.a;
ALTER TABLE private.b RENAME TO a;
-- === a revoke that a replaced function loses: REVOKE_LOST
-- history:
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
REVOKE ALL ON FUNCTION public.f() FROM PUBLIC, anon, authenticated;
-- now:
DROP FUNCTION IF EXISTS public.f();
CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1::bigint';
-- === a definer by replacement: SECURITY_DEFINER_SEARCH_PATH
-- history:
CREATE FUNCTION private.f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
-- now:
CREATE OR REPLACE FUNCTION private.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
