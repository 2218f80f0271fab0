"""What runs in one transaction, what a session is set to, and what is said of locks then."""

from __future__ import annotations

import re

import pytest

from guardrails.lint.contracts import Finding, MigrationFile, Profile, Rule, Settings, Transactions
from guardrails.lint.engine import check, check_sql
from guardrails.lint.rules import RULES

STRICT = Settings(profile=Profile.STRICT)
CONCURRENTLY = "CREATE INDEX CONCURRENTLY i ON orders (a);"
ABOUT_LOCKS = [
    rule
    for rule in RULES.values()
    if ".locking." in rule.check.__module__
    or rule.code in {"CONCURRENT_INDEX_RETRY", "MISSING_ANALYZE", "MISSING_INDEX_FK", "MULTIPLE_ALTER_TABLE"}
]
COMMAND = re.compile(
    r"\b(?:CREATE (?:UNIQUE )?INDEX|ALTER TABLE|DROP INDEX|REINDEX|SET \w+ =|REFRESH|ANALYZE) [^;…]*;"
)


def findings(
    sql: str, settings: Settings = STRICT, transactions: Transactions = Transactions.NONE
) -> list[Finding]:
    (result,) = check([MigrationFile("1.sql", "1", "", sql, transactions=transactions)], settings=settings)
    return [*result.errors, *result.warnings]


def codes(sql: str, settings: Settings = STRICT, transactions: Transactions = Transactions.NONE) -> set[str]:
    return {finding.code for finding in findings(sql, settings, transactions)}


@pytest.mark.parametrize(
    ("transactions", "sql", "fails"),
    [
        (Transactions.FILE, CONCURRENTLY, True),
        (Transactions.ALONE, CONCURRENTLY, False),
        (Transactions.ALONE, f"SET lock_timeout = '5s';\n{CONCURRENTLY}", True),
        (Transactions.DETECTED, f"{CONCURRENTLY}\nDROP INDEX CONCURRENTLY j;", False),
        (Transactions.DETECTED, f"CREATE TABLE a (id int);\n{CONCURRENTLY}", True),
        (Transactions.BATCH, CONCURRENTLY, False),
        (Transactions.BATCH, f"{CONCURRENTLY}\n{CONCURRENTLY}", True),
        (Transactions.BATCH, f"BEGIN;\nCOMMIT;\n{CONCURRENTLY}", True),
        (Transactions.NONE, f"{CONCURRENTLY}\n{CONCURRENTLY}", False),
    ],
)
def test_a_concurrent_build_fails_where_the_tool_puts_a_transaction_round_it(
    transactions: Transactions, sql: str, fails: bool
) -> None:
    found = [
        one for one in findings(sql, transactions=transactions) if one.code == "CONCURRENTLY_IN_TRANSACTION"
    ]

    assert bool(found) is fails
    assert all(one.will_fail for one in found)


def test_a_tool_s_transaction_joins_the_statements_of_a_file() -> None:
    sql = "ALTER TABLE orders ADD COLUMN a int;\nUPDATE orders SET a = b WHERE a IS NULL;"

    assert "DDL_WITH_BACKFILL" in codes(sql, transactions=Transactions.FILE)
    assert "DDL_WITH_BACKFILL" not in codes(sql, transactions=Transactions.NONE)


def test_a_commit_ends_the_transaction_of_the_tool() -> None:
    sql = "ALTER TABLE orders ADD COLUMN a int;\nCOMMIT;\nUPDATE orders SET a = b WHERE a IS NULL;"
    found = codes(sql, transactions=Transactions.FILE)

    assert "TRANSACTION_NESTING" in found
    assert "DDL_WITH_BACKFILL" not in found


def test_a_begin_around_a_whole_file_of_a_tool_that_opens_one_is_no_finding() -> None:
    sql = "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;"

    for transactions in Transactions:
        assert "TRANSACTION_NESTING" not in codes(sql, transactions=transactions)


def test_a_set_local_counts_in_the_transaction_of_the_tool() -> None:
    sql = "SET LOCAL lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN a int;"

    assert "MISSING_LOCK_TIMEOUT" not in codes(sql, transactions=Transactions.FILE)
    assert codes(sql) >= {"MISSING_LOCK_TIMEOUT", "TIMEOUT_TOO_LATE"}


def test_a_timeout_that_only_a_condition_sets_does_not_count() -> None:
    set_by_some = "DO $$ BEGIN IF now() > '2030-01-01' THEN SET lock_timeout = '5s'; END IF; END $$;\n"

    assert "MISSING_LOCK_TIMEOUT" in codes(f"{set_by_some}ALTER TABLE orders ADD COLUMN a int;")


def test_a_timeout_that_a_condition_takes_away_is_gone() -> None:
    sql = (
        "SET lock_timeout = '5s';\n"
        "DO $$ BEGIN IF random() > 0.5 THEN SET lock_timeout = 0; END IF; END $$;\n"
        "ALTER TABLE orders ADD COLUMN a int;"
    )

    assert "MISSING_LOCK_TIMEOUT" in codes(sql)


