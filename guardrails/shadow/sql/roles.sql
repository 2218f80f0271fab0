-- The login of foreign SQL: no superuser, and it may neither make databases nor read files. CREATEROLE
-- and BYPASSRLS are what the `postgres` of Supabase has as well.
CREATE ROLE postgres LOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOREPLICATION BYPASSRLS;
