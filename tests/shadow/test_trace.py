"""What is seen of a statement's locks, rewrites and scans is what PostgreSQL documents.

<https://www.postgresql.org/docs/current/explicit-locking.html>,
<https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import MigrationFile
from guardrails.lint.locks import LockMode
from guardrails.lint.schema import Schema
from guardrails.shadow.contracts import Step
from guardrails.shadow.engine import Server
from guardrails.shadow.running import run_file
from guardrails.shadow.trace import Tracer

SETUP = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int NOT NULL, parent int, total int, name varchar(20), at timestamp);
CREATE UNIQUE INDEX child_id ON child (id);
ALTER TABLE child ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;
ALTER TABLE child ADD CONSTRAINT known CHECK (parent IS NOT NULL);
CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION touch();
"""
AS, RX, SUX = LockMode.ACCESS_SHARE, LockMode.ROW_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
S, SRX, X, AX = (
    LockMode.SHARE,
    LockMode.SHARE_ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE,
    LockMode.ACCESS_EXCLUSIVE,
)

CASES = [
    ("ALTER TABLE child ADD COLUMN c int", {"child": AX}, False, False),
    ("ALTER TABLE child ADD COLUMN c int DEFAULT 1", {"child": AX}, False, False),
    ("ALTER TABLE child ADD COLUMN c timestamptz DEFAULT now()", {"child": AX}, False, False),
    ("ALTER TABLE child ADD COLUMN c uuid DEFAULT gen_random_uuid()", {"child": AX}, True, True),
    ("ALTER TABLE child ADD COLUMN c int GENERATED ALWAYS AS (total + 1) STORED", {"child": AX}, True, True),
    ("ALTER TABLE child ADD COLUMN c int GENERATED ALWAYS AS IDENTITY", {"child": AX}, True, True),
    ("ALTER TABLE child DROP COLUMN total", {"child": AX}, False, False),
    ("ALTER TABLE child ALTER total TYPE bigint", {"child": AX}, True, True),
    ("ALTER TABLE child ALTER name TYPE varchar(40)", {"child": AX}, False, False),
    ("ALTER TABLE child ALTER name TYPE text", {"child": AX}, False, False),
    ("ALTER TABLE child ALTER name TYPE varchar(10)", {"child": AX}, True, True),
    ("ALTER TABLE child ALTER total SET DEFAULT 1", {"child": AX}, False, False),
    ("ALTER TABLE child ALTER total SET NOT NULL", {"child": AX}, False, True),
    ("ALTER TABLE child ALTER parent SET NOT NULL", {"child": AX}, False, False),  # `known` shows it
    ("ALTER TABLE child ADD CHECK (total < 9)", {"child": AX}, False, True),
    ("ALTER TABLE child ADD CHECK (total < 9) NOT VALID", {"child": AX}, False, False),
    ("ALTER TABLE child VALIDATE CONSTRAINT positive", {"child": SUX}, False, True),
    ("ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent", {"child": SRX, "parent": SRX}, False, True),
    (
        "ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent NOT VALID",
        {"child": SRX, "parent": SRX},
        False,
        False,
    ),
    ("ALTER TABLE child ADD UNIQUE (total)", {"child": AX}, False, True),
    ("ALTER TABLE child ADD UNIQUE USING INDEX child_id", {"child": AX}, False, False),
    ("ALTER TABLE child SET (fillfactor = 90)", {"child": SUX}, False, False),
    ("ALTER TABLE child ALTER total SET STATISTICS 10", {"child": SUX}, False, False),
    ("ALTER TABLE child SET UNLOGGED", {"child": AX}, True, True),
    ("ALTER TABLE child ENABLE ROW LEVEL SECURITY", {"child": AX}, False, False),
    ("ALTER TABLE child DISABLE TRIGGER touched", {"child": SRX}, False, False),
    ("ALTER TABLE child RENAME COLUMN total TO amount", {"child": AX}, False, False),
    ("CREATE INDEX ON child (total)", {"child": S}, False, True),
    ("CREATE TRIGGER t AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION touch()", {"child": SRX}, False, False),
    ("CREATE TABLE other (parent int REFERENCES parent)", {"parent": SRX}, False, False),
    ("DROP TABLE child", {"child": AX}, False, False),
    ("REFRESH MATERIALIZED VIEW totals", {"totals": AX}, True, False),
    ("INSERT INTO child (id, parent) VALUES (1, 1)", {"child": RX}, False, False),
    ("CLUSTER child USING child_id", {"child": AX}, True, True),
]  # fmt: skip


