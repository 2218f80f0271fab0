"""Without `USING`, it is left to PostgreSQL whether and how values convert.

Where there is no assignment cast the statement fails. Where there is one, PostgreSQL mostly rewrites
the whole table and its indexes while nobody can read or write it, and code that was compiled
against the old type breaks. With `USING` the conversion is at least said, and can be reviewed.

Exempt are changes that leave every value and every page as it is, where the old type is known:
`varchar(n)` to a longer one or to `text`, `numeric(p, s)` to more digits before the point,
`timestamp` and its like to more precision, `cidr` to `inet`; and columns that the same migration
added. A change that loses a part of the values is TYPE_NARROWING instead.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.casts import Cast, cast
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import type_of
from guardrails.lint.spelling import items, place_in, written

_LONGEST_TYPE = 80
_PADDED_OR_CUT = frozenset({"bpchar", "varchar"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(
            objtype=ObjectType.OBJECT_TABLE, relation=ast.RangeVar() as relation, cmds=tuple(commands)
        ):
            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_AlterColumnType:
                    yield from _column(statement, name_of(relation), number, command)


def _column(
    statement: Statement, table: tuple[str, ...], number: int, command: ast.AlterTableCmd
) -> Iterator[Problem]:
    definition, name = command.def_, command.name or ""
    if not isinstance(definition, ast.ColumnDef) or definition.raw_default is not None:
        return
    column = statement.schema.column(table, name)
    old = column.type if column else None
    if (column and column.new) or cast(old, type_of(definition.typeName)) is not Cast.OTHER:
        return
    target = _as_written(statement, number, definition)
    using = f"{written((name,))}::{_cast_to(definition, target)}"
    yield Problem(
        f"changes the type of {written((*table, name))} to {target} without saying how its values convert",
        place_in(statement, number, name),
        f"Say it: ALTER TABLE {written(table)} ALTER COLUMN {written((name,))} TYPE {target} USING {using}; "
        "on a large table add a new column, fill it in batches and swap the two, since this one is "
        "rewritten.",
    )


def _as_written(statement: Statement, number: int, definition: ast.ColumnDef) -> str:
    assert definition.typeName is not None
    slices = list(items(statement.text, statement.start, statement.end))
    start = definition.typeName.location
    if number < len(slices) and start is not None:
        collation = definition.collClause.location if definition.collClause else None
        target = " ".join(statement.text[start : collation or slices[number][1]].split()).removesuffix(";")
        if len(target) <= _LONGEST_TYPE and "--" not in target and "/*" not in target:
            return target
    return written(names_of(definition.typeName))


def _cast_to(definition: ast.ColumnDef, target: str) -> str:
    """Return the type for the cast: an explicit one to `varchar(n)` would cut what is too long."""
    new = type_of(definition.typeName)
    return "text" if new and new.name in _PADDED_OR_CUT and not new.array else target


RULE = Rule(
    code="TYPE_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Say how the values convert: ALTER TABLE … ALTER COLUMN … TYPE … USING …;",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users ALTER COLUMN age TYPE text;",
        'ALTER TABLE users ALTER age SET DATA TYPE character varying (20) COLLATE "C", ADD COLUMN born date;',
        (
            "ALTER TABLE users ADD COLUMN IF NOT EXISTS age int;\n"
            "ALTER TABLE users ALTER COLUMN age TYPE bigint;"
        ),
    ),
    good=(
        "ALTER TABLE users ALTER COLUMN age TYPE text USING age::text;",
        "ALTER TABLE users ADD COLUMN age int;\nALTER TABLE users ALTER COLUMN age TYPE text;",
        "CREATE TABLE users (age int);\nALTER TABLE users ALTER COLUMN age TYPE text;",
        "ALTER TABLE users ALTER COLUMN age SET DEFAULT 1;",
        "ALTER TYPE address ALTER ATTRIBUTE street TYPE text;",
    ),
    check=check,
)
