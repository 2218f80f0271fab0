"""`LOCK TABLE` makes others wait, for as long as the transaction lasts.

From SHARE on upwards no write gets through, and without a timeout the statement itself waits behind every
transaction that uses the table, with all later ones behind it.

Exempt are `NOWAIT`, the weaker modes, tables that this migration created, and modes below ACCESS EXCLUSIVE
while a lock_timeout is in force.

Source: <https://www.postgresql.org/docs/current/sql-lock.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.locks import LockMode, locks_of
from guardrails.lint.session import LOCK_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.LockStmt(nowait=nowait) if not nowait:
            locks = [lock for lock in locks_of(statement.node, statement.schema) if lock.mode.blocks_writes]
            bounded = bool(statement.session.timeout(LOCK_TIMEOUT))
            if locks and not (bounded and locks[0].mode is not LockMode.ACCESS_EXCLUSIVE):
                what = ", ".join(written(lock.table) for lock in locks)
                yield Problem(
                    f"locks {what} in mode {locks[0].mode} until the transaction ends", statement.start
                )


RULE = Rule(
    code="LOCK_TABLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Write {SET_LOCK_TIMEOUT} before it, and take the weakest mode that will do.",
    nodes=("LockStmt",),
    bad=(
        "BEGIN;\nLOCK TABLE orders IN ACCESS EXCLUSIVE MODE;\nCOMMIT;",
        'BEGIN;\nLOCK shop."Orders", items IN SHARE MODE;\nCOMMIT;',
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nLOCK orders;\nCOMMIT;",
    ),
    good=(
        "BEGIN;\nLOCK TABLE orders IN ACCESS EXCLUSIVE MODE NOWAIT;\nCOMMIT;",
        "BEGIN;\nLOCK TABLE orders IN ROW EXCLUSIVE MODE;\nCOMMIT;",
        "BEGIN;\nCREATE TABLE orders (id int);\nLOCK TABLE orders;\nCOMMIT;",
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nLOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;\nCOMMIT;",
    ),
    check=check,
)