@pytest.fixture(scope="module")
def database(verifying_server: Server) -> str:
    conninfo = verifying_server.database()
    assert run_file(conninfo, MigrationFile("1.sql", "1", "", SETUP)).failure is None
    return conninfo


def traced(database: str, sql: str) -> list[Step]:
    """Return what is seen of statements that a ROLLBACK then undoes."""
    file = MigrationFile("2.sql", "2", "", f"BEGIN;\n{sql};\nROLLBACK;")
    tracer = Tracer(database, file, Schema)

    ran = run_file(database, file, observer=tracer)

    assert ran.failure is None, ran.failure
    return tracer.steps


@pytest.mark.parametrize(("sql", "locks", "rewrites", "scans"), CASES, ids=[case[0] for case in CASES])
def test_a_statement_is_seen_to_do_what_postgresql_documents(
    database: str, sql: str, locks: dict[str, LockMode], rewrites: bool, scans: bool
) -> None:
    (step,) = traced(database, sql)

    seen = {held.table.removeprefix("public."): held.mode for held in step.held if held.mode is not AS}
    assert seen == locks
    assert bool(step.rewrites) is rewrites
    assert bool(step.scans) is scans


def test_a_lock_is_held_until_the_transaction_ends(database: str) -> None:
    first, second = traced(database, "ALTER TABLE child ADD COLUMN c int;\nSELECT 1")

    assert [(held.table, held.mode, held.taken) for held in second.held] == [("public.child", AX, False)]
    assert [held.taken for held in first.held] == [True]


def test_an_index_that_is_built_anew_is_named(database: str) -> None:
    (step,) = traced(database, "REINDEX INDEX child_id")

    assert (step.rewrites, step.rebuilds) == ((), ("public.child_id",))


def test_a_table_that_is_new_takes_part_in_nothing(database: str) -> None:
    first, second = traced(database, "CREATE TABLE fresh (id int);\nALTER TABLE fresh ALTER id TYPE bigint")

    assert [*first.held, *second.held, *second.rewrites] == []


def test_a_search_path_of_the_migration_captures_nothing(database: str) -> None:
    hostile = """CREATE SCHEMA trap; SET LOCAL search_path = trap, public, pg_catalog;
CREATE FUNCTION trap.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE TABLE trap.pg_locks (pid int, relation oid, mode text, granted bool, locktype text);
CREATE TABLE trap.pg_class (oid oid);
ALTER TABLE child ADD COLUMN c int"""

    *_, last = traced(database, hostile)

    assert ("public.child", AX) in [(held.table, held.mode) for held in last.held]


def test_settings_of_the_migration_do_not_get_in_the_way(database: str) -> None:
    sql = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSET LOCAL statement_timeout = 1;\nALTER TABLE child ADD COLUMN c int"

    *_, last = traced(database, sql)

    assert [(held.table, held.mode) for held in last.held] == [("public.child", AX)]


def test_a_scan_after_a_commit_is_seen_too(database: str) -> None:
    sql = "ALTER TABLE child ADD CONSTRAINT a CHECK (id > 0);\nCOMMIT;\nALTER TABLE child ADD CONSTRAINT b CHECK (id > 0);\nALTER TABLE child DROP CONSTRAINT a, DROP CONSTRAINT b"

    steps = traced(database, sql)

    assert [bool(step.scans) for step in steps] == [True, True, False]
