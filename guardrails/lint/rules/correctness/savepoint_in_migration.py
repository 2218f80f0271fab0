"""A savepoint in a migration lets it go on after something failed.

What was rolled back to it is missing from then on, while the tool notes that the migration ran. A migration
that fails as a whole can be mended and run again.

Source: <https://www.postgresql.org/docs/current/sql-savepoint.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import TransactionStmtKind

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.TransactionStmt(kind=TransactionStmtKind.TRANS_STMT_SAVEPOINT, savepoint_name=str(name)):
            yield Problem(
                f"with the savepoint {written((name,))} the migration can go on after a part of it failed",
                statement.start,
            )


RULE = Rule(
    code="SAVEPOINT_IN_MIGRATION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Remove it, and let the migration fail as a whole.",
    nodes=("TransactionStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "BEGIN;\nSAVEPOINT before_it;\nCOMMIT;",
        'BEGIN;\nCREATE TABLE a (id int);\nSAVEPOINT "S";\nROLLBACK TO "S";\nCOMMIT;',
    ),
    good=(
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;",
        "CREATE TABLE savepoint (id int);",
        "BEGIN;\nCOMMIT AND CHAIN;\nCOMMIT;",
    ),
    check=check,
)
