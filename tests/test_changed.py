"""`validate --changed` in real git repositories: what is new is judged, what is old may not change."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands.cli import main
from guardrails.lint.contracts import Profile, reported_by_project
from guardrails.lint.rules import BY_NODE, RULES

EDITED = "APPLIED_MIGRATION_EDITED"
FOLDER = "supabase/migrations"
FIRST = f"{FOLDER}/20250101000000_users.sql"
SECOND = f"{FOLDER}/20250102000000_posts.sql"
NEW = f"{FOLDER}/20250201000000_new.sql"
USERS = """\
CREATE TABLE users (id int PRIMARY KEY, name varchar(20));
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY nobody ON users TO authenticated USING (false);
"""


def git(folder: Path, *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    known = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=clean | known, check=True, capture_output=True, text=True
    ).stdout


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "x")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A branch `work`, checked out, that left `main` where that has two migrations, one of them bad."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    write(root, FIRST, USERS)
    write(root, SECOND, "DROP TABLE old_posts;\n")
    write(root, "README.md", "x\n")
    commit(root)
    git(root, "checkout", "--quiet", "-b", "work")
    monkeypatch.chdir(root)
    return root


Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def validate(*arguments: str) -> tuple[int, dict[str, Any], str]:
        code = main(["validate", "--format", "json", *arguments])
        output, error = capsys.readouterr()
        return code, json.loads(output or "{}"), error

    return validate


def codes(report: dict[str, Any]) -> dict[str, list[str]]:
    return {
        file["path"]: [finding["code"] for finding in (*file["errors"], *file["warnings"])]
        for file in report["files"]
    }


def errors(report: dict[str, Any]) -> dict[str, list[str]]:
    return {file["path"]: [finding["code"] for finding in file["errors"]] for file in report["files"]}


def test_only_what_is_new_is_judged_and_the_history_is_known(repository: Path, run: Run) -> None:
    write(repository, NEW, "ALTER TABLE users ALTER COLUMN name TYPE text;\nDROP TABLE users;\n")

    code, report, said = run("--changed")

    assert code == 1
    # varchar(20) to text is no TYPE_CHANGE, which only the history can tell.
    assert codes(report) == {NEW: ["DROP_TABLE"]}
    assert said.startswith("1 migration changed since main (merge base ")


@pytest.mark.parametrize("state", ["untracked", "staged", "committed"])
def test_a_new_file_is_new_in_whatever_state_it_is(state: str, repository: Path, run: Run) -> None:
    write(repository, NEW, "DROP TABLE users;\n")
    if state == "staged":
        git(repository, "add", "--all")
    elif state == "committed":
        commit(repository)

    assert codes(run("--changed", "main")[1]) == {NEW: ["DROP_TABLE"]}


def test_nothing_new_passes(repository: Path, run: Run) -> None:
    assert repository

    code, report, said = run("--changed")

    assert (code, report["files"]) == (0, [])
    assert said.startswith("0 migrations changed since main")


def test_a_changed_migration_is_an_error_at_the_line_that_differs(repository: Path, run: Run) -> None:
    write(repository, FIRST, f"{USERS}ALTER TABLE users ADD COLUMN bio text;\n")

    code, report, _ = run("--changed")

    (finding,) = report["files"][0]["errors"]
    assert code == 1
    assert (finding["code"], finding["line"], finding["column"]) == (EDITED, 4, 1)
    assert "new migration" in finding["suggestion"]


def test_what_was_written_into_an_old_migration_is_judged_too(repository: Path, run: Run) -> None:
    write(repository, FIRST, f"{USERS}DROP TABLE posts;\n")

    assert errors(run("--changed")[1]) == {FIRST: [EDITED, "DROP_TABLE"]}


def test_other_line_ends_are_no_change(repository: Path, run: Run) -> None:
    write(repository, FIRST, USERS.replace("\n", "\r\n"))

    assert run("--changed")[0] == 0


def test_a_removed_migration_is_an_error(repository: Path, run: Run) -> None:
    (repository / SECOND).unlink()

    code, report, _ = run("--changed")

    assert (code, codes(report)) == (1, {SECOND: [EDITED]})
    assert "was removed" in report["files"][0]["errors"][0]["message"]


def test_a_renamed_migration_is_one_error_that_names_the_old_place(repository: Path, run: Run) -> None:
    (repository / FIRST).rename(repository / NEW)

    code, report, _ = run("--changed")

    assert (code, errors(report)) == (1, {NEW: [EDITED]})
    assert f"main has it as {FIRST}" in report["files"][0]["errors"][0]["message"]


def test_a_migration_that_the_configuration_leads_away_from_is_an_error(repository: Path, run: Run) -> None:
    write(repository, "elsewhere/20250201000000_new.sql", "SELECT 1;\n")
    write(repository, "guardrails.toml", 'migrations = "elsewhere"\n')

    found = codes(run("--changed")[1])

    assert found == {"elsewhere/20250201000000_new.sql": [], FIRST: [EDITED], SECOND: [EDITED]}


def test_a_new_migration_that_sorts_before_the_latest_is_an_error(repository: Path, run: Run) -> None:
    late = f"{FOLDER}/20250101120000_late.sql"
    write(repository, late, "ALTER TABLE users ADD COLUMN bio text;\n")

    code, report, _ = run("--changed")

    assert (code, codes(report)) == (1, {late: [EDITED]})
    assert "sorts before 20250102000000_posts.sql" in report["files"][0]["errors"][0]["message"]


def test_the_latest_is_that_of_the_other_branch_as_it_is_now(repository: Path, run: Run) -> None:
    write(repository, NEW, "ALTER TABLE users ADD COLUMN bio text;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    write(repository, f"{FOLDER}/20250301000000_theirs.sql", "SELECT 1;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "work")

    _, report, _ = run("--changed")

    assert codes(report) == {NEW: [EDITED]}


def test_what_the_other_branch_took_over_since_is_not_new_but_may_not_change(
    repository: Path, run: Run
) -> None:
    write(repository, NEW, "DROP TABLE old;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    write(repository, NEW, "DROP TABLE old;\n")
    write(repository, f"{FOLDER}/20250301000000_theirs.sql", "SELECT 1;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "work")

    assert codes(run("--changed")[1]) == {}

    write(repository, NEW, "SELECT 2;\n")
    assert codes(run("--changed")[1]) == {NEW: [EDITED]}


def test_the_first_migration_of_a_configured_folder_is_new(repository: Path, run: Run) -> None:
    git(repository, "checkout", "--quiet", "main")
    git(repository, "rm", "-r", "--quiet", "supabase")
    write(repository, "guardrails.toml", 'migrations = "sql"\n')
    commit(repository)
    git(repository, "checkout", "--quiet", "-B", "work")
    write(repository, "sql/20250101000000_a.sql", "SELECT 1;\n")

    code, report, _ = run("--changed")

    assert (code, codes(report)) == (0, {"sql/20250101000000_a.sql": []})


def test_a_repeatable_migration_of_flyway_may_change_and_go(repository: Path, run: Run) -> None:
    git(repository, "checkout", "--quiet", "main")
    git(repository, "rm", "-r", "--quiet", "supabase")
    write(repository, "db/migration/V1__a.sql", "SELECT 1;\n")
    write(repository, "db/migration/R__view.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "-b", "flyway")
    write(repository, "db/migration/R__view.sql", "CREATE OR REPLACE VIEW v AS SELECT 2 AS a;\n")

    changed = codes(run("--changed")[1])
    (repository / "db/migration/R__view.sql").unlink()
    removed = codes(run("--changed")[1])

    assert EDITED not in changed["db/migration/R__view.sql"]
    assert removed == {}


def test_an_old_file_that_can_not_be_read_is_no_news_until_it_changes(repository: Path, run: Run) -> None:
    git(repository, "checkout", "--quiet", "main")
    (repository / SECOND).write_bytes(b"SELECT '\xff';\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "-B", "work")

    assert run("--changed")[0] == 0

    (repository / SECOND).write_bytes(b"SELECT '\xfe';\n")
    assert codes(run("--changed")[1]) == {SECOND: ["PARSE_ERROR"]}


def test_a_comment_asks_to_allow_the_edit_but_does_not_settle_it(repository: Path, run: Run) -> None:
    asked = f"-- guardrails: allow {EDITED} reason: it never ran anywhere\n"
    write(repository, FIRST, asked + USERS)

    code, report, _ = run("--changed")

    assert code == 1
    assert report["files"][0]["errors"][0]["requested"] == "it never ran anywhere"


def test_paths_limit_what_is_looked_at(repository: Path, run: Run) -> None:
    write(repository, NEW, "DROP TABLE users;\n")
    other = f"{FOLDER}/20250202000000_other.sql"
    write(repository, other, "DROP TABLE users;\n")

    assert list(codes(run(other, "--changed", "main")[1])) == [other]
    assert list(codes(run(FOLDER, "--changed=main")[1])) == [NEW, other]


def test_the_remotes_main_branch_is_the_default(repository: Path, tmp_path: Path, run: Run) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch=main", str(repository), str(clone))
    git(clone, "remote", "set-head", "origin", "main")
    os.chdir(clone)
    write(clone, NEW, "SELECT 1;\n")
    commit(clone)

    _, report, said = run("--changed")

    assert list(codes(report)) == [NEW]
    assert "changed since origin/main (" in said


def test_a_detached_head_is_compared_as_well(repository: Path, run: Run) -> None:
    write(repository, NEW, "SELECT 1;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "--detach")

    assert list(codes(run("--changed")[1])) == [NEW]


def test_a_shallow_clone_without_a_common_commit_says_how_to_deepen_it(
    repository: Path, tmp_path: Path, run: Run
) -> None:
    write(repository, NEW, "SELECT 1;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    commit(repository)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repository}", str(shallow))
    git(shallow, "checkout", "--quiet", "work")
    os.chdir(shallow)

    code, _, said = run("--changed", "origin/main")

    assert code == 2
    assert "shallow" in said
    assert "git fetch --unshallow" in said


def test_without_git_it_says_so(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, NEW, "SELECT 1;\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    code, _, said = run("--changed")
    monkeypatch.setenv("PATH", str(tmp_path))
    uninstalled, _, of_that = run("--changed")

    assert (code, uninstalled) == (2, 2)
    assert "is in no git working tree" in said
    assert "git is not installed" in of_that


@pytest.mark.parametrize(
    "ref", ["nowhere", "--upload-pack=touch x", "main:README.md", "main\nother", "\x1b[2J"]
)
def test_a_reference_that_is_none_is_one_sentence(ref: str, repository: Path, run: Run) -> None:
    assert repository

    code, _, said = run(f"--changed={ref}")

    assert code == 2
    assert said.startswith("error: git knows no commit ")
    assert said.count("\n") == 1
    assert "\x1b" not in said


def test_a_repository_without_commits_or_base_says_so(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk")
    write(tmp_path, NEW, "SELECT 1;\n")
    monkeypatch.chdir(tmp_path)

    empty = run("--changed")
    commit(tmp_path)
    without_main = run("--changed")

    assert (empty[0], without_main[0]) == (2, 2)
    assert "has no commit yet" in empty[2]
    assert "--changed=origin/develop" in without_main[2]


def test_nothing_that_the_repository_names_is_run(repository: Path, run: Run, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "filter.x.clean", "filter.x.smudge", "diff.x.textconv"):
        git(repository, "config", key, str(script))
    write(repository, ".gitattributes", "*.sql filter=x diff=x\n")
    ran.unlink(missing_ok=True)
    write(repository, NEW, "SELECT 1;\n")
    write(repository, FIRST, f"{USERS}SELECT 1;\n")

    assert run("--changed", "main")[0] == 1

    assert not ran.exists()


def test_variables_of_git_do_not_lead_elsewhere(
    repository: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, NEW, "SELECT 1;\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    assert list(codes(run("--changed")[1])) == [NEW]


def test_a_change_can_not_switch_off_what_would_block_it(repository: Path, run: Run) -> None:
    write(repository, NEW, "DROP TABLE users;\n")
    write(repository, "guardrails.toml", '[rules]\nDROP_TABLE = "off"\n')

    code, report, _ = run("--changed")
    git(repository, "add", "guardrails.toml")
    git(repository, "commit", "--quiet", "-m", "x")
    git(repository, "branch", "--force", "main")
    afterwards = run("--changed")

    assert (code, codes(report)) == (1, {NEW: ["DROP_TABLE"]})
    assert afterwards[0] == 0
    assert afterwards[1]["hidden"] == {"DROP_TABLE": 1}


def test_the_project_may_be_a_folder_of_the_repository(repository: Path, run: Run) -> None:
    inner = "apps/shop/supabase/migrations/20250101000000_a.sql"
    git(repository, "checkout", "--quiet", "main")
    write(repository, "apps/shop/guardrails.toml", "")
    write(repository, inner, "SELECT 1;\n")
    commit(repository)
    git(repository, "checkout", "--quiet", "-B", "work")
    write(repository, inner, "SELECT 2;\n")
    os.chdir(repository / "apps/shop")

    assert codes(run("--changed")[1]) == {"supabase/migrations/20250101000000_a.sql": [EDITED]}


def test_every_rule_about_a_project_as_a_whole_is_tested_here() -> None:
    assert [rule.code for rule in RULES.values() if rule.check is reported_by_project] == [EDITED]


def test_a_change_can_not_silence_a_rule_that_the_base_turned_on(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_strict = replace(RULES["DROP_TABLE"], profile=Profile.STRICT)
    monkeypatch.setitem(BY_NODE, "DropStmt", (of_strict,))
    git(repository, "checkout", "--quiet", "main")
    write(repository, "guardrails.toml", '[rules]\nDROP_TABLE = "error"\n')
    commit(repository)
    git(repository, "checkout", "--quiet", "-B", "work")
    (repository / "guardrails.toml").unlink()
    write(repository, NEW, "DROP TABLE users;\n")

    assert codes(run("--changed")[1]) == {NEW: ["DROP_TABLE"]}
