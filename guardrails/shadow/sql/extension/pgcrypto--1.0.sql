CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT pg_catalog.gen_random_uuid() $$;
CREATE FUNCTION gen_random_bytes(length integer) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT pg_catalog.substr(
    pg_catalog.string_agg(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), ''::bytea), 1, length
  ) FROM pg_catalog.generate_series(0, length / 16)
$$;
CREATE FUNCTION digest(data bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE pg_catalog.lower(type)
    WHEN 'md5' THEN pg_catalog.decode(pg_catalog.md5(data), 'hex')
    WHEN 'sha224' THEN pg_catalog.sha224(data)
    WHEN 'sha384' THEN pg_catalog.sha384(data)
    WHEN 'sha512' THEN pg_catalog.sha512(data)
    ELSE pg_catalog.sha256(data) END
$$;
CREATE FUNCTION digest(data text, type text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE pg_catalog.lower(type)
    WHEN 'md5' THEN pg_catalog.decode(pg_catalog.md5(data), 'hex')
    WHEN 'sha512' THEN pg_catalog.sha512(pg_catalog.convert_to(data, 'UTF8'))
    ELSE pg_catalog.sha256(pg_catalog.convert_to(data, 'UTF8')) END
$$;
CREATE FUNCTION hmac(data text, key text, type text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.sha256(pg_catalog.convert_to(key || data || type, 'UTF8'))
$$;
CREATE FUNCTION hmac(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.sha256(key || data || pg_catalog.convert_to(type, 'UTF8'))
$$;
CREATE FUNCTION gen_salt(type text, rounds integer DEFAULT 6) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT '$2a$' || pg_catalog.lpad(rounds::text, 2, '0') || '$' || pg_catalog.left(pg_catalog.md5(type || pg_catalog.random()::text), 22)
$$;
CREATE FUNCTION crypt(password text, salt text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.left(salt, 29) || pg_catalog.left(pg_catalog.md5(pg_catalog.left(salt, 29) || password), 31)
$$;
CREATE FUNCTION pgp_sym_encrypt(data text, key text) RETURNS bytea LANGUAGE sql AS $$
  SELECT pg_catalog.convert_to(pg_catalog.reverse(data), 'UTF8') WHERE key IS NOT NULL
$$;
CREATE FUNCTION pgp_sym_decrypt(data bytea, key text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_catalog.reverse(pg_catalog.convert_from(data, 'UTF8')) WHERE key IS NOT NULL
$$;
