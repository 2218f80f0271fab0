"""Changing a type rewrites the table and its indexes while nobody can use it.

`USING` works out a new value for every row, and all of them are written anew under an ACCESS EXCLUSIVE lock.
On a large table add a second column, keep both in step with a trigger, fill it in batches, and swap them.

A change without `USING` is reported as TYPE_CHANGE. In the default profile it speaks in projects that take some
precaution against locks somewhere (CONCURRENTLY, NOT VALID, a lock_timeout). Exempt are changes that leave every row as it is, where
the old type is known (`varchar(n)` to a longer one or to `text`, `numeric` to more digits), and columns and
tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import alterations, place
from guardrails.lint.casts import Cast, cast
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.shapes import type_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.settings.minds_locks:
        return
    for command in alterations(statement):
        definition, name = command.node.def_, command.node.name or ""
        if command.node.subtype != AlterTableType.AT_AlterColumnType or not isinstance(
            definition, ast.ColumnDef
        ):
            continue
        column = statement.schema.column(command.table, name)
        if definition.raw_default is None or (column and column.new):
            continue
        same = _is_the_column(definition.raw_default, name)
        if same and column and cast(column.type, type_of(definition.typeName)) is Cast.SAFE:
            continue
        yield Problem(
            f"changing the type of {written((*command.table, name))} rewrites the whole table while nobody can use it",
            place(statement, command),
        )


def _is_the_column(expression: object, name: str) -> bool:
    match expression:
        case ast.TypeCast(arg=inner) | ast.CollateClause(arg=inner):
            return _is_the_column(inner, name)
        case ast.ColumnRef(fields=fields):
            return names_of(fields)[-1:] == (name,)
    return False


RULE = Rule(
    code="TYPE_CHANGE_REWRITE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Unless the table is small, add a new column, fill it in batches, and swap the two.",
    settings=Settings(profile=Profile.STRICT),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders ALTER COLUMN id TYPE bigint USING id::bigint;",
        'ALTER TABLE "Orders" ALTER "total" SET DATA TYPE numeric(12, 2) USING round("total", 2);',
        (
            "CREATE TABLE IF NOT EXISTS users (name varchar(20));\n"
            "ALTER TABLE users ALTER name TYPE text USING lower(name);"
        ),
    ),
    good=(
        "CREATE TABLE orders (id int);\nALTER TABLE orders ALTER id TYPE bigint USING id::bigint;",
        (
            "CREATE TABLE IF NOT EXISTS users (name varchar(20));\n"
            "ALTER TABLE users ALTER name TYPE text USING name::text;"
        ),
        "ALTER TABLE orders ADD COLUMN n int;\nALTER TABLE orders ALTER n TYPE text USING n::text;",
        "ALTER TABLE orders ALTER COLUMN id SET DEFAULT 1;",
    ),
    check=check,
)
