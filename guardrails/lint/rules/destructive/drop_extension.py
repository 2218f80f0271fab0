"""`DROP EXTENSION` takes every table, type and function of the extension with it.

An extension's own tables hold data: scheduled jobs of `pg_cron`, queues of `pgmq`, secrets of
`supabase_vault`. They go without a further word, and creating the extension again brings back empty
ones. Columns of its types make the statement fail, or go as well under CASCADE.

Nothing is exempt: also an extension that the same migration created may have been there before.

Source: <https://www.postgresql.org/docs/current/sql-dropextension.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_EXTENSION, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                yield Problem(
                    f"drops extension {written(name)} with all that is in its tables",
                    offset,
                    f"Keep {written(name)}. If it must go, let a person save what its tables hold and drop what "
                    "uses its types and functions first, one by one.",
                )


RULE = Rule(
    code="DROP_EXTENSION",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Keep the extension; an unused one costs nothing.",
    nodes=("DropStmt",),
    bad=(
        "DROP EXTENSION pg_cron;",
        "DROP EXTENSION IF EXISTS pgmq, postgis CASCADE;",
        "CREATE EXTENSION pgmq;\nDROP EXTENSION pgmq;",
        "DO $$ BEGIN EXECUTE 'DROP EXTENSION pg_cron'; END $$;",
    ),
    good=(
        "CREATE EXTENSION IF NOT EXISTS pg_cron;",
        "ALTER EXTENSION pg_trgm SET SCHEMA extensions;",
        "COMMENT ON EXTENSION pg_cron IS 'DROP EXTENSION pg_cron';",
    ),
    check=check,
)
