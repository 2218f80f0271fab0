CREATE FUNCTION plan(integer) RETURNS text LANGUAGE sql AS $$ SELECT '1..' || $1 $$;
CREATE FUNCTION no_plan() RETURNS SETOF boolean LANGUAGE sql AS $$ SELECT true WHERE false $$;
CREATE FUNCTION finish(exception_on_failure boolean DEFAULT NULL) RETURNS SETOF text
  LANGUAGE sql AS $$ SELECT NULL::text WHERE false $$;
CREATE FUNCTION ok(boolean, text DEFAULT NULL) RETURNS text
  LANGUAGE sql AS $$ SELECT CASE WHEN $1 THEN 'ok' ELSE 'not ok' END $$;
CREATE FUNCTION pass(text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT 'ok' $$;
CREATE FUNCTION fail(text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT 'not ok' $$;
