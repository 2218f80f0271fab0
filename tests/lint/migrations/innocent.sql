-- === words in a comment
-- DROP TABLE orders; TRUNCATE users;
SELECT 1;
-- === words in a string
INSERT INTO private.hints (id, text) VALUES (1, 'never run DROP TABLE orders; DELETE FROM users') ON CONFLICT DO NOTHING;
-- === words in a name
COMMENT ON TABLE orders IS 'DROP TABLE orders; -- it was said';
-- === words in a dollar quoted string
SELECT $doc$ TRUNCATE orders; $doc$ AS text;
-- === a whole table as it should be
CREATE TABLE public.notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  body text NOT NULL CHECK (length(body) <= 5000),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX notes_owner_id_idx ON public.notes (owner_id);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notes TO authenticated;
CREATE POLICY notes_read ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
CREATE POLICY notes_add ON public.notes FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) = owner_id);
CREATE POLICY notes_edit ON public.notes FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = owner_id) WITH CHECK ((SELECT auth.uid()) = owner_id);
CREATE POLICY notes_remove ON public.notes FOR DELETE TO authenticated USING ((SELECT auth.uid()) = owner_id);
-- === a team's rows through a membership
CREATE TABLE public.teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE public.team_members (
  team_id uuid NOT NULL REFERENCES public.teams (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user_id_idx ON public.team_members (user_id);
ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.teams, public.team_members TO authenticated;
CREATE POLICY own_membership ON public.team_members FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);
CREATE POLICY own_teams ON public.teams FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM public.team_members m WHERE m.team_id = teams.id AND m.user_id = (SELECT auth.uid())));
-- === reference data that all may read
CREATE TABLE public.countries (code text PRIMARY KEY, name text NOT NULL, listed boolean NOT NULL DEFAULT true);
ALTER TABLE public.countries ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.countries TO authenticated;
CREATE POLICY countries_read ON public.countries FOR SELECT TO authenticated USING (listed);
INSERT INTO public.countries (code, name) VALUES ('de', 'Deutschland'), ('fr', 'France');
-- === a function as it should be
CREATE OR REPLACE FUNCTION private.is_member(team uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT 1 FROM public.team_members m WHERE m.team_id = team AND m.user_id = (SELECT auth.uid())) $$;
-- === a definer function kept from clients
CREATE FUNCTION public.archive_note(note uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  UPDATE public.notes n SET archived = true WHERE n.id = note AND n.owner_id = (SELECT auth.uid());
END $$;
REVOKE EXECUTE ON FUNCTION public.archive_note(uuid) FROM PUBLIC, anon, authenticated;
-- === a trigger function that touches a row
CREATE FUNCTION private.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
-- === a trigger on a new table
CREATE TABLE private.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION private.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON private.orders FOR EACH ROW EXECUTE FUNCTION private.touch();
-- === a view that asks as its caller
CREATE OR REPLACE VIEW public.open_orders WITH (security_invoker = true) AS SELECT id, total FROM public.orders WHERE state = 'open';
-- === a view made invoker later
CREATE VIEW public.open_orders AS SELECT id, total FROM public.orders WHERE state = 'open';
ALTER VIEW public.open_orders SET (security_invoker = on);
-- === a view out of reach
CREATE VIEW private.report AS SELECT count(*) AS n FROM public.orders;
-- === a temporary view
CREATE TEMP VIEW mine AS SELECT 1 AS a;
-- === a column without a default
ALTER TABLE orders ADD COLUMN note text;
-- === a column with a constant default
ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'open';
-- === a column with a moment as default
ALTER TABLE orders ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;
-- === a column with an empty array or object as default
ALTER TABLE orders ADD COLUMN tags text[] NOT NULL DEFAULT '{}', ADD COLUMN data jsonb NOT NULL DEFAULT '{}'::jsonb;
-- === a column with an array expression as default
ALTER TABLE orders ADD COLUMN tags text[] DEFAULT ARRAY[]::text[];
-- === an index without a lock
CREATE INDEX CONCURRENTLY orders_state_idx ON orders (state);
-- === an index on a new table
CREATE TABLE private.a (id bigint PRIMARY KEY, b int);
CREATE INDEX a_b ON private.a (b);
-- === an index on a new materialized view
CREATE MATERIALIZED VIEW private.m AS SELECT 1 AS id;
CREATE UNIQUE INDEX m_id ON private.m (id);
-- === a materialized view refreshed without a lock
REFRESH MATERIALIZED VIEW CONCURRENTLY private.m;
-- === a foreign key in two steps, first
-- history:
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);
CREATE INDEX ON items (order_id);
-- now:
ALTER TABLE items ADD CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
-- === a foreign key in two steps, second
ALTER TABLE items VALIDATE CONSTRAINT items_order;
-- === a check in two steps, first
ALTER TABLE items ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
-- === not null by way of a check
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, name text);
ALTER TABLE users ADD CONSTRAINT n CHECK (name IS NOT NULL) NOT VALID;
-- now:
ALTER TABLE users VALIDATE CONSTRAINT n;
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT n;
-- === a unique constraint from an index
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_idx;
-- === a wider varchar
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50));
-- now:
ALTER TABLE users ALTER COLUMN name TYPE varchar(200);
-- === a varchar to text
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50));
-- now:
ALTER TABLE users ALTER COLUMN name TYPE text;
-- === more digits before the point
-- history:
CREATE TABLE p (id bigint PRIMARY KEY, price numeric(10,2));
-- now:
ALTER TABLE p ALTER COLUMN price TYPE numeric(14,2);
-- === a scratch table, made and dropped
CREATE TABLE private.scratch (id bigint PRIMARY KEY);
DROP TABLE private.scratch;
-- === a temporary table, made, filled and dropped
CREATE TEMP TABLE ids AS SELECT 1 AS id;
INSERT INTO ids VALUES (2);
DROP TABLE ids;
-- === a temporary table, truncated
CREATE TEMPORARY TABLE ids (id int);
TRUNCATE ids;
-- === a delete of one row
DELETE FROM settings WHERE key = 'old_flag';
-- === a delete by a list
DELETE FROM settings WHERE key IN ('a', 'b');
-- === a delete by another table
DELETE FROM sessions USING users WHERE users.id = sessions.user_id AND users.banned;
-- === an update of one row
UPDATE settings SET value = 'on' WHERE key = 'feature_x';
-- === an upsert
INSERT INTO settings (key, value) VALUES ('feature_x', 'on') ON CONFLICT (key) DO UPDATE SET value = excluded.value;
-- === a do block that looks first
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('sad', 'ok'); END IF; END $$;
-- === a do block that forgives a duplicate
DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad', 'ok'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- === a do block that raises
DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_tables) > 0, 'no tables'; RAISE NOTICE 'DROP TABLE orders'; END $$;
-- === a loop of grants over a literal list
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['notes','teams'] LOOP EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t); END LOOP; END $$;
-- === an enum and its new value
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'great' AFTER 'ok';
-- === an enum made and used
CREATE TYPE private.mood AS ENUM ('sad', 'ok');
CREATE TABLE private.moods (id bigint PRIMARY KEY, m private.mood NOT NULL DEFAULT 'ok');
-- === an idempotent policy
DROP POLICY IF EXISTS own ON public.notes;
CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
-- === an idempotent trigger
DROP TRIGGER IF EXISTS touch ON private.orders;
CREATE TRIGGER touch BEFORE UPDATE ON private.orders FOR EACH ROW EXECUTE FUNCTION private.touch();
-- === a restrictive policy beside a permissive one
CREATE TABLE public.notes (id uuid PRIMARY KEY, owner_id uuid NOT NULL);
CREATE INDEX ON public.notes (owner_id);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.notes TO authenticated;
CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
CREATE POLICY mfa ON public.notes AS RESTRICTIVE FOR SELECT TO authenticated USING ((SELECT auth.jwt() ->> 'aal') = 'aal2');
-- === storage by folder
CREATE POLICY avatar_upload ON storage.objects FOR INSERT TO authenticated WITH CHECK (bucket_id = 'avatars' AND (storage.foldername(name))[1] = (SELECT auth.uid())::text);
-- === storage that is read by its owner
CREATE POLICY avatar_read ON storage.objects FOR SELECT TO authenticated USING (bucket_id = 'avatars' AND owner_id = (SELECT auth.uid())::text);
-- === a private bucket
INSERT INTO storage.buckets (id, name, public) VALUES ('avatars', 'avatars', false) ON CONFLICT (id) DO NOTHING;
-- === an extension in its place
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;
-- === an extension with a place of its own
CREATE EXTENSION IF NOT EXISTS pg_cron;
-- === a job that tidies up old rows
SELECT cron.schedule('tidy', '0 3 * * *', $$DELETE FROM private.sessions WHERE expires_at < now()$$);
-- === a table broadcast with protection
-- history:
CREATE TABLE public.chat (id uuid PRIMARY KEY, room uuid NOT NULL);
ALTER TABLE public.chat ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON public.chat FOR SELECT TO authenticated USING (room = (SELECT (auth.jwt() ->> 'room')::uuid));
-- now:
ALTER PUBLICATION supabase_realtime ADD TABLE public.chat;
-- === hardening of functions
REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC, anon;
GRANT EXECUTE ON FUNCTION public.f() TO authenticated;
-- === hardening of a table
REVOKE ALL ON TABLE private.audit FROM PUBLIC, anon, authenticated;
-- === what the service may do
GRANT SELECT, INSERT, UPDATE, DELETE ON private.orders TO service_role;
-- === schema use
CREATE SCHEMA IF NOT EXISTS private;
GRANT USAGE ON SCHEMA private TO service_role;
-- === a partitioned table with protected partitions
CREATE TABLE public.events (id bigint NOT NULL, at timestamptz NOT NULL, owner_id uuid NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON public.events (owner_id);
ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.events TO authenticated;
CREATE POLICY own ON public.events FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
CREATE TABLE private.events_2027 PARTITION OF public.events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- === composite keys that cover a foreign key
CREATE TABLE private.a (id bigint PRIMARY KEY);
CREATE TABLE private.b (a_id bigint NOT NULL REFERENCES private.a (id), n int NOT NULL, PRIMARY KEY (a_id, n));
-- === text in many languages
COMMENT ON COLUMN orders.note IS 'Примечание к заказу — 注文メモ — ملاحظة';
-- === a comment in another script
-- Добавляем столбец для примечаний
ALTER TABLE orders ADD COLUMN note text;
-- === rows in another script
INSERT INTO private.words (id, word) VALUES (1, 'дом'), (2, '家'), (3, 'بيت') ON CONFLICT DO NOTHING;
-- === emoji
INSERT INTO private.reactions (id, sign) VALUES (1, '👍🏽'), (2, '👨‍👩‍👧') ON CONFLICT DO NOTHING;
-- === a local path for one function's worth of names
BEGIN;
SET LOCAL search_path = private;
SELECT 1;
COMMIT;
-- === an exported timeout
SET lock_timeout = '5s';
ALTER TABLE orders ADD COLUMN note text;
-- === a rename of a constraint
ALTER TABLE orders RENAME CONSTRAINT a TO b;
-- === a rename of an index
ALTER INDEX orders_a RENAME TO orders_b;
-- === statistics
CREATE STATISTICS private.s ON a, b FROM private.t;
ANALYZE private.t;
-- === a default changed on a new table
CREATE TABLE private.t (id bigint PRIMARY KEY, a int);
ALTER TABLE private.t ALTER COLUMN a SET DEFAULT 0, ALTER COLUMN a SET NOT NULL;
-- === a recursive query
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT max(i) FROM n;
-- === an allow comment with a reason
CREATE TABLE private.a (id bigint PRIMARY KEY);
-- guardrails: allow MISSING_INDEX_FK reason: a table of twenty rows
CREATE TABLE private.b (id bigint PRIMARY KEY, a_id bigint REFERENCES private.a (id));
-- === nothing but a comment
-- intentionally left blank
-- === nothing at all
;
-- === a function with SQL in its messages
CREATE FUNCTION private.guard() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN RAISE EXCEPTION 'use TRUNCATE instead of DELETE FROM orders'; END $$;
-- === a function that deletes what it is told to
CREATE FUNCTION private.remove_note(note uuid) RETURNS void LANGUAGE sql SET search_path = '' AS 'DELETE FROM public.notes WHERE id = note';
-- === dynamic names, quoted
CREATE FUNCTION private.count_rows(t regclass) RETURNS bigint LANGUAGE plpgsql SET search_path = '' AS $$ DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %s', t) INTO n; RETURN n; END $$;
-- === domains
CREATE DOMAIN private.email AS text;
-- === a self reference with its index
CREATE TABLE private.tree (id bigint PRIMARY KEY, parent_id bigint REFERENCES private.tree (id) ON DELETE SET NULL);
CREATE INDEX tree_parent_id ON private.tree (parent_id);
-- === generated before anybody is there
CREATE TABLE private.t (id bigint PRIMARY KEY, a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED);
-- === a column added to a table that was made above
CREATE TABLE private.t (id bigint PRIMARY KEY);
ALTER TABLE private.t ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
-- === a table renamed before anybody knew it
CREATE TABLE private.t (id bigint PRIMARY KEY);
ALTER TABLE private.t RENAME TO u;
-- === names that exist
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text, team_id bigint);
CREATE TABLE teams (id bigint PRIMARY KEY, name text);
-- now:
CREATE INDEX CONCURRENTLY users_team ON users (team_id);
-- === a query with aliases over known tables
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text, team_id bigint);
CREATE TABLE teams (id bigint PRIMARY KEY, name text);
-- now:
CREATE VIEW private.v AS SELECT u.email, t.name AS team, lower(u.email) AS mail, count(*) OVER (PARTITION BY t.id) AS n FROM users u JOIN teams t ON t.id = u.team_id WHERE u.ctid IS NOT NULL ORDER BY team;
-- === an update from another table by key
-- history:
CREATE TABLE users (id bigint PRIMARY KEY, email text, team_id bigint);
CREATE TABLE teams (id bigint PRIMARY KEY, name text);
-- now:
UPDATE users u SET email = lower(u.email) FROM teams t WHERE t.id = u.team_id AND t.name = 'sales';
-- === an insert that returns
-- history:
CREATE TABLE teams (id bigint PRIMARY KEY, name text);
-- now:
WITH t AS (INSERT INTO teams (id, name) VALUES (1, 'a') RETURNING id AS team) SELECT team FROM t;
-- === a lateral join and a function's rows
-- history:
CREATE TABLE teams (id bigint PRIMARY KEY, tags text[]);
-- now:
CREATE VIEW private.v AS SELECT t.id, tag FROM teams t CROSS JOIN LATERAL unnest(t.tags) AS x(tag);
-- === json in a query
-- history:
CREATE TABLE teams (id bigint PRIMARY KEY, data jsonb);
-- now:
CREATE VIEW private.v AS SELECT t.id, e.value ->> 'name' AS name FROM teams t, jsonb_array_elements(t.data -> 'members') e;
-- === the caller's identity by a helper
CREATE POLICY p ON public.notes FOR SELECT TO authenticated USING (owner_id = (SELECT private.current_user_id()));
-- === read through a helper that is a definer
CREATE POLICY p ON public.notes FOR SELECT TO authenticated USING ((SELECT private.is_member(team_id)));
-- === two roles, two policies
CREATE POLICY reader ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
CREATE POLICY editor ON public.notes FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = owner_id) WITH CHECK ((SELECT auth.uid()) = owner_id);
-- === notify
NOTIFY pgrst, 'reload schema';
-- === a security label of words in a policy name
CREATE POLICY "Users can delete their own notes (service role can too)" ON public.notes FOR DELETE TO authenticated USING ((SELECT auth.uid()) = owner_id);
-- === a sequence set to its table's end
SELECT setval('private.orders_id_seq', (SELECT max(id) FROM private.orders));
-- === a guarded add of a constraint
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'amount_positive') THEN
    ALTER TABLE items ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID;
  END IF;
END $$;
