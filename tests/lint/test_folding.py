"""What earlier statements made of the schema decides what a later one is told."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import MigrationFile, Profile, Settings
from guardrails.lint.engine import check

FUNCTION = (
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';"
)
AGAIN = FUNCTION.replace("CREATE", "CREATE OR REPLACE")
KEEP = "REVOKE ALL ON FUNCTION public.f() FROM PUBLIC, anon, authenticated;"
OTHER = "CREATE POLICY b ON public.t FOR SELECT TO anon USING (shown);\n"
OWN = "CREATE POLICY a ON public.t FOR SELECT TO authenticated USING ((SELECT auth.uid()) = o);\n"
CHECKED = "ALTER TABLE t ADD CONSTRAINT n CHECK (a IS NOT NULL) NOT VALID;"


def codes(history: str, sql: str) -> set[str]:
    before = [MigrationFile("1.sql", "1", "", history)] if history else []
    (result,) = check([MigrationFile("2.sql", "2", "", sql)], before, Settings(profile=Profile.STRICT))
    return {finding.code for finding in result.findings}


def maybe(sql: str) -> str:
    return f"DO $$ BEGIN IF random() < 0.5 THEN {sql} END IF; END $$;"


@pytest.mark.parametrize(
    ("history", "sql", "code"),
    [
        pytest.param("", f"{FUNCTION}\n{maybe(KEEP)}", "SECURITY_DEFINER_EXPOSED", id="a REVOKE that may not run"),
        pytest.param(
            "",
            f"{FUNCTION}\nREVOKE GRANT OPTION FOR EXECUTE ON FUNCTION public.f() FROM PUBLIC, anon, authenticated;",
            "SECURITY_DEFINER_EXPOSED",
            id="a REVOKE of the option alone",
        ),
        pytest.param("", f"{OTHER}ALTER POLICY b ON public.t TO authenticated;\n{OWN}", "MULTIPLE_PERMISSIVE_POLICIES", id="roles that ALTER POLICY gives"),
        pytest.param(
            "",
            "CREATE VIEW public.v AS SELECT a FROM public.t;\n" + maybe("ALTER VIEW public.v SET (security_invoker = on);"),
            "VIEW_SECURITY_INVOKER",
            id="an option of a view that may not be set",
        ),
        pytest.param(
            "CREATE TABLE p (id int PRIMARY KEY, b text) PARTITION BY LIST (id);\n"
            "CREATE TABLE p_rest PARTITION OF p DEFAULT;",
            "CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);",
            "DEFAULT_PARTITION",
            id="a partition beside a default one",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, a int);\n" + maybe("ALTER TABLE t ALTER COLUMN a SET NOT NULL;"),
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\nALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i;\n"
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
            "SET_NOT_NULL",
            id="NOT NULL that may not be set",
        ),
        pytest.param(
            "",
            "CREATE FUNCTION public.f(a int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "REVOKE ALL ON FUNCTION public.f(int[]) FROM PUBLIC, anon, authenticated;",
            "SECURITY_DEFINER_EXPOSED",
            id="an array is another argument",
        ),
        pytest.param(
            "",
            "CREATE FUNCTION private.f(t text) RETURNS void LANGUAGE plpgsql SET search_path = '' AS"
            " $$ BEGIN EXECUTE format('SELECT run(%L)', t); END $$;",
            "DYNAMIC_SQL",
            id="a template that calls something",
        ),
        pytest.param(
            f"CREATE TABLE t (id int PRIMARY KEY, a int);\n{CHECKED}",
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
            "SET_NOT_NULL",
            id="a check that was not validated",
        ),
    ],
)  # fmt: skip
def test_what_was_not_surely_done_does_not_count(history: str, sql: str, code: str) -> None:
    assert code in codes(history, sql)


@pytest.mark.parametrize(
    ("history", "sql", "code"),
    [
        pytest.param(f"{FUNCTION}\n{KEEP}", AGAIN, "SECURITY_DEFINER_EXPOSED", id="a REVOKE outlives CREATE OR REPLACE"),
        pytest.param(
            "CREATE VIEW public.v AS SELECT 1 AS a;\nREVOKE ALL ON public.v FROM PUBLIC, anon, authenticated;",
            "CREATE OR REPLACE VIEW public.v AS SELECT 2 AS a;",
            "VIEW_SECURITY_INVOKER",
            id="also that of a view",
        ),
        pytest.param("", OTHER + OWN, "MULTIPLE_PERMISSIVE_POLICIES", id="two roles, a policy each"),
        pytest.param(
            f"CREATE TABLE t (id int PRIMARY KEY, a int);\n{CHECKED}\nALTER TABLE t VALIDATE CONSTRAINT n;",
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
            "SET_NOT_NULL",
            id="a check that was validated",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY);\nALTER TABLE t RENAME TO u;",
            "ALTER TABLE u ADD COLUMN b int;",
            "UNKNOWN_REFERENCE",
            id="a table under its new name",
        ),
        pytest.param(
            "CREATE SCHEMA a;\nCREATE TABLE a.t (id int PRIMARY KEY);\nALTER SCHEMA a RENAME TO b;",
            "ALTER TABLE b.t ADD COLUMN c int;",
            "UNKNOWN_REFERENCE",
            id="a table of a schema under its new name",
        ),
        pytest.param(
            "CREATE TABLE t (id int, PRIMARY KEY (id));",
            "ALTER TABLE t ALTER COLUMN id SET NOT NULL;",
            "SET_NOT_NULL",
            id="a column of the primary key",
        ),
    ],
)  # fmt: skip
def test_what_was_done_counts(history: str, sql: str, code: str) -> None:
    assert code not in codes(history, sql)
