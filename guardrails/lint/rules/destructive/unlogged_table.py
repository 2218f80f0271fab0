"""An unlogged table is empty after a crash, and is in no replica.

What is written to it goes past the write-ahead log. After a crash or an immediate shutdown PostgreSQL
truncates it, and a standby that takes over has never had a row of it.

Exempt is a temporary table, and one that a later statement sets LOGGED or drops.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import commands
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    if (relation := _created(statement)) is not None:
        name = written(name_of(relation))
        yield Problem(
            f"table {name} is unlogged: a crash empties it",
            relation.location or statement.start,
            f"Write CREATE TABLE {name} without UNLOGGED.",
            unless=_is_safe(schema, relation),
        )
    for table, _, _ in commands(statement, AlterTableType.AT_SetUnLogged):
        yield Problem(
            f"sets table {written(table)} unlogged: a crash empties it",
            statement.start,
            f"Leave {written(table)} logged.",
            unless=_is_logged_again(schema, schema.resolve(table) or table),
        )


def _is_safe(schema: Schema, relation: ast.RangeVar) -> Callable[[], bool]:
    def is_safe() -> bool:
        table = schema.made_by(relation)
        return table is not None and (table.dropped or not table.unlogged)

    return is_safe


def _is_logged_again(schema: Schema, name: Name) -> Callable[[], bool]:
    def is_logged_again() -> bool:
        table = schema.created_or_changed(name)
        return table is not None and not table.unlogged

    return is_logged_again


def _created(statement: Statement) -> ast.RangeVar | None:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar(relpersistence="u") as relation):
            return relation
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar(relpersistence="u") as relation)):
            return relation
        case ast.SelectStmt(intoClause=ast.IntoClause(rel=ast.RangeVar(relpersistence="u") as relation)):
            return relation
    return None


RULE = Rule(
    code="UNLOGGED_TABLE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Use a logged table.",
    nodes=("CreateStmt", "CreateTableAsStmt", "SelectStmt", "AlterTableStmt"),
    bad=(
        "CREATE UNLOGGED TABLE sessions (id uuid PRIMARY KEY);",
        "CREATE UNLOGGED TABLE copy AS SELECT * FROM orders;",
        "SELECT * INTO UNLOGGED copy FROM orders;",
        "ALTER TABLE orders SET UNLOGGED;",
        "CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders SET LOGGED;\nALTER TABLE orders SET UNLOGGED;",
    ),
    good=(
        "CREATE TEMP TABLE scratch (id bigint);",
        "CREATE TABLE sessions (id uuid PRIMARY KEY);",
        "CREATE UNLOGGED TABLE loaded (id bigint PRIMARY KEY);\nALTER TABLE loaded SET LOGGED;",
        "CREATE UNLOGGED TABLE scratch (id bigint PRIMARY KEY);\nDROP TABLE scratch;",
        "ALTER TABLE sessions SET LOGGED;",
    ),
    check=check,
)
