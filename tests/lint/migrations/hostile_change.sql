-- === writers wait for an index: INDEX_NOT_CONCURRENT
CREATE UNIQUE INDEX IF NOT EXISTS orders_number ON public.orders (number);
-- === in a transaction it can't: CONCURRENTLY_IN_TRANSACTION
BEGIN;
DROP INDEX CONCURRENTLY orders_number;
COMMIT;
-- === nor in a DO block: CONCURRENTLY_IN_TRANSACTION
DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON orders (a); END $$;
-- === readers wait too: DROP_INDEX_NOT_CONCURRENT
DROP INDEX IF EXISTS orders_number;
-- === rebuilt under lock: REINDEX_NOT_CONCURRENT
REINDEX INDEX orders_number;
-- === all rows checked under lock: FK_WITHOUT_NOT_VALID
ALTER TABLE items ADD CONSTRAINT f FOREIGN KEY (order_id) REFERENCES orders (id);
-- === checked under lock: CHECK_WITHOUT_NOT_VALID
ALTER TABLE items ADD CHECK (amount > 0);
-- === inline on a new column with a value: CHECK_WITHOUT_NOT_VALID
ALTER TABLE items ADD COLUMN kind text DEFAULT 'a', ADD CONSTRAINT k CHECK (kind <> '' AND amount > 0);
-- === built under lock: UNIQUE_WITHOUT_INDEX
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
-- === primary key built under lock: PK_WITHOUT_INDEX
ALTER TABLE users ADD CONSTRAINT users_pk PRIMARY KEY (id);
-- === a scan for nulls: SET_NOT_NULL
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
-- === the check that would help goes first: SET_NOT_NULL
-- history:
CREATE TABLE users (id int PRIMARY KEY, name text);
ALTER TABLE users ADD CONSTRAINT n CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT n;
-- now:
ALTER TABLE users DROP CONSTRAINT n, ALTER COLUMN name SET NOT NULL;
-- === each row another value: VOLATILE_DEFAULT
ALTER TABLE users ADD COLUMN token text DEFAULT md5(random()::text);
-- === a serial column: ADD_SERIAL_COLUMN
ALTER TABLE users ADD COLUMN n bigserial;
-- === computed and stored: STORED_GENERATED_COLUMN
ALTER TABLE users ADD COLUMN full_name text GENERATED ALWAYS AS (first || ' ' || last) STORED;
-- === a required column without a value: ADD_REQUIRED_COLUMN
ALTER TABLE users ADD COLUMN country char(2) NOT NULL;
-- === rewritten with USING: TYPE_CHANGE_REWRITE
ALTER TABLE users ALTER COLUMN id TYPE bigint USING id::bigint;
-- === no way said: TYPE_CHANGE
ALTER TABLE users ALTER COLUMN age TYPE integer;
-- === validated at once: VALIDATE_SAME_TRANSACTION
BEGIN;
ALTER TABLE items ADD CONSTRAINT f FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
ALTER TABLE items VALIDATE CONSTRAINT f;
COMMIT;
-- === an exclusive rewrite: VACUUM_FULL
VACUUM (FULL, VERBOSE) orders;
-- === sorted under lock: CLUSTER
CLUSTER orders USING orders_pkey;
-- === readers of the view wait: MATVIEW_REFRESH
REFRESH MATERIALIZED VIEW totals;
-- === locked by hand: LOCK_TABLE
LOCK TABLE orders IN ACCESS EXCLUSIVE MODE;
-- === moved to other disks: TABLE_REWRITE
ALTER TABLE orders SET TABLESPACE slow;
-- === values and columns together: DDL_WITH_BACKFILL
BEGIN;
ALTER TABLE orders ADD COLUMN region text;
UPDATE orders SET region = country WHERE region IS NULL;
COMMIT;
-- === millions of rows in one go: UNBATCHED_BACKFILL
ALTER TABLE orders ADD COLUMN region text;
UPDATE orders SET region = 'eu' WHERE region IS NULL;
-- === no timeout at all: TIMEOUT_INVALID
SET lock_timeout = '0';
ALTER TABLE orders ADD COLUMN a int;
-- === set too late: TIMEOUT_TOO_LATE
ALTER TABLE orders ADD COLUMN a int;
SET lock_timeout = '2s';
-- === waiting while others wait: LONG_LOCK_WINDOW
BEGIN;
ALTER TABLE orders ADD COLUMN a int;
CREATE INDEX i ON invoices (b);
COMMIT;
-- === a new name, while old code runs: RENAME_COLUMN
ALTER TABLE users RENAME name TO full_name;
-- === of a table: RENAME_TABLE
ALTER TABLE IF EXISTS users RENAME TO people;
-- === of a schema: RENAME_SCHEMA
ALTER SCHEMA app RENAME TO core;
-- === of a value: RENAME_ENUM_VALUE
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
-- === moved away: SET_SCHEMA
ALTER TABLE users SET SCHEMA archive;
-- === of a function that clients call: RENAME_OBJECT
ALTER FUNCTION public.search(text) RENAME TO find;
-- === readers meet nulls: DROP_NOT_NULL
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
-- === a value that can't be used yet: ENUM_VALUE_IN_TRANSACTION
BEGIN;
ALTER TYPE mood ADD VALUE 'new';
INSERT INTO moods (m) VALUES ('new');
COMMIT;
-- === a type that is in use: DROP_TYPE
DROP TYPE public.mood;
-- === a view that clients read: DROP_VIEW
DROP VIEW IF EXISTS public.report;
-- === a function that clients call: DROP_FUNCTION
DROP FUNCTION public.search(text);
-- === a constraint: DROP_CONSTRAINT
ALTER TABLE orders DROP CONSTRAINT orders_total_positive;
-- === the key: DROP_PRIMARY_KEY
-- history:
CREATE TABLE orders (id bigint, CONSTRAINT oid PRIMARY KEY (id));
-- now:
ALTER TABLE orders DROP CONSTRAINT oid;
-- === a view stands in the way: DEPENDENT_OBJECTS
-- history:
CREATE TABLE orders (id bigint PRIMARY KEY, total int);
CREATE VIEW private.report AS SELECT id, total FROM orders;
-- now:
ALTER TABLE orders ALTER COLUMN total TYPE bigint USING total::bigint;
-- === a table that nobody made: UNKNOWN_REFERENCE
-- history:
CREATE TABLE orders (id bigint PRIMARY KEY, total int);
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- now:
ALTER TABLE ordesr ADD COLUMN note text;
-- === no column of that name: UNKNOWN_REFERENCE
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- now:
CREATE INDEX CONCURRENTLY users_mail ON users (mail);
-- === a key to a column that is not there: UNKNOWN_REFERENCE
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- now:
CREATE TABLE private.posts (id bigint PRIMARY KEY, author bigint REFERENCES public.users (uid));
CREATE INDEX ON private.posts (author);
-- === an insert into a column that was renamed: UNKNOWN_REFERENCE
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, mail text);
ALTER TABLE users RENAME mail TO email;
-- now:
INSERT INTO users (id, mail) VALUES (1, 'a@example.com');
-- === a policy on a column of another table: UNKNOWN_REFERENCE
-- history:
CREATE TABLE notes (id uuid PRIMARY KEY, owner_id uuid);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
-- now:
CREATE POLICY p ON notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);
-- === an old shape stays: IF_NOT_EXISTS_MASKS_DRIFT
-- history:
CREATE TABLE users (id bigint PRIMARY KEY);
-- now:
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text NOT NULL);
-- === twice the same column: DUPLICATE_COLUMN
INSERT INTO users (id, email, id) VALUES (1, 'a', 2);
-- === types that do not fit: FK_TYPE_MISMATCH
-- history:
CREATE TABLE users (id uuid PRIMARY KEY);
-- now:
CREATE TABLE private.posts (id bigint PRIMARY KEY, author text REFERENCES public.users (id));
CREATE INDEX ON private.posts (author);
-- === a target that is not unique: FK_TARGET_NOT_UNIQUE
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- now:
CREATE TABLE private.posts (id bigint PRIMARY KEY, author text REFERENCES public.users (email));
CREATE INDEX ON private.posts (author);
-- === the partition key is missing: PARTITION_KEY_NOT_IN_PK
CREATE TABLE private.events (id bigint PRIMARY KEY, at timestamptz NOT NULL) PARTITION BY RANGE (at);
-- === no key at all: MISSING_PRIMARY_KEY
CREATE TABLE private.log (at timestamptz NOT NULL, line text);
-- === begun and not ended: UNCOMMITTED_TRANSACTION
BEGIN;
ALTER TABLE orders ADD COLUMN a int;
-- === a dry run left in: UNCOMMITTED_TRANSACTION
BEGIN;
ALTER TABLE orders ADD COLUMN a int;
ROLLBACK;
-- === begun twice: TRANSACTION_NESTING
BEGIN;
START TRANSACTION;
ALTER TABLE orders ADD COLUMN a int;
COMMIT;
-- === a check of the clock: VOLATILE_CHECK
ALTER TABLE orders ADD CONSTRAINT future CHECK (due > CURRENT_DATE) NOT VALID;
-- === ids past the counter: SEQUENCE_NOT_RESET
CREATE TABLE private.s (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text);
INSERT INTO private.s (id, name) VALUES (1, 'a'), (2, 'b');
-- === the index of a key: DROP_CONSTRAINT_INDEX
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
-- now:
DROP INDEX CONCURRENTLY users_email_key;
-- === a name cut by the server: IDENTIFIER_TOO_LONG
ALTER TABLE orders ADD COLUMN this_name_is_far_longer_than_postgresql_keeps_and_so_it_is_cut_off int;
-- === not enforced: NOT_ENFORCED_CONSTRAINT
ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT ENFORCED;
-- === newer than the server: PG_VERSION_UNSUPPORTED
ALTER TABLE orders ADD COLUMN double int GENERATED ALWAYS AS (total * 2) VIRTUAL;
-- === no index on a foreign key: MISSING_INDEX_FK
CREATE TABLE private.items (id bigint PRIMARY KEY, order_id bigint REFERENCES public.orders (id) ON DELETE SET NULL);
-- === an index that another one covers: DUPLICATE_INDEX
-- history:
CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int);
CREATE INDEX orders_a_b ON orders (a, b);
-- now:
CREATE INDEX CONCURRENTLY orders_a ON orders (a);
-- === vacuum switched off: AUTOVACUUM_DISABLED
ALTER TABLE orders SET (autovacuum_enabled = off);
-- === the user can't be deleted: FK_AUTH_USERS_NO_ACTION
CREATE TABLE private.profiles (id uuid PRIMARY KEY REFERENCES auth.users (id));
-- === a key on an address: FK_TO_AUTH_UNIQUE
CREATE TABLE private.mails (id bigint PRIMARY KEY, email text UNIQUE REFERENCES auth.users (email) ON DELETE CASCADE);
-- === text cut into a placeholder: PARSE_ERROR
ALTER TABLE {{ schema }}.orders ADD COLUMN a int;
-- === a line of psql: PARSE_ERROR
\i other.sql
-- === a code that is none: UNUSED_SUPPRESSION
-- guardrails: allow DROP_TABEL reason: a slip of the pen
SELECT 1;
-- === no reason: SUPPRESSION_WITHOUT_REASON
-- guardrails: allow MISSING_RLS
CREATE TABLE public.t (id bigint PRIMARY KEY);
