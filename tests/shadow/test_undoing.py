"""A rollback that leaves something out is noticed: correct ones are made, and a statement is taken away."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from guardrails.lint.contracts import MigrationFile, Transactions
from guardrails.shadow.engine import Server
from guardrails.shadow.proof import Plan, Tools, prove

HISTORY = """
CREATE TYPE mood AS ENUM ('calm', 'brisk');
CREATE TABLE customers (id bigint PRIMARY KEY, email text, age int, mood mood);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, total int, note text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
CREATE VIEW rich AS SELECT id FROM customers;
"""
PAIRS = (
    ("ALTER TABLE orders ADD COLUMN at date", "ALTER TABLE orders DROP COLUMN at"),
    ("CREATE INDEX noted ON orders (note)", "DROP INDEX noted"),
    ("CREATE UNIQUE INDEX one_email ON customers (lower(email))", "DROP INDEX one_email"),
    ("ALTER TABLE customers ALTER age SET DEFAULT 1", "ALTER TABLE customers ALTER age DROP DEFAULT"),
    ("ALTER TABLE customers ALTER email SET NOT NULL", "ALTER TABLE customers ALTER email DROP NOT NULL"),
    ("ALTER TABLE customers ALTER age TYPE bigint", "ALTER TABLE customers ALTER age TYPE int"),
    (
        "ALTER TABLE customers ADD CONSTRAINT grown CHECK (age > 0)",
        "ALTER TABLE customers DROP CONSTRAINT grown",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT whose FOREIGN KEY (customer) REFERENCES customers",
        "ALTER TABLE orders DROP CONSTRAINT whose",
    ),
    ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "ALTER TABLE orders DISABLE ROW LEVEL SECURITY"),
    ("CREATE POLICY own ON orders USING (customer = 1)", "DROP POLICY own ON orders"),
    ("GRANT SELECT ON orders TO anon", "REVOKE SELECT ON orders FROM anon"),
    (
        "CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch()",
        "DROP TRIGGER touched ON orders",
    ),
    ("CREATE TABLE news (id bigint PRIMARY KEY)", "DROP TABLE news"),
    ("CREATE VIEW busy AS SELECT id FROM orders", "DROP VIEW busy"),
    (
        "CREATE OR REPLACE VIEW rich AS SELECT id FROM customers WHERE age > 1",
        "CREATE OR REPLACE VIEW rich AS SELECT id FROM customers",
    ),
    (
        "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 43'",
        "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42'",
    ),
    ("CREATE SEQUENCE numbers INCREMENT 2", "DROP SEQUENCE numbers"),
    ("CREATE TYPE colour AS ENUM ('red')", "DROP TYPE colour"),
    ("CREATE EXTENSION citext", "DROP EXTENSION citext"),
    ("COMMENT ON TABLE orders IS 'sold'", "COMMENT ON TABLE orders IS NULL"),
    ("CREATE SCHEMA billing", "DROP SCHEMA billing"),
    ("CREATE DOMAIN age AS int CHECK (VALUE > 0)", "DROP DOMAIN age"),
    ("ALTER TABLE orders SET (fillfactor = 80)", "ALTER TABLE orders RESET (fillfactor)"),
    ("ALTER TABLE orders RENAME COLUMN total TO amount", "ALTER TABLE orders RENAME COLUMN amount TO total"),
    (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO anon",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM anon",
    ),
)
"""What a migration does, and what undoes it; each pair for itself leaves the schema as it was."""

_MUTANTS = 50
_LEAST_NOTICED = 47


@pytest.fixture
def base(verifying_server: Server) -> Iterator[tuple[Server, str]]:
    conninfo = verifying_server.database()
    report = prove(verifying_server, conninfo, plan("SELECT 1", ""), Tools())
    assert report.verdict == "proved", report
    yield verifying_server, conninfo
    verifying_server.drop(conninfo)


def plan(up: str, down: str) -> Plan:
    file = MigrationFile(
        "2.sql", "2", "", up, has_rollback=bool(down), transactions=Transactions.FILE, down=down
    )
    return Plan((MigrationFile("1.sql", "1", "", HISTORY), file), frozenset({"2.sql"}))


def codes(base: tuple[Server, str], up: list[str], down: list[str]) -> list[str]:
    server, conninfo = base
    copy = server.copy(conninfo)
    whole = plan(";\n".join(up), ";\n".join(down) or "SELECT 1")
    report = prove(server, copy, Plan(whole.files[1:], whole.wanted), Tools())
    server.drop(copy)
    (file,) = report.files
    assert file.failure is None, file.failure
    return [finding.code for finding in file.findings]


def test_a_rollback_that_undoes_everything_is_exact(base: tuple[Server, str]) -> None:
    ups, downs = zip(*PAIRS, strict=True)

    assert codes(base, list(ups), list(reversed(downs))) == []


def test_a_statement_that_a_rollback_lacks_is_noticed(base: tuple[Server, str]) -> None:
    chance = random.Random(1)  # noqa: S311
    noticed = 0
    for number in range(_MUTANTS):
        chosen = [PAIRS[number % len(PAIRS)], *chance.sample(PAIRS, 3)]
        pairs = sorted(set(chosen), key=PAIRS.index)
        missing = PAIRS[number % len(PAIRS)]
        down = [undo for do, undo in reversed(pairs) if (do, undo) != missing]
        noticed += codes(base, [do for do, _ in pairs], down) == ["ROLLBACK_MISMATCH"]

    assert noticed >= _LEAST_NOTICED
