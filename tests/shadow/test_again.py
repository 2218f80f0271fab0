"""A second `verify` runs only what changed, and says the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commands.verify import verify
from guardrails.shadow.contracts import Verdict, Verification

FIRST, SECOND, THIRD = (f"migrations/000{number}_x.sql" for number in (1, 2, 3))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "migrations").mkdir(parents=True)
    (folder / FIRST).write_text("CREATE TABLE a (id int);\nALTER TABLE nowhere ADD x int;")
    (folder / SECOND).write_text("CREATE TABLE b (id int);")
    (folder / THIRD).write_text("ALTER TABLE b ADD note text;")
    return folder


def verified(root: Path, path: str) -> tuple[list[str], Verification]:
    """Verify a migration after a history with a gap; return which files ran as well."""
    heard: list[str] = []
    found = verify(
        root, [root / path], tolerant=True, rows=False, told=lambda _share, what: heard.append(what)
    )
    return heard, found


def test_only_what_is_new_runs_and_gaps_of_the_history_are_told_again(root: Path) -> None:
    first, cold = verified(root, SECOND)
    again, warm = verified(root, SECOND)
    later, longer = verified(root, THIRD)
    (root / SECOND).write_text("CREATE TABLE b (id bigint);")
    changed, other = verified(root, THIRD)

    assert (first, again, later, changed) == ([FIRST, SECOND], [SECOND], [SECOND, THIRD], [SECOND, THIRD])
    assert cold == warm
    assert {one.verdict for one in (cold, longer, other)} == {Verdict.RESERVATIONS}
    assert replace(longer.skipped[0], message="") == replace(other.skipped[0], message="")
    assert (longer.skipped[0].path, longer.skipped[0].line) == (FIRST, 2)
