"""An enum never loses a value, nor changes its order.

Values can be added and renamed; one that is out of use stays, and the type is part of every function
and column that names it. A table of values, or `text` with a CHECK, can change.

Source: <https://www.postgresql.org/docs/current/datatype-enum.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateEnumStmt(typeName=names):
            yield Problem(
                f"enum {written(names_of(names))} can't lose a value once it has it", statement.start
            )


RULE = Rule(
    code="CREATE_ENUM",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use a table of the values with a foreign key, or text with a CHECK.",
    nodes=("CreateEnumStmt",),
    bad=(
        "CREATE TYPE mood AS ENUM ('good', 'bad');",
        (
            "DO $$ BEGIN CREATE TYPE shop.mood AS ENUM ('good'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        ),
    ),
    good=(
        "CREATE TABLE moods (name text PRIMARY KEY);",
        "CREATE TYPE pair AS (a int, b int);",
        "ALTER TYPE mood ADD VALUE 'new' AFTER 'good';",
    ),
    check=check,
)
