"""`money` and `timetz` mean something else under another setting of the session.

`money` takes its currency and its digits after the point from `lc_monetary`; `timetz` has an offset
but no date, so that nobody can tell whether summer time held.

Exempt are temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-money.html>, <https://www.postgresql.org/docs/current/datatype-datetime.html>
"""

from collections.abc import Iterator

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement


def check(statement: Statement) -> Iterator[Problem]:
    for column in declared(statement):
        if column.type in {"money", "timetz"}:
            yield Problem(
                f"column {column.shown} is a {column.type}, whose meaning depends on the session",
                column.offset,
            )


RULE = Rule(
    code="MONEY_TYPE",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use numeric with a column for the currency; use timestamptz, or time with the name of the zone.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, price money);",
        "CREATE TABLE shops (opens_at time with time zone);",
        "ALTER TABLE orders ADD COLUMN price money;",
    ),
    good=(
        "CREATE TABLE orders (price numeric(12, 2), currency text);",
        "CREATE TABLE shops (opens_at time);",
        "CREATE TABLE orders (price shop.money);",
    ),
    check=check,
)
