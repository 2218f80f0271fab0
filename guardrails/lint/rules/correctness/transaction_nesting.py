"""A transaction of its own in a file that the tool runs in one ends the tool's.

`COMMIT` or `ROLLBACK` then ends the tool's transaction: what comes after it is no longer undone when it fails, and
the tool's note that the migration ran is written, or lost, apart from it. A `BEGIN` inside a transaction
only gives a warning, and the first `COMMIT` ends both.

Known is how the project's tool runs a file. Exempt are files that it runs without a transaction of its own,
where `BEGIN … COMMIT` is what holds them together.

Source: <https://www.postgresql.org/docs/current/sql-begin.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import TransactionStmtKind

from guardrails.lint.contracts import Problem, Rule, Severity, Statement, Transactions

_BEGINS = frozenset({TransactionStmtKind.TRANS_STMT_BEGIN, TransactionStmtKind.TRANS_STMT_START})
_ENDS = frozenset({TransactionStmtKind.TRANS_STMT_COMMIT, TransactionStmtKind.TRANS_STMT_ROLLBACK})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.TransactionStmt(kind=kind) if not statement.via:
            session = statement.session
            tool = session.wrapped and session.transactions is not Transactions.BATCH
            if kind in _BEGINS and session.begun is not None:
                yield Problem(
                    "a transaction is open already: this BEGIN does nothing but warn", statement.start
                )
            elif kind in _ENDS and tool and (session.begun is None or _is_followed(statement)):
                yield Problem(
                    "this ends the transaction that the migration tool opened, so what follows is on its own",
                    statement.start,
                    "Remove BEGIN and COMMIT: the tool runs the file as one transaction.",
                )


def _is_followed(statement: Statement) -> bool:
    return statement.session.nodes[-1] is not statement.node


RULE = Rule(
    code="TRANSACTION_NESTING",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Remove this BEGIN.",
    nodes=("TransactionStmt",),
    bad=(
        "BEGIN;\nBEGIN;\nCOMMIT;",
        "BEGIN;\nCREATE TABLE a (id int);\nSTART TRANSACTION;\nCREATE TABLE b (id int);\nCOMMIT;",
    ),
    good=(
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;",
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE b (id int);\nCOMMIT;",
        "CREATE TABLE a (id int);",
    ),
    check=check,
)
