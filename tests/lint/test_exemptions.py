"""What may pass, passes; and where there is a doubt, it does not."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import MigrationFile, Settings, ValidationResult
from guardrails.lint.engine import check, check_sql


def found(sql: str) -> list[str]:
    return [finding.code for finding in check_sql(sql).findings]


def files(*texts: str) -> list[MigrationFile]:
    return [MigrationFile(f"{number}.sql", str(number), "", sql) for number, sql in enumerate(texts)]


def codes(result: ValidationResult) -> list[str]:
    return [finding.code for finding in result.findings]


DOUBTS = {
    "the table may have been there": "CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY); DROP TABLE a;",
    "rows were copied into it": "CREATE TABLE a AS SELECT * FROM users; DROP TABLE a;",
    "rows were inserted": "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT id FROM users; DROP TABLE a;",
    "rows were inserted in a CTE": (
        "CREATE TABLE a (id int PRIMARY KEY); WITH x AS (INSERT INTO a SELECT id FROM users RETURNING 1) "
        "SELECT 1; DROP TABLE a;"
    ),
    "it was created in a condition": (
        "DO $$ BEGIN IF now() > '2030-01-01' THEN CREATE TABLE a (id int PRIMARY KEY); END IF; END $$; DROP TABLE a;"
    ),
    "its creation was rolled back": "BEGIN; CREATE TABLE a (id int PRIMARY KEY); ROLLBACK; DROP TABLE a;",
    "its creation in a block was rolled back": (
        "BEGIN; DO $$ BEGIN CREATE TABLE a (id int PRIMARY KEY); END $$; ROLLBACK; DROP TABLE a;"
    ),
    "it was created up to a savepoint": (
        "BEGIN; SAVEPOINT s; CREATE TABLE a (id int PRIMARY KEY); ROLLBACK TO s; DROP TABLE a; COMMIT;"
    ),
    "another schema is searched now": "CREATE TABLE a (id int PRIMARY KEY); SET search_path = prod; DROP TABLE a;",
    "another schema is searched by a call": (
        "CREATE TABLE a (id int PRIMARY KEY); SELECT set_config('search_path', 'prod', false); DROP TABLE a;"
    ),
    "it is in another schema": "CREATE TABLE x.a (id int PRIMARY KEY); DROP TABLE a;",
    "it is in the schema made with it": "CREATE SCHEMA x CREATE TABLE a (id int PRIMARY KEY); DROP TABLE a;",
    "a dot in the name is no schema": 'CREATE TABLE "x.a" (id int); DROP TABLE x.a;',
    "case in quotes counts": 'CREATE TABLE "A" (id int); DROP TABLE a;',
    "it has the name of an old one now": (
        "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a RENAME TO b; ALTER TABLE users RENAME TO a; DROP TABLE a;"
    ),
    "its schema has the name of an old one now": (
        "CREATE SCHEMA x; CREATE TABLE x.a (id int PRIMARY KEY); ALTER SCHEMA x RENAME TO y; ALTER SCHEMA o RENAME TO x; "
        "DROP TABLE x.a;"
    ),
    "it holds an old table as a partition": (
        "CREATE TABLE a (id int PRIMARY KEY) PARTITION BY LIST (id); "
        "ALTER TABLE a ATTACH PARTITION users FOR VALUES IN (1); DROP TABLE a;"
    ),
    "the temporary one is gone by then": "CREATE TEMP TABLE a (id int); DROP TABLE a; DROP TABLE a;",
}


@pytest.mark.parametrize("sql", DOUBTS.values(), ids=DOUBTS)
def test_dropping_a_table_in_doubt_is_reported(sql: str) -> None:
    assert "DROP_TABLE" in found(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (id int PRIMARY KEY); DROP TABLE a;",
        "CREATE TABLE x.a (id int PRIMARY KEY); DROP TABLE x.a;",
        "CREATE TEMP TABLE a AS SELECT * FROM users; DROP TABLE a;",
        "CREATE TABLE pg_temp.a (id int PRIMARY KEY); DROP TABLE pg_temp.a;",
        "DO $$ BEGIN CREATE TABLE a (id int PRIMARY KEY); DROP TABLE a; END $$;",
        "BEGIN; CREATE TABLE a (id int PRIMARY KEY); COMMIT; DROP TABLE a;",
        (
            "CREATE TABLE a (id int PRIMARY KEY); CREATE INDEX ON a (id); ALTER TABLE a ADD COLUMN b int; DROP "
            "TABLE IF EXISTS a;"
        ),
    ],
)
def test_dropping_what_the_migration_just_made_is_fine(sql: str) -> None:
    assert found(sql) == []


def test_a_table_of_an_earlier_migration_is_not_new() -> None:
    first, second = check(files("CREATE TABLE x.a (id int PRIMARY KEY);", "DROP TABLE x.a;"))

    assert codes(first) == []
    assert codes(second) == ["DROP_TABLE"]


def test_a_column_of_an_earlier_migration_is_not_new() -> None:
    _, second = check(
        files("ALTER TABLE a ADD COLUMN b int;", "ALTER TABLE a DROP COLUMN b; UPDATE a SET b = 1;")
    )

    assert codes(second) == ["DROP_COLUMN", "UPDATE_WITHOUT_WHERE"]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS b int; ALTER TABLE a DROP COLUMN b;",
        "ALTER TABLE a ADD COLUMN b int, DROP COLUMN b;",
        (
            "ALTER TABLE a ADD COLUMN b int; ALTER TABLE a RENAME TO c; ALTER TABLE d RENAME TO a; "
            "ALTER TABLE a DROP b;"
        ),
        (
            "ALTER TABLE a ADD COLUMN b int; ALTER TABLE a RENAME b TO c; ALTER TABLE a RENAME d TO b; "
            "ALTER TABLE a DROP b;"
        ),
        (
            "DO $$ BEGIN IF true THEN ALTER TABLE a ADD COLUMN b int; END IF; END $$; ALTER TABLE a "
            "DROP COLUMN b;"
        ),
    ],
)
def test_dropping_a_column_in_doubt_is_reported(sql: str) -> None:
    assert "DROP_COLUMN" in found(sql)


def test_a_new_column_may_be_renamed_and_dropped() -> None:
    assert (
        found("ALTER TABLE a ADD COLUMN b int; ALTER TABLE a RENAME b TO c; ALTER TABLE a DROP COLUMN c;")
        == []
    )


def test_dropping_an_old_table_and_making_it_again_is_both() -> None:
    sql = "DROP TABLE IF EXISTS x.a;\nCREATE TABLE x.a (id int PRIMARY KEY);"

    assert found(sql) == ["DROP_TABLE", "DROP_AND_RECREATE"]


@pytest.mark.parametrize(
    "condition",
    [
        "true", "1 = 1", "'a' = 'a'", "id = id", "a.id = id", "NOT false", "x OR true", "1 = 1 AND 2 > 1",
        "x IS NULL OR x IS NOT NULL", "x OR NOT x", "x = 1 OR x <> 1", "EXISTS (SELECT 1)", "(SELECT true)",
        "id IN (SELECT id FROM a)", "id = ANY (SELECT b.id FROM a b)", "EXISTS (SELECT 1 FROM a)",
        "x LIKE '%'", "x ILIKE '%%'", "x ~ '.*'", "id IS NOT NULL", "NOT (id IS NULL)", "'t'::bool",
        "x IN (x)",
        "x IS NOT DISTINCT FROM x", "COALESCE(true, x)", "x BETWEEN x AND x", "true IS TRUE",
    ],
)  # fmt: skip
def test_a_condition_that_is_always_true_is_none(condition: str) -> None:
    assert found(f"DELETE FROM a WHERE {condition};") == ["DELETE_WITHOUT_WHERE"]
    assert found(f"UPDATE a SET y = 1 WHERE {condition};") == ["UPDATE_WITHOUT_WHERE"]


@pytest.mark.parametrize(
    "condition",
    [
        "false", "1 = 0", "id = 1", "x IS NULL", "x IS NOT NULL", "x LIKE 'a%'", "x = y",
        "x OR y", "x = 1 OR x = 2",
        "EXISTS (SELECT 1 FROM b WHERE b.id = a.id)", "id IN (SELECT id FROM b)",
        "id IN (SELECT id FROM a LIMIT 9)", "id IN (SELECT min(id) FROM a GROUP BY x)",
        "id NOT IN (SELECT id FROM a)", "ctid NOT IN (SELECT ctid FROM a)",
        "id IN (SELECT DISTINCT ON (x) id FROM a)", "id IN (SELECT id FROM a WHERE x)", "x <> x", "x ~ '^a'",
    ],
)  # fmt: skip
def test_a_condition_that_chooses_rows_is_one(condition: str) -> None:
    assert found(f"DELETE FROM a WHERE {condition};") == []
    assert found(f"UPDATE a SET y = 1 WHERE {condition};") == []


def test_copies_of_old_rows_may_not_be_emptied_but_changed() -> None:
    copy = "CREATE TABLE x.a AS SELECT * FROM users;"

    assert found(f"{copy} DELETE FROM x.a;") == ["DELETE_WITHOUT_WHERE"]
    assert found(f"{copy} TRUNCATE x.a;") == ["TRUNCATE"]
    assert found(f"{copy} UPDATE x.a SET b = 1;") == []


@pytest.mark.parametrize(
    "filled",
    [
        "INSERT INTO x.a SELECT id FROM users;",
        "WITH old AS (DELETE FROM users WHERE id = 1 RETURNING id) INSERT INTO x.a SELECT id FROM old;",
        "UPDATE x.a SET id = users.id FROM users WHERE users.id > a.id;",
        "COPY x.a FROM '/tmp/rows';",
        "ALTER TABLE users INHERIT x.a;",
    ],
)
def test_a_new_table_that_holds_older_rows_may_not_be_emptied(filled: str) -> None:
    table = "CREATE TABLE x.a (id int PRIMARY KEY);"

    assert "DELETE_WITHOUT_WHERE" in found(f"{table} {filled} DELETE FROM x.a;")
    assert "TRUNCATE" in found(f"{table} {filled} TRUNCATE x.a;")
    assert found(f"{table} INSERT INTO x.a VALUES (1); DELETE FROM x.a; TRUNCATE x.a;") == []


@pytest.mark.parametrize(
    "quoted",
    [
        "-- DROP TABLE a;\n", "/* DROP TABLE a; */", "SELECT 'DROP TABLE a;';", "SELECT $$DROP TABLE a;$$;",
        "COMMENT ON TABLE a IS 'TRUNCATE a; DELETE FROM a';", 'SELECT 1 AS "DROP TABLE a";',
        'ALTER TABLE "DROP TABLE a" ADD COLUMN "TRUNCATE" int;', "SELECT E'\\'; DROP TABLE a; --';",
        "INSERT INTO log (line) VALUES ('UPDATE a SET b = 1');",
        "DO $$ BEGIN RAISE NOTICE 'DROP TABLE a'; END $$;",
    ],
)  # fmt: skip
def test_words_that_are_no_statements_are_not_taken_for_some(quoted: str) -> None:
    assert found(quoted) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("varchar(20)", None), ("text", None), ("varchar", None), ("varchar(10)", None),
        ("varchar(5)", "TYPE_NARROWING"), ("int USING name::int", None), ("int", "TYPE_CHANGE"),
        ("varchar(5) USING name::varchar(5)", "TYPE_NARROWING"),
        ("text USING left(name, 5)", "TYPE_NARROWING"),
        ("text USING upper(name)", None), ("char(5) USING name::text::char(5)", "TYPE_NARROWING"),
    ],
)  # fmt: skip
def test_a_change_of_a_varchar_10_is_judged_by_what_it_loses(sql: str, expected: str | None) -> None:
    history = files("CREATE TABLE a (name varchar(10));")
    (result,) = check(files(f"ALTER TABLE a ALTER COLUMN name TYPE {sql};"), history)

    assert codes(result) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("numeric(12,4)", "numeric(12,2)", "error"), ("numeric(10,2)", "numeric(12,2)", None),
        ("numeric(10,2)", "numeric", None), ("numeric(10,2)", "numeric(8,2)", "warning"),
        ("numeric(10,2)", "int", "error"), ("float8", "int", "error"), ("float8", "real", "error"),
        ("bigint", "int", "warning"), ("timestamptz", "date", "error"),
        ("timestamp(3)", "timestamp(6)", None),
        ("timestamp(6)", "timestamp(3)", "error"), ("cidr", "inet", None), ("text", "varchar(9)", "warning"),
        ("text", "varchar", None), ("bigserial", "int", "warning"),
    ],
)  # fmt: skip
def test_a_narrower_type_is_an_error_when_it_cuts_and_a_warning_when_it_fails(
    old: str, new: str, expected: str | None
) -> None:
    (result,) = check(files(f"ALTER TABLE a ALTER b TYPE {new};"), files(f"CREATE TABLE a (b {old});"))

    assert [(finding.code, finding.severity) for finding in result.findings] == (
        [("TYPE_NARROWING", expected)] if expected else []
    )


def test_row_level_security_may_be_enabled_by_a_later_migration() -> None:
    first, _ = check(
        files("CREATE TABLE a (id int PRIMARY KEY);", "ALTER TABLE a ENABLE ROW LEVEL SECURITY;")
    )

    assert codes(first) == []


def test_row_level_security_follows_a_table_through_renames_and_schemas() -> None:
    sql = "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a RENAME TO b; ALTER TABLE b SET SCHEMA x;"

    assert found(sql) == []
    assert found(f"{sql} ALTER TABLE x.b SET SCHEMA public;") == ["MISSING_RLS"]


def test_row_level_security_of_one_table_does_not_cover_another_of_that_name() -> None:
    assert found("CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE x.a ENABLE ROW LEVEL SECURITY;") == [
        "MISSING_RLS"
    ]


def test_a_table_in_a_schema_that_is_not_known_wants_row_level_security() -> None:
    assert found(
        "SELECT set_config('search_path', current_user, true); CREATE TABLE a (id int PRIMARY KEY);"
    ) == ["MISSING_RLS"]


def test_row_level_security_by_habit_is_asked_for_once_some_table_has_it() -> None:
    habit = Settings(rls_by_habit=True)

    assert codes(check_sql("CREATE TABLE a (id int PRIMARY KEY);", settings=habit)) == []
    sql = "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE b ENABLE ROW LEVEL SECURITY;"
    assert codes(check_sql(sql, settings=habit)) == ["MISSING_RLS"]


def test_row_level_security_is_asked_for_in_the_schemas_that_are_exposed() -> None:
    result = check_sql(
        "CREATE TABLE api.a (id int PRIMARY KEY);", settings=Settings(exposed_schemas=frozenset({"api"}))
    )

    assert codes(result) == ["MISSING_RLS"]
    assert "ALTER TABLE api.a ENABLE ROW LEVEL SECURITY" in result.warnings[0].suggestion


def test_the_index_of_a_foreign_key_may_come_in_a_later_migration() -> None:
    first, _ = check(
        files("CREATE TABLE x.a (id int PRIMARY KEY, b int REFERENCES c);", "CREATE INDEX ON x.a (b);")
    )

    assert codes(first) == []


def test_an_index_that_was_dropped_again_covers_no_foreign_key() -> None:
    sql = "CREATE TABLE x.a (id int PRIMARY KEY, b int REFERENCES c); CREATE INDEX i ON x.a (b); DROP INDEX x.i;"

    assert found(sql) == ["MISSING_INDEX_FK"]


def test_a_partial_index_covers_a_foreign_key_only_if_it_leaves_out_nothing_but_nulls() -> None:
    table = "CREATE TABLE x.a (id int PRIMARY KEY, b int REFERENCES c, d int); CREATE INDEX ON x.a (b, d)"

    assert found(f"{table} WHERE b IS NOT NULL;") == []
    assert found(f"{table} WHERE d IS NOT NULL;") == ["MISSING_INDEX_FK"]
    assert found(f"{table} WHERE b > 0;") == ["MISSING_INDEX_FK"]


def test_nothing_is_said_about_the_indexes_of_a_column_that_was_there_before() -> None:
    assert found("ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES c;") == []
