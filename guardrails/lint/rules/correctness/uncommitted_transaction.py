"""A transaction that is left open, or rolled back at the end, changes nothing.

When the session ends, PostgreSQL undoes what was not committed. A `ROLLBACK` as the last statement is often
left over from a trial. Either way the tool notes that the migration ran. After `PREPARE TRANSACTION`, its locks are
held until a `COMMIT PREPARED`.

Source: <https://www.postgresql.org/docs/current/sql-begin.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import TransactionStmtKind

from guardrails.lint.contracts import Problem, Rule, Severity, Statement, Transactions

_BEGINS = frozenset({TransactionStmtKind.TRANS_STMT_BEGIN, TransactionStmtKind.TRANS_STMT_START})


_SETTLES = frozenset({
    TransactionStmtKind.TRANS_STMT_COMMIT_PREPARED, TransactionStmtKind.TRANS_STMT_ROLLBACK_PREPARED,
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    session, node = statement.session, statement.node
    match node:
        case ast.TransactionStmt(kind=kind) if statement.via or len(session.nodes) < 2:
            return
        case ast.TransactionStmt(kind=kind) if kind in _BEGINS and session.begun is None:
            # A tool that sent a BEGIN of its own also sends the COMMIT that ends this one.
            if session.transactions not in {Transactions.FILE, Transactions.DETECTED}:
                yield Problem(
                    "this transaction is never committed, so nothing in it stays",
                    statement.start,
                    unless=lambda: session.begun is not node,
                )
        case ast.TransactionStmt(kind=TransactionStmtKind.TRANS_STMT_PREPARE, gid=name):
            if not any(_settles(other, name) for other in session.nodes):
                yield Problem(
                    "this transaction is prepared and holds its locks until somebody commits it",
                    statement.start,
                )
        case ast.TransactionStmt(kind=TransactionStmtKind.TRANS_STMT_ROLLBACK) if session.nodes[-1] is node:
            yield Problem(
                "the migration ends with a ROLLBACK, so what came before it is undone", statement.start
            )


def _settles(node: ast.Node, prepared: str | None) -> bool:
    return isinstance(node, ast.TransactionStmt) and node.kind in _SETTLES and node.gid == prepared


RULE = Rule(
    code="UNCOMMITTED_TRANSACTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="End the migration with COMMIT;",
    nodes=("TransactionStmt",),
    bad=(
        "BEGIN;\nCREATE TABLE orders (id int);",
        "BEGIN;\nCREATE TABLE orders (id int);\nROLLBACK;",
        "BEGIN;\nCOMMIT;\nSTART TRANSACTION;\nCREATE TABLE orders (id int);",
        "BEGIN;\nCREATE TABLE orders (id int);\nCOMMIT AND CHAIN;\nCREATE TABLE items (id int);",
        "BEGIN;\nCREATE TABLE orders (id int);\nPREPARE TRANSACTION 'a';",
    ),
    good=(
        "BEGIN;\nCREATE TABLE orders (id int);\nPREPARE TRANSACTION 'a';\nCOMMIT PREPARED 'a';",
        "BEGIN;\nCREATE TABLE orders (id int);\nCOMMIT;",
        "BEGIN;\nCREATE TABLE orders (id int);\nEND;",
        "CREATE TABLE orders (id int);",
        "BEGIN;\nSAVEPOINT a;\nROLLBACK TO a;\nCREATE TABLE orders (id int);\nCOMMIT;",
    ),
    check=check,
)
