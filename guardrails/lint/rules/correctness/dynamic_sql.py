"""A statement that is put together while it runs can't be checked before.

What folds to a constant (concatenation, `format`, `quote_ident`, a variable that was assigned one)
is checked like any other statement. What depends on a row, a parameter or the catalogue is not: in a
DO block, or in a function that the migration calls, it runs now and is an error. In a function that
is only defined it is a warning; there a statement passes of which only the name of a table or column,
or a value, is open, quoted by `format` or of type `regclass`: what it does is known.

Source: <https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-EXECUTING-DYN>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="DYNAMIC_SQL",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Write the statements out, one for each object that is meant, so that they can be checked.",
    bad=(
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP"
            " EXECUTE 'DROP TABLE ' || r.tablename; END LOOP; END $$;"
        ),
        "CREATE FUNCTION run(task text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE task; END $$;",
        (
            "CREATE FUNCTION run(task text) RETURNS void LANGUAGE plpgsql"
            " AS $$ BEGIN EXECUTE format('SELECT %I()', task); END $$;"
        ),
        (
            "CREATE FUNCTION rows(t text) RETURNS bigint LANGUAGE plpgsql"
            " AS $$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || t INTO n; RETURN n; END $$;"
        ),
    ),
    good=(
        "DO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD COLUMN note text'; END $$;",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN note text', 'orders'); END $$;",
        (
            "CREATE FUNCTION rows(t text) RETURNS bigint LANGUAGE plpgsql"
            " AS $$ DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %I', t) INTO n; RETURN n; END $$;"
        ),
        "ALTER TABLE orders ADD COLUMN note text;",
    ),
    check=reported_by_engine,
)
