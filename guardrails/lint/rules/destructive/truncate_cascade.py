"""`TRUNCATE … CASCADE` also empties every table whose foreign keys lead here.

The statement does not name them, so nobody reviews them. They are emptied whatever their foreign
key says: `ON DELETE SET NULL` or `RESTRICT` makes no difference.

Source: <https://www.postgresql.org/docs/current/sql-truncate.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import DropBehavior

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, place_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.TruncateStmt(behavior=DropBehavior.DROP_CASCADE, relations=tuple(relations)):
            known = sorted(
                {written(name) for relation in relations for name in _children(relation, statement.schema)}
            )
            which = f"; of those it reaches {', '.join(known)}" if known else ""
            yield Problem(
                "Destructive operation: CASCADE also empties every table with a foreign key to one of these"
                + which,
                place_of(statement.text, "cascade", relations[-1].location, statement.end),
            )


def _children(relation: ast.RangeVar, schema: Schema) -> Iterator[tuple[str, ...]]:
    target = schema.resolve(name_of(relation))
    for table in schema.tables.values():
        if any(key.target == target and not key.dropped for key in table.foreign_keys):
            yield table.name


RULE = Rule(
    code="TRUNCATE_CASCADE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Name each table that must be emptied, without CASCADE, so that a reviewer sees what is lost.",
    nodes=("TruncateStmt",),
    bad=("TRUNCATE orders CASCADE;", "TRUNCATE TABLE orders, refunds RESTART IDENTITY CASCADE;"),
    good=("TRUNCATE orders;", "TRUNCATE orders RESTRICT;", "TRUNCATE cascade;"),
    check=check,
)
