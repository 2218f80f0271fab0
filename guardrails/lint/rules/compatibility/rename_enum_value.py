"""Renaming a value of an enum breaks code that sends or knows the old one.

The rows change their meaning for every reader at once: code that is still running gets an error when it
sends the old value, and does not know the one that it reads.

Exempt is an enum that the same migration created, and a value that it added.

Source: <https://www.postgresql.org/docs/current/sql-altertype.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterEnumStmt(typeName=names, oldVal=str(old), newVal=str(new)):
            name = names_of(names)
            enum = statement.schema.enum(name)
            if enum is None or not (enum.new or old in enum.added):
                yield Problem(
                    f"renames a value of {written(name)}: code that still sends the old one fails",
                    max(statement.text.find(f"'{old}'", statement.start, statement.end), statement.start),
                    f"Add the value {_quoted(new)} beside {_quoted(old)}, let the code write it, and update the "
                    "rows in batches after that.",
                )


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


RULE = Rule(
    code="RENAME_ENUM_VALUE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add the new value beside the old one, let the code write it, and update the rows after that.",
    nodes=("AlterEnumStmt",),
    bad=(
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
        "ALTER TYPE shop.\"Mood\" RENAME VALUE 'it''s ok' TO 'fine';",
    ),
    good=(
        "ALTER TYPE mood ADD VALUE 'fine';",
        "CREATE TYPE mood AS ENUM ('ok');\nALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
        "ALTER TYPE mood RENAME TO feeling;",
    ),
    check=check,
)
