"""`IF NOT EXISTS` finds an old object of another shape, and says nothing.

The table keeps its old columns, the column its old type, the index its old columns: whoever reads the
migration believes in the new ones.

Exempt is a shape that is the same, and one that later statements bring in line.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-IF-NOT-EXISTS>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.keys import plain_type
from guardrails.lint.objects import Index, Table
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import definitions
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import index_of, type_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(if_not_exists=True, relation=ast.RangeVar() as relation):
            yield from _table(statement, relation)
        case ast.AlterTableStmt():
            yield from _columns(statement)
        case ast.IndexStmt(if_not_exists=True, relation=ast.RangeVar() as relation, idxname=str(name)):
            index = _index(statement.schema, name_of(relation), name)
            if index is not None and index.columns != index_of(statement.node, new=False).columns:
                yield Problem(
                    f"there is an index {written((name,))} already, on other columns: this one is not made",
                    relation.location or statement.start,
                    "Give it another name, or drop the old one first.",
                )


def _table(statement: Statement, relation: ast.RangeVar) -> Iterator[Problem]:
    table = statement.schema.table(name_of(relation))
    if table is None or not table.whole:
        return
    missing = tuple(column.name for column in definitions(statement) if column.name not in table.columns)
    if missing:
        names = ", ".join(written((name,)) for name in missing)
        yield Problem(
            f"table {written(name_of(relation))} is there already, without {names}: it stays as it is",
            relation.location or statement.start,
            f"Write ALTER TABLE {written(name_of(relation))} ADD COLUMN … for what it lacks.",
            unless=_has_them(table, missing),
        )


def _has_them(table: Table, names: Name) -> Callable[[], bool]:
    return lambda: table.dropped or all(name in table.columns for name in names)


def _columns(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for column in definitions(statement):
        known = schema.column(column.table, column.name)
        if not column.if_not_exists or known is None:
            continue
        old, new = plain_type(schema, known.type), plain_type(schema, type_of(column.node.typeName))
        if old is not None and new is not None and (old.name, old.array) != (new.name, new.array):
            yield Problem(
                f"{written((*column.table, column.name))} is there already, as {old.name}: it does not become "
                f"{new.name}",
                column.offset,
                f"Write ALTER TABLE {written(column.table)} ALTER COLUMN {written((column.name,))} TYPE … if that "
                "is meant.",
            )


def _index(schema: Schema, table: Name, name: str) -> Index | None:
    known = schema.table(table)
    return next((index for index in known.indexes if index.name == name), None) if known else None


RULE = Rule(
    code="IF_NOT_EXISTS_MASKS_DRIFT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Change what is there by ALTER, or leave IF NOT EXISTS out.",
    nodes=("CreateStmt", "AlterTableStmt", "IndexStmt"),
    bad=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\n"
            "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, note text);"
        ),
        "CREATE TABLE orders (note text);\nALTER TABLE orders ADD COLUMN IF NOT EXISTS note jsonb;",
        (
            "CREATE TABLE orders (a int, b int);\nCREATE INDEX i ON orders (a);\n"
            "CREATE INDEX IF NOT EXISTS i ON orders (b);"
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\n"
            "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);"
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\n"
            "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, note text);\n"
            "ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;"
        ),
        "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);",
        "CREATE TABLE orders (id bigserial);\nALTER TABLE orders ADD COLUMN IF NOT EXISTS id bigint;",
    ),
    check=check,
)
