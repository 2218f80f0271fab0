"""Destruction inside a DO block, a function or a string escapes review.

`DO $$ BEGIN DROP TABLE orders; END $$;` drops the table just as well, and so does a statement put
together from strings, one in a function that the migration calls or a trigger fires, and one handed
to a scheduler or to another database. What it destroys is reported besides, under its own code.

In the body of a function that nothing in the migration calls it is a warning.

Source: <https://www.postgresql.org/docs/current/sql-do.html>,
<https://www.postgresql.org/docs/current/plpgsql-statements.html>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_engine

RULE = Rule(
    code="HIDDEN_DESTRUCTIVE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Write the statement at the top level of the migration, where a reviewer sees it, or leave it out."
    ),
    bad=(
        "DO $$ BEGIN DROP TABLE orders; END $$;",
        "DO $$ BEGIN EXECUTE 'DROP TABLE orders'; END $$;",
        "DO $$ BEGIN IF now() > '2030-01-01' THEN TRUNCATE orders; END IF; END $$;",
    ),
    good=(
        "DROP TABLE orders;",
        (
            "DO $$ BEGIN CREATE TYPE order_status AS ENUM ('new'); EXCEPTION WHEN duplicate_object "
            "THEN NULL; END $$;"
        ),
        "DO $$ BEGIN RAISE NOTICE 'DROP TABLE orders'; END $$;",
    ),
    check=reported_by_engine,
)
