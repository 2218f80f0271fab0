-- === quoted table with a space dropped: DROP_TABLE
DROP TABLE "order lines";
-- === several tables in one statement: DROP_TABLE DROP_CASCADE
DROP TABLE IF EXISTS public.carts, "Public"."Carts", shop.carts CASCADE;
-- === a foreign table dropped with what depends on it: DROP_CASCADE
DROP FOREIGN TABLE IF EXISTS remote.invoices CASCADE;
-- === a column dropped in the middle of many subcommands: DROP_COLUMN
ALTER TABLE IF EXISTS ONLY public.profiles
  ADD COLUMN nickname text,
  ALTER COLUMN bio SET DEFAULT '',
  DROP IF EXISTS full_name,
  ADD COLUMN given_name text;
-- === a column dropped without the word column: DROP_COLUMN
alter table profiles drop "Full Name" restrict;
-- === an attribute of a composite type: DROP_COLUMN
ALTER TYPE address DROP ATTRIBUTE zip CASCADE;
-- === truncated with its children: TRUNCATE TRUNCATE_CASCADE
TRUNCATE ONLY orders, order_items RESTART IDENTITY CASCADE;
-- === truncate without the word table: TRUNCATE
truncate audit.events;
-- === where true: DELETE_WITHOUT_WHERE
DELETE FROM sessions WHERE TRUE;
-- === a tautology: DELETE_WITHOUT_WHERE
DELETE FROM sessions WHERE 1 = 1;
-- === a tautology with text: DELETE_WITHOUT_WHERE
DELETE FROM sessions WHERE 'x' = 'x' OR created_at < now();
-- === id is never null: DELETE_WITHOUT_WHERE
CREATE TABLE IF NOT EXISTS tokens (id uuid PRIMARY KEY, user_id uuid);
ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
DELETE FROM tokens WHERE id IS NOT NULL;
-- === the whole table is in itself: DELETE_WITHOUT_WHERE
DELETE FROM sessions WHERE id IN (SELECT id FROM sessions);
-- === exists that is always so: DELETE_WITHOUT_WHERE
DELETE FROM sessions WHERE EXISTS (SELECT 1);
-- === hidden in a CTE of a select: DELETE_WITHOUT_WHERE
WITH gone AS (DELETE FROM sessions RETURNING *) SELECT count(*) FROM gone;
-- === hidden in a CTE of an insert: DELETE_WITHOUT_WHERE
WITH moved AS (DELETE FROM sessions RETURNING *)
INSERT INTO sessions_archive SELECT * FROM moved WHERE false;
-- === two levels of CTE: DELETE_WITHOUT_WHERE
WITH a AS (SELECT 1 AS x), b AS (DELETE FROM public.invoices USING a RETURNING invoices.id) SELECT * FROM b;
-- === merge that deletes all: DELETE_WITHOUT_WHERE
MERGE INTO customers c USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE;
-- === update everything with a tautology: UPDATE_WITHOUT_WHERE
UPDATE users SET role = 'admin' WHERE NOT false;
-- === update all by coalesce: UPDATE_WITHOUT_WHERE
UPDATE users SET is_admin = true WHERE coalesce(true, false);
-- === update with a join to nothing: UPDATE_WITHOUT_WHERE
UPDATE users u SET email = NULL FROM (SELECT 1) AS s(n);
-- === merge that updates all: UPDATE_WITHOUT_WHERE
MERGE INTO users u USING (VALUES (1)) v(n) ON 1 = 1 WHEN MATCHED THEN UPDATE SET balance = 0;
-- === an update in a CTE: UPDATE_WITHOUT_WHERE
WITH u AS (UPDATE accounts SET balance = 0 RETURNING id) INSERT INTO log (n) SELECT count(*) FROM u;
-- === schema with everything: DROP_SCHEMA DROP_CASCADE
DROP SCHEMA IF EXISTS app, legacy CASCADE;
-- === database: DROP_DATABASE
DROP DATABASE IF EXISTS postgres WITH (FORCE);
-- === everything a role owns: DROP_OWNED
DROP OWNED BY app_user, CURRENT_USER;
-- === dropped in a DO block: DROP_TABLE
DO LANGUAGE plpgsql $body$
BEGIN
  IF EXISTS (SELECT FROM pg_tables WHERE tablename = 'orders') THEN
    DROP TABLE public.orders;
  END IF;
END
$body$;
-- === dynamic in a loop over the catalogue: HIDDEN_DESTRUCTIVE
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'DROP TABLE IF EXISTS ' || quote_ident(r.schemaname) || '.' || quote_ident(r.tablename) || ' CASCADE';
  END LOOP;
END $$;
-- === dynamic with format: HIDDEN_DESTRUCTIVE
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE format('TRUNCATE TABLE %I.%I', 'public', t); END LOOP;
END $$;
-- === the text is put together in a variable: HIDDEN_DESTRUCTIVE
DO $$ DECLARE q text := 'DROP '; BEGIN
  q := q || 'TABLE ';
  q := q || 'orders';
  EXECUTE q;
