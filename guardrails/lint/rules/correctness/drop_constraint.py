"""Dropping a constraint lets rows in that other code takes for impossible.

By the time somebody misses it, there are rows that keep it from coming back. Dropping a foreign key also
takes an ACCESS EXCLUSIVE lock on the table that it leads to.

Exempt is a table that the same migration created, a constraint that it added, one that has a successor at
the end (of the same name, or of the same kind on the same columns), one whose columns are gone, and
`CHECK (c IS NOT NULL)` of a column that is NOT NULL: it says nothing more. A primary key has a rule of its own.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-CONSTRAINT>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Check, ForeignKey, Index, Table
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.parts import commands, is_made_here
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_Constraint = ForeignKey | Check | Index


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for command in commands(statement, AlterTableType.AT_DropConstraint):
        name, table = command.node.name or "", schema.created_or_changed(command.table)
        found = _named(table, name) if table else None
        if is_made_here(schema, command.table) or (found is not None and found.new):
            continue
        if name == "?":  # put together when it runs, which is reported as such
            continue
        if name == f"{command.table[-1]}_pkey" or (isinstance(found, Index) and found.primary):
            continue
        if found is None and table is not None and table.whole and command.node.missing_ok:
            continue
        yield Problem(
            f"drops constraint {written((name,))} of {written(command.table)}: rows that it kept out come in",
            place(statement, command),
            f"If another takes its place, add that in the same migration, NOT VALID first: ALTER TABLE "
            f"{written(command.table)} ADD CONSTRAINT … NOT VALID;",
            unless=_is_replaced(schema, schema.resolve(command.table) or command.table, table, name, found),
        )


def _is_replaced(
    schema: Schema, spelling: Name, old: Table | None, name: str, found: _Constraint | None
) -> Callable[[], bool]:
    columns = _columns(found) if found is not None else frozenset()

    def is_replaced() -> bool:
        table = old or schema.created_or_changed(spelling)
        if table is None:
            return False
        if table.dropped or _named(table, name) is not None or columns & table.former:
            return True
        if isinstance(found, Check) and found.not_null and _has_a_value(table, found.not_null):
            return True
        return bool(columns) and any(
            type(one) is type(found) and columns <= _columns(one) for one in _all(table) if one is not found
        )

    return is_replaced


def _has_a_value(table: Table, name: str) -> bool:
    column = table.columns.get(name)
    return column is not None and bool(column.not_null)


def _all(table: Table) -> tuple[_Constraint, ...]:
    unique = (index for index in table.indexes if index.constraint or index.unique)
    return (*table.foreign_keys, *table.checks, *unique)


def _named(table: Table, name: str) -> _Constraint | None:
    return next((one for one in _all(table) if one.name == name), None)


def _columns(one: _Constraint) -> frozenset[str]:
    match one:
        case Check(expression=None, not_null=column):
            return frozenset([column] if column else ())
        case Check(expression=ast.Node() as expression):
            return frozenset(
                name
                for node in walk(expression)
                if isinstance(node, ast.ColumnRef)
                for name in names_of(node.fields)[-1:]
            )
    return (
        frozenset(column for column in one.columns if column) if not isinstance(one, Check) else frozenset()
    )


RULE = Rule(
    code="DROP_CONSTRAINT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="If another takes its place, add that in the same migration, NOT VALID first.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders DROP CONSTRAINT orders_total_check;",
        'ALTER TABLE IF EXISTS shop."Orders" DROP CONSTRAINT IF EXISTS positive CASCADE;',
        (
            "ALTER TABLE orders DROP CONSTRAINT positive;\n"
            "ALTER TABLE refunds ADD CONSTRAINT positive CHECK (total > 0);"
        ),
        (
            "CREATE TABLE IF NOT EXISTS orders (total int CONSTRAINT total_there CHECK (total IS NOT NULL));\n"
            "ALTER TABLE orders DROP CONSTRAINT total_there;"
        ),
    ),
    good=(
        (
            "ALTER TABLE orders DROP CONSTRAINT positive;\n"
            "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0) NOT VALID;"
        ),
        "CREATE TABLE orders (total int CHECK (total > 0));\nALTER TABLE orders DROP CONSTRAINT orders_total_check;",
        (
            "CREATE TABLE IF NOT EXISTS orders (total int CONSTRAINT positive CHECK (total > 0));\n"
            "ALTER TABLE orders DROP CONSTRAINT positive, ADD CONSTRAINT not_negative CHECK (total >= 0);"
        ),
        (
            "CREATE TABLE IF NOT EXISTS orders (id int UNIQUE);\n"
            "ALTER TABLE orders DROP CONSTRAINT IF EXISTS never_there;"
        ),
        (
            "CREATE TABLE IF NOT EXISTS orders (total int CONSTRAINT total_there CHECK (total IS NOT NULL));\n"
            "ALTER TABLE orders ALTER total SET NOT NULL;\nALTER TABLE orders DROP CONSTRAINT total_there;"
        ),
        "ALTER TABLE orders ALTER CONSTRAINT fk DEFERRABLE;",
    ),
    check=check,
)
