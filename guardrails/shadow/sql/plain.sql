-- A database for a project on plain PostgreSQL: nothing but the place for extensions that need one.
GRANT ALL ON SCHEMA public TO postgres;
