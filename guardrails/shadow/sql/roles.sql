-- Roles of the whole cluster. `postgres` runs foreign SQL, so it is no superuser and may neither make
-- databases nor read files; CREATEROLE and BYPASSRLS are what Supabase's `postgres` has as well.
CREATE ROLE postgres LOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOREPLICATION BYPASSRLS;
CREATE ROLE anon NOLOGIN NOINHERIT;
CREATE ROLE authenticated NOLOGIN NOINHERIT;
CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
CREATE ROLE supabase_admin NOLOGIN NOINHERIT;
CREATE ROLE supabase_auth_admin NOLOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_storage_admin NOLOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_realtime_admin NOLOGIN NOINHERIT;
CREATE ROLE dashboard_user NOLOGIN;
GRANT anon, authenticated, service_role TO authenticator;
GRANT anon, authenticated, service_role, authenticator TO postgres WITH ADMIN OPTION;
-- What Supabase's extension supautils lets `postgres` do with the platform's own tables: policies and
-- triggers on them, but not to become their owner.
GRANT supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin TO postgres WITH INHERIT TRUE, SET FALSE;
