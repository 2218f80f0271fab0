CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'header.' || pg_catalog.md5(payload::text || secret || algorithm) || '.signature'
$$;
