"""Destruction inside a DO block, a function or a string escapes review.

`DO $$ BEGIN DROP TABLE orders; END $$;` drops the table just as well, and so does a statement put
together from strings, one in a function that the migration calls or a trigger fires, and one handed
to a scheduler or to another database. What it destroys is reported besides, under its own code.

So do functions that drop or empty something when they are called: `lo_unlink` of large objects, and those of
TimescaleDB, PostGIS, pg_partman, pgmq and AGE. A retention policy, which deletes from then on, is a warning.

In the body of a function that nothing in the migration calls it is a warning.

Source: <https://www.postgresql.org/docs/current/sql-do.html>,
<https://www.postgresql.org/docs/current/plpgsql-statements.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written

_DESTROYS = {
    "drop_chunks": "drops chunks of a hypertable with their rows",
    "drop_graph": "drops a graph with all that is in it",
    "drop_partition_id": "drops partitions with their rows",
    "drop_partition_time": "drops partitions with their rows",
    "dropgeometrycolumn": "drops a column and every value in it",
    "dropgeometrytable": "drops a table and every row in it",
    "lo_unlink": "deletes large objects",
}
_OF_PGMQ = {
    "drop_queue": "drops a queue with its messages",
    "purge_queue": "deletes every message of a queue",
}
_RETENTION = "add_retention_policy"


def check(statement: Statement) -> Iterator[Problem]:
    """Report calls of functions that destroy; what stands inside code is reported by the engine."""
    if not isinstance(statement.node, ast.FuncCall):
        return
    name = names_of(statement.node.funcname)
    what = _DESTROYS.get(name[-1]) or (_OF_PGMQ.get(name[-1]) if name[:-1] == ("pgmq",) else None)
    offset = statement.node.location or statement.start
    if statement.schema.functions_named(name):
        return  # one of the project's own, whose body is judged
    if what is not None:
        yield Problem(f"Destructive operation: {written(name)}() {what}", offset)
    elif name[-1] == _RETENTION:
        message = f"{written(name)}() deletes rows from now on, whenever they are old enough"
        yield Problem(message, offset, severity=Severity.WARNING)


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
        "SELECT drop_chunks('readings', INTERVAL '1 day');",
        "SELECT lo_unlink(oid) FROM pg_largeobject_metadata;",
        "SELECT pgmq.purge_queue('mails');",
        "SELECT add_retention_policy('readings', INTERVAL '90 days');",
    ),
    good=(
        "DROP TABLE orders;",
        (
            "DO $$ BEGIN CREATE TYPE order_status AS ENUM ('new'); EXCEPTION WHEN duplicate_object "
            "THEN NULL; END $$;"
        ),
        "DO $$ BEGIN RAISE NOTICE 'DROP TABLE orders'; END $$;",
        "SELECT shop.purge_queue('mails');",
        ("CREATE FUNCTION drop_chunks() RETURNS int LANGUAGE sql AS 'SELECT 1';\nSELECT drop_chunks();"),
    ),
    nodes=("FuncCall",),
    check=check,
)
