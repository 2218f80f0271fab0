"""`json` is kept as text: it is parsed again on each read, and has no equality.

`SELECT DISTINCT`, `UNION` and `GROUP BY` fail on a row with such a column, and no index helps to
search in it. `jsonb` has all of that.

Exempt are temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-json.html>
"""

from collections.abc import Iterator

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in declared(statement):
        if column.type == "json":
            yield Problem(
                f"column {column.shown} is json, which has no equality and no index",
                column.offset,
                f"Write: {written((column.name,))} jsonb",
            )


RULE = Rule(
    code="PREFER_JSONB",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Use jsonb, unless the text must stay as it was written, with its blanks and repeated keys.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, extra json);",
        "ALTER TABLE orders ADD COLUMN extra json[];",
        "ALTER TABLE orders ALTER COLUMN extra TYPE json USING extra::json;",
    ),
    good=(
        "CREATE TABLE orders (extra jsonb);",
        "CREATE TABLE orders (extra text);",
        "CREATE TABLE orders (extra shop.json);",
        "CREATE TEMP TABLE orders (extra json);",
    ),
    check=check,
)
