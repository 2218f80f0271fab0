-- The tool's own part, after roles.sql: a login that may only look at catalogs, and no way for foreign SQL
-- into the database from which the superuser makes others.
CREATE ROLE guardrails_inspector LOGIN NOINHERIT NOCREATEROLE CONNECTION LIMIT 4;
ALTER ROLE postgres CONNECTION LIMIT 8;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
