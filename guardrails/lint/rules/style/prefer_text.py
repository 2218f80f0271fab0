"""A length in the type, as in `varchar(50)`, is hard to change later.

`text` is stored the same way and is as fast. What limits its length is a CHECK, which can be changed
without the strongest lock.

Exempt are `varchar` without a length and temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-character.html>
"""

from collections.abc import Iterator

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in declared(statement):
        if column.type == "varchar" and column.modifiers:
            yield Problem(
                f"column {column.shown} has its longest length in its type",
                column.offset,
                f"Write: {written((column.name,))} text CHECK (length({written((column.name,))}) <= …)",
            )


RULE = Rule(
    code="PREFER_TEXT",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Write text, and add a CHECK (length(…) <= …) where a limit is wanted.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, note varchar(50));",
        "ALTER TABLE orders ADD COLUMN note character varying(50);",
        "ALTER TABLE orders ALTER COLUMN note TYPE varchar(50);",
    ),
    good=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text);",
        "CREATE TABLE orders (note varchar);",
        "CREATE TEMP TABLE orders (note varchar(50));",
        "CREATE TABLE orders (price numeric(10, 2));",
    ),
    check=check,
)
