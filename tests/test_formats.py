"""What `validate` prints in each format, also about files and SQL that try to be more than text."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft7Validator

from commands.cli import main
from guardrails.lint.rules import RULES

BAD = "DROP TABLE users;\nCREATE TABLE posts (id uuid PRIMARY KEY);\n"
MANY = "".join(f"DROP TABLE t{number};\n" for number in range(25))
FORMATS = ("text", "json", "github", "sarif", "gitlab", "junit")

Run = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "migrations").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def validate(sql: str | None, form: str, *arguments: str, name: str = "1_a.sql") -> str:
        if sql is not None:
            (project / "migrations" / name).write_bytes(sql.encode("utf-8", "surrogateescape"))
        assert main(["validate", "--format", form, *arguments]) in {0, 1}
        return capsys.readouterr().out

    return validate


def test_text_groups_by_file_and_ends_with_the_verdict(run: Run) -> None:
    run(BAD.replace("users", "people").replace("posts", "notes"), "text", name="2_b.sql")

    lines = run(BAD, "text").splitlines()

    places = [line.split(":")[0] for line in lines if re.match(r"migrations/\d_", line)]
    assert [path for path, _ in groupby(places)] == ["migrations/1_a.sql", "migrations/2_b.sql"]
    assert lines[0].startswith("migrations/1_a.sql:1:12: error DROP_TABLE: ")
    assert lines[1:3] == ["  1 | DROP TABLE users;", "    |            ^"]
    assert lines[-1] == "✗ Validation failed: 2 errors in 2 files"


def test_of_many_findings_of_one_code_the_first_are_shown_whole_and_all_are_counted(run: Run) -> None:
    lines = run(MANY, "text").splitlines()

    assert sum(": error DROP_TABLE: " in line for line in lines) == 25
    assert sum(line.startswith("  instead: ") for line in lines) == 3
    assert (
        "   25  error   DROP_TABLE  `DROP TABLE` deletes rows that no later migration can bring back."
        in lines
    )
    assert lines[-1] == "✗ Validation failed: 25 errors in 1 file"


def test_verbose_shows_each_finding_whole_and_why(run: Run) -> None:
    hidden = "DO $$ BEGIN DROP TABLE users; END $$;\n"

    output = run(MANY + hidden, "text", "--verbose")

    assert output.count("  instead: ") == 27
    assert f"  why: {RULES['DROP_TABLE'].summary}\n" in output
    assert "  more: pg-guardrails rules DROP_TABLE\n" in output
    assert "  where: it runs from inside do" in output


def test_there_is_no_colour_but_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in run(BAD, "text")

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31;1merror DROP_TABLE\x1b[0m" in run(BAD, "text")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run(BAD, "text")


def test_an_error_that_a_comment_asks_to_allow_waits_for_a_human(run: Run) -> None:
    asked = f"-- guardrails: allow DROP_TABLE reason: never written to\n{BAD}"

    text, data = run(asked, "text"), json.loads(run(None, "json"))

    assert "  asked to allow: never written to — needs a human's approval\n" in text
    (error,) = data["files"][0]["errors"]
    assert error["requested"] == "never written to"
    assert data["valid"] is False


ANNOTATION = re.compile(r"::(error|warning) file=([^,:]*),line=(\d+),col=(\d+),title=([^,:]*)::(.*)")


def test_github_gets_an_annotation_for_each_finding_the_errors_first(run: Run) -> None:
    lines = run("CREATE TABLE posts (id uuid PRIMARY KEY);\nDROP TABLE users;\n", "github").splitlines()

    found = [match.groups() for line in lines[:-1] if (match := ANNOTATION.fullmatch(line))]
    assert [groups[:5] for groups in found] == [
        ("error", "migrations/1_a.sql", "2", "12", "DROP_TABLE (pg-guardrails)"),
        ("warning", "migrations/1_a.sql", "1", "14", "MISSING_RLS (pg-guardrails)"),
    ]
    assert "%0Ainstead: " in found[0][5]
    assert lines[-1] == "✗ Validation failed: 1 error in 1 file"


def test_github_gets_ten_annotations_of_a_kind_and_the_rest_in_the_summary(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = "".join(f"CREATE TABLE t{number} (id int PRIMARY KEY);\n" for number in range(12))
    summary = project / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    output = run(tables + "".join(f"DROP TABLE u{number};\n" for number in range(25)), "github")

    assert [output.count("\n::error "), output.count("\n::warning ")] == [9, 10]
    assert "17 more have no annotation" in output
    rows = [line for line in summary.read_text().splitlines() if line.startswith(("| error", "| warning"))]
    assert len(rows) == 37
    assert rows[0].startswith("| error | DROP&#95;TABLE | migrations&#47;1&#95;a&#46;sql:13 |")
    assert summary.read_text().startswith("before\n## pg-guardrails\n")


def test_a_summary_that_can_not_be_written_is_told_and_does_not_decide(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "migrations/1_a.sql").write_text("SELECT 1;")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project))

    assert main(["validate", "--format", "github"]) == 0

    assert "the job summary can't be written" in capsys.readouterr().err


def object_of(required: dict[str, object], optional: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def list_of(items: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": items}


TEXT: dict[str, object] = {"type": "string", "minLength": 1}
MESSAGE = object_of({"text": TEXT}, {"markdown": TEXT})
LEVEL: dict[str, object] = {"enum": ["none", "note", "warning", "error"]}
ONE_BASED: dict[str, object] = {"type": "integer", "minimum": 1}
SARIF = object_of(
    {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": list_of(
            object_of(
                {
                    "tool": object_of(
                        {
                            "driver": object_of(
                                {
                                    "name": {"const": "pg-guardrails"},
                                    "version": TEXT,
                                    "rules": list_of(
                                        object_of(
                                            {
                                                "id": TEXT,
                                                "name": {"type": "string", "pattern": "^[A-Za-z0-9]+$"},
                                                "shortDescription": MESSAGE,
                                                "fullDescription": MESSAGE,
                                                "help": MESSAGE,
                                                "defaultConfiguration": object_of({"level": LEVEL}),
                                                "properties": {"type": "object"},
                                            }
                                        )
                                    ),
                                }
                            )
                        }
                    ),
                    "invocations": list_of(object_of({"executionSuccessful": {"const": True}})),
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": list_of(
                        object_of(
                            {
                                "ruleId": TEXT,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": MESSAGE,
                                "locations": list_of(
                                    object_of(
                                        {
                                            "physicalLocation": object_of(
                                                {
                                                    "artifactLocation": object_of(
                                                        {
                                                            "uri": {
                                                                "type": "string",
                                                                "format": "uri-reference",
                                                            }
                                                        },
                                                        {"uriBaseId": {"const": "%SRCROOT%"}},
                                                    ),
                                                    "region": object_of(
                                                        {"startLine": ONE_BASED, "startColumn": ONE_BASED},
                                                        {"snippet": object_of({"text": TEXT})},
                                                    ),
                                                }
                                            )
                                        }
                                    )
                                ),
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                            },
                            {
                                "suppressions": list_of(
                                    object_of(
                                        {"kind": {"enum": ["inSource", "external"]}, "justification": TEXT}
                                    )
                                )
                            },
                        )
                    ),
                }
            )
        ),
    }
)
"""Those parts of SARIF 2.1.0 that are written, as its sections 3.13 to 3.35 and 3.49 describe them."""


def sarif(output: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    log = json.loads(output)
    Draft7Validator(SARIF).validate(log)
    (run,) = log["runs"]
    return run["tool"]["driver"]["rules"], run["results"]


def test_sarif_says_what_its_standard_asks_for(run: Run) -> None:
    rules, results = sarif(run(f"-- guardrails: allow MISSING_RLS reason: later\n{BAD}SELECT 1;\n", "sarif"))

    assert [rule["id"] for rule in rules] == sorted({result["ruleId"] for result in results})
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    drop = next(result for result in results if result["ruleId"] == "DROP_TABLE")
    place = drop["locations"][0]["physicalLocation"]
    assert drop["level"] == "error"
    assert place["artifactLocation"] == {"uri": "migrations/1_a.sql", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 12, "snippet": {"text": "DROP TABLE users;"}}
    help_of_drop = rules[drop["ruleIndex"]]["help"]
    assert RULES["DROP_TABLE"].suggestion in help_of_drop["text"]


def test_columns_of_sarif_count_code_points_as_it_says(run: Run) -> None:
    output = run("/* 😀 */ DROP TABLE users;\n", "sarif")

    _, results = sarif(output)
    assert json.loads(output)["runs"][0]["columnKind"] == "unicodeCodePoints"
    region = results[0]["locations"][0]["physicalLocation"]["region"]
    assert region["startColumn"] == "/* 😀 */ DROP TABLE users;".index("users") + 1


def test_sarif_suppresses_what_is_allowed_or_hidden_but_no_error_that_only_asks(
    run: Run, project: Path
) -> None:
    (project / "guardrails.toml").write_text('[rules]\nTRUNCATE = "off"\n')
    sql = (
        "-- guardrails: allow MISSING_RLS reason: internal\nCREATE TABLE posts (id int PRIMARY KEY);\n"
        "TRUNCATE users;\n-- guardrails: allow DROP_TABLE reason: I want to\nDROP TABLE users;\n"
    )

    _, results = sarif(run(sql, "sarif"))

    assert {result["ruleId"]: result.get("suppressions") for result in results} == {
        "MISSING_RLS": [{"kind": "inSource", "justification": "internal"}],
        "TRUNCATE": [{"kind": "external", "justification": "the project's configuration turns it off"}],
        "DROP_TABLE": None,
    }


@pytest.mark.parametrize("form", ["sarif", "gitlab"])
def test_a_fingerprint_stays_when_lines_move_and_is_unique(form: str, run: Run) -> None:
    def prints(output: str) -> list[str]:
        if form == "gitlab":
            return [issue["fingerprint"] for issue in json.loads(output)]
        return [next(iter(result["partialFingerprints"].values())) for result in sarif(output)[1]]

    sql = f"{BAD}DROP TABLE IF EXISTS a;\nDROP TABLE IF EXISTS a;\n"

    before = prints(run(sql, form))
    moved = prints(run(f"-- a new line\n\n   {sql}", form))

    assert before == moved
    assert len(set(before)) == len(before) == 4


def test_paths_of_sarif_are_encoded_and_lead_back_to_the_file(run: Run) -> None:
    name = "1_a b#c?%ü:d.sql"

    _, results = sarif(run("DROP TABLE users;", "sarif", name=name))

    uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "migrations/1_a%20b%23c%3F%25%C3%BC%3Ad.sql"
    assert unquote(uri) == f"migrations/{name}"


def test_a_file_outside_has_an_absolute_address_in_sarif(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "1_a.sql"
    outside.write_text("DROP TABLE users;")

    _, results = sarif(run(None, "sarif", str(outside)))

    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": outside.as_uri()}


def test_gitlab_gets_what_its_code_quality_report_needs(run: Run) -> None:
    issues = json.loads(run(BAD, "gitlab"))

    assert [(one["check_name"], one["severity"], one["location"]) for one in issues] == [
        ("DROP_TABLE", "blocker", {"path": "migrations/1_a.sql", "lines": {"begin": 1}}),
        ("MISSING_RLS", "major", {"path": "migrations/1_a.sql", "lines": {"begin": 2}}),
    ]
    assert all(
        set(one) == {"check_name", "severity", "location", "description", "fingerprint"} for one in issues
    )


@pytest.mark.parametrize(
    ("form", "variable"),
    [("github", "GITHUB_WORKSPACE"), ("sarif", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR")],
)
def test_paths_are_given_from_the_top_that_the_ci_system_names(
    form: str, variable: str, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(project.parent))

    assert f"{project.name}/migrations/1_a.sql" in run(BAD, form)


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_rule(run: Run) -> None:
    run("SELECT 1;\n", "junit", name="2_clean.sql")
    run(
        "-- guardrails: allow MISSING_RLS reason: later\nCREATE TABLE a (id int PRIMARY KEY);\n",
        "junit",
        name="3_ok.sql",
    )

    root = ET.fromstring(run(f"{BAD}DROP TABLE posts2;\n", "junit"))

    cases = {
        suite.attrib["name"]: {
            case.attrib["name"]: [child.tag for child in case] for case in suite.findall("testcase")
        }
        for suite in root
    }
    assert cases == {
        "migrations/1_a.sql": {"DROP_TABLE": ["failure"], "MISSING_RLS": ["system-out"]},
        "migrations/2_clean.sql": {"validate": []},
        "migrations/3_ok.sql": {"MISSING_RLS": ["skipped"]},
    }
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["skipped"]) == ("4", "1", "1")
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert (failure.text or "").count("drops table") == 2


HOSTILE = {
    "a workflow command": "::error file=x::y",
    "an old workflow command": "##[error]y",
    "a command of Azure": "##vso[task.setvariable variable=a]b",
    "a property": "a,line=99,title=b",
    "a line": "a\n::error::y",
    "a return": "a\r::error::y",
    "markup": "<script>alert(1)</script>",
    "the end of CDATA": "a]]>b",
    "an entity": "&lt;a&amp;b",
    "an escape": "\x1b[31mred\x1b[2J",
    "a bell": "a\x07b",
    "another direction": "\u202edesrever",
    "a link": "[a](https://example.com)",
    "a table cell": "a | b `c`",
    "no character": "a\ufffeb\uffff",
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_neither_a_name_nor_sql_is_more_than_text(
    kind: str, form: str, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HOSTILE[kind]
    summary = project / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    quoted = text.replace('"', '""')
    name = f"1_{text.replace('/', '')}.sql"

    output = run(f'-- guardrails: allow DROP_TABLE reason: {text}\nDROP TABLE "{quoted}";\n', form, name=name)

    shown = output + (summary.read_text() if summary.exists() else "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert "##[" not in shown
    assert "##vso[" not in shown
    commands = [line for line in output.splitlines() if line.lstrip().startswith("::")]
    assert all(form == "github" and ANNOTATION.fullmatch(line) for line in commands)
    match form:
        case "sarif":
            assert not re.search(r"(?<!\\)\]\(", sarif(output)[1][0]["message"]["text"])
        case "json" | "gitlab":
            json.loads(output)
        case "junit":
            assert ET.fromstring(output).tag == "testsuites"
        case "github":
            markdown = summary.read_text()
            assert "<script>" not in markdown
            assert "](" not in markdown
            assert all(line.count("|") == 6 for line in markdown.splitlines() if line.startswith("| error"))


def test_a_path_that_begins_like_a_command_begins_no_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "::error::x.sql").write_text("DROP TABLE users;")

    assert main(["validate", "::error::x.sql"]) == 1

    assert not [line for line in capsys.readouterr().out.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_configuration_hides_is_told_in_every_format(
    form: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "guardrails.toml").write_text('[rules]\nDROP_TABLE = "off"\nTRUNCATE = "warning"\n')
    (project / "migrations/1_a.sql").write_text("DROP TABLE a;\nDROP TABLE b;\nTRUNCATE c;\n")

    assert main(["validate", "--format", form]) == 0

    output, error = capsys.readouterr()
    assert "hides 2 findings: DROP_TABLE 2 and makes warnings of errors: TRUNCATE 1" in error
    if form == "json":
        report = json.loads(output)
        assert (report["hidden"], report["lowered"]) == ({"DROP_TABLE": 2}, {"TRUNCATE": 1})
