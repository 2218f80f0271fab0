"""Findings that are kept from one run to the next are those that would be found again."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands.jobs
from commands.cli import main
from commands.validate import validate_paths, validate_project
from guardrails.lint.contracts import ValidationResult
from guardrails.shelves import Shelf, folder_of_the_user
from tests.histories import histories, texts

PADDING = f"-- {'x' * commands.jobs.LEAST_CACHED}\n"


@pytest.fixture(autouse=True)
def shelves(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder))
    monkeypatch.delenv("GUARDRAILS_NO_CACHE", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return folder / "pg-guardrails" / "findings"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "01_a.sql": f"{PADDING}CREATE TABLE users (id int);\nCREATE TABLE orders (id int);",
            "02_b.sql": "ALTER TABLE users ENABLE ROW LEVEL SECURITY;\nDROP TABLE users;",
            "03_c.sql": "CREATE INDEX i ON orders (id);",
        },
    )
    return tmp_path


def write(project: Path, sql: dict[str, str], configuration: str = "") -> None:
    folder = project / "migrations"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in sql.items():
        (folder / name).write_text(text)
    (project / "guardrails.toml").write_text(configuration)


def judged(project: Path, *names: str, cached: bool = True) -> tuple[ValidationResult, ...]:
    paths = [project / "migrations" / name for name in names]
    if not paths:
        return validate_project(project, cached=cached).files
    return validate_paths(paths, project, cached=cached).files


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("something was judged")


def test_a_second_run_judges_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(project)
    monkeypatch.setattr(commands.jobs, "judge", refuse)

    assert judged(project) == first
    assert any(finding.code == "DROP_TABLE" for file in first for finding in file.errors)


def test_without_the_cache_a_second_run_judges_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(project)
    monkeypatch.setattr(commands.jobs, "judge", refuse)

    with pytest.raises(AssertionError, match="something was judged"):
        judged(project, cached=False)


CONFIGURATIONS = st.sampled_from([
    "",
    'profile = "strict"\n',
    "postgres_version = 15\n",
    '[rules]\nDROP_TABLE = "off"\n',
    '[rules]\nDROP_TABLE = "warning"\n',
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(st.tuples(CONFIGURATIONS, texts, st.integers(0, 2**32)), min_size=1, max_size=4))
def test_whatever_changed_between_runs_findings_are_those_of_a_run_that_knows_nothing(
    history: list[str], changes: list[tuple[str, str, int]]
) -> None:
    files = {f"{number:02}_a.sql": sql for number, sql in enumerate(history)}
    files["00_a.sql"] = PADDING + files["00_a.sql"]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write(project, files)
        judged(project)
        for configuration, sql, seed in changes:
            dice = random.Random(seed)  # noqa: S311
            name = dice.choice(sorted(files))
            match dice.choice(["edited", "deleted", "renamed", "added", "as before"]):
                case "edited":
                    files[name] = (PADDING if name == "00_a.sql" else "") + sql
                case "deleted" if len(files) > 1:
                    del files[name]
                case "renamed":
                    files[f"{dice.randint(1, 9):02}_b{len(files)}.sql"] = files.pop(name)
                case "added":
                    files[f"{dice.randint(1, 99):02}_c{len(files)}.sql"] = sql
            write(project, files, configuration)
            asked = dice.sample(sorted(files), dice.randint(0, len(files)))

            assert judged(project, *asked) == judged(project, *asked, cached=False)


def test_a_change_of_an_earlier_file_is_seen_in_the_findings_of_a_later_one(project: Path) -> None:
    (project / "migrations/04_d.sql").write_text("DROP TABLE orders;\nALTER TABLE gone ADD COLUMN a int;")
    before = judged(project, "04_d.sql")
    earlier = project / "migrations/01_a.sql"
    earlier.write_text(f"{PADDING}CREATE TABLE orders (id int);\nCREATE TABLE gone (id int);")

    assert judged(project, "04_d.sql") != before
    assert judged(project, "04_d.sql") == judged(project, "04_d.sql", cached=False)


def test_a_later_file_is_seen_in_the_findings_of_an_earlier_one_that_wait_for_it(project: Path) -> None:
    (project / "migrations/01_a.sql").write_text(f"{PADDING}CREATE TABLE public.users (id int);")
    (project / "migrations/02_b.sql").write_text("SELECT 1;")
    (project / "guardrails.toml").write_text('exposed_schemas = ["public"]')
    before = judged(project)
    (project / "migrations/02_b.sql").write_text("ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;")

    assert judged(project) == judged(project, cached=False)
    assert "MISSING_RLS" in {finding.code for finding in before[0].findings}
    assert "MISSING_RLS" not in {finding.code for finding in judged(project)[0].findings}


def test_a_file_that_anybody_changed_is_as_if_it_were_not_there(project: Path, shelves: Path) -> None:
    honest = judged(project)
    (shelf,) = shelves.glob("*.shelf")
    shelf.write_bytes(shelf.read_bytes().replace(b"DROP_TABLE", b"DROP_TEBLA"))

    assert judged(project) == honest


@pytest.mark.parametrize("left", [0, 1, 40, 200])
def test_a_torn_file_is_as_if_it_were_not_there(project: Path, shelves: Path, left: int) -> None:
    honest = judged(project)
    (shelf,) = shelves.glob("*.shelf")
    shelf.write_bytes(shelf.read_bytes()[:left])

    assert judged(project) == honest


def test_what_was_signed_with_another_key_is_as_if_it_were_not_there(
    project: Path, shelves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(project)
    (shelves / "key").write_bytes(bytes(32))
    monkeypatch.setattr(commands.jobs, "judge", refuse)

    with pytest.raises(AssertionError, match="something was judged"):
        judged(project)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_only_the_user_may_read_what_is_kept(project: Path, shelves: Path) -> None:
    judged(project)

    assert stat.S_IMODE(shelves.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in shelves.iterdir()} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_nothing_is_kept_where_others_may_write(project: Path, shelves: Path) -> None:
    shelves.mkdir(parents=True)
    shelves.chmod(0o777)
    judged(project)

    assert [*shelves.iterdir()] == []


def test_nothing_is_kept_inside_the_project(project: Path) -> None:
    before = {path.relative_to(project) for path in project.rglob("*")}
    judged(project)

    assert {path.relative_to(project) for path in project.rglob("*")} == before


def test_a_link_in_place_of_a_shelf_is_not_followed(project: Path, shelves: Path, tmp_path: Path) -> None:
    honest = judged(project)
    (shelf,) = shelves.glob("*.shelf")
    elsewhere = tmp_path / "elsewhere"
    shelf.rename(elsewhere)
    shelf.symlink_to(elsewhere)
    written = elsewhere.read_bytes()

    assert judged(project) == honest
    assert elsewhere.read_bytes() == written
    assert not shelf.is_symlink()


def test_old_shelves_and_what_was_left_unfinished_are_removed(project: Path, shelves: Path) -> None:
    judged(project)
    for name in ("old.shelf", "old.shelf.1234"):
        (shelves / name).write_bytes(b"x")
        os.utime(shelves / name, (0, 0))
    (project / "migrations/04_d.sql").write_text("SELECT 1;")
    judged(project)

    assert len([*shelves.glob("*.shelf")]) == 1
    assert not [*shelves.glob("old*")]


@pytest.mark.usefixtures("shelves")
def test_what_nobody_asked_for_in_a_month_is_dropped() -> None:
    folder = folder_of_the_user()
    assert folder is not None
    first = Shelf(folder, "p", 100)
    first.put({"a": "1", "b": "2"})
    first.save()
    later = Shelf(folder, "p", 120)
    assert later.get("a") == b"1"
    later.save()
    last = Shelf(folder, "p", 131)
    last.put({"c": "3"})
    last.save()
    found = Shelf(folder, "p", 131)

    assert (found.get("a"), found.get("b"), found.get("c")) == (b"1", None, b"3")


@pytest.mark.parametrize(
    ("environment", "arguments", "kept"),
    [
        ({}, [], True),
        ({"CI": "true"}, [], False),
        ({"CI": "false"}, [], True),
        ({"CI": "true", "GUARDRAILS_CACHE": "1"}, [], True),
        ({"GUARDRAILS_NO_CACHE": "1"}, [], False),
        ({"GUARDRAILS_NO_CACHE": "1", "GUARDRAILS_CACHE": "1"}, [], False),
        ({}, ["--no-cache"], False),
    ],
)
def test_the_command_line_keeps_findings_unless_it_is_told_not_to(
    project: Path,
    shelves: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: list[str],
    kept: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["validate", str(project / "migrations"), *arguments])

    assert bool([*shelves.glob("*.shelf")]) is kept


def test_processes_at_the_same_time_find_what_one_finds(project: Path) -> None:
    command = [sys.executable, "-m", "commands.cli", "validate", "migrations", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    started = [
        subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, env=environment) for _ in range(4)
    ]
    said = {process.communicate()[0] for process in started}

    assert len(said) == 1
    assert judged(project) == judged(project, cached=False)
