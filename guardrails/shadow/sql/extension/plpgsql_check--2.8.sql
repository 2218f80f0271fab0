CREATE FUNCTION plpgsql_check_function(funcoid regprocedure, relid regclass DEFAULT 0) RETURNS SETOF text
  LANGUAGE sql AS $$ SELECT NULL::text WHERE false $$;
