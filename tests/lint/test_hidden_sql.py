"""Destruction is found wherever it stands, and words that only look like it are left alone."""

import pytest

from guardrails.lint.contracts import MigrationFile, Severity
from guardrails.lint.engine import check, check_sql

HIDDEN = {
    "a CTE": "WITH gone AS (DELETE FROM users RETURNING *) SELECT count(*) FROM gone;",
    "a DO block": "DO $$ BEGIN DROP TABLE users; END $$;",
    "a DO block in single quotes": "DO 'BEGIN DROP TABLE users; END';",
    "a DO block in an escape string": "DO E'BEGIN DROP\\tTABLE users; END';",
    "a DO block with a tag": "DO $a_tag$ BEGIN DROP TABLE users; END $a_tag$ LANGUAGE plpgsql;",
    "a loop": "DO $$ BEGIN FOR i IN 1..3 LOOP DELETE FROM users; END LOOP; END $$;",
    "an exception handler": "DO $$ BEGIN PERFORM 1; EXCEPTION WHEN others THEN DROP TABLE users; END $$;",
    "a nested block": "DO $$ BEGIN BEGIN BEGIN TRUNCATE users; END; END; END $$;",
    "a case": "DO $$ BEGIN CASE 1 WHEN 1 THEN DROP TABLE users; ELSE NULL; END CASE; END $$;",
    "EXECUTE of a literal": "DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$;",
    "EXECUTE of a dollar literal": "DO $$ BEGIN EXECUTE $q$DROP TABLE users$q$; END $$;",
    "concatenation": "DO $$ BEGIN EXECUTE 'DR' || 'OP TA' || 'BLE users'; END $$;",
    "concat": "DO $$ BEGIN EXECUTE concat('DROP ', NULL, 'TABLE ', 'users'); END $$;",
    "concat_ws": "DO $$ BEGIN EXECUTE concat_ws(' ', 'DROP', 'TABLE', 'users'); END $$;",
    "format": "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'users'); END $$;",
    "format by position": "DO $$ BEGIN EXECUTE format('%2$s TABLE %1$I', 'users', 'DROP'); END $$;",
    "chr": "DO $$ BEGIN EXECUTE chr(68) || chr(82) || chr(79) || chr(80) || ' TABLE users'; END $$;",
    "hexadecimal": "DO $$ BEGIN EXECUTE convert_from(decode('44524f50205441424c45207573657273', 'hex'), 'UTF8'); END $$;",
    "base64": "DO $$ BEGIN EXECUTE convert_from(decode('RFJPUCBUQUJMRSB1c2Vycw==', 'base64'), 'utf-8'); END $$;",
    "reverse": "DO $$ BEGIN EXECUTE reverse('sresu ELBAT PORD'); END $$;",
    "replace": "DO $$ BEGIN EXECUTE replace('DxROP TAxBLE users', 'x', ''); END $$;",
    "translate": "DO $$ BEGIN EXECUTE translate('1234 TABLE users', '1234', 'DROP'); END $$;",
    "an array": "DO $$ BEGIN EXECUTE array_to_string(ARRAY['DROP', 'TABLE', 'users'], ' '); END $$;",
    "a variable": "DO $$ DECLARE q text := 'DROP TABLE users'; BEGIN EXECUTE q; END $$;",
    "a variable built up": "DO $$ DECLARE q text; BEGIN q := 'DROP '; q := q || 'TABLE users'; EXECUTE q; END $$;",
    "a selected variable": "DO $$ DECLARE q text; BEGIN SELECT 'DROP TABLE users' INTO q; EXECUTE q; END $$;",
    "one branch of two": "DO $$ DECLARE q text := 'SELECT 1'; BEGIN IF now() > '2020-01-01' THEN q := 'DROP TABLE users'; END IF; EXECUTE q; END $$;",
    "each of a list": "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'users'] LOOP EXECUTE format('DROP TABLE %I', t); END LOOP; END $$;",
    "an unnested list": "DO $$ DECLARE t text; BEGIN FOR t IN SELECT unnest(ARRAY['users']) LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END $$;",
    "EXECUTE that executes": "DO $$ BEGIN EXECUTE 'DO $q$ BEGIN DROP TABLE users; END $q$'; END $$;",
    "a function that is called": "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE users'; SELECT f();",
    "a procedure that is called": "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; END $$; CALL p();",
    "a body of statements that is called": "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM users; END; SELECT f();",
    "a function called by another": (
        "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS 'TRUNCATE users';"
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM g(); END $$; SELECT f();"
    ),
    "a function called in a default": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE users; RETURN 1; END $$;"
        "ALTER TABLE a ADD COLUMN b int DEFAULT f();"
    ),
    "a trigger": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; RETURN NEW; END $$;"
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();"
    ),
    "an event trigger": (
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE users; END $$;"
        "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f();"
    ),
    "PREPARE": "PREPARE p AS DELETE FROM users; EXECUTE p;",
    "EXPLAIN ANALYZE": "EXPLAIN ANALYZE DELETE FROM users;",
    "EXPLAIN with options": "EXPLAIN (ANALYZE true, COSTS false) DELETE FROM users;",
    "MERGE": "MERGE INTO users u USING (SELECT 1 AS one) s ON true WHEN MATCHED THEN DELETE;",
    "a job": "SELECT cron.schedule('nightly', '0 0 * * *', $$DELETE FROM users$$);",
    "a job with a quoted string": "SELECT cron.schedule('nightly', '0 0 * * *', 'TRUNCATE users');",
    "dblink": "SELECT dblink_exec('dbname=app', 'DROP TABLE users');",
    "an RPC that runs SQL": "SELECT exec_sql('DROP TABLE users');",
    "a loop in a body that the parser of PL/pgSQL refuses": (
        "DO $$ BEGIN FOR undeclared IN EXECUTE 'DELETE FROM users RETURNING 1' LOOP END LOOP; END $$;"
    ),
    "a result in a body that the parser of PL/pgSQL refuses": (
        "CREATE FUNCTION f(a nowhere.strange) RETURNS SETOF int LANGUAGE plpgsql AS $$ DECLARE r nowhere.strange; "
        "BEGIN r.x.y := 1; RETURN QUERY DELETE FROM users RETURNING 1; END $$; SELECT f(NULL);"
    ),
    "a body that the parser of PL/pgSQL refuses": (
        "CREATE FUNCTION f(a nowhere.strange) RETURNS void LANGUAGE plpgsql AS $$ DECLARE r nowhere.strange; "
        "BEGIN r.x.y := 1; DROP TABLE users; END $$; SELECT f(NULL);"
    ),
}


