-- `auto_expose_new_tables` is off: what is new in `public` reaches nobody through the API until a grant
-- says so. The platform takes back what its API uses and leaves the rest, TRUNCATE among it; functions
-- stay open to PUBLIC, as PostgreSQL makes them.
-- Source: the pull requests supabase/cli 5239 and supabase/supabase 43704.
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  REVOKE USAGE, SELECT ON SEQUENCES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  REVOKE EXECUTE ON FUNCTIONS FROM anon, authenticated, service_role;