def test_a_job_that_is_only_scheduled_holds_no_lock_in_this_transaction() -> None:
    job = "SELECT cron.schedule('nightly', '0 3 * * *', 'ALTER TABLE a DISABLE TRIGGER t; VACUUM b');"
    sql = f"BEGIN;\nDO $$ BEGIN PERFORM 1; {job.replace('SELECT', 'PERFORM')} END $$;\nUPDATE c SET x = 1 WHERE x IS NULL;\nCOMMIT;"
    found = codes(sql)

    assert "CONCURRENTLY_IN_TRANSACTION" not in found
    assert "DDL_WITH_BACKFILL" not in found


def test_a_trigger_that_is_only_attached_changes_no_rows_yet() -> None:
    sql = (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        "  UPDATE items SET a = 1 WHERE a IS NULL; RETURN NEW;\nEND $$;\n"
        "BEGIN;\nDROP TRIGGER IF EXISTS t ON orders;\n"
        "CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();\nCOMMIT;"
    )

    assert not codes(sql) & {"DDL_WITH_BACKFILL", "UNBATCHED_BACKFILL"}


@pytest.mark.parametrize(
    ("habit", "lacking", "code"),
    [
        ("SET lock_timeout = '3s';", "ALTER TABLE orders ADD COLUMN a int;", "MISSING_LOCK_TIMEOUT"),
        ("DROP INDEX CONCURRENTLY j;", "CREATE INDEX i ON orders (a);", "INDEX_NOT_CONCURRENT"),
        (
            "ALTER TABLE a ADD CHECK (b > 0) NOT VALID;",
            "ALTER TABLE orders ALTER a SET NOT NULL;",
            "SET_NOT_NULL",
        ),
    ],
)
def test_a_precaution_is_asked_for_where_the_project_takes_it_elsewhere(
    habit: str, lacking: str, code: str
) -> None:
    file = MigrationFile("2.sql", "2", "", lacking)
    (alone,) = check([file])
    (after,) = check([file], [MigrationFile("1.sql", "1", "", habit)])

    assert code not in {finding.code for finding in alone.findings}
    assert code in {finding.code for finding in after.findings}


@pytest.mark.parametrize(
    "history",
    [
        "SET lock_timeout = 0;",
        "-- SET lock_timeout = '5s';\nSELECT 1;",
        "ALTER TABLE a ADD CHECK (b > 0) NOT ENFORCED;",
        "SELECT 'CREATE INDEX CONCURRENTLY i ON a (b)';",
    ],
)
def test_what_is_no_precaution_makes_no_habit(history: str) -> None:
    file = MigrationFile(
        "2.sql",
        "2",
        "",
        "ALTER TABLE orders ADD COLUMN a int, ADD CHECK (b > 0);\nCREATE INDEX i ON orders (a);",
    )
    (result,) = check([file], [MigrationFile("1.sql", "1", "", history)])

    assert not result.warnings


@pytest.mark.parametrize("rule", ABOUT_LOCKS, ids=lambda rule: rule.code)
def test_what_a_rule_about_locks_suggests_is_not_reported_by_it(rule: Rule) -> None:
    for sql in rule.bad:
        result = check_sql(sql, settings=rule.settings)
        for finding in result.findings:
            for statement in COMMAND.findall(finding.suggestion) if finding.code == rule.code else ():
                followed = check_sql(statement, settings=rule.settings)

                assert not followed.errors, (statement, followed.errors)
                assert rule.code not in {one.code for one in followed.findings}, statement


def test_a_suggestion_to_build_concurrently_says_how_the_tool_can_run_it() -> None:
    said = {}
    for transactions in Transactions:
        (found,) = (
            one
            for one in findings("CREATE INDEX i ON orders (a);", transactions=transactions)
            if one.code == "INDEX_NOT_CONCURRENT"
        )
        said[transactions] = found.suggestion

    assert "told to run without a transaction" in said[Transactions.FILE]
    assert "only statement" in said[Transactions.ALONE]
    assert "outside of any transaction" in said[Transactions.NONE]
    assert all(CONCURRENTLY in suggestion for suggestion in said.values())


def test_an_index_for_a_foreign_key_is_asked_for_as_the_project_builds_them() -> None:
    history = [MigrationFile("1.sql", "1", "", "CREATE TABLE items (id int);\nDROP INDEX CONCURRENTLY j;")]
    old = "ALTER TABLE items ADD COLUMN order_id int REFERENCES orders (id);"
    new = "CREATE TABLE parts (order_id int REFERENCES orders (id));"
    said = {}
    for sql in (old, new):
        (result,) = check([MigrationFile("2.sql", "2", "", sql)], history)
        said[sql] = next(one.suggestion for one in result.findings if one.code == "MISSING_INDEX_FK")

    assert "CREATE INDEX CONCURRENTLY items_order_id_idx ON items (order_id);" in said[old]
    assert "CREATE INDEX parts_order_id_idx ON parts (order_id);" in said[new]


def test_a_validation_right_after_a_pulled_constraint_is_told_once() -> None:
    sql = (
        "alter table orders add constraint c foreign key (a) references users (id) not valid;\n"
        "alter table orders validate constraint c;"
    )
    found = [one.code for one in findings(sql, Settings(), Transactions.ALONE)]

    assert found.count("VALIDATE_SAME_TRANSACTION") == 1


def test_an_unfinished_transaction_is_found_at_its_begin() -> None:
    (found,) = (
        one
        for one in findings("SELECT 1;\nBEGIN;\nCREATE TABLE a (id int);")
        if one.code == "UNCOMMITTED_TRANSACTION"
    )

    assert found.line == 2