@pytest.mark.parametrize("disguise", HIDDEN)
def test_destruction_in_disguise_blocks(disguise: str) -> None:
    result = check_sql(HIDDEN[disguise])

    codes = {finding.code for finding in result.errors}
    assert codes & {"DROP_TABLE", "DELETE_WITHOUT_WHERE", "TRUNCATE"}


@pytest.mark.parametrize("disguise", [name for name in HIDDEN if name not in {"a CTE", "MERGE"}])
def test_what_hides_inside_other_code_is_said_to_hide(disguise: str) -> None:
    (hidden,) = [
        finding for finding in check_sql(HIDDEN[disguise]).errors if finding.code == "HIDDEN_DESTRUCTIVE"
    ]

    assert hidden.via


UNKNOWN = {
    "a row of a table": "FOR r IN SELECT * FROM pg_tables LOOP EXECUTE 'DROP TABLE ' || r.tablename; END LOOP;",
    "a setting": "EXECUTE current_setting('app.sql');",
    "a query": "EXECUTE (SELECT body FROM scripts LIMIT 1);",
    "a variable that a query filled": "SELECT body INTO q FROM scripts; EXECUTE q;",
    "text that grows in a loop": "FOR i IN 1..n LOOP q := q || 'x'; EXECUTE q; END LOOP;",
    "random text": "EXECUTE 'DROP TABLE ' || md5(random()::text);",
}


@pytest.mark.parametrize("source", UNKNOWN)
def test_text_that_is_only_known_when_it_runs_blocks_inside_a_do_block(source: str) -> None:
    sql = f"DO $$ DECLARE r record; q text := ''; n int := 3; BEGIN {UNKNOWN[source]} END $$;"

    assert "DYNAMIC_SQL" in {finding.code for finding in check_sql(sql).errors}


