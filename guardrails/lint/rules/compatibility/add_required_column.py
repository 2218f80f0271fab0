"""A NOT NULL column without a default can't be added to a table that has rows.

PostgreSQL has nothing to put into the rows that are there, and refuses the statement. On an empty table
it passes, and then the code that is still running can't insert, since it does not know the column.

Exempt is a table that the same migration created and has not written to, and a column that has a
default, an identity or a generated value.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.parts import definitions
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_REQUIRED = frozenset({ConstrType.CONSTR_NOTNULL, ConstrType.CONSTR_PRIMARY})
_FILLED = frozenset({ConstrType.CONSTR_IDENTITY, ConstrType.CONSTR_GENERATED})
_SERIAL = frozenset({
    "serial", "serial2", "serial4", "serial8", "smallserial", "bigserial",
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    for table, name, node, offset, creates, if_not_exists in definitions(statement):
        if creates or not _is_required(node) or _is_empty(statement.schema, table):
            continue
        if if_not_exists and statement.schema.column(table, name) is not None:
            continue
        spelled = written((name,))
        yield Problem(
            f"adds {written((*table, name))} as NOT NULL without a default: this fails if {written(table)} has rows",
            offset,
            f"Give it a constant DEFAULT, which is stored without a rewrite; or add {spelled} without NOT NULL, "
            "fill it in batches, and set NOT NULL after that.",
        )


def _is_required(node: ast.ColumnDef) -> bool:
    kinds = {constraint.contype for constraint in node.constraints or ()}
    if (
        not kinds & _REQUIRED
        or kinds & _FILLED
        or names_of(node.typeName)[-1:] in {(word,) for word in _SERIAL}
    ):
        return False
    return not any(_is_value(constraint) for constraint in node.constraints or ())


def _is_value(constraint: ast.Constraint) -> bool:
    match constraint:
        case ast.Constraint(contype=ConstrType.CONSTR_DEFAULT, raw_expr=value):
            while isinstance(value, ast.TypeCast):
                value = value.arg
            return not (isinstance(value, ast.A_Const) and value.isnull)
    return False


def _is_empty(schema: Schema, name: Name) -> bool:
    table = schema.table(name)
    return table is not None and schema.is_new(name) and not table.written


RULE = Rule(
    code="ADD_REQUIRED_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Give it a constant DEFAULT, or add it without NOT NULL, fill it, and set NOT NULL after that.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders ADD COLUMN region text NOT NULL;",
        "ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT NULL::text;",
        "ALTER TABLE IF EXISTS shop.orders ADD COLUMN IF NOT EXISTS code uuid PRIMARY KEY;",
        (
            "CREATE TABLE orders (id bigint);\nINSERT INTO orders VALUES (1);\n"
            "ALTER TABLE orders ADD COLUMN region text NOT NULL;"
        ),
        "ALTER TABLE orders ADD COLUMN region text NOT NULL, ALTER COLUMN region SET DEFAULT 'eu';",
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'eu';",
        "ALTER TABLE orders ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
        "ALTER TABLE orders ADD COLUMN number bigserial NOT NULL;",
        "ALTER TABLE orders ADD COLUMN twice int NOT NULL GENERATED ALWAYS AS (total * 2) STORED;",
        "ALTER TABLE orders ADD COLUMN region text;",
        "CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders ADD COLUMN region text NOT NULL;",
    ),
    check=check,
)
