"""`ADD VALUE` without a place puts the value last, where it then sorts.

An enum is ordered as its values stand, in ORDER BY and in comparisons, and the order can't be
changed.

Source: <https://www.postgresql.org/docs/current/sql-altertype.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterEnumStmt(typeName=names, newVal=str(value), newValNeighbor=None, oldVal=None):
            yield Problem(
                f"value {written((value,))} comes last in the order of enum {written(names_of(names))}",
                statement.start,
            )


RULE = Rule(
    code="ENUM_VALUE_ORDER",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Say where it belongs: ADD VALUE … AFTER …, or BEFORE ….",
    nodes=("AlterEnumStmt",),
    bad=(
        "ALTER TYPE mood ADD VALUE 'new';",
        "ALTER TYPE shop.mood ADD VALUE IF NOT EXISTS 'new';",
    ),
    good=(
        "ALTER TYPE mood ADD VALUE 'new' AFTER 'good';",
        "ALTER TYPE mood ADD VALUE 'new' BEFORE 'good';",
        "ALTER TYPE mood RENAME VALUE 'good' TO 'fine';",
    ),
    check=check,
)
