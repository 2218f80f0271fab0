"""A process that stays sees every change of a file, whatever the file's times say."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from commands.keeping import keep_what_is_read
from commands.validate import validate_paths, validate_text
from guardrails import kept_files
from guardrails.lint import kept

LONG_AGO_S = 1_600_000_000


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "_kept", None)
    monkeypatch.setattr(kept_files, "_TICK_NS", 0)  # so that what a test just wrote is kept
    monkeypatch.setattr(kept, "_current", None)
    keep_what_is_read()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "01_a.sql").write_text("CREATE TABLE a (id int);")
    (folder / "02_b.sql").write_text("CREATE TABLE b (id int);")
    for file in folder.iterdir():
        os.utime(file, (LONG_AGO_S, LONG_AGO_S))
    return tmp_path


def codes(
    project: Path, sql: str = "ALTER TABLE a ADD COLUMN x int;\nALTER TABLE c ADD COLUMN y int;"
) -> set[str]:
    return {f"{finding.code} {finding.message}" for finding in validate_text(sql, project).findings}


def unkept(project: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    with monkeypatch.context() as patched:
        patched.setattr(kept_files, "_kept", None)
        patched.setattr(kept, "_current", None)
        return codes(project)


def test_an_unchanged_file_is_not_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = codes(project)
    monkeypatch.setattr("guardrails.histories._read_source", None)

    assert codes(project) == first


def test_a_file_of_the_same_size_with_the_same_times_is_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = codes(project)
    time.sleep(0.02)  # a tick of the file system's clock
    (project / "migrations/02_b.sql").write_text("CREATE TABLE c (id int);")
    os.utime(project / "migrations/02_b.sql", (LONG_AGO_S, LONG_AGO_S))

    assert codes(project) == unkept(project, monkeypatch) != before


def test_files_that_come_and_go_are_seen(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes(project)
    new = project / "migrations/03_c.sql"
    new.write_text("CREATE TABLE c (id int);")
    with_it = codes(project)
    assert with_it == unkept(project, monkeypatch)
    new.unlink()

    assert codes(project) == unkept(project, monkeypatch) != with_it


def test_a_file_that_takes_the_place_of_another_is_seen(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = codes(project)
    other = project / "other"
    other.write_text("CREATE TABLE c (id int);")
    os.utime(other, (LONG_AGO_S, LONG_AGO_S))
    other.replace(project / "migrations/02_b.sql")

    assert codes(project) == unkept(project, monkeypatch) != before


def test_where_a_link_leads_is_asked_each_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = project / "migrations/03_c.sql"
    for name, table in (("one", "c"), ("two", "d")):
        (project / name).write_text(f"CREATE TABLE {table} (id int);")
        os.utime(project / name, (LONG_AGO_S, LONG_AGO_S))
    link.symlink_to(project / "one")
    before = codes(project)
    link.unlink()
    link.symlink_to(project / "two")

    assert codes(project) == unkept(project, monkeypatch) != before


def test_a_file_that_undoes_another_is_seen(project: Path) -> None:
    file = project / "migrations/02_b.sql"
    before = validate_paths([file], project).files
    (project / "migrations/02_b.down.sql").write_text("DROP TABLE b;")
    after = validate_paths([file], project).files
    (project / "migrations/02_b.down.sql").write_text("DROP TABLE x;")

    assert before == after
    assert validate_paths([file], project).files != after


def test_what_was_changed_just_now_is_not_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "_TICK_NS", 3_600 * 10**9)
    codes(project)

    assert kept_files._kept == {}  # noqa: SLF001
