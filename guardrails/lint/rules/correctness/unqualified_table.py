"""A table without its schema depends on the search path of whoever runs it.

Run by another role or tool the same text may mean another table. Exempt are temporary tables, and
files that set the search path themselves.

Source: <https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import DEFAULT_SEARCH_PATH
from guardrails.lint.spelling import places, written

_DROPPED = frozenset({
    ObjectType.OBJECT_FOREIGN_TABLE,
    ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_SEQUENCE,
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    if statement.schema.search_path != DEFAULT_SEARCH_PATH:
        return
    match statement.node:
        case (
            ast.CreateStmt(relation=ast.RangeVar() as relation)
            | ast.AlterTableStmt(relation=ast.RangeVar() as relation)
            | ast.IndexStmt(relation=ast.RangeVar() as relation)
            | ast.CreateTrigStmt(relation=ast.RangeVar() as relation)
            | ast.CreatePolicyStmt(table=ast.RangeVar() as relation)
            | ast.ViewStmt(view=ast.RangeVar() as relation)
            | ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation))
        ):
            if relation.relpersistence != "t":
                yield from _problem(statement, name_of(relation), relation.location or statement.start)
        case ast.DropStmt(objects=tuple(objects), removeType=kind) if kind in _DROPPED:
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                yield from _problem(statement, name, offset)


def _problem(statement: Statement, name: Name, offset: int) -> Iterator[Problem]:
    table = statement.schema.table(name)
    if len(name) == 1 and not (table is not None and table.temporary):
        yield Problem(
            f"{written(name)} is whatever the search path finds first",
            offset,
            f"Write its schema: {written(('public', *name))}.",
        )


RULE = Rule(
    code="UNQUALIFIED_TABLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write the table's schema.",
    nodes=(
        "CreateStmt",
        "AlterTableStmt",
        "IndexStmt",
        "CreateTrigStmt",
        "CreatePolicyStmt",
        "ViewStmt",
        "CreateTableAsStmt",
        "DropStmt",
    ),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY);",
        "ALTER TABLE orders ADD COLUMN note text;",
        "DROP TABLE shop.refunds, orders;",
        "CREATE INDEX ON orders (note);",
    ),
    good=(
        "CREATE TABLE shop.orders (id bigint PRIMARY KEY);",
        "CREATE TEMP TABLE scratch (id bigint);\nALTER TABLE scratch ADD COLUMN note text;",
        "SET search_path = shop;\nCREATE TABLE orders (id bigint PRIMARY KEY);",
        "SELECT * FROM orders;",
    ),
    check=check,
)
