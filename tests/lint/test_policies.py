"""Policies over more than one migration: what changed, what came back wider, and what functions do to them."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import Finding, MigrationFile, Profile, Settings, Severity
from guardrails.lint.engine import check

OWN = "(SELECT auth.uid()) = user_id"
HISTORY = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id uuid, open boolean);\n"
    "CREATE INDEX orders_user_id_idx ON orders (user_id);\n"
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY own ON orders FOR ALL TO authenticated USING ({OWN});\n"
    "CREATE POLICY shut ON orders AS RESTRICTIVE FOR ALL TO authenticated USING (open);\n"
    "CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT auth.uid() IS NOT NULL';\n"
    "CREATE POLICY admin_reads ON orders FOR SELECT TO authenticated USING (is_admin());"
)


def findings(sql: str, history: str = HISTORY, profile: Profile = Profile.RECOMMENDED) -> list[Finding]:
    (result,) = check(
        [MigrationFile("2_b.sql", "2", "b", sql)],
        history=[MigrationFile("1_a.sql", "1", "a", history)],
        settings=Settings(profile=profile),
    )
    return list(result.findings)


def severities(sql: str, code: str) -> list[Severity]:
    return [finding.severity for finding in findings(sql) if finding.code == code]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER POLICY own ON orders TO public;",
        "ALTER POLICY own ON orders TO authenticated, anon;",
        f"ALTER POLICY own ON orders USING ({OWN} OR open);",
        "ALTER POLICY own ON public.orders USING (1 = 1);",
        "ALTER POLICY shut ON orders TO anon;",
        f"DROP POLICY own ON orders;\nCREATE POLICY own ON orders FOR ALL TO anon USING ({OWN});",
        f"DROP POLICY own ON orders;\nCREATE POLICY own ON orders TO authenticated USING ({OWN} OR open);",
        "DROP POLICY shut ON orders;\nCREATE POLICY shut ON orders TO authenticated USING (open);",
        f"ALTER TABLE orders RENAME TO sales;\nALTER POLICY own ON sales USING ({OWN} OR open);",
        f"DO $$ BEGIN EXECUTE 'ALTER POLICY own ON orders USING ({OWN} OR open)'; END $$;",
    ],
)
def test_a_policy_that_lets_more_through_than_before_is_reported(sql: str) -> None:
    assert severities(sql, "DROP_POLICY")


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER POLICY own ON orders USING (auth.uid() = orders.user_id);",
        f"ALTER POLICY own ON orders USING ({OWN} AND open);",
        "ALTER POLICY own ON orders RENAME TO owner;",
        f"DROP POLICY IF EXISTS own ON orders;\nCREATE POLICY own ON orders TO authenticated USING ({OWN});",
        f"DROP POLICY own ON orders;\nCREATE POLICY owner ON orders TO authenticated USING ({OWN});",
        "DROP POLICY IF EXISTS never_there ON orders;",
        "DROP POLICY own ON orders;\nDROP TABLE orders;",
    ],
)
def test_a_policy_that_lets_no_more_through_than_before_is_not(sql: str) -> None:
    assert severities(sql, "DROP_POLICY") == []


def test_dropping_a_restrictive_policy_is_an_error_and_a_permissive_one_a_warning() -> None:
    assert severities("DROP POLICY shut ON orders;", "DROP_POLICY") == [Severity.ERROR]
    assert severities("DROP POLICY own ON orders;", "DROP_POLICY") == [Severity.WARNING]


def test_dropping_and_making_it_in_the_wrong_order_leaves_it_dropped() -> None:
    sql = f"CREATE POLICY own2 ON orders TO anon USING ({OWN});\nDROP POLICY shut ON orders;"

    assert severities(sql, "DROP_POLICY") == [Severity.ERROR]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("SELECT true", "POLICY_ALWAYS_TRUE"),
        ("SELECT 1 = 1 OR auth.uid() IS NOT NULL", "POLICY_ALWAYS_TRUE"),
        ("SELECT auth.jwt() -> ''user_metadata'' ->> ''role'' = ''admin''", "POLICY_USER_METADATA"),
    ],
)
def test_a_function_that_a_policy_relies_on_is_read_when_it_changes(body: str, code: str) -> None:
    sql = f"CREATE OR REPLACE FUNCTION is_admin() RETURNS boolean LANGUAGE sql AS '{body}';"

    assert severities(sql, code) == [Severity.ERROR]


def test_a_function_that_no_policy_calls_may_return_what_it_likes() -> None:
    sql = "CREATE FUNCTION fine() RETURNS boolean LANGUAGE sql AS 'SELECT true';"

    assert severities(sql, "POLICY_ALWAYS_TRUE") == []


def test_a_function_in_plpgsql_that_reads_the_metadata_in_a_return_is_found() -> None:
    sql = (
        "CREATE FUNCTION role_is(r text) RETURNS boolean LANGUAGE plpgsql AS $$ DECLARE claims jsonb; BEGIN\n"
        "claims := auth.jwt() -> 'user_metadata'; RETURN claims ->> 'role' = r; END $$;\n"
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (role_is('admin'));"
    )

    assert severities(sql, "POLICY_USER_METADATA") == [Severity.ERROR]


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "'t'::boolean",
        "NOT false",
        "2 > 1",
        "1 + 1 = 2",
        "'a' || 'b' = 'ab'",
        "(SELECT true)",
        "coalesce(NULL, true)",
        "CASE WHEN true THEN true ELSE false END",
        "1 IN (1, 2)",
        "open OR NOT open",
        "user_id IS NOT DISTINCT FROM user_id",
        "NOT (user_id IS DISTINCT FROM orders.user_id)",
        "id IS NOT NULL",
        "EXISTS (SELECT 1 LIMIT 1)",
        "EXISTS (VALUES (1))",
        "EXISTS (SELECT count(*) FROM orders)",
        "(SELECT count(*) FROM orders) >= 0",
        "length(coalesce(user_id::text, '')) >= 0",
        "now() IS NOT NULL",
        "(1 = 1) IS TRUE",
        "true = ANY (ARRAY[true, open])",
        "user_id = auth.uid() OR EXISTS (SELECT 1 FROM (VALUES (1)) AS v)",
    ],
)
def test_a_condition_that_holds_for_every_row_is_always_true(condition: str) -> None:
    sql = f"CREATE POLICY p ON orders FOR DELETE TO authenticated USING ({condition});"

    assert severities(sql, "POLICY_ALWAYS_TRUE") == [Severity.ERROR]


@pytest.mark.parametrize(
    "condition",
    [
        OWN,
        "user_id IS NOT NULL",
        "user_id IS DISTINCT FROM user_id",
        "EXISTS (SELECT 1 FROM members LIMIT 0)",
        "EXISTS (SELECT 1 OFFSET 1)",
        "open IS NOT TRUE",
        "coalesce(open, true)",
        "CASE WHEN open THEN true ELSE false END",
        "user_id IN (SELECT m.user_id FROM members m)",
        "id - 3 = -3",
        "now() > '2030-01-01'",
    ],
)
def test_a_condition_that_chooses_rows_is_not_always_true(condition: str) -> None:
    sql = f"CREATE POLICY p ON orders FOR DELETE TO authenticated USING ({condition});"

    assert severities(sql, "POLICY_ALWAYS_TRUE") == []


def test_a_cycle_of_policies_is_reported_where_it_is_closed() -> None:
    sql = (
        "CREATE TABLE shops (id bigint PRIMARY KEY);\n"
        "ALTER TABLE shops ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY p ON shops TO authenticated USING (EXISTS (SELECT 1 FROM orders o WHERE o.id = shops.id));\n"
        "CREATE POLICY q ON orders FOR SELECT TO authenticated USING (orders.id IN (SELECT s.id FROM shops s));"
    )

    assert {finding.line for finding in findings(sql) if finding.code == "POLICY_RECURSION"} == {3, 4}


def test_a_policy_on_a_table_of_the_history_knows_that_its_security_is_on() -> None:
    sql = f"CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ({OWN});"

    assert severities(sql, "POLICY_WITHOUT_RLS") == []
    assert severities(sql, "RLS_COVERAGE_GAP") == []


def test_a_policy_for_all_beside_one_for_a_command_is_only_asked_about_in_the_strict_profile() -> None:
    sql = "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (open);"
    history = f"CREATE POLICY own ON orders TO authenticated USING ({OWN});"

    code = "MULTIPLE_PERMISSIVE_POLICIES"
    assert code not in {finding.code for finding in findings(sql, history)}
    assert code in {finding.code for finding in findings(sql, history, Profile.STRICT)}
