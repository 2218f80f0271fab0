"""A column that is named twice makes PostgreSQL refuse the statement.

In CREATE TABLE, in the list of an INSERT, in SET, in a primary key or unique constraint, in the names of
a view's columns, and ADD COLUMN of one that is there. Elements of an array or fields of a composite value
may be assigned one by one, and an index may hold a column twice.

Source: <https://www.postgresql.org/docs/current/sql-insert.html>,
<https://www.postgresql.org/docs/current/sql-createtable.html>
"""

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.parts import constraints, definitions
from guardrails.lint.spelling import written

_KEYS = (ConstrType.CONSTR_PRIMARY, ConstrType.CONSTR_UNIQUE)


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.InsertStmt(cols=targets, onConflictClause=conflict):
            yield from _twice(_targets(targets))
            if conflict is not None:
                yield from _twice(_targets(conflict.targetList))
        case ast.UpdateStmt(targetList=targets):
            yield from _twice(_targets(targets))
        case ast.ViewStmt(aliases=aliases):
            yield from _twice((name, statement.start) for name in names_of(aliases))
        case ast.CreateStmt() | ast.AlterTableStmt():
            yield from _twice((column.name, column.offset) for column in definitions(statement))
            for found in constraints(statement, *_KEYS):
                yield from _twice((name, found.offset) for name in found.columns)
            yield from _there(statement)


def _there(statement: Statement) -> Iterator[Problem]:
    for column in definitions(statement):
        table = statement.schema.table(column.table)
        if column.creates or column.if_not_exists or table is None or not statement.certain:
            continue
        if column.name in table.columns and not _is_dropped_here(statement.node, column.name):
            yield Problem(
                f"{written(column.table)} has a column {written((column.name,))} already",
                column.offset,
                "Leave it out; to change the column, write ALTER COLUMN.",
                will_fail=True,
            )


def _is_dropped_here(node: ast.Node, name: str) -> bool:
    return isinstance(node, ast.AlterTableStmt) and any(
        command.name == name and not isinstance(command.def_, ast.ColumnDef) for command in node.cmds or ()
    )


def _targets(targets: object) -> Iterator[tuple[str, int]]:
    for target in targets if isinstance(targets, tuple) else ():
        if isinstance(target, ast.ResTarget) and target.name and not target.indirection:
            yield target.name, target.location or 0


def _twice(names: Iterable[tuple[str, int]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, offset in names:
        if name in seen:
            yield Problem(
                f"column {written((name,))} is named twice",
                offset,
                f"Name {written((name,))} once.",
                will_fail=True,
            )
        seen.add(name)


RULE = Rule(
    code="DUPLICATE_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Name each column once.",
    nodes=("InsertStmt", "UpdateStmt", "ViewStmt", "CreateStmt", "AlterTableStmt"),
    bad=(
        "UPDATE orders SET total = 1, total = 2 WHERE id = 1;",
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text, note text);",
        "INSERT INTO orders (id, id) VALUES (1, 2);",
        "CREATE TABLE orders (a int, PRIMARY KEY (a, a));",
        "CREATE TABLE orders (a int);\nALTER TABLE orders ADD COLUMN a text;",
    ),
    good=(
        "UPDATE orders SET tags[1] = 'a', tags[2] = 'b' WHERE id = 1;",
        'CREATE TABLE orders (id bigint PRIMARY KEY, "Id" int);',
        "CREATE INDEX ON orders (total, total);",
        "CREATE TABLE orders (a int);\nALTER TABLE orders ADD COLUMN IF NOT EXISTS a int;",
        "CREATE TABLE orders (a int);\nALTER TABLE orders DROP COLUMN a, ADD COLUMN a text;",
    ),
    check=check,
)
