"""Another expression of a generated column gives every row another value.

PostgreSQL computes a STORED column again for the whole table, under a lock that nobody can read through.
`DROP EXPRESSION` freezes the values instead: from then on nobody keeps them right.

Exempt is a table that the same migration created, and a column that it added.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast.enums import AlterTableType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parts import commands
from guardrails.lint.spelling import made_up, written

_EFFECTS = {
    AlterTableType.AT_SetExpression: "changes the expression of {}: every row gets another value",
    AlterTableType.AT_DropExpression: "makes {} an ordinary column: nothing keeps its values right any more",
}


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for command in commands(statement, *_EFFECTS):
        name = command.node.name or ""
        column = schema.column(command.table, name)
        if schema.is_new(command.table) or (column is not None and column.new):
            continue
        kind = command.node.subtype
        assert kind is not None  # the stubs make every field optional
        yield Problem(
            _EFFECTS[kind].format(written((*command.table, name))),
            place(statement, command),
            f"Add a column {made_up(name, 'new') or 'of another name'} with the new expression, let the code read it, "
            f"and drop {written((name,))} in a later release.",
        )


RULE = Rule(
    code="GENERATED_EXPRESSION_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a column with the new expression, let the code read it, and drop the old one in a later release.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders ALTER COLUMN tax SET EXPRESSION AS (total * 3);",
        "ALTER TABLE shop.orders ALTER tax DROP EXPRESSION IF EXISTS;",
    ),
    good=(
        (
            "ALTER TABLE orders ADD COLUMN tax int GENERATED ALWAYS AS (total) STORED;\n"
            "ALTER TABLE orders ALTER COLUMN tax DROP EXPRESSION;"
        ),
        (
            "CREATE TABLE orders (total int, tax int GENERATED ALWAYS AS (total) STORED);\n"
            "ALTER TABLE orders ALTER COLUMN tax DROP EXPRESSION;"
        ),
        "ALTER TABLE orders ALTER COLUMN tax DROP DEFAULT;",
    ),
    check=check,
)
