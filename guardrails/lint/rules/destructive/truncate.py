"""`TRUNCATE` empties a table: no condition, no row triggers, no way back.

It also passes by row level security and by what `ON DELETE` says, and takes the strongest lock.

Exempt is a temporary table, and one that the same migration created and that holds no copies of
older rows.

Source: <https://www.postgresql.org/docs/current/sql-truncate.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.TruncateStmt(relations=tuple(relations)):
            for relation in relations:
                name = name_of(relation)
                if statement.schema.holds_old_rows(name):
                    yield Problem(f"Destructive operation: empties table {written(name)}", relation.location)


RULE = Rule(
    code="TRUNCATE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Delete only the rows that must go, with DELETE … WHERE, or empty the table by hand "
        "outside a migration."
    ),
    nodes=("TruncateStmt",),
    bad=(
        "TRUNCATE orders;",
        "TRUNCATE TABLE ONLY shop.orders, refunds RESTART IDENTITY;",
        "CREATE TABLE archive AS SELECT * FROM orders;\nTRUNCATE archive;",
        "CREATE TABLE IF NOT EXISTS orders (id bigint);\nTRUNCATE orders;",
    ),
    good=(
        "DELETE FROM orders WHERE placed_at < '2020-01-01';",
        "CREATE TEMP TABLE scratch (id bigint);\nTRUNCATE scratch;",
        "CREATE TABLE scratch (id bigint);\nINSERT INTO scratch VALUES (1);\nTRUNCATE scratch;",
        "SELECT 'TRUNCATE orders';",
    ),
    check=check,
)
