-- === a table that clients reach: MISSING_RLS
CREATE TABLE "Messages" (id uuid PRIMARY KEY, body text);
-- === a copy of a protected table: MISSING_RLS
-- history:
CREATE TABLE notes (id uuid PRIMARY KEY);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
-- now:
CREATE TABLE notes_copy (LIKE notes INCLUDING ALL);
-- === enabled on a table of another schema: MISSING_RLS
CREATE TABLE notes (id uuid PRIMARY KEY);
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
-- === enabled in a comment only: MISSING_RLS
CREATE TABLE notes (id uuid PRIMARY KEY);
-- ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
-- === switched off again: RLS_DISABLED
ALTER TABLE ONLY public.notes DISABLE ROW LEVEL SECURITY;
-- === switched off in a loop: RLS_DISABLED
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['notes'] LOOP EXECUTE 'ALTER TABLE public.' || t || ' DISABLE ROW LEVEL SECURITY'; END LOOP; END $$;
-- === a partition beside its parent's policies: PARTITION_CHILD_NO_RLS
-- history:
CREATE TABLE events (id bigint, at timestamptz) PARTITION BY RANGE (at);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
-- now:
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- === policies without effect: POLICY_WITHOUT_RLS
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);
CREATE POLICY own ON notes TO authenticated USING ((SELECT auth.uid()) = owner);
-- === nobody may do anything: RLS_NO_POLICY
CREATE TABLE notes (id uuid PRIMARY KEY);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
-- === open to all who sign up: POLICY_ALWAYS_TRUE
CREATE POLICY "Enable all" ON notes FOR ALL TO authenticated USING (1 = 1) WITH CHECK (true);
-- === open through a sub-select: POLICY_ALWAYS_TRUE
CREATE POLICY p ON notes FOR UPDATE TO authenticated USING ((SELECT true));
-- === open through an OR: POLICY_ALWAYS_TRUE
CREATE POLICY p ON notes FOR DELETE TO authenticated USING ((SELECT auth.uid()) = owner OR true);
-- === open through altering: POLICY_ALWAYS_TRUE
ALTER POLICY p ON notes USING (true);
-- === open through EXECUTE: POLICY_ALWAYS_TRUE
DO $$ BEGIN EXECUTE format('CREATE POLICY %I ON public.%I FOR ALL TO authenticated USING (true)', 'all', 'notes'); END $$;
-- === the world may write: POLICY_ANON_WRITE
CREATE POLICY p ON notes FOR INSERT TO anon, authenticated WITH CHECK (length(body) < 1000);
-- === the world may write, since no role is named: POLICY_ANON_WRITE
CREATE POLICY p ON notes FOR DELETE USING (created_at < now() - interval '1 day');
-- === named for the service: POLICY_SERVICE_ROLE_OPEN
CREATE POLICY "service_role can do anything" ON notes FOR ALL USING (true);
-- === rows can be given away: POLICY_WITH_CHECK_WIDER
CREATE POLICY p ON notes FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (1 = 1);
-- === a tenant forgotten in the check: POLICY_WITH_CHECK_WIDER
CREATE POLICY p ON notes FOR UPDATE TO authenticated USING (tenant_id = (SELECT (auth.jwt() ->> 'tenant')::uuid) AND NOT locked) WITH CHECK (NOT locked);
-- === the inner table captures the column: POLICY_COLUMN_CAPTURE
-- history:
CREATE TABLE teams (id uuid PRIMARY KEY);
CREATE TABLE members (team_id uuid, user_id uuid);
CREATE TABLE posts (id uuid PRIMARY KEY, team_id uuid);
-- now:
CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = team_id AND m.user_id = (SELECT auth.uid())));
-- === compared with itself: POLICY_COLUMN_CAPTURE
CREATE POLICY p ON posts FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = m.team_id AND m.user_id = (SELECT auth.uid())));
-- === users write that metadata themselves: POLICY_USER_METADATA
CREATE POLICY p ON notes FOR SELECT TO authenticated USING ((SELECT auth.jwt()) #>> '{user_metadata,role}' = 'admin');
-- === the same through the table: POLICY_USER_METADATA
CREATE POLICY p ON notes FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM auth.users u WHERE u.id = (SELECT auth.uid()) AND u.raw_user_meta_data ->> 'admin' = 'true'));
-- === whoever is not signed in: POLICY_INVERTED_AUTH
CREATE POLICY p ON notes FOR SELECT USING ((SELECT auth.uid()) = owner OR (SELECT auth.uid()) IS NULL);
-- === anybody but the owner: POLICY_INVERTED_AUTH
CREATE POLICY p ON notes FOR SELECT TO authenticated USING (public OR auth.role() = 'anon');
-- === signing up is enough to delete: POLICY_AUTH_ONLY
CREATE POLICY p ON notes FOR DELETE TO authenticated USING ((SELECT auth.uid()) IS NOT NULL);
-- === a policy that reads its own table: POLICY_RECURSION
CREATE POLICY p ON members FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM public.members m2 WHERE m2.team_id = members.team_id AND m2.user_id = (SELECT auth.uid())));
-- === two policies that read each other: POLICY_RECURSION
CREATE TABLE a (id int PRIMARY KEY, b_id int);
CREATE TABLE b (id int PRIMARY KEY, a_id int);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
CREATE POLICY pa ON a FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM b WHERE b.id = a.b_id));
CREATE POLICY pb ON b FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM a WHERE a.id = b.a_id));
-- === a policy is gone: DROP_POLICY
DROP POLICY IF EXISTS "own rows" ON public.notes;
-- === and comes back wider: DROP_POLICY
-- history:
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner);
-- now:
DROP POLICY p ON notes;
CREATE POLICY p ON notes FOR SELECT TO authenticated USING (owner IS NOT NULL);
-- === a whole bucket for everybody: STORAGE_POLICY_BROAD
CREATE POLICY up ON storage.objects FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) IS NOT NULL);
-- === a public bucket: STORAGE_BUCKET_PUBLIC
INSERT INTO storage.buckets (id, name, public) VALUES ('invoices', 'invoices', true) ON CONFLICT DO NOTHING;
-- === a bucket made public: STORAGE_BUCKET_PUBLIC
UPDATE storage.buckets SET public = true WHERE id = 'invoices';
-- === definer without a path: SECURITY_DEFINER_SEARCH_PATH
CREATE OR REPLACE FUNCTION public.is_admin() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN true; END $$;
-- === definer with a path that others may write: SECURITY_DEFINER_SEARCH_PATH
CREATE FUNCTION private.is_admin() RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = "$user", public AS 'SELECT true';
-- === made definer later: SECURITY_DEFINER_SEARCH_PATH
CREATE FUNCTION private.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION private.f() SECURITY DEFINER;
-- === callable by everybody: SECURITY_DEFINER_EXPOSED
CREATE FUNCTION public.delete_user(id uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'DELETE FROM public.users u WHERE u.id = $1';
-- === revoked from one role only: SECURITY_DEFINER_EXPOSED
CREATE FUNCTION public.delete_user(id uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'DELETE FROM public.users u WHERE u.id = $1';
REVOKE EXECUTE ON FUNCTION public.delete_user(uuid) FROM anon;
-- === hardening undone by a new definition: FUNCTION_REPLACE_RESETS
-- history:
CREATE FUNCTION private.f(a int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS 'SELECT a';
-- now:
CREATE OR REPLACE FUNCTION private.f(a integer) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT a + 1';
-- === the revoke is lost: REVOKE_LOST
-- history:
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;
-- now:
DROP FUNCTION public.f();
CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SET search_path = '' AS 'SELECT 1';
-- === a revoke without effect: REVOKE_INEFFECTIVE
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
REVOKE ALL ON FUNCTION public.f() FROM anon, authenticated;
-- === a column cannot be taken from a table: REVOKE_INEFFECTIVE
GRANT SELECT ON users TO authenticated;
REVOKE SELECT (email) ON users FROM authenticated;
-- === immutable, but it is not: FUNCTION_VOLATILITY_LIE
CREATE FUNCTION my_id() RETURNS uuid LANGUAGE sql IMMUTABLE SET search_path = '' AS $$ SELECT auth.uid() $$;
-- === a view that runs as its owner: VIEW_SECURITY_INVOKER
CREATE OR REPLACE VIEW public.my_notes AS SELECT * FROM public.notes WHERE owner = auth.uid();
-- === said, but off: VIEW_SECURITY_INVOKER
CREATE VIEW public.v WITH (security_invoker = false) AS SELECT * FROM public.notes;
-- === the option is lost: VIEW_REPLACE_RESETS_INVOKER
-- history:
CREATE VIEW public.v WITH (security_invoker) AS SELECT 1 AS a;
-- now:
CREATE OR REPLACE VIEW public.v AS SELECT 1 AS a, 2 AS b;
-- === users of the platform shown to all: AUTH_USERS_EXPOSED
CREATE VIEW public.accounts AS SELECT u.id, u.email FROM public.profiles p JOIN auth.users u ON u.id = p.id;
-- === by a function: AUTH_USERS_EXPOSED
CREATE FUNCTION public.all_users() RETURNS SETOF auth.users LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT * FROM auth.users';
-- === a materialized view has no policies: MATVIEW_IN_API
CREATE MATERIALIZED VIEW totals AS SELECT owner, count(*) FROM notes GROUP BY 1;
-- === nor has a foreign table: FOREIGN_TABLE_IN_API
IMPORT FOREIGN SCHEMA remote FROM SERVER s INTO public;
-- === everything for the world: GRANT_TO_ANON
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.notes TO anon;
-- === and for everyone: GRANT_TO_PUBLIC
GRANT ALL PRIVILEGES ON notes TO PUBLIC;
-- === a whole schema at once: GRANT_ALL_IN_SCHEMA
GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated;
-- === what policies do not cover: GRANT_BYPASSES_RLS
GRANT SELECT, TRUNCATE ON notes TO authenticated;
-- === all that will ever be made: DEFAULT_PRIVILEGES_WIDENED
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT SELECT ON TABLES TO anon;
-- === names can be planted: GRANT_CREATE_ON_SCHEMA
GRANT ALL ON SCHEMA public TO authenticated;
-- === an inner schema served: API_SCHEMA_EXPOSED
GRANT USAGE ON SCHEMA private TO anon;
-- === vault served: API_SCHEMA_EXPOSED
ALTER ROLE authenticator SET pgrst.db_schemas TO 'public', 'vault';
-- === a role that may all: ROLE_ESCALATION
ALTER ROLE authenticated WITH BYPASSRLS;
-- === by membership: ROLE_ESCALATION
GRANT "postgres" TO anon;
-- === a new superuser: ROLE_ESCALATION
CREATE USER deploy SUPERUSER;
-- === a password in the file: SECRET_LITERAL
CREATE USER deploy PASSWORD 'Tr0ub4dor&3';
-- === a key in a header: SECRET_LITERAL
SELECT cron.schedule('sync', '* * * * *', $$ SELECT net.http_post('https://x.supabase.co/functions/v1/sync', headers := '{"Authorization": "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIiwiaXNzIjoic3VwYWJhc2UiLCJyZWYiOiJhYmNkZWZnaGlqa2xtbm9wIn0.s5yqT8l2dFq0m0ZbC4ZzQxYw1u2v3w4x5y6z7A8B9C0"}') $$);
-- === another role for the rest: SET_ROLE
SET ROLE supabase_admin;
CREATE TABLE private.t (id bigint PRIMARY KEY);
-- === other schemas for the rest: SEARCH_PATH_CHANGED
SELECT set_config('search_path', 'app, public', false);
-- === a password in an open table: SENSITIVE_COLUMN_EXPOSED
CREATE TABLE public.accounts (id uuid PRIMARY KEY, email text, password_hash text, api_key text);
-- === rows broadcast: REALTIME_NO_RLS
-- history:
CREATE TABLE chat (id uuid PRIMARY KEY, body text);
-- now:
ALTER PUBLICATION supabase_realtime ADD TABLE chat;
-- === in the schema of the API: EXTENSION_IN_PUBLIC
CREATE EXTENSION "uuid-ossp" SCHEMA public;
-- === it belongs to a client now: OWNER_CHANGE
ALTER TABLE public.notes OWNER TO authenticated;
-- === no grant for the new default: MISSING_API_GRANT
CREATE TABLE public.notes (id uuid PRIMARY KEY, owner uuid);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner);
-- === a role gate on a table of users without protection: POLICY_REFS_RLS_OFF_TABLE
-- history:
CREATE TABLE public.admins (user_id uuid PRIMARY KEY);
CREATE TABLE public.notes (id uuid PRIMARY KEY);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
-- now:
CREATE POLICY p ON public.notes FOR ALL TO authenticated USING (EXISTS (SELECT 1 FROM public.admins a WHERE a.user_id = (SELECT auth.uid())));
-- === one person named in the code: POLICY_HARDCODED_ID
CREATE POLICY boss ON notes FOR ALL TO authenticated USING ((SELECT auth.email()) = 'boss@example.com');
-- === called for every row: POLICY_AUTH_NOT_WRAPPED
CREATE POLICY own ON notes FOR SELECT TO authenticated USING (owner = auth.uid());
-- === wrapped around the comparison, not the call: POLICY_AUTH_NOT_WRAPPED
CREATE POLICY own ON notes FOR SELECT TO authenticated USING ((SELECT true) AND owner = auth.uid());
-- === an update that finds nothing: RLS_COVERAGE_GAP
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON notes TO authenticated;
CREATE POLICY u ON notes FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = owner) WITH CHECK ((SELECT auth.uid()) = owner);
-- === only restrictions: RLS_RESTRICTIVE_ONLY
CREATE TABLE notes (id uuid PRIMARY KEY, owner uuid);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mfa ON notes AS RESTRICTIVE TO authenticated USING ((SELECT auth.jwt() ->> 'aal') = 'aal2');
-- === insert denied for want of a check: POLICY_MISSING_WITH_CHECK
CREATE POLICY p ON notes FOR INSERT TO authenticated;
