-- The roles of the platform, of the whole server and so made once. Nobody logs in as any of them, and what
-- they need on the platform to do its work (superuser, CREATEROLE, REPLICATION) is left out.
-- Source: the image supabase/postgres, migrations/db.
DO $$
BEGIN
  IF to_regrole('anon') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE ROLE anon NOLOGIN NOINHERIT;
  CREATE ROLE authenticated NOLOGIN NOINHERIT;
  CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
  CREATE ROLE authenticator NOLOGIN NOINHERIT;
  CREATE ROLE supabase_admin NOLOGIN BYPASSRLS;
  CREATE ROLE supabase_auth_admin NOLOGIN NOINHERIT;
  CREATE ROLE supabase_storage_admin NOLOGIN NOINHERIT;
  CREATE ROLE supabase_realtime_admin NOLOGIN NOINHERIT;
  CREATE ROLE supabase_functions_admin NOLOGIN NOINHERIT;
  CREATE ROLE supabase_replication_admin NOLOGIN;
  CREATE ROLE supabase_etl_admin NOLOGIN;
  CREATE ROLE supabase_read_only_user NOLOGIN BYPASSRLS;
  CREATE ROLE dashboard_user NOLOGIN;
  CREATE ROLE pgbouncer NOLOGIN;
  CREATE ROLE pgsodium_keyiduser NOLOGIN;
  CREATE ROLE pgsodium_keyholder NOLOGIN;
  CREATE ROLE pgsodium_keymaker NOLOGIN;

  GRANT anon, authenticated, service_role TO authenticator, supabase_storage_admin, supabase_realtime_admin;
  GRANT anon, authenticated, service_role TO postgres WITH ADMIN OPTION;
  GRANT authenticator TO postgres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
  GRANT supabase_functions_admin TO postgres;
  GRANT pgsodium_keyiduser, pgsodium_keyholder, pgsodium_keymaker TO postgres;
  -- Policies ask for the owner of the table. The platform's extension supautils lets `postgres` write them
  -- all the same; here it has the owners' rights, and guard.sql takes back what supautils does not give.
  GRANT supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin TO postgres
    WITH INHERIT TRUE, SET FALSE;
  -- What a project says to PostgREST, as in ALTER ROLE authenticator SET pgrst.db_schemas.
  GRANT SET ON PARAMETER "pgrst.db_schemas", "pgrst.db_extra_search_path", "pgrst.db_pre_request",
    "pgrst.db_aggregates_enabled", "pgrst.db_max_rows", "pgrst.db_plan_enabled", "pgrst.db_anon_role",
    "pgrst.openapi_mode", "pgaudit.log" TO postgres;
  -- supautils allows it as well: dumps with rows begin with it. Triggers and foreign keys rest then, no more.
  GRANT SET ON PARAMETER "session_replication_role" TO postgres;

  ALTER ROLE anon SET statement_timeout = '3s';
  ALTER ROLE authenticated SET statement_timeout = '8s';
  ALTER ROLE authenticator SET statement_timeout = '8s';
END
$$;
