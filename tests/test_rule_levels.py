"""What `[rules]` and `[[overrides]]` make of findings, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from commands.cli import main
from commands.create import draft_migration, question
from guardrails.lint.contracts import Profile
from guardrails.lint.rules import BY_NODE, RULES
from guardrails.rule_levels import pattern_of

SQL = "DROP TABLE users;\nCREATE TABLE posts (id uuid PRIMARY KEY);\n"
Found = dict[str, tuple[list[str], list[str]]]
Run = Callable[..., tuple[int, Found]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "db/migrations").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def validate(configuration: str, *arguments: str, **files: str) -> tuple[int, Found]:
        (project / "guardrails.toml").write_text(configuration)
        for name, sql in files.items():
            (project / "db/migrations" / f"{name}.sql").write_text(sql)
        code = main(["validate", "--format", "json", *arguments])
        found: Found = {
            file["path"]: (
                [finding["code"] for finding in file["errors"]],
                [finding["code"] for finding in file["warnings"]],
            )
            for file in json.loads(capsys.readouterr().out or '{"files": []}')["files"]
        }
        return code, found

    return validate


def test_a_rule_is_turned_off_lowered_or_raised(run: Run) -> None:
    path = "db/migrations/1_a.sql"

    assert run("", **{"1_a": SQL}) == (1, {path: (["DROP_TABLE"], ["MISSING_RLS"])})
    assert run('[rules]\nDROP_TABLE = "off"\n') == (0, {path: ([], ["MISSING_RLS"])})
    assert run('[rules]\nDROP_TABLE = "warning"\n') == (0, {path: ([], ["DROP_TABLE", "MISSING_RLS"])})
    assert run('[rules]\nMISSING_RLS = "error"\n') == (1, {path: (["DROP_TABLE", "MISSING_RLS"], [])})


def test_an_override_is_for_its_paths_and_the_last_that_fits_counts(run: Run) -> None:
    configuration = (
        '[rules]\nDROP_TABLE = "off"\n'
        '[[overrides]]\npaths = ["db/migrations/2*"]\nrules = { DROP_TABLE = "error" }\n'
        '[[overrides]]\npaths = ["db/migrations/22_*", "nowhere/*"]\nrules = { DROP_TABLE = "warning" }\n'
    )
    sql = "DROP TABLE users;\n"

    _, found = run(configuration, **{"1_a": sql, "2_b": sql, "22_c": sql})

    assert found == {
        "db/migrations/1_a.sql": ([], []),
        "db/migrations/2_b.sql": (["DROP_TABLE"], []),
        "db/migrations/22_c.sql": ([], ["DROP_TABLE"]),
    }


def test_paths_are_those_from_the_projects_root_from_wherever_it_is_run(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = '[[overrides]]\npaths = ["db/migrations/*"]\nrules = { DROP_TABLE = "off" }\n'
    run(configuration, **{"1_a": SQL})
    monkeypatch.chdir(project / "db/migrations")

    assert main(["validate", "1_a.sql"]) == 0
    assert main(["validate", "."]) == 0
    monkeypatch.chdir(project.parent)
    assert main(["validate", f"{project.name}/db/migrations/1_a.sql", f"{project.name}/db"]) == 0


def test_a_rule_of_the_strict_profile_runs_where_a_level_is_given_to_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_strict = replace(RULES["DROP_TABLE"], profile=Profile.STRICT)
    monkeypatch.setitem(BY_NODE, "DropStmt", (of_strict,))
    sql = "DROP TABLE users;\n"
    named = '[[overrides]]\npaths = ["db/migrations/1_*"]\nrules = { DROP_TABLE = "warning" }\n'

    _, by_itself = run("", **{"1_a": sql, "2_b": sql})
    _, found = run(named)

    assert by_itself == {"db/migrations/1_a.sql": ([], []), "db/migrations/2_b.sql": ([], [])}
    assert found == {"db/migrations/1_a.sql": ([], ["DROP_TABLE"]), "db/migrations/2_b.sql": ([], [])}


def test_a_comment_for_a_rule_that_is_off_is_not_reported_as_unused(run: Run) -> None:
    allowed = "-- guardrails: allow MISSING_RLS reason: internal\nCREATE TABLE a (id int PRIMARY KEY);\n"

    _, found = run('[rules]\nMISSING_RLS = "off"\n', **{"1_a": allowed})

    assert found == {"db/migrations/1_a.sql": ([], [])}


def test_a_comment_does_not_settle_a_warning_that_is_raised_to_an_error(run: Run) -> None:
    asked = "-- guardrails: allow MISSING_RLS reason: internal\nCREATE TABLE a (id int PRIMARY KEY);\n"

    code, found = run('[rules]\nMISSING_RLS = "error"\n', **{"1_a": asked})

    assert (code, found) == (1, {"db/migrations/1_a.sql": (["MISSING_RLS"], [])})


def test_what_hides_destruction_is_reported_though_the_destruction_is_turned_off(run: Run) -> None:
    hidden = "DO $$ BEGIN DROP TABLE users; END $$;\n"

    code, found = run('[rules]\nDROP_TABLE = "off"\n', **{"1_a": hidden})

    assert (code, found) == (1, {"db/migrations/1_a.sql": (["HIDDEN_DESTRUCTIVE"], [])})


WRONG = {
    "an unknown code": (
        '[rules]\nDROP_TABEL = "off"',
        "DROP_TABEL, which is not there: did you mean DROP_TABLE?",
    ),
    "a code like none": ('[rules]\nX = "off"', "which is not there: pg-guardrails rules lists them"),
    "a level that is none": ('[rules]\nDROP_TABLE = "no"', 'it has to be "off", "warning" or "error"'),
    "a level that is no text": ("[rules]\nDROP_TABLE = true", 'it has to be "off", "warning" or "error"'),
    "what can't be lowered": ('[rules]\nPARSE_ERROR = "off"', "can't make PARSE_ERROR off"),
    "rules that are no table": ('rules = ["DROP_TABLE"]', "[rules] is no table of codes"),
    "overrides that are no list": ('[overrides]\npaths = ["a"]', "write [[overrides]] above each"),
    "an override without paths": (
        '[[overrides]]\nrules = { DROP_TABLE = "off" }',
        'override 1 needs "paths"',
    ),
    "an override without rules": ('[[overrides]]\npaths = ["a"]', "override 1's rules is no table of codes"),
    "an override of another key": ('[[overrides]]\npath = ["a"]', 'override 1 has an unknown key "path"'),
    "a path above the project": (
        '[[overrides]]\npaths = ["../a"]\nrules = {}',
        'override 1 needs "paths", a list of globs from the project\'s root',
    ),
    "an absolute path": ('[[overrides]]\npaths = ["/etc"]\nrules = {}', 'override 1 needs "paths"'),
    "a glob that is none": ('[[overrides]]\npaths = ["[z-a]"]\nrules = {}', "mend its brackets"),
    "an escape": ('[rules]\n"\\u001b[2J" = "off"', "\\x1b[2J, which is not there"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_the_levels_is_one_sentence(
    mistake: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration, said = WRONG[mistake]
    (project / "guardrails.toml").write_text(configuration)

    assert main(["validate"]) == 2

    output, error = capsys.readouterr()
    assert output == ""
    assert error.startswith("error: guardrails.toml: ")
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.parametrize(
    ("glob", "fits", "fits_not"),
    [
        (
            "db/2023*",
            ["db/2023_a.sql", "db/2023/a.sql"],
            ["db/x/2023_a.sql", "x/db/2023_a.sql", "db/2024.sql"],
        ),
        ("db/", ["db/a.sql", "db/x/a.sql"], ["dbx/a.sql"]),
        ("db", ["db/a.sql", "db/x/a.sql"], ["dbx/a.sql", "a/db/a.sql"]),
        ("**/old/*.sql", ["old/a.sql", "db/x/old/a.sql"], ["old/a.txt", "olds/a.sql"]),
        ("db/*.sql", ["db/a.sql", "db/.sql"], ["db/x/a.sql", "a.sql"]),
        ("db/**", ["db/a.sql", "db/x/a.sql"], ["a/db/x.sql"]),
        ("db/?.sql", ["db/a.sql"], ["db/ab.sql", "db//.sql"]),
        ("db/[ab-d].sql", ["db/a.sql", "db/c.sql"], ["db/e.sql", "db/-.sql"]),
        ("db/[!a].sql", ["db/b.sql"], ["db/a.sql", "db//.sql"]),
        ("a.sql", ["a.sql"], ["axsql", "A.sql", "a.sql\n", "db/a.sql"]),
        ("a+(b)$.sql", ["a+(b)$.sql"], ["aab.sql"]),
        ("db/[.sql", ["db/[.sql"], ["db/a.sql"]),
    ],
)
def test_a_glob_fits_what_the_documentation_says(glob: str, fits: list[str], fits_not: list[str]) -> None:
    pattern = pattern_of(glob)

    assert [path for path in fits if not pattern.fullmatch(path)] == []
    assert [path for path in fits_not if pattern.fullmatch(path)] == []


def test_a_draft_says_what_the_configuration_hides(
    project: Path,
) -> None:
    (project / "guardrails.toml").write_text('[rules]\nDROP_TABLE = "off"\n')
    draft = draft_migration(project, "Drop users", "They left", sql="DROP TABLE users;")

    assert "1 hidden by the configuration" in question(draft)
