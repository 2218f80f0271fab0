"""Whole migrations as an assistant, an attacker or a careful person writes them, none of them a rule's example.

Each case in `migrations/*.sql` begins with `-- === title: CODES`. The codes must be among its findings;
a case without codes must have none. What stands before `-- now:` ran earlier.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrails.lint.contracts import MigrationFile, Profile, Settings
from guardrails.lint.engine import check

FOLDER = Path(__file__).parent / "migrations"
CASE = "-- === "


def cases(pattern: str) -> list[object]:
    found = []
    for file in sorted(FOLDER.glob(pattern)):
        for case in f"\n{file.read_text(encoding='utf-8')}".split(f"\n{CASE}")[1:]:
            head, _, sql = case.partition("\n")
            title, _, codes = head.partition(": ")
            found.append(pytest.param(frozenset(codes.split()), sql, id=f"{file.stem}: {title}"))
    return found


def codes_in(sql: str, profile: Profile) -> set[str]:
    before, now, after = sql.removeprefix("-- history:\n").partition("-- now:\n")
    history = [MigrationFile("1_history.sql", "1", "history", before)] if now else []
    file = MigrationFile("2_migration.sql", "2", "migration", after if now else sql)
    (result,) = check([file], history, Settings(profile=profile))
    return {finding.code for finding in result.findings}


@pytest.mark.parametrize(("codes", "sql"), cases("*hostile*.sql"))
def test_a_hostile_migration_is_found_out(codes: frozenset[str], sql: str) -> None:
    assert codes
    assert codes <= codes_in(sql, Profile.RECOMMENDED) | codes_in(sql, Profile.STRICT)


@pytest.mark.parametrize(("codes", "sql"), cases("*innocent*.sql"))
def test_an_innocent_migration_is_left_alone(codes: frozenset[str], sql: str) -> None:
    assert not codes
    assert not codes_in(sql, Profile.RECOMMENDED)
