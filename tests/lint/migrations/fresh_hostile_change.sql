-- === prisma adds an index: INDEX_NOT_CONCURRENT
-- CreateIndex
CREATE INDEX "Post_authorId_idx" ON "Post"("authorId");
-- === prisma changes a column: DROP_COLUMN ADD_REQUIRED_COLUMN
/*
  Warnings:
  - You are about to drop the column `name` on the `User` table. All the data in the column will be lost.
*/
-- AlterTable
ALTER TABLE "User" DROP COLUMN "name",
ADD COLUMN     "firstName" TEXT NOT NULL;
-- === prisma redefines an enum: TYPE_CHANGE_REWRITE
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('USER', 'ADMIN');
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
COMMIT;
-- === prisma foreign key on an old table: FK_WITHOUT_NOT_VALID
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- === drizzle with breakpoints: SET_NOT_NULL DROP_CONSTRAINT
ALTER TABLE "users" DROP CONSTRAINT "users_email_unique";--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "email" SET NOT NULL;
-- === drizzle type change: TYPE_CHANGE
ALTER TABLE "users" ALTER COLUMN "age" SET DATA TYPE bigint;
-- === alembic offline: DROP_INDEX DROP_COLUMN
BEGIN;
-- Running upgrade 1975ea83b712 -> 27c6a30d7c24
DROP INDEX ix_user_name;
ALTER TABLE account DROP COLUMN last_transaction_date;
UPDATE alembic_version SET version_num='27c6a30d7c24' WHERE alembic_version.version_num = '1975ea83b712';
COMMIT;
-- === rails renames: RENAME_COLUMN RENAME_TABLE
ALTER TABLE "posts" RENAME COLUMN "title" TO "headline";
ALTER TABLE "posts" RENAME TO "articles";
-- === django adds unique: UNIQUE_WITHOUT_INDEX
BEGIN;
ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_number_5c_uniq" UNIQUE ("number");
COMMIT;
-- === typeorm primary key: DROP_CONSTRAINT PK_WITHOUT_INDEX
ALTER TABLE "photo" DROP CONSTRAINT "PK_723fa50bf70dcfd06fb5a44d4ff";
ALTER TABLE "photo" ADD CONSTRAINT "PK_1" PRIMARY KEY ("id", "tenant");
-- === knex default change: DEFAULT_CHANGE
alter table "users" alter column "status" drop default;
-- === supabase db diff grants: GRANT_BYPASSES_RLS
grant delete on table "public"."profiles" to "anon";
grant insert on table "public"."profiles" to "anon";
grant references on table "public"."profiles" to "anon";
grant select on table "public"."profiles" to "anon";
grant trigger on table "public"."profiles" to "anon";
grant truncate on table "public"."profiles" to "anon";
grant update on table "public"."profiles" to "anon";
-- === supabase db diff drops: DROP_POLICY DROP_CONSTRAINT DROP_INDEX DROP_TABLE
drop policy "Public profiles are viewable" on "public"."profiles";
alter table "public"."profiles" drop constraint "username_length";
drop index if exists "public"."profiles_username_key";
drop table "public"."old_profiles";
-- === concurrently in a migration with begin: CONCURRENTLY_IN_TRANSACTION
BEGIN;
SET LOCAL lock_timeout = '5s';
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.orders (customer_id);
COMMIT;
-- === reindex in place: REINDEX_NOT_CONCURRENT
REINDEX (VERBOSE) TABLE public.orders;
-- === validated in one go: VALIDATE_SAME_TRANSACTION
BEGIN;
ALTER TABLE public.orders ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
ALTER TABLE public.orders VALIDATE CONSTRAINT amount_positive;
COMMIT;
-- === each row another: VOLATILE_DEFAULT
ALTER TABLE public.orders ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();
-- === each row another by identity: ADD_SERIAL_COLUMN
ALTER TABLE public.orders ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
-- === stored text search: STORED_GENERATED_COLUMN
ALTER TABLE public.posts ADD COLUMN fts tsvector GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || body)) STORED;
-- === enum value used at once: ENUM_VALUE_IN_TRANSACTION
BEGIN;
ALTER TYPE order_status ADD VALUE 'refunded';
UPDATE orders SET status = 'refunded' WHERE refunded_at IS NOT NULL;
COMMIT;
-- === vacuum full: VACUUM_FULL
VACUUM (FULL, ANALYZE) public.orders;
-- === cluster: CLUSTER
CLUSTER public.orders USING orders_pkey;
-- === matview refreshed under lock: MATVIEW_REFRESH
REFRESH MATERIALIZED VIEW analytics.daily;
-- === locked for a while: LOCK_TABLE
BEGIN; LOCK TABLE public.orders IN ACCESS EXCLUSIVE MODE; UPDATE public.orders SET x = 1 WHERE id = 5; COMMIT;
-- === partition attached without a check: ATTACH_PARTITION
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
-- === partition detached in place: DETACH_PARTITION
ALTER TABLE events DETACH PARTITION events_2020;
-- === exclusion: EXCLUSION_CONSTRAINT
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&);
-- === backfill at one go: UNBATCHED_BACKFILL
UPDATE public.orders SET total_cents = total * 100 WHERE total_cents IS NULL;
-- === ddl and backfill: DDL_WITH_BACKFILL
BEGIN;
ALTER TABLE public.orders ADD COLUMN region text;
UPDATE public.orders SET region = 'eu' WHERE country IN ('DE', 'FR');
COMMIT;
-- === logged: SET_LOGGED
ALTER TABLE public.orders SET LOGGED;
-- === rewritten by access method: TABLE_REWRITE
ALTER TABLE public.orders SET TABLESPACE fast;
-- === timeout without a unit: TIMEOUT_INVALID
SET lock_timeout = '5 sec';
-- === timeout after: TIMEOUT_TOO_LATE
ALTER TABLE public.orders ADD COLUMN a int;
SET lock_timeout = '5s';
ALTER TABLE public.orders ADD COLUMN b int;
-- === domain constraint: DOMAIN_CONSTRAINT
ALTER DOMAIN email_address ADD CHECK (value ~ '@');
-- === not null dropped: DROP_NOT_NULL
ALTER TABLE public.orders ALTER customer_id DROP NOT NULL;
-- === primary key gone: DROP_PRIMARY_KEY
ALTER TABLE public.orders DROP CONSTRAINT orders_pkey CASCADE;
-- === function gone: DROP_FUNCTION
DROP FUNCTION IF EXISTS public.search(text, int);
-- === view gone: DROP_VIEW
DROP VIEW IF EXISTS public.active_users;
-- === trigger gone: DROP_TRIGGER
DROP TRIGGER IF EXISTS audit ON public.orders;
-- === schema renamed: RENAME_SCHEMA
ALTER SCHEMA app RENAME TO app_old;
-- === enum renamed: RENAME_ENUM_VALUE
ALTER TYPE order_status RENAME VALUE 'new' TO 'fresh';
-- === moved: SET_SCHEMA
ALTER TABLE public.orders SET SCHEMA archive;
-- === revoke that breaks: REVOKE_PRIVILEGES
REVOKE SELECT ON public.orders FROM authenticated;
-- === foreign key to accounts that stops deleting: FK_AUTH_USERS_NO_ACTION
CREATE TABLE public.p (id uuid PRIMARY KEY REFERENCES auth.users); ALTER TABLE public.p ENABLE ROW LEVEL SECURITY;
-- === foreign key to something unique only: FK_TO_AUTH_UNIQUE
CREATE TABLE public.p (id int PRIMARY KEY, email text REFERENCES auth.users (email)); ALTER TABLE public.p ENABLE ROW LEVEL SECURITY;
-- === type of the key differs: FK_TYPE_MISMATCH
CREATE TABLE a (id bigint PRIMARY KEY);
CREATE TABLE b (id bigint PRIMARY KEY, a_id int REFERENCES a (id));
-- === target not unique: FK_TARGET_NOT_UNIQUE
CREATE TABLE a (id bigint PRIMARY KEY, code text);
CREATE TABLE b (id bigint PRIMARY KEY, code text REFERENCES a (code));
-- === the key of a partitioned table: PARTITION_KEY_NOT_IN_PK
CREATE TABLE ev (id bigint PRIMARY KEY, at timestamptz) PARTITION BY RANGE (at);
-- === name too long: IDENTIFIER_TOO_LONG
ALTER TABLE orders ADD COLUMN this_is_a_column_name_that_is_far_too_long_for_postgresql_to_keep_it int;
-- === column twice: DUPLICATE_COLUMN
CREATE TABLE private.t (id int PRIMARY KEY, a int, "a" text);
-- === no primary key: MISSING_PRIMARY_KEY
CREATE TABLE private.t (a int, b int);
-- === check that looks at the clock: VOLATILE_CHECK
ALTER TABLE bookings ADD CONSTRAINT future CHECK (starts_at > now()) NOT VALID;
-- === check through a function: VOLATILE_CHECK
ALTER TABLE bookings ADD CONSTRAINT rnd CHECK (random() < 0.5) NOT VALID;
-- === begin within begin: TRANSACTION_NESTING
BEGIN; BEGIN; ALTER TABLE orders ADD COLUMN a int; COMMIT; COMMIT;
-- === never committed: UNCOMMITTED_TRANSACTION
BEGIN; ALTER TABLE orders ADD COLUMN a int;
-- === not SQL: PARSE_ERROR
ALTER TABLE orders ADD COLUM a int;
-- === unterminated: PARSE_ERROR
DO $$ BEGIN NULL; END $;
-- === MySQL: PARSE_ERROR
CREATE TABLE `users` (id INT AUTO_INCREMENT);
-- === hash index: HASH_INDEX
CREATE INDEX CONCURRENTLY h ON orders USING hash (code);
-- === duplicate index: DUPLICATE_INDEX
-- history:
CREATE TABLE o (id int PRIMARY KEY, c int); CREATE INDEX o_c ON o (c);
-- now:
CREATE INDEX CONCURRENTLY o_c_2 ON o (c);
-- === autovacuum off: AUTOVACUUM_DISABLED
ALTER TABLE orders SET (autovacuum_enabled = false);
-- === a row trigger on a hot table: ROW_TRIGGER
CREATE TRIGGER t AFTER UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION private.f();
-- === unindexed foreign key: MISSING_INDEX_FK
CREATE TABLE x (id int PRIMARY KEY);
CREATE TABLE y (id int PRIMARY KEY, x_id int REFERENCES x);
-- === set expression of a generated column: GENERATED_EXPRESSION_CHANGE
ALTER TABLE orders ALTER COLUMN total DROP EXPRESSION;
-- === identity gone: IDENTITY_CHANGE
ALTER TABLE orders ALTER COLUMN id DROP IDENTITY IF EXISTS;
-- === replica identity nothing: REPLICA_IDENTITY
ALTER TABLE orders REPLICA IDENTITY NOTHING;
-- === domain with a check on an old table: CONSTRAINED_DOMAIN_COLUMN
CREATE DOMAIN positive AS int CHECK (value > 0);
ALTER TABLE orders ADD COLUMN n positive;
-- === not enforced: NOT_ENFORCED_CONSTRAINT
ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED;
-- === default partition: DEFAULT_PARTITION
CREATE TABLE ev_default PARTITION OF ev DEFAULT;
-- === index on a partitioned table: INDEX_ON_PARTITIONED
-- history:
CREATE TABLE ev (id bigint, at timestamptz) PARTITION BY RANGE (at);
-- now:
CREATE INDEX ev_at ON ev (at);
-- === drop if exists cascade trigger function in a DO: DROP_FUNCTION
DO $$ BEGIN DROP FUNCTION IF EXISTS public.f() ; END $$;
-- === alter in DO by IF: TYPE_CHANGE
DO $$ BEGIN IF (SELECT data_type FROM information_schema.columns WHERE table_name = 'o' AND column_name = 'id') = 'integer' THEN
  ALTER TABLE public.o ALTER COLUMN id TYPE bigint; END IF; END $$;
