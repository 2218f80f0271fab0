-- === expand and contract, first release
ALTER TABLE public.users ADD COLUMN email_normalized text;
COMMENT ON COLUMN public.users.email_normalized IS 'Lower-case copy of email; readers move here in the next release.';
-- === keep two columns in step while both are read
CREATE FUNCTION private.sync_email() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.email_normalized := lower(NEW.email);
  RETURN NEW;
END $$;
-- === batched deletion by primary key in a procedure
CREATE OR REPLACE PROCEDURE private.purge_sessions(before timestamptz) LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  gone bigint;
BEGIN
  LOOP
    DELETE FROM public.sessions WHERE id IN (
      SELECT s.id FROM public.sessions s WHERE s.expires_at < before ORDER BY s.id LIMIT 500);
    GET DIAGNOSTICS gone = ROW_COUNT;
    EXIT WHEN gone = 0;
  END LOOP;
END $$;
-- === idempotent enum
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'plan' AND n.nspname = 'billing') THEN
    CREATE TYPE billing.plan AS ENUM ('free', 'pro');
  END IF;
END
$$;
-- === idempotent constraint
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'orders_total_positive') THEN
    ALTER TABLE internal.orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;
  END IF;
END $$;
-- === a role only where it is missing
DO $$
BEGIN
  CREATE ROLE readonly NOLOGIN;
EXCEPTION
  WHEN duplicate_object THEN RAISE NOTICE 'role readonly is there';
END $$;
-- === row count checked before going on
DO $$
DECLARE
  n bigint;
BEGIN
  UPDATE internal.settings SET value = 'v2' WHERE key = 'api_version';
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n <> 1 THEN
    RAISE EXCEPTION 'expected one row, changed %', n;
  END IF;
END $$;
-- === a policy for an insert that also stamps the owner
create policy "members add comments" on public.comments for insert to authenticated
  with check (author_id = (select auth.uid()) and exists (
    select 1 from public.memberships m where m.user_id = (select auth.uid()) and m.project_id = comments.project_id));
-- === app_metadata in an array
create policy "support reads" on public.tickets for select to authenticated
  using (team_id = any (array(select jsonb_array_elements_text((select auth.jwt()) -> 'app_metadata' -> 'teams')::uuid)));
-- === storage, team folder by function
create policy "team files" on storage.objects for select to authenticated
  using (bucket_id = 'team-files' and private.is_team_member(((storage.foldername(name))[1])::uuid));
-- === column privileges
revoke update on public.profiles from anon, authenticated;
grant update (username, avatar_url) on public.profiles to authenticated;
-- === a view over a view, both as the reader
create view public.active_projects with (security_invoker = on) as select p.id, p.name from public.projects p where p.archived_at is null;
create view public.my_projects with (security_invoker = on) as select a.id, a.name from public.active_projects a;
-- === event trigger function only
create function private.rls_on_new_tables() returns event_trigger language plpgsql set search_path = '' as $$
declare
  made record;
begin
  for made in select * from pg_catalog.pg_event_trigger_ddl_commands() loop
    if made.command_tag = 'CREATE TABLE' and made.schema_name = 'public' then
      raise notice 'new table %: row level security?', made.object_identity;
    end if;
  end loop;
