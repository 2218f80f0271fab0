"""Renaming a schema breaks every query and search path that names it.

Functions and policies that name it in their text break as well, when they next run: PostgreSQL changes
no text. An API that serves the schema serves nothing under the old name.

Exempt is a schema that the same migration created.

Source: <https://www.postgresql.org/docs/current/sql-alterschema.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import place_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RenameStmt(renameType=ObjectType.OBJECT_SCHEMA, subname=str(old), newname=str(new)):
            if old not in statement.schema.new_schemas:
                yield Problem(
                    f"renames schema {written((old,))}: every query, function and search path that names it fails",
                    place_of(statement.text, old, statement.start, statement.end),
                    f"Create {written((new,))} beside it and move one object after the other, each with a view of "
                    f"its old name in {written((old,))}.",
                )


RULE = Rule(
    code="RENAME_SCHEMA",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Create the new schema beside it and move one object after the other, each with a view of its old name.",
    nodes=("RenameStmt",),
    bad=(
        "ALTER SCHEMA app RENAME TO core;",
        'DO $$ BEGIN ALTER SCHEMA "App" RENAME TO app; END $$;',
        "CREATE SCHEMA IF NOT EXISTS app;\nALTER SCHEMA app RENAME TO core;",
    ),
    good=(
        "CREATE SCHEMA app;\nALTER SCHEMA app RENAME TO core;",
        "CREATE SCHEMA core;",
        "ALTER SCHEMA app OWNER TO admin;",
    ),
    check=check,
)
