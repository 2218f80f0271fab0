"""A LEAKPROOF function is run on rows before the policies have filtered them.

PostgreSQL believes that it shows nothing of its arguments, by no error either. Where that is not so,
rows that a policy hides leak. Only a superuser may say it.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of, place_of
from guardrails.lint.routines import option
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt(funcname=name, options=options) if option(options, "leakproof") is True:
            pass
        case ast.AlterFunctionStmt(func=name, actions=options) if option(options, "leakproof") is True:
            pass
        case _:
            return
    yield Problem(
        f"function {written(names_of(name))} sees rows that a policy hides",
        place_of(statement.text, "leakproof", statement.start, statement.end),
    )


RULE = Rule(
    code="FUNCTION_LEAKPROOF",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave LEAKPROOF out.",
    nodes=("CreateFunctionStmt", "AlterFunctionStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE FUNCTION same(int) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true';",
        "ALTER FUNCTION same(int) LEAKPROOF;",
    ),
    good=(
        "CREATE FUNCTION same(int) RETURNS bool LANGUAGE sql AS 'SELECT true';",
        "ALTER FUNCTION same(int) NOT LEAKPROOF;",
        "CREATE FUNCTION same(int) RETURNS bool LANGUAGE sql NOT LEAKPROOF AS 'SELECT true';",
    ),
    check=check,
)
