"""An index on a partitioned table locks all its partitions at once.

PostgreSQL refuses `CREATE INDEX CONCURRENTLY` on a partitioned table. Without it, every partition is
blocked for writes until the last one has its index. Create the index `ON ONLY` the parent, build one on
each partition concurrently, and attach them: the parent's index becomes valid with the last.

Only tables that the migrations created as partitioned are known to be. Exempt are those that this
migration created.

Source: <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.advice import create_concurrently
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(relation=ast.RangeVar() as relation) as node:
            name = name_of(relation)
            table = statement.schema.created_or_changed(name)
            if table is None or table.partitioned is None:
                return
            if node.concurrent:
                message = f"{written(name)} is partitioned: an index on it can't be built concurrently"
            elif relation.inh and not statement.schema.is_new(name):
                message = f"building this index blocks writes to all partitions of {written(name)} at once"
            else:
                return
            only = create_concurrently(statement, node).replace("CONCURRENTLY ", "", 1)
            only = only.replace(" ON ", " ON ONLY " if relation.inh else " ON ", 1)
            yield Problem(
                message,
                statement.start,
                f"Make it on the parent alone: {only} Then build one on each partition concurrently, and "
                "attach them with ALTER INDEX … ATTACH PARTITION …",
                will_fail=bool(node.concurrent),
            )


_EVENTS = "CREATE TABLE events (at date) PARTITION BY RANGE (at);\n"

RULE = Rule(
    code="INDEX_ON_PARTITIONED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Create the index ON ONLY the parent, build it concurrently on each partition, and attach these.",
    nodes=("IndexStmt",),
    bad=(
        f"{_EVENTS}CREATE INDEX CONCURRENTLY events_at ON events (at);",
        (
            "CREATE TABLE IF NOT EXISTS events (at date) PARTITION BY RANGE (at);\n"
            "CREATE INDEX events_at ON events (at);"
        ),
    ),
    good=(
        f"{_EVENTS}CREATE INDEX events_at ON events (at);",
        f"{_EVENTS}CREATE INDEX events_at ON ONLY events (at);",
        "CREATE INDEX CONCURRENTLY events_1_at ON events_1 (at);",
        "CREATE TABLE IF NOT EXISTS events (at date);\nCREATE INDEX CONCURRENTLY events_at ON events (at);",
    ),
    check=check,
)