def test_it_only_warns_in_a_function_that_is_not_called() -> None:
    body = "CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$;"

    assert [finding.code for finding in check_sql(body).warnings] == ["DYNAMIC_SQL"]
    assert "DYNAMIC_SQL" in {finding.code for finding in check_sql(f"{body} SELECT f('x');").errors}


def test_destruction_in_a_function_that_is_not_called_only_warns() -> None:
    result = check_sql("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'TRUNCATE users';")

    assert result.valid
    assert {(finding.code, finding.severity) for finding in result.warnings} == {
        ("TRUNCATE", Severity.WARNING),
        ("HIDDEN_DESTRUCTIVE", Severity.WARNING),
    }


def test_a_function_of_the_history_is_judged_where_it_is_called() -> None:
    history = MigrationFile(
        "1.sql", "1", "one", "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'TRUNCATE users';"
    )

    (result,) = check([MigrationFile("2.sql", "2", "two", "SELECT 1;\nSELECT f();")], [history])

    assert [(finding.code, finding.line, finding.via) for finding in result.errors] == [
        ("HIDDEN_DESTRUCTIVE", 2, "function:f"),
        ("TRUNCATE", 2, "function:f"),
    ]


def test_a_trigger_of_the_history_is_judged_where_it_is_fired() -> None:
    history = MigrationFile(
        "1.sql",
        "1",
        "one",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; RETURN NEW; END $$;"
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();",
    )

    (fired,) = check([MigrationFile("2.sql", "2", "two", "INSERT INTO a VALUES (1);")], [history])
    (not_fired,) = check([MigrationFile("2.sql", "2", "two", "UPDATE a SET b = 1 WHERE c = 2;")], [history])

    assert "DELETE_WITHOUT_WHERE" in {finding.code for finding in fired.errors}
    assert not_fired.errors == ()


INNOCENT = {
    "a comment": "-- DROP TABLE users;\n/* TRUNCATE users; */ SELECT 1;",
    "a string": "INSERT INTO notes (body) VALUES ('DROP TABLE users; -- really');",
    "a comment on a table": "COMMENT ON TABLE users IS 'DROP TABLE users';",
    "a name": 'CREATE INDEX "DROP TABLE users" ON a (b);',
    "a column's default": "ALTER TABLE a ADD COLUMN b text DEFAULT 'TRUNCATE users';",
    "a notice": "DO $$ BEGIN RAISE NOTICE 'DROP TABLE users'; END $$;",
    "a comment in a body": "DO $$ BEGIN -- DROP TABLE users;\n PERFORM 1; END $$;",
    "a message": "DO $$ BEGIN RAISE EXCEPTION 'TRUNCATE users is not allowed'; END $$;",
    "a string in a function": "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'DROP TABLE users' $$; SELECT f();",
    "EXPLAIN alone": "EXPLAIN DELETE FROM users;",
    "a job that is bounded": "SELECT cron.schedule('n', '0 0 * * *', $$DELETE FROM logs WHERE at < now() - interval '7 days'$$);",
    "a table of its own": "DO $$ BEGIN CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1); DROP TABLE t; END $$;",
    "RLS on a literal list": (
        "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP "
        "EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t); END LOOP; END $$;"
    ),
}


@pytest.mark.parametrize("text", INNOCENT)
def test_words_and_ordinary_code_are_left_alone(text: str) -> None:
    result = check_sql(INNOCENT[text])

    assert [(finding.code, finding.message) for finding in result.findings] == []


def test_a_finding_in_a_body_points_at_its_own_line() -> None:
    (finding,) = [
        finding
        for finding in check_sql("SELECT 1;\nDO $$\nBEGIN\n  PERFORM 1;\n  DROP TABLE users;\nEND $$;").errors
        if finding.code == "DROP_TABLE"
    ]

    assert (finding.line, finding.column, finding.statement) == (5, 14, "  DROP TABLE users;")


def test_a_table_made_where_an_exception_may_undo_it_is_not_surely_new() -> None:
    sql = "DO $$ BEGIN BEGIN CREATE TABLE s (a int); EXCEPTION WHEN others THEN NULL; END; DROP TABLE s; END $$;"

    assert "DROP_TABLE" in {finding.code for finding in check_sql(sql).errors}
