"""`CLUSTER` copies a table in the order of an index while nobody can use it.

Every row and every index is written to new files under an ACCESS EXCLUSIVE lock, and later writes are not
kept in that order. pg_repack does it while the table stays in use.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-cluster.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ClusterStmt(relation=relation):
            name = name_of(relation)
            if not name or not statement.schema.is_new(name):
                what = written(name) if name else "every table that was clustered before"
                yield Problem(f"CLUSTER copies {what} while nobody can use it", statement.start)


RULE = Rule(
    code="CLUSTER",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Use pg_repack, which leaves the table in use, or do it while nobody needs the table.",
    nodes=("ClusterStmt",),
    bad=("CLUSTER orders USING orders_pkey;", "CLUSTER;", 'CLUSTER (VERBOSE) shop."Orders";'),
    good=(
        "ALTER TABLE orders CLUSTER ON orders_pkey;",
        "CREATE TABLE orders (id int PRIMARY KEY);\nCLUSTER orders USING orders_pkey;",
        "VACUUM orders;",
    ),
    check=check,
)
