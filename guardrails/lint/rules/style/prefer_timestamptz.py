"""A `timestamp` without time zone is no point in time: it depends on the reader.

`timestamptz` takes the same eight bytes, stores the moment, and shows it in the reader's time zone.

Exempt are temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-datetime.html>
"""

from collections.abc import Iterator

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in declared(statement):
        if column.type == "timestamp":
            yield Problem(
                f"column {column.shown} is a timestamp without time zone",
                column.offset,
                f"Write: {written((column.name,))} timestamptz",
            )


RULE = Rule(
    code="PREFER_TIMESTAMPTZ",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use timestamptz, unless the value is a local time of no particular place.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamp);",
        "ALTER TABLE orders ADD COLUMN placed_at timestamp(3) without time zone;",
        "CREATE TABLE orders (placed_at timestamp[]);",
    ),
    good=(
        "CREATE TABLE orders (placed_at timestamptz);",
        "CREATE TABLE orders (placed_at timestamp with time zone);",
        "CREATE TABLE orders (placed_on date);",
        "CREATE TEMP TABLE orders (placed_at timestamp);",
    ),
    check=check,
)
