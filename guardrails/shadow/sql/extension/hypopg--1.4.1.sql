CREATE FUNCTION hypopg_create_index(sql_order text, OUT indexrelid oid, OUT indexname text) RETURNS SETOF record
  LANGUAGE sql AS $$ SELECT 0::oid, '<0>'::text $$;
CREATE FUNCTION hypopg_drop_index(indexid oid) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION hypopg_reset() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE VIEW hypopg_list_indexes AS
  SELECT NULL::oid AS indexrelid, NULL::text AS index_name, NULL::name AS schema_name, NULL::name AS table_name,
    NULL::name AS am_name
  WHERE false;
