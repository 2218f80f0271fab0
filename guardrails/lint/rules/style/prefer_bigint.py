"""A key of type `integer` ends at 2,147,483,647, and then no row can be added.

To widen it later, PostgreSQL writes the table and everything that references it anew.

Reported are a primary key of one column and columns that number themselves (`serial`, identity).
Exempt are keys that reference another table, whose type its key decides, and temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-numeric.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written

_SERIAL = frozenset({"serial", "serial2", "serial4", "smallserial"})
_NARROW = {
    "int2": "32,767",
    "int4": "2,147,483,647",
    "serial": "2,147,483,647",
    "serial2": "32,767",
    "serial4": "2,147,483,647",
    "smallserial": "32,767",
}


def check(statement: Statement) -> Iterator[Problem]:
    keys = _keys(statement.node)
    for column in declared(statement):
        if column.type in _NARROW and column.made and not _has(column.node, ConstrType.CONSTR_FOREIGN):
            numbers = column.type in _SERIAL or _has(column.node, ConstrType.CONSTR_IDENTITY)
            if numbers or column.name in keys or _has(column.node, ConstrType.CONSTR_PRIMARY):
                yield Problem(
                    f"key {column.shown} is a {column.type}: it runs out at {_NARROW[column.type]}",
                    column.offset,
                    f"Write: {written((column.name,))} bigint"
                    + (" GENERATED ALWAYS AS IDENTITY" if numbers else ""),
                )


def _keys(node: ast.Node) -> frozenset[str]:
    """Return the column of a primary key that is written as a constraint of the table, if it is only one."""
    constraints = [
        element
        for element in (node.tableElts or () if isinstance(node, ast.CreateStmt) else ())
        if isinstance(element, ast.Constraint)
    ]
    foreign = {
        name
        for constraint in constraints
        if constraint.contype == ConstrType.CONSTR_FOREIGN
        for name in names_of(constraint.fk_attrs)
    }
    return (
        frozenset(
            names_of(constraint.keys)[0]
            for constraint in constraints
            if constraint.contype == ConstrType.CONSTR_PRIMARY and len(constraint.keys or ()) == 1
        )
        - foreign
    )


def _has(column: ast.ColumnDef, kind: ConstrType) -> bool:
    return any(constraint.contype == kind for constraint in column.constraints or ())


RULE = Rule(
    code="PREFER_BIGINT",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use bigint for keys.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id int PRIMARY KEY);",
        "CREATE TABLE orders (id serial PRIMARY KEY);",
        "CREATE TABLE orders (id integer, PRIMARY KEY (id));",
        "CREATE TABLE orders (id smallint GENERATED ALWAYS AS IDENTITY);",
        "ALTER TABLE orders ADD COLUMN number serial;",
    ),
    good=(
        "CREATE TABLE orders (id bigint PRIMARY KEY);",
        "CREATE TABLE orders (id bigint PRIMARY KEY, quantity int);",
        "CREATE TABLE invoices (order_id int PRIMARY KEY REFERENCES orders (id));",
        "CREATE TABLE lines (order_id bigint, position int, PRIMARY KEY (order_id, position));",
        "CREATE TEMP TABLE orders (id int PRIMARY KEY);",
    ),
    check=check,
)
