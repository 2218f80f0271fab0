"""Every rule holds what it says of itself: its examples, its name, its summary, its suggestion."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from guardrails.lint import rules
from guardrails.lint.contracts import Rule, Settings, Severity, ValidationResult, reported_by_project
from guardrails.lint.engine import check_sql
from guardrails.lint.rules import RULES
from guardrails.lint.secrets import masked

RULE_FILES = sorted(
    path for path in Path(rules.__file__).parent.glob("*/*.py") if not path.name.startswith("_")
)


def codes(result: ValidationResult) -> set[str]:
    return {finding.code for finding in (*result.errors, *result.warnings, *result.allowed)}


def examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, sql, id=f"{rule.code}-{number}")
        for rule in RULES.values()
        for number, sql in enumerate(getattr(rule, kind), start=1)
    ]


@pytest.mark.parametrize(("rule", "sql"), examples("bad"))
def test_a_bad_example_is_reported_by_its_rule(rule: Rule, sql: str) -> None:
    assert rule.code in codes(check_sql(sql, settings=rule.settings))


@pytest.mark.parametrize(("rule", "sql"), examples("good"))
def test_a_good_example_is_not_reported_by_its_rule(rule: Rule, sql: str) -> None:
    allowed = "-- guardrails: allow" in sql
    result = check_sql(sql, settings=rule.settings)

    assert rule.code not in codes(result) or allowed


@pytest.mark.parametrize(("rule", "sql"), examples("bad"))
def test_every_finding_says_what_to_do_and_points_at_a_line_of_the_text(rule: Rule, sql: str) -> None:
    lines = sql.split("\n")

    for finding in check_sql(sql, settings=rule.settings).findings:
        assert finding.suggestion.strip()
        assert finding.statement == masked(lines[finding.line - 1])
        assert 1 <= finding.column <= len(finding.statement) + 1


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_a_summary_a_suggestion_a_source_and_examples(rule: Rule) -> None:
    assert 0 < len(rule.summary) <= 80
    assert rule.summary.endswith(".")
    assert rule.suggestion.endswith((".", ";"))
    assert "Source: <https://" in rule.docs
    # What a project's files show as a whole has no example in one text; test_changed.py has them.
    of_project = rule.check is reported_by_project
    assert bool(rule.bad) != of_project
    assert bool(rule.good) != of_project


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_a_rule_file_is_named_after_the_one_code_in_it(path: Path) -> None:
    assert path.stem.upper() in RULES
    assert f'code="{path.stem.upper()}"' in path.read_text("utf-8")


def test_every_rule_has_a_file() -> None:
    assert {path.stem.upper() for path in RULE_FILES} == set(RULES)


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_no_rule_knows_another(path: Path) -> None:
    imported = {
        node.module or ""
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    }

    assert not [module for module in imported if module.startswith("guardrails.lint.rules")]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE orders;",
        'DROP TABLE "Shop"."Orders";',
        "ALTER TABLE orders DROP COLUMN note;",
        'CREATE TABLE "Posts" (id uuid PRIMARY KEY);',
        "ALTER TABLE users ALTER COLUMN age TYPE text;",
        'ALTER TABLE users ALTER COLUMN "Name" TYPE character varying(20);',
        "ALTER TABLE users ALTER COLUMN code TYPE char(3);",
        'CREATE TABLE "Items" (id int PRIMARY KEY, "orderId" int REFERENCES orders);',
        "ALTER TABLE items ADD COLUMN a int, ADD COLUMN b int, ADD FOREIGN KEY (a, b) REFERENCES orders;",
    ],
)
def test_a_statement_in_a_suggestion_would_itself_pass(sql: str) -> None:
    result = check_sql(sql)
    statements = [statement for finding in result.findings for statement in _statements(finding.suggestion)]

    assert statements
    for statement in statements:
        written = check_sql(statement)
        assert written.valid, (statement, written.errors)
        assert codes(written) == set(), statement


def test_following_the_suggestions_leaves_nothing_to_report_but_the_policies_that_a_person_must_write() -> (
    None
):
    sql = 'CREATE TABLE "Items" (id int PRIMARY KEY, "orderId" int REFERENCES orders);'
    result = check_sql(sql)
    followed = [statement for finding in result.findings for statement in _statements(finding.suggestion)]

    assert codes(check_sql("\n".join((sql, *followed)))) == {"RLS_NO_POLICY"}


def _statements(suggestion: str) -> list[str]:
    """Return the statements that a suggestion holds: from a command in capitals to its semicolon."""
    found = []
    for command in ("ALTER TABLE ", "CREATE INDEX "):
        for part in suggestion.split(command)[1:]:
            head, semicolon, _ = part.partition(";")
            if semicolon:
                found.append(f"{command}{head};")
    return found


def test_the_rules_of_the_text_itself_hold_also_in_the_strictest_profile() -> None:
    result = check_sql("ALTER TABLE orders ADD COLUMN note text;", settings=Settings(rollbacks=True))

    assert [finding.code for finding in result.warnings] == ["MISSING_ROLLBACK"]
    assert result.warnings[0].severity is Severity.WARNING