-- === index in a DO: INDEX_NOT_CONCURRENT
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'i') THEN CREATE INDEX i ON public.orders (a); END IF; END $$;
-- === index dynamic: INDEX_NOT_CONCURRENT
DO $$ BEGIN EXECUTE 'CREATE INDEX i ON public.orders (a)'; END $$;
-- === ivf index on nothing: VECTOR_INDEX
CREATE INDEX CONCURRENTLY ON docs USING ivfflat (embedding vector_cosine_ops);
-- === timestamps: PREFER_TIMESTAMPTZ
CREATE TABLE private.z (id bigint PRIMARY KEY, at timestamp without time zone);
-- === failures swallowed: SAVEPOINT_IN_MIGRATION
DO $$ BEGIN ALTER TABLE orders ADD COLUMN a int; EXCEPTION WHEN OTHERS THEN NULL; END $$;
-- === partitions made in a loop, whose names nobody can read: DYNAMIC_SQL
DO $$
BEGIN
  FOR m IN 1..12 LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS internal.measurements_2027_%s PARTITION OF internal.measurements FOR VALUES FROM (%L) TO (%L)',
      lpad(m::text, 2, '0'), make_date(2027, m, 1), make_date(2027, m, 1) + interval '1 month');
  END LOOP;
END $$;