END $$;
-- === cut into letters: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE 'D' || 'R' || 'OP TA' || 'BLE orders'; END $$;
-- === by chr: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE chr(68) || chr(82) || chr(79) || chr(80) || ' TABLE orders'; END $$;
-- === backwards: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE reverse('sredro ELBAT PORD'); END $$;
-- === decoded: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE convert_from(decode('RFJPUCBUQUJMRSBvcmRlcnM=', 'base64'), 'UTF8'); END $$;
-- === read from a table: DYNAMIC_SQL
DO $$ DECLARE q text; BEGIN SELECT body INTO q FROM jobs LIMIT 1; EXECUTE q; END $$;
-- === in a DO in a DO: HIDDEN_DESTRUCTIVE
DO $a$ BEGIN EXECUTE 'DO $b$ BEGIN EXECUTE ''DROP TABLE orders''; END $b$'; END $a$;
-- === a function that drops and is called at once: HIDDEN_DESTRUCTIVE
CREATE FUNCTION pg_temp.cleanup() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; END $$;
SELECT pg_temp.cleanup();
-- === a function calls a function that truncates: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.inner_step() RETURNS void LANGUAGE sql SET search_path = '' AS $$ TRUNCATE public.orders $$;
CREATE FUNCTION private.outer_step() RETURNS void LANGUAGE sql SET search_path = '' AS $$ SELECT private.inner_step() $$;
SELECT private.outer_step();
-- === a standard body: HIDDEN_DESTRUCTIVE
CREATE PROCEDURE private.wipe() LANGUAGE sql BEGIN ATOMIC DELETE FROM public.orders; END;
-- === through query_to_xml: HIDDEN_DESTRUCTIVE
SELECT query_to_xml('WITH d AS (DELETE FROM public.orders RETURNING 1) SELECT 1', true, false, '');
-- === through dblink to oneself: HIDDEN_DESTRUCTIVE
SELECT dblink_exec('dbname=postgres', 'DROP TABLE public.orders');
-- === scheduled: HIDDEN_DESTRUCTIVE
SELECT cron.schedule('nightly', '0 3 * * *', $$TRUNCATE public.orders$$);
-- === scheduled in another database: HIDDEN_DESTRUCTIVE
SELECT cron.schedule_in_database('x', '* * * * *', 'DELETE FROM public.users', 'postgres');
-- === a trigger that empties another table: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.on_insert() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  DELETE FROM public.messages;
  RETURN NEW;
END $$;
-- === an event trigger that drops: EVENT_TRIGGER_CHANGED
CREATE EVENT TRIGGER tidy ON ddl_command_end EXECUTE FUNCTION private.tidy();
-- === prepared: DROP_TABLE
PREPARE p AS DELETE FROM users WHERE id = $1;
DROP TABLE users;
-- === prepared delete: DELETE_WITHOUT_WHERE
PREPARE gone AS DELETE FROM users;
EXECUTE gone;
-- === table made again: DROP_AND_RECREATE
DROP TABLE IF EXISTS settings;
CREATE TABLE settings (key text PRIMARY KEY, value jsonb NOT NULL);
-- === column made again: COLUMN_RECREATED
ALTER TABLE users DROP COLUMN age, ADD COLUMN age int;
-- === column made again later: COLUMN_RECREATED
ALTER TABLE users DROP COLUMN IF EXISTS age;
COMMENT ON TABLE users IS 'people';
ALTER TABLE users ADD age smallint;
-- === sequence: DROP_SEQUENCE
DROP SEQUENCE IF EXISTS invoice_number_seq;
-- === extension: DROP_EXTENSION
DROP EXTENSION IF EXISTS pgcrypto CASCADE;
-- === text cut: TYPE_NARROWING
-- history:
CREATE TABLE people (id bigint PRIMARY KEY, name varchar(200), n bigint);
-- now:
ALTER TABLE people ALTER name TYPE varchar(50) USING substr(name, 1, 50);
-- === number cut: TYPE_NARROWING
-- history:
CREATE TABLE people (id bigint PRIMARY KEY, price numeric(12, 4));
-- now:
ALTER TABLE people ALTER COLUMN price SET DATA TYPE numeric(10, 2);
-- === precision lost: TYPE_NARROWING
-- history:
CREATE TABLE people (id bigint PRIMARY KEY, seen timestamptz);
-- now:
ALTER TABLE people ALTER COLUMN seen TYPE date USING seen::date;
-- === not crash safe: UNLOGGED_TABLE
ALTER TABLE public.payments SET UNLOGGED;
-- === born without a log: UNLOGGED_TABLE
CREATE UNLOGGED TABLE public.payments (id bigint PRIMARY KEY);
-- === triggers off: DISABLE_TRIGGER
ALTER TABLE public.orders DISABLE TRIGGER ALL;
-- === triggers of the user off: DISABLE_TRIGGER
ALTER TABLE public.orders DISABLE TRIGGER USER;
-- === foreign keys off: SESSION_REPLICATION_ROLE
SET LOCAL session_replication_role TO replica;
-- === foreign keys off by a function: SESSION_REPLICATION_ROLE
SELECT set_config('session_replication_role', 'replica', true);
-- === foreign keys off for a function: SESSION_REPLICATION_ROLE
ALTER FUNCTION private.load() SET session_replication_role = 'replica';
-- === sequence back to one: SEQUENCE_RESTART
ALTER SEQUENCE orders_id_seq RESTART;
-- === sequence set back: SEQUENCE_RESTART
SELECT setval('orders_id_seq', 1, false);
-- === identity back: SEQUENCE_RESTART
ALTER TABLE orders ALTER COLUMN id RESTART WITH 1;
-- === inheritance of a drop: DROP_TABLE
DO $outer$
DECLARE
  f record;
