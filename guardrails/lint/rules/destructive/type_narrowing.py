"""A narrower type cuts values short, most of the time without a word.

Without `USING`, PostgreSQL rounds `numeric(12,4)` to `numeric(12,2)` and `float8` to `int`, and cuts
a `timestamp` to a `date`. An explicit cast to `varchar(n)`, `left`, `substring`, `round`, `trunc`
and the like in `USING` cut by design. None of that can be undone.

Where PostgreSQL refuses values that don't fit (`varchar(50)` to `varchar(10)`, `bigint` to `int`)
nothing is lost, but the migration may fail on real data: a warning, unless `USING` shows that the
author knows. A cast to `varchar(n)` in `USING` is a warning too when the old type is not known.

A column that the same migration added is no exception: it may have been filled in between. What
can't be judged because the old type is not known is TYPE_CHANGE.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://www.postgresql.org/docs/current/datatype-numeric.html>,
<https://www.postgresql.org/docs/current/datatype-character.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.casts import Cast, cast
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Type
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import type_of
from guardrails.lint.spelling import made_up, place_in, written
from guardrails.lint.values import NamedTuple

_CUTTING = frozenset({
    "ceil", "ceiling", "date_trunc", "floor", "left", "right", "round", "substr", "substring", "trunc",
})  # fmt: skip


class _Outcome(NamedTuple):
    """What becomes of a value in an expression: its type, if known, and the worst that befell it."""

    type: Type | None
    worst: Cast


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(
            objtype=ObjectType.OBJECT_TABLE, relation=ast.RangeVar() as relation, cmds=tuple(commands)
        ):
            for number, command in enumerate(commands):
                if command.subtype == AlterTableType.AT_AlterColumnType:
                    yield from _column(statement, name_of(relation), number, command)


def _column(statement: Statement, table: Name, number: int, command: ast.AlterTableCmd) -> Iterator[Problem]:
    definition, name = command.def_, command.name or ""
    column = statement.schema.column(table, name)
    if not isinstance(definition, ast.ColumnDef):
        return
    old = column.type if column else None
    value = _Outcome(old, Cast.SAFE)
    if definition.raw_default is not None:
        value = _follow(definition.raw_default, name, old)
    worst = _worse(value.worst, cast(value.type, type_of(definition.typeName)))
    spelled = written((*table, name))
    offset = place_in(statement, number, name)
    if worst is Cast.CUTS:
        sure = old is not None or not _only_cast(definition.raw_default)
        yield Problem(
            f"Destructive operation: cuts the values of {spelled} to fit a narrower type",
            offset,
            _suggestion(table, name),
            None if sure else Severity.WARNING,
        )
    elif worst is Cast.REFUSES and definition.raw_default is None:
        yield Problem(
            f"narrows the type of {spelled}: the migration fails if a single value does not fit",
            offset,
            _suggestion(table, name),
            Severity.WARNING,
        )


def _follow(node: ast.Node | None, column: str, old: Type | None) -> _Outcome:
    """Follow a column's value through the casts and functions right around it, and no further."""
    match node:
        case ast.ColumnRef(fields=fields) if names_of(fields)[-1:] == (column,):
            return _Outcome(old, Cast.SAFE)
        case ast.TypeCast(arg=argument, typeName=name):
            inner = _follow(argument, column, old)
            new = type_of(name)
            if inner.worst is Cast.OTHER:
                return _Outcome(None, Cast.OTHER)
            return _Outcome(new, _worse(inner.worst, _explicit(inner.type, new)))
        case ast.FuncCall(funcname=name, args=tuple(arguments)) if names_of(name)[-1] in _CUTTING:
            if any(_follow(argument, column, old).worst is not Cast.OTHER for argument in arguments):
                return _Outcome(None, Cast.CUTS)
    return _Outcome(None, Cast.OTHER)


def _explicit(old: Type | None, new: Type | None) -> Cast:
    if (
        old is None
        and new is not None
        and not new.array
        and new.name in {"varchar", "bpchar"}
        and new.modifiers
    ):
        return Cast.CUTS
    judged = cast(old, new, explicit=True)
    return Cast.SAFE if judged is Cast.OTHER else judged  # a conversion, and nothing shows that it cuts


def _worse(one: Cast, other: Cast) -> Cast:
    order = (Cast.CUTS, Cast.REFUSES, Cast.OTHER, Cast.SAFE)
    return min(one, other, key=order.index)


def _only_cast(node: ast.Node | None) -> bool:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return isinstance(node, ast.ColumnRef)


def _suggestion(table: Name, column: str) -> str:
    added = made_up(column, "new") or "another_name"
    return (
        f"Keep the column: add {added} to {written(table)} beside it, fill it in batches where the "
        "value fits, "
        f"and drop {written((column,))} in a later release, when nothing has missed it."
    )


RULE = Rule(
    code="TYPE_NARROWING",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Add a new column beside it, fill it in batches, and keep the old one until nothing has missed it."
    ),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users ALTER COLUMN name TYPE varchar(5) USING left(name, 5);",
        "CREATE TABLE p (price numeric(12, 4));\nALTER TABLE p ALTER COLUMN price TYPE numeric(12, 2);",
        "ALTER TABLE users ALTER COLUMN name TYPE text USING substring(name FROM 1 FOR 5);",
        "ALTER TABLE users ALTER COLUMN score TYPE int USING round(score)::int;",
        "ALTER TABLE users ALTER COLUMN name TYPE varchar(5) USING name::varchar(5);",
    ),
    good=(
        "ALTER TABLE users ALTER COLUMN name TYPE text USING name::text;",
        "ALTER TABLE users ALTER COLUMN price TYPE int USING price::int;",
        "ALTER TABLE users ALTER COLUMN price TYPE int USING round(price * 100)::int;",
    ),
    check=check,
)
