"""A table that is dropped, or renamed away, and made again is not the same table.

Its rows are gone or elsewhere, and so are its policies, row level security, grants, triggers,
foreign keys that led to it and its place in a publication: `CREATE TABLE` brings none of them back.

Exempt is a table that the same migration created before.

Source: <https://www.postgresql.org/docs/current/sql-droptable.html>,
<https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation):
            pass
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
            pass
        case _:
            return
    schema = statement.schema
    resolved = schema.resolve(name_of(relation))
    if relation.relpersistence == "t" or resolved is None or resolved not in schema.dropped:
        return
    before = schema.dropped[resolved]
    if before is None or not before.new:
        table = written(name_of(relation))
        yield Problem(
            f"Destructive operation: makes table {table} again after it was dropped or renamed away: "
            "its rows, policies, grants and triggers don't come back",
            relation.location or statement.start,
        )


RULE = Rule(
    code="DROP_AND_RECREATE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Change the table where it is, with ALTER TABLE: add, alter and rename what differs.",
    nodes=("CreateStmt", "CreateTableAsStmt"),
    bad=(
        "DROP TABLE IF EXISTS orders;\nCREATE TABLE orders (id bigint);",
        "ALTER TABLE orders RENAME TO orders_old;\nCREATE TABLE orders (id bigint);",
        "DROP TABLE public.orders;\nCREATE TABLE IF NOT EXISTS orders AS SELECT 1 AS id;",
    ),
    good=(
        "CREATE TABLE scratch (id bigint);\nDROP TABLE scratch;\nCREATE TABLE scratch (id text);",
        "DROP TABLE orders;\nCREATE TABLE refunds (id bigint);",
        "DROP TABLE orders;\nCREATE TABLE shop.orders (id bigint);",
    ),
    check=check,
)
