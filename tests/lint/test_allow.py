"""Comments that ask to allow a finding: what they settle, what they only ask for, and what is wrong with them."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import Level, MigrationFile, Problem, RuleLevel, Settings, ValidationResult
from guardrails.lint.engine import check, check_sql

ASK = "-- guardrails: allow DROP_TABLE reason: never written to\n"
SETTLE = "-- guardrails: allow MISSING_RLS reason: internal\n"


def codes(result: ValidationResult) -> tuple[list[str], list[str], list[str]]:
    return (
        [finding.code for finding in result.errors],
        [finding.code for finding in result.warnings],
        [finding.code for finding in result.allowed],
    )


def test_a_comment_covers_the_one_statement_below_it() -> None:
    result = check_sql(
        f"{SETTLE}CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY);\n"
    )

    assert codes(result) == ([], ["MISSING_RLS"], ["MISSING_RLS"])
    assert (result.allowed[0].line, result.allowed[0].requested) == (2, "internal")
    assert result.warnings[0].line == 3


def test_a_comment_inside_a_statement_covers_it() -> None:
    assert codes(check_sql(f"CREATE TABLE a (\n{SETTLE}id int PRIMARY KEY);\n")) == ([], [], ["MISSING_RLS"])


def test_a_comment_covers_the_code_that_it_names_alone() -> None:
    result = check_sql(f"{SETTLE}CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES c);\n")

    assert codes(result) == ([], ["MISSING_INDEX_FK"], ["MISSING_RLS"])


def test_an_error_stays_one_until_an_approval_covers_its_code() -> None:
    file = MigrationFile("1_a.sql", "1", "a", f"{ASK}DROP TABLE a;\nTRUNCATE b;\n")

    (asked,) = check([file])
    (elsewhere,) = check([file], approved={"2_b.sql": frozenset({"DROP_TABLE"})})
    (covered,) = check([file], approved={"1_a.sql": frozenset({"DROP_TABLE"})})

    assert codes(asked) == codes(elsewhere) == (["DROP_TABLE", "TRUNCATE"], [], [])
    assert [error.requested for error in asked.errors] == ["never written to", None]
    assert codes(covered) == (["TRUNCATE"], [], ["DROP_TABLE"])
    assert not covered.valid


def test_an_approval_covers_what_a_project_as_a_whole_shows() -> None:
    file = MigrationFile("1_a.sql", "1", "a", "SELECT 1;\n")
    given = {"1_a.sql": (("APPLIED_MIGRATION_EDITED", Problem("was changed", 0)),)}

    (blocked,) = check([file], given=given)
    (covered,) = check([file], given=given, approved={"1_a.sql": frozenset({"APPLIED_MIGRATION_EDITED"})})

    assert codes(blocked) == (["APPLIED_MIGRATION_EDITED"], [], [])
    assert codes(covered) == ([], [], ["APPLIED_MIGRATION_EDITED"])


def test_an_error_that_the_configuration_lowers_is_settled_like_a_warning() -> None:
    settings = Settings(levels=(RuleLevel("DROP_TABLE", Level.WARNING),))

    result = check_sql(f"{ASK}DROP TABLE a;\n", settings=settings)

    assert codes(result) == ([], [], ["DROP_TABLE"])
    assert result.allowed[0].lowered


FAULTS = {
    "an unknown code": ("-- guardrails: allow NO_SUCH reason: x\nDROP TABLE a;", "UNUSED_SUPPRESSION"),
    "no reason": ("-- guardrails: allow DROP_TABLE\nDROP TABLE a;", "SUPPRESSION_WITHOUT_REASON"),
    "an empty reason": (
        "-- guardrails: allow DROP_TABLE reason:\nDROP TABLE a;",
        "SUPPRESSION_WITHOUT_REASON",
    ),
    "the end of a line": (
        "DROP TABLE a; -- guardrails: allow DROP_TABLE reason: x",
        "SUPPRESSION_WITHOUT_REASON",
    ),
    "a block comment": (
        "/* guardrails: allow DROP_TABLE reason: x */\nDROP TABLE a;",
        "SUPPRESSION_WITHOUT_REASON",
    ),
    "nothing to allow": (f"{ASK}SELECT 1;\nDROP TABLE a;", "UNUSED_SUPPRESSION"),
    "nothing below": (f"DROP TABLE a;\n{ASK}", "UNUSED_SUPPRESSION"),
    "two statements above": (f"{ASK}SELECT 1;\nSELECT 2;\nDROP TABLE a;", "UNUSED_SUPPRESSION"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_comment_that_allows_nothing_is_a_finding_of_its_own(fault: str) -> None:
    sql, code = FAULTS[fault]

    result = check_sql(sql)

    assert [finding.code for finding in result.errors] == ["DROP_TABLE"]
    assert result.errors[0].requested is None
    assert code in [finding.code for finding in result.warnings]


def test_a_block_comment_is_told_the_form() -> None:
    (finding,) = check_sql("/* guardrails: allow DROP_TABLE reason: x */\nSELECT 1;").warnings

    assert finding.message.endswith("the form is -- guardrails: allow CODE reason: why it is safe here")


def test_a_comment_about_comments_settles_nothing() -> None:
    sql = f"-- guardrails: allow UNUSED_SUPPRESSION reason: x\n{ASK}SELECT 1;\n"

    assert codes(check_sql(sql)) == ([], ["UNUSED_SUPPRESSION", "UNUSED_SUPPRESSION"], [])
