"""`DROP COLUMN` deletes values that no later migration can bring back.

Code that still selects or writes the column fails from this moment on, and so does whatever was
compiled against it. The same goes for an attribute of a composite type.

Exempt is a column that the same migration surely added (no `IF NOT EXISTS`, no condition around
it), and any column of a table that it created and never wrote to.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://www.postgresql.org/docs/current/sql-altertype.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import made_up, place_in, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands), objtype=kind):
            table = name_of(relation)
            thing = "attribute" if kind == ObjectType.OBJECT_TYPE else "column"
            for number, command in enumerate(commands):
                if command.subtype != AlterTableType.AT_DropColumn or not command.name:
                    continue
                column = statement.schema.column(table, command.name)
                if (column and column.new) or statement.schema.is_disposable(table):
                    continue
                yield Problem(
                    f"Destructive operation: drops {thing} {written((*table, command.name))} with its values",
                    place_in(statement, number, command.name),
                    _suggestion(written(table), command.name) if thing == "column" else None,
                )


def _suggestion(table: str, column: str) -> str:
    kept = made_up(column, "unused") or "another_name"
    return (
        "First release the code that neither reads nor writes it. Keep the values until nothing has missed "
        "them: "
        f"ALTER TABLE {table} RENAME COLUMN {written((column,))} TO {kept};"
    )


RULE = Rule(
    code="DROP_COLUMN",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "First release the code that neither reads nor writes it; drop it in a later release, after a backup."
    ),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders DROP COLUMN note;",
        "ALTER TABLE IF EXISTS shop.orders DROP COLUMN IF EXISTS note, DROP placed_at CASCADE;",
        "ALTER TYPE address DROP ATTRIBUTE street;",
        "ALTER FOREIGN TABLE remote_orders DROP COLUMN note;",
        "ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;\nALTER TABLE orders DROP COLUMN note;",
        "ALTER TABLE orders ADD COLUMN note text;\nALTER TABLE shop.orders DROP COLUMN note;",
    ),
    good=(
        "ALTER TABLE orders RENAME COLUMN note TO note_unused;",
        "ALTER TABLE orders ADD COLUMN scratch text;\nALTER TABLE orders DROP COLUMN scratch;",
        "CREATE TABLE scratch (id bigint, note text);\nALTER TABLE scratch DROP COLUMN note;",
        "ALTER TABLE orders DROP CONSTRAINT orders_note_check;",
        "ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;",
    ),
    check=check,
)
