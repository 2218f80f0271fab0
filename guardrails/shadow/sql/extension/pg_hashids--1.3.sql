CREATE FUNCTION id_encode(number bigint, salt text DEFAULT '', min_length integer DEFAULT 0) RETURNS text
  LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.lpad(pg_catalog.to_hex($1), greatest($3, pg_catalog.length(pg_catalog.to_hex($1))), '0') $$;
CREATE FUNCTION id_decode_once(hash text, salt text DEFAULT '', min_length integer DEFAULT 0) RETURNS bigint
  LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || pg_catalog.lpad($1, 16, '0'))::bit(64)::bigint $$;
