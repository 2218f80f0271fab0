"""`char(n)` pads every value with blanks, and then ignores them in comparisons.

It saves no space, and is never faster than `text`. A value read back is not the one that was written.

Exempt are `"char"`, the internal type of one byte, and temporary tables.

Source: <https://www.postgresql.org/docs/current/datatype-character.html>
"""

from collections.abc import Iterator

from guardrails.lint.columns import NODES, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in declared(statement):
        if column.type == "bpchar" and column.modifiers:
            yield Problem(
                f"column {column.shown} is a char(n): values are padded with blanks",
                column.offset,
                f"Write: {written((column.name,))} text CHECK (length({written((column.name,))}) = …)",
            )


RULE = Rule(
    code="CHAR_TYPE",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use text, with a CHECK on its length where it is fixed.",
    nodes=NODES,
    bad=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, country char(2));",
        "ALTER TABLE orders ADD COLUMN country character(2);",
        "ALTER TABLE orders ALTER COLUMN country TYPE char;",
    ),
    good=(
        "CREATE TABLE orders (country text CHECK (length(country) = 2));",
        'CREATE TABLE kinds (kind "char");',
        "CREATE TABLE orders (country varchar(2));",
        "CREATE TEMP TABLE orders (country char(2));",
    ),
    check=check,
)