end $$;
-- === realtime from the database
create function private.announce() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes('room:' || new.room_id::text, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end $$;
revoke all on function private.announce() from public;
-- === send to a queue from a function
create function private.enqueue_mail(recipient uuid) returns bigint language sql security definer set search_path = '' as $$
  select pgmq.send('mails', jsonb_build_object('to', recipient))
$$;
revoke all on function private.enqueue_mail(uuid) from public;
-- === archive a queue's old messages by a job
select cron.schedule('archive-mails', '0 * * * *', $$ delete from pgmq.a_mails where archived_at < now() - interval '7 days' $$);
-- === jsonb to columns, expand step
ALTER TABLE internal.events ADD COLUMN kind text;
-- === jsonb index on an expression, concurrently
CREATE INDEX CONCURRENTLY events_kind_idx ON internal.events ((payload ->> 'kind'));
-- === search with unaccent made immutable
CREATE FUNCTION private.f_unaccent(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT SET search_path = '' AS $$
  SELECT extensions.unaccent('extensions.unaccent', t)
$$;
-- === aggregates of a window
CREATE VIEW analytics.rolling AS
SELECT day, avg(total) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week FROM analytics.daily;
-- === a table from grouping sets
CREATE VIEW analytics.cube AS
SELECT region, product, sum(total) AS total FROM analytics.sales GROUP BY GROUPING SETS ((region), (product), ());
-- === lateral and jsonb_to_recordset
CREATE VIEW internal.lines AS
SELECT o.id, l.sku, l.quantity FROM internal.orders o
CROSS JOIN LATERAL jsonb_to_recordset(o.lines) AS l (sku text, quantity int);
-- === a composite type and a set returning function
CREATE TYPE internal.span AS (starts timestamptz, ends timestamptz);
CREATE FUNCTION internal.spans(of_room bigint) RETURNS SETOF internal.span LANGUAGE sql STABLE SET search_path = '' AS $$
  SELECT lower(b.during), upper(b.during) FROM internal.bookings b WHERE b.room_id = of_room
$$;
-- === an identity on a new table that starts later
CREATE TABLE internal.invoices (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10000) PRIMARY KEY,
  issued_on date NOT NULL DEFAULT current_date
);
-- === a new table with checks, in one transaction with its timeouts
BEGIN;
SET LOCAL lock_timeout = '5s';
CREATE TABLE internal.rates (
  currency text NOT NULL,
  on_day date NOT NULL,
  rate numeric(18, 8) NOT NULL CHECK (rate > 0),
  PRIMARY KEY (currency, on_day),
  CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE INDEX rates_on_day_idx ON internal.rates (on_day);
COMMIT;
-- === list partitions by tenant
CREATE TABLE internal.docs (
  tenant text NOT NULL,
  id bigint NOT NULL,
  body text,
  PRIMARY KEY (tenant, id)
) PARTITION BY LIST (tenant);
CREATE TABLE internal.docs_a PARTITION OF internal.docs FOR VALUES IN ('a');
CREATE TABLE internal.docs_rest PARTITION OF internal.docs DEFAULT;
-- === hash partitions
CREATE TABLE internal.kv (k text PRIMARY KEY, v jsonb) PARTITION BY HASH (k);
CREATE TABLE internal.kv_0 PARTITION OF internal.kv FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE internal.kv_1 PARTITION OF internal.kv FOR VALUES WITH (MODULUS 2, REMAINDER 1);
-- === privileges for a service role of our own
GRANT USAGE ON SCHEMA internal TO worker;
GRANT SELECT, INSERT, UPDATE ON internal.jobs TO worker;
GRANT USAGE, SELECT ON SEQUENCE internal.jobs_id_seq TO worker;
-- === a constraint renamed by nobody's code
COMMENT ON CONSTRAINT rates_pkey ON internal.rates IS 'one rate a day';
-- === insert with a CTE that only reads
WITH top AS (SELECT customer_id, sum(total) AS total FROM internal.orders GROUP BY 1 ORDER BY 2 DESC LIMIT 100)
INSERT INTO internal.vip (customer_id) SELECT customer_id FROM top ON CONFLICT DO NOTHING;
-- === delete what the anti join finds, few by key
DELETE FROM internal.carts c WHERE c.id = 4711 AND NOT EXISTS (SELECT 1 FROM internal.orders o WHERE o.cart_id = c.id);
-- === a status table filled on creation
CREATE TABLE internal.states (code text PRIMARY KEY, rank smallint NOT NULL);
INSERT INTO internal.states VALUES ('new', 1), ('done', 2);
UPDATE internal.states SET rank = rank * 10;
-- === concurrent rebuild of an index under another name
CREATE INDEX CONCURRENTLY orders_total_idx_new ON internal.orders (total DESC NULLS LAST) INCLUDE (customer_id) WHERE total > 0;
-- === tsquery search function for clients
create function public.search_posts(query text) returns setof public.posts language sql stable set search_path = '' as $$
  select p.* from public.posts p where p.fts @@ pg_catalog.websearch_to_tsquery('english', query) limit 50
$$;
-- === match documents by embedding
create function public.match_chunks(query_embedding extensions.vector(1536), match_count int default 10)
returns table (id bigint, similarity double precision) language sql stable set search_path = '' as $$
  select c.id, 1 - (c.embedding operator(extensions.<=>) query_embedding) from public.chunks c
  order by c.embedding operator(extensions.<=>) query_embedding limit least(match_count, 50)
$$;
-- === a flag with emoji of a flag and a heart
INSERT INTO private.greetings (lang, hello) VALUES ('sco', '🏴󠁧󠁢󠁳󠁣󠁴󠁿 ❤️');
-- === a setting that is no secret
ALTER DATABASE postgres SET app.settings.jwt_exp TO '3600';
ALTER ROLE authenticator SET statement_timeout = '8s';
-- === rows of one user removed by a maintenance function
CREATE FUNCTION private.erase(u uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  DELETE FROM public.todos WHERE user_id = u;
  DELETE FROM public.profiles WHERE id = u;
END $$;
REVOKE ALL ON FUNCTION private.erase(uuid) FROM public;
