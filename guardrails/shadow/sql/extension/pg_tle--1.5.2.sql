-- A package that is taken can't be created afterwards: its files are nowhere on the disk.
CREATE TABLE pgtle.package (name text NOT NULL, version text NOT NULL, description text, requires text[]);
CREATE FUNCTION pgtle.install_extension(
  name text, version text, description text, ext text, requires text[] DEFAULT NULL
) RETURNS boolean LANGUAGE sql AS $$ INSERT INTO pgtle.package VALUES ($1, $2, $3, $5) RETURNING true $$;
CREATE FUNCTION pgtle.install_update_path(name text, fromvers text, tovers text, ext text) RETURNS boolean
  LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION pgtle.uninstall_extension(extname text) RETURNS boolean
  LANGUAGE sql AS $$ DELETE FROM pgtle.package WHERE name = $1; SELECT true $$;
CREATE FUNCTION pgtle.uninstall_extension_if_exists(extname text) RETURNS boolean
  LANGUAGE sql AS $$ SELECT pgtle.uninstall_extension($1) $$;
CREATE FUNCTION pgtle.set_default_version(name text, version text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION pgtle.available_extensions(OUT name name, OUT default_version text, OUT comment text)
  RETURNS SETOF record LANGUAGE sql AS $$ SELECT name::name, version, description FROM pgtle.package $$;
