"""Histories as they are in life, put together at random, for tests that compare two ways to judge them."""

from __future__ import annotations

from hypothesis import strategies as st

_TABLES = st.sampled_from(["users", "orders", "shop.items"])
_NAMES = st.sampled_from(["a", "b", "c"])
_SHAPES = (
    "CREATE TABLE {table} ({one} int, {two} text NOT NULL DEFAULT 'x');",
    "CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY, {one} int REFERENCES orders (id));",
    "CREATE TABLE {table}_{one} (LIKE {table});",
    "ALTER TABLE {table} ADD COLUMN {one} int NOT NULL;",
    "ALTER TABLE {table} DROP COLUMN {one} CASCADE;",
    "ALTER TABLE {table} RENAME COLUMN {one} TO {two};",
    "ALTER TABLE {table} RENAME TO {one};",
    "ALTER TABLE {table} ADD CONSTRAINT {one} CHECK ({two} IS NOT NULL) NOT VALID;",
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    "DROP TABLE {table};",
    "DROP TABLE IF EXISTS {table} CASCADE;",
    "CREATE INDEX {one} ON {table} ({two});",
    "CREATE INDEX CONCURRENTLY {one} ON {table} ({two});",
    "DROP INDEX {one};",
    "CREATE POLICY {one} ON {table} USING (true);",
    "ALTER POLICY {one} ON {table} USING (auth.uid() = {two});",
    "DROP POLICY {one} ON {table};",
    "CREATE VIEW {one} AS SELECT {two} FROM {table};",
    "CREATE OR REPLACE VIEW {one} AS SELECT * FROM {table};",
    "DROP VIEW {one};",
    "CREATE FUNCTION {one}() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM {table}; SELECT 1 $$;",
    "CREATE OR REPLACE FUNCTION {one}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE {table}; END $$;",
    "DROP FUNCTION {one}();",
    "SELECT {one}();",
    "CREATE TRIGGER {one} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {two}();",
    "DROP TRIGGER {one} ON {table};",
    "INSERT INTO {table} ({one}) VALUES (1);",
    "UPDATE {table} SET {one} = 2;",
    "TRUNCATE {table};",
    "GRANT SELECT ON {table} TO anon;",
    "REVOKE ALL ON {table} FROM anon;",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon;",
    "CREATE TYPE {one} AS ENUM ('x', 'y');",
    "ALTER TYPE {one} ADD VALUE 'z';",
    "CREATE DOMAIN {one} AS int CHECK (VALUE > 0);",
    "DROP TYPE {one} CASCADE;",
    "CREATE SEQUENCE {one};",
    "CREATE SCHEMA shop;",
    "DROP SCHEMA shop CASCADE;",
    "ALTER SCHEMA shop RENAME TO {one};",
    "SET search_path = shop, public;",
    "SET lock_timeout = '2s';",
    "CREATE PUBLICATION {one} FOR TABLE {table};",
    "DO $$ BEGIN EXECUTE 'DROP TABLE {table}'; END $$;",
    "BEGIN; DROP TABLE {table}; ROLLBACK;",
    "-- guardrails: allow DROP_TABLE reason: nothing reads it\nDROP TABLE {table};",
    "SELEC {one};",
)

statements = st.builds(
    lambda shape, table, one, two: shape.format(table=table, one=one, two=two),
    st.sampled_from(_SHAPES), _TABLES, _NAMES, _NAMES,
)  # fmt: skip
texts = st.lists(statements, min_size=1, max_size=4).map("\n".join)
histories = st.lists(texts, min_size=1, max_size=6)
