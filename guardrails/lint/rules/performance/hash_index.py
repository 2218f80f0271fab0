"""A hash index serves `=` alone: no order, no range, no second column.

A B-tree does all of that, and is seldom slower. Hash pays for very long values that are only
compared.

Source: <https://www.postgresql.org/docs/current/hash-index.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(accessMethod="hash", relation=ast.RangeVar() as relation):
            yield Problem(
                f"a hash index on {written(name_of(relation))} serves nothing but =",
                relation.location or statement.start,
            )


RULE = Rule(
    code="HASH_INDEX",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use a B-tree: leave out USING hash.",
    nodes=("IndexStmt",),
    bad=(
        "CREATE INDEX orders_note_idx ON orders USING hash (note);",
        "CREATE INDEX CONCURRENTLY ON orders USING HASH (note);",
    ),
    good=(
        "CREATE INDEX orders_note_idx ON orders (note);",
        "CREATE INDEX orders_tags_idx ON orders USING gin (tags);",
        "CREATE TABLE orders (id bigint) PARTITION BY HASH (id);",
    ),
    check=check,
)
