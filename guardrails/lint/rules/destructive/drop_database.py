"""`DROP DATABASE` deletes everything. No migration has a reason to.

It can't run in a transaction, so nothing undoes it either.

Source: <https://www.postgresql.org/docs/current/sql-dropdatabase.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import place_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropdbStmt(dbname=str(name)):
            yield Problem(
                f"Destructive operation: drops database {written((name,))} with everything in it",
                place_of(statement.text, name, statement.start, statement.end),
            )


RULE = Rule(
    code="DROP_DATABASE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Leave it out: a person who means to lose a database does that by hand, on the server, "
        "after a backup."
    ),
    nodes=("DropdbStmt",),
    bad=("DROP DATABASE app;", "DROP DATABASE IF EXISTS app WITH (FORCE);"),
    good=("ALTER DATABASE app SET timezone = 'UTC';", "SELECT 'DROP DATABASE app';"),
    check=check,
)
