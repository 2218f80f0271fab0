"""The name of an index without one depends on what is there already.

PostgreSQL makes one up. A later migration can then not name the index, and two databases may call it
differently.

Exempt is an index on a temporary table.

Source: <https://www.postgresql.org/docs/current/sql-createindex.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import made_up, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(idxname=None, relation=ast.RangeVar() as relation, indexParams=parameters):
            table = name_of(relation)
            known = statement.schema.table(table)
            if known is None or not known.temporary:
                columns = [parameter.name for parameter in parameters or () if parameter.name]
                name = made_up(table[-1], *columns, "idx") or "…"
                yield Problem(
                    f"an index on {written(table)} has no name",
                    relation.location or statement.start,
                    f"Name it: CREATE INDEX {name} ON {written(table)} …",
                )


RULE = Rule(
    code="INDEX_UNNAMED",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Name the index.",
    nodes=("IndexStmt",),
    bad=(
        "CREATE INDEX ON orders (placed_at);",
        "CREATE UNIQUE INDEX CONCURRENTLY ON shop.orders (lower(note));",
    ),
    good=(
        "CREATE INDEX orders_placed_at_idx ON orders (placed_at);",
        ("CREATE TEMP TABLE a (b int);\nCREATE INDEX ON a (b);"),
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text UNIQUE);",
    ),
    check=check,
)
