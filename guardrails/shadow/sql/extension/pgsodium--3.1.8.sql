CREATE TYPE key_status AS ENUM ('default', 'valid', 'invalid', 'expired');
CREATE TABLE key (
  id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
  status key_status DEFAULT 'valid',
  created timestamptz NOT NULL DEFAULT pg_catalog.now(),
  expires timestamptz,
  key_id bigint,
  name text UNIQUE
);
CREATE VIEW valid_key AS SELECT id, name, status, key_id, created, expires FROM key WHERE status IN ('valid', 'default');
CREATE FUNCTION create_key(name text DEFAULT NULL) RETURNS valid_key LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  made valid_key;
BEGIN
  INSERT INTO key (name) VALUES ($1) RETURNING key.id, key.name, key.status, key.key_id, key.created, key.expires INTO made;
  RETURN made;
END
$$;
CREATE FUNCTION randombytes_buf(size integer) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT pg_catalog.substr(
    pg_catalog.string_agg(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), ''::bytea), 1, size
  ) FROM pg_catalog.generate_series(0, size / 16)
$$;
CREATE FUNCTION crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT message $$;
CREATE FUNCTION crypto_aead_det_decrypt(ciphertext bytea, additional bytea, key_uuid uuid, nonce bytea DEFAULT NULL)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ciphertext $$;
CREATE FUNCTION crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
$$;
