"""Several processes say what one says, in the same order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

VALIDATE = """
import os, sys
from pathlib import Path
import commands.jobs as jobs
jobs._LEAST_WORK = 1
started = []
start = jobs._started
jobs._started = lambda *given: started.append(1) or start(*given)
if sys.argv[2] == "dying":
    jobs._send = lambda *given: os._exit(9)
from commands.validate import validate_paths
here = Path.cwd()
report = validate_paths([here, here / "a/migrations/03_c.sql"], here, processes=int(sys.argv[1]))
for file in report.files:
    print(file)
print("started", len(started), file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = [
        "CREATE TABLE a (id int);",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE b (id int)'; END $$;\nDROP TABLE a;",
        "CREATE TABLE c (id int REFERENCES b (id));\nCREATE INDEX i ON b (id);",
        "ALTER TABLE b ENABLE ROW LEVEL SECURITY;\nTRUNCATE c;",
        "DROP TABLE b CASCADE;",
    ]
    for project in ("a", "b"):
        (tmp_path / project / "migrations").mkdir(parents=True)
        for number, text in enumerate(texts[: 5 if project == "a" else 2], start=1):
            name = f"0{number}_{'abcde'[number - 1]}.sql"
            (tmp_path / project / "migrations" / name).write_text(text)
    return tmp_path


def validated(folder: Path, processes: int, how: str = "well") -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE, str(processes), how],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout, done.stderr.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_several_processes_say_what_one_says(folder: Path) -> None:
    alone, without = validated(folder, 1)
    together, forked = validated(folder, 3)

    assert without == "started 0"
    assert forked == "started 2"
    assert "DROP_TABLE" in alone
    assert together == alone


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_what_a_process_that_dies_had_to_do_is_done_all_the_same(folder: Path) -> None:
    alone, _ = validated(folder, 1)
    together, forked = validated(folder, 3, "dying")

    assert forked == "started 2"
    assert together == alone