BEGIN
  BEGIN
    DROP TABLE IF EXISTS "Users";
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
END $outer$;
-- === a comment between the words: DROP_TABLE
DROP /* nothing to see
-- */ TABLE -- really
orders;
-- === two statements on a line of comments: DROP_TABLE
SELECT 1; /* ; */ DROP TABLE orders; -- SELECT 2;
-- === unicode escapes for the name: DROP_TABLE
DROP TABLE U&"\006f\0072ders";
-- === dropped in a transaction with savepoints: DROP_TABLE
BEGIN;
SAVEPOINT a;
DROP TABLE users;
RELEASE a;
COMMIT;
-- === on conflict everything overwritten by select: TRUNCATE
BEGIN; TRUNCATE TABLE prices; INSERT INTO prices SELECT * FROM prices_new; COMMIT;
-- === renamed then dropped: DROP_TABLE
ALTER TABLE users RENAME TO users_old;
DROP TABLE users_old;
-- === moved away then dropped: DROP_TABLE
CREATE SCHEMA trash;
ALTER TABLE public.users SET SCHEMA trash;
DROP TABLE trash.users;
-- === view whose rule deletes: CREATE_RULE
CREATE RULE gone AS ON INSERT TO public.notes DO ALSO DELETE FROM public.messages;
-- === a domain dropped with its columns: DROP_CASCADE
DROP DOMAIN email_address CASCADE;
-- === a type dropped with its columns: DROP_CASCADE
DROP TYPE IF EXISTS public.order_status CASCADE;
-- === a role's objects reassigned: DROP_OWNED
REASSIGN OWNED BY app TO intern;
-- === a large delete by in of all: DELETE_WITHOUT_WHERE
DELETE FROM ONLY public.users AS u WHERE u.id = ANY (ARRAY(SELECT id FROM public.users));
-- === partition detached and dropped: DROP_TABLE
ALTER TABLE measurements DETACH PARTITION measurements_2020;
DROP TABLE measurements_2020;
-- === timescale chunks: HIDDEN_DESTRUCTIVE
SELECT drop_chunks('conditions', older_than => INTERVAL '1 day');
-- === large object gone: HIDDEN_DESTRUCTIVE
SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
-- === storage emptied: DELETE_WITHOUT_WHERE
DELETE FROM storage.objects;
-- === users of a Supabase project deleted: DELETE_WITHOUT_WHERE
DELETE FROM auth.users WHERE id IS NOT NULL OR email LIKE '%';
-- === update that nulls a column in a function called in a DO: UPDATE_WITHOUT_WHERE
DO $$ BEGIN PERFORM 1; UPDATE public.users SET phone = NULL; END $$;
-- === drop with exception swallowed in dynamic text: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE $q$ALTER TABLE users DROP COLUMN email$q$; EXCEPTION WHEN undefined_column THEN NULL; END $$;
-- === execute using with concat_ws: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE concat_ws(' ', 'DROP', 'TABLE', 'users'); END $$;
-- === execute through replace: HIDDEN_DESTRUCTIVE
DO $$ BEGIN EXECUTE replace('DR@OP TABLE users', '@', ''); END $$;
-- === for in execute: HIDDEN_DESTRUCTIVE
DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'DELETE FROM users RETURNING id' LOOP NULL; END LOOP; END $$;
-- === return query execute: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.f() RETURNS SETOF int LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN RETURN QUERY EXECUTE 'DELETE FROM public.users RETURNING 1'; END $$;
-- === open cursor for execute: HIDDEN_DESTRUCTIVE
DO $$ DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'TRUNCATE users'; END $$;
-- === in a default of a column: HIDDEN_DESTRUCTIVE
CREATE FUNCTION private.g() RETURNS int LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN EXECUTE 'DROP TABLE public.users'; RETURN 1; END $$;
ALTER TABLE public.notes ALTER COLUMN n SET DEFAULT private.g();
