"""A column that may be empty from now on surprises code that counts on a value.

Code and generated types that were written against NOT NULL dereference, add and join without a look.

Exempt is a table that the same migration created, a column that it added, and one that is NOT NULL again
or gone at the end.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Callable, Iterator

from pglast.enums import AlterTableType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parts import commands
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for command in commands(statement, AlterTableType.AT_DropNotNull):
        name = command.node.name or ""
        column = schema.column(command.table, name)
        if schema.is_new(command.table) or (column is not None and (column.new or column.not_null is False)):
            continue
        yield Problem(
            f"lets {written((*command.table, name))} be empty: code that always found a value there may fail",
            place(statement, command),
            "Release the code that can do without a value first, and drop NOT NULL after that.",
            unless=_is_settled(schema, schema.resolve(command.table) or command.table, name),
        )


def _is_settled(schema: Schema, table: Name, column: str) -> Callable[[], bool]:
    def is_settled() -> bool:
        known = schema.created_or_changed(table)
        if known is None or column not in known.columns:
            return known is not None and known.whole
        return known.columns[column].not_null is True

    return is_settled


RULE = Rule(
    code="DROP_NOT_NULL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Release the code that can do without a value first, and drop NOT NULL after that.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
        'ALTER TABLE shop."Users" ALTER "Name" SET DEFAULT 1, ALTER "Name" DROP NOT NULL;',
        "CREATE TABLE IF NOT EXISTS users (email text NOT NULL);\nALTER TABLE users ALTER email DROP NOT NULL;",
    ),
    good=(
        "CREATE TABLE users (email text NOT NULL);\nALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
        (
            "ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';\n"
            "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;"
        ),
        (
            "CREATE TABLE IF NOT EXISTS users (email text NOT NULL);\n"
            "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;\n"
            "ALTER TABLE users ALTER COLUMN email SET NOT NULL;"
        ),
        "ALTER TABLE users ALTER COLUMN email DROP DEFAULT;",
    ),
    check=check,
)
