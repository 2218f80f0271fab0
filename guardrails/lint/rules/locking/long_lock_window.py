"""What runs after a lock in the same transaction makes everybody wait longer.

An ACCESS EXCLUSIVE lock is held until the transaction ends. A query or a build that reads a table after it
makes everybody wait for that as well. ENABLE ROW LEVEL SECURITY and CREATE POLICY take this lock too.

Reported is the first query or statement of a transaction that reads all rows of a table that was there before,
after a statement that locked one. Changes of data are DDL_WITH_BACKFILL. In the default profile it speaks in projects that
set a lock_timeout somewhere. Exempt is what only touches tables that this migration created.

Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.backfills import older_sources
from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import SCANNING_NODES, LockMode, locks_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if not statement.settings.asks_for(Habit.LOCK_TIMEOUT) or not session.shares_transaction:
        return
    read = _read(statement)
    if read is None:
        return
    modes = [lock.mode for lock in session.held]
    if LockMode.ACCESS_EXCLUSIVE not in modes:
        return
    first = modes.index(LockMode.ACCESS_EXCLUSIVE)
    if not any(lock.scans for lock in session.held[first + 1 :]):
        yield Problem(
            f"reads {written(read)} while {written(session.held[first].table)} is locked, so everybody waits until "
            "it is done",
            statement.start,
        )


def _read(statement: Statement) -> Name | None:
    match statement.node:
        case ast.SelectStmt() as query:
            whole = query is statement.session.current and query.fromClause and query.limitCount is None
            return next(iter(older_sources(query, statement.schema)), None) if whole else None
    return next((lock.table for lock in locks_of(statement.node, statement.schema) if lock.scans), None)


RULE = Rule(
    code="LONG_LOCK_WINDOW",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Move it to a migration of its own, or before the statement that locks.",
    nodes=SCANNING_NODES,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nSELECT count(*) FROM users;\nCOMMIT;",
        "BEGIN;\nCREATE POLICY p ON orders USING (false);\nCREATE INDEX ON users (email);\nCOMMIT;",
        "BEGIN;\nDROP TRIGGER t ON orders;\nALTER TABLE users VALIDATE CONSTRAINT c;\nCOMMIT;",
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN note text;\nSELECT count(*) FROM users;",
        "BEGIN;\nSELECT count(*) FROM users;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
        "BEGIN;\nCREATE TABLE notes (id int);\nALTER TABLE notes ADD COLUMN a int;\nSELECT * FROM users;\nCOMMIT;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nCREATE TABLE notes (a int);\nCREATE INDEX ON notes (a);\nCOMMIT;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nSELECT pg_sleep(0);\nCOMMIT;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nUPDATE b SET c = (SELECT d FROM e) WHERE id = 1;\nCOMMIT;",
    ),
    check=check,
)
