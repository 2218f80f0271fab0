"""A rollback is followed after its migration, wherever the project's tool keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.validate import validate_paths
from guardrails.lint.contracts import MigrationFile
from guardrails.lint.engine import check


def mismatches(up: str, down: str) -> list[str]:
    (result,) = check([MigrationFile("1.sql", "1", "", up, has_rollback=True, down=down)])
    return [finding.message for finding in result.findings if finding.code == "ROLLBACK_MISMATCH"]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("CREATE TABLE a (id int PRIMARY KEY); CREATE INDEX i ON a (id);", "DROP TABLE a;"),
        (
            "ALTER TABLE a ADD COLUMN b int, ADD CONSTRAINT c CHECK (b > 0);",
            "ALTER TABLE a DROP CONSTRAINT c, DROP COLUMN b;",
        ),
        ("ALTER TABLE a ADD COLUMN b int; CREATE INDEX i ON a (b);", "ALTER TABLE a DROP COLUMN b;"),
        ("ALTER TABLE a ADD UNIQUE (b);", "ALTER TABLE a DROP CONSTRAINT a_b_key;"),
        (
            "ALTER TABLE a RENAME TO b; ALTER TABLE b ADD COLUMN c int;",
            "ALTER TABLE b DROP COLUMN c; ALTER TABLE b RENAME TO a;",
        ),
        (
            "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS a;",
            "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 2 AS b;",
        ),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;", "SELECT 1;"),
        ("CREATE SCHEMA s; CREATE TABLE s.a (id int PRIMARY KEY);", "DROP SCHEMA s CASCADE;"),
        ("DROP TABLE a;", "CREATE TABLE a (id int); CREATE INDEX i ON a (id);"),
        ("DROP TABLE a;", "-- this can't be undone\nSELECT 1;"),
        ("CREATE TABLE a (id int PRIMARY KEY);", "DO $$ BEGIN DROP TABLE a; END $$;"),
        ("ALTER TABLE a ENABLE ROW LEVEL SECURITY;", "ALTER TABLE a DISABLE ROW LEVEL SECURITY;"),
    ],
)
def test_a_rollback_that_undoes_its_migration_passes(up: str, down: str) -> None:
    assert mismatches(up, down) == []


@pytest.mark.parametrize(
    ("up", "down", "said"),
    [
        (
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE b;",
            ["leaves relation public.a", "drops relation public.b"],
        ),
        ("CREATE INDEX i ON a (b); CREATE INDEX j ON a (c);", "DROP INDEX i;", ["leaves index public.j"]),
        ("DROP POLICY p ON a;", "SELECT 1;", ["does not bring back policy p of public.a"]),
        ("ALTER TABLE a RENAME TO b;", "SELECT 1;", ["leaves public.a under its new name public.b"]),
        (
            "ALTER TABLE a RENAME COLUMN x TO y;",
            "ALTER TABLE a RENAME COLUMN y TO z;",
            ["x of public.a", "z of public.a"],
        ),
        ("CREATE TYPE m AS ENUM ('a');", "DROP TYPE IF EXISTS n;", ["leaves type public.m"]),
        (
            "ALTER TABLE a ADD COLUMN b int;",
            "ALTER TABLE a DROP COLUMN b, DROP COLUMN c;",
            ["drops column c of public.a"],
        ),
    ],
)
def test_what_a_rollback_leaves_and_what_it_takes_too_much_is_told(
    up: str, down: str, said: list[str]
) -> None:
    found = mismatches(up, down)

    assert len(found) == len(said)
    assert all(any(part in message for message in found) for part in said)


def test_a_rollback_in_a_file_of_its_own_is_found(tmp_path: Path) -> None:
    (tmp_path / "000001_a.up.sql").write_text("ALTER TABLE orders ADD COLUMN note text;", "utf-8")
    (tmp_path / "000001_a.down.sql").write_text("ALTER TABLE orders DROP COLUMN notes;", "utf-8")
    report = validate_paths([tmp_path / "000001_a.up.sql"], tmp_path)

    assert "ROLLBACK_MISMATCH" in {finding.code for file in report.files for finding in file.warnings}
