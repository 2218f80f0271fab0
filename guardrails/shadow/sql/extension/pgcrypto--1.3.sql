CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT pg_catalog.gen_random_uuid() $$;
CREATE FUNCTION gen_random_bytes(length integer) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT pg_catalog.substr(
    pg_catalog.string_agg(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), ''::bytea), 1, length
  ) FROM pg_catalog.generate_series(0, length / 16)
$$;
-- PostgreSQL has no SHA-1 of its own: what comes has its length.
CREATE FUNCTION digest(data bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  CASE pg_catalog.lower(type)
    WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5(data), 'hex');
    WHEN 'sha1' THEN RETURN pg_catalog.substr(pg_catalog.sha256(data), 1, 20);
    WHEN 'sha224' THEN RETURN pg_catalog.sha224(data);
    WHEN 'sha256' THEN RETURN pg_catalog.sha256(data);
    WHEN 'sha384' THEN RETURN pg_catalog.sha384(data);
    WHEN 'sha512' THEN RETURN pg_catalog.sha512(data);
    ELSE RAISE EXCEPTION 'Cannot use "%": No such hash algorithm', type;
  END CASE;
END
$$;
CREATE FUNCTION digest(data text, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path FROM CURRENT AS $$
BEGIN
  RETURN digest(pg_catalog.convert_to(data, 'UTF8'), type);
END
$$;
CREATE FUNCTION hmac(data bytea, key bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path FROM CURRENT AS $$
DECLARE
  block integer := CASE WHEN pg_catalog.lower(type) IN ('sha384', 'sha512') THEN 128 ELSE 64 END;
  padded bytea := CASE WHEN pg_catalog.length(key) > block THEN digest(key, type) ELSE key END;
  inner_key bytea;
  outer_key bytea;
BEGIN
  padded := padded || pg_catalog.decode(pg_catalog.repeat('00', block - pg_catalog.length(padded)), 'hex');
  inner_key := padded;
  outer_key := padded;
  FOR i IN 0..block - 1 LOOP
    inner_key := pg_catalog.set_byte(inner_key, i, pg_catalog.get_byte(padded, i) # 54);
    outer_key := pg_catalog.set_byte(outer_key, i, pg_catalog.get_byte(padded, i) # 92);
  END LOOP;
  RETURN digest(outer_key || digest(inner_key || data, type), type);
END
$$;
CREATE FUNCTION hmac(data text, key text, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path FROM CURRENT AS $$
BEGIN
  RETURN hmac(pg_catalog.convert_to(data, 'UTF8'), pg_catalog.convert_to(key, 'UTF8'), type);
END
$$;
-- Of the shape of bcrypt, and of no worth: the same password and salt give the same hash, no more.
CREATE FUNCTION gen_salt(type text, rounds integer DEFAULT 6) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT '$2a$' || pg_catalog.lpad(rounds::text, 2, '0') || '$' || pg_catalog.left(pg_catalog.md5(type || pg_catalog.random()::text), 22)
$$;
CREATE FUNCTION crypt(password text, salt text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.left(salt, 29) || pg_catalog.left(pg_catalog.md5(pg_catalog.left(salt, 29) || password), 31)
$$;
-- Encryption gives back what it is given, so that what is decrypted is what was encrypted.
CREATE FUNCTION pgp_sym_encrypt(data text, psw text, options text DEFAULT '') RETURNS bytea LANGUAGE sql STRICT AS $$
  SELECT pg_catalog.convert_to(data, 'UTF8')
$$;
CREATE FUNCTION pgp_sym_decrypt(msg bytea, psw text, options text DEFAULT '') RETURNS text LANGUAGE sql STRICT AS $$
  SELECT pg_catalog.convert_from(msg, 'UTF8')
$$;
CREATE FUNCTION pgp_sym_encrypt_bytea(data bytea, psw text, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql STRICT AS $$ SELECT data $$;
CREATE FUNCTION pgp_sym_decrypt_bytea(msg bytea, psw text, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql STRICT AS $$ SELECT msg $$;
CREATE FUNCTION encrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT data $$;
CREATE FUNCTION decrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT data $$;
CREATE FUNCTION encrypt_iv(data bytea, key bytea, iv bytea, type text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT data $$;
CREATE FUNCTION decrypt_iv(data bytea, key bytea, iv bytea, type text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT data $$;
CREATE FUNCTION armor(data bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.encode(data, 'base64') $$;
CREATE FUNCTION dearmor(data text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.decode(data, 'base64') $$;
