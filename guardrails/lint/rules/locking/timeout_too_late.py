"""A lock_timeout does nothing for the statements before it.

It limits only locks that are waited for after it, so it belongs at the top of the file. `SET LOCAL` lasts
until the end of the transaction; where none is open, PostgreSQL warns and goes on without it.

Reported is a lock_timeout after the first statement of the file that took a lock on a table that was there
before which conflicts with writes, unless one was in force then.

Source: <https://www.postgresql.org/docs/current/sql-set.html>
"""

from collections.abc import Iterator

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.session import LOCK_TIMEOUT, TIMEOUTS, changes, milliseconds
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    for change in changes(statement.node):
        if change.name not in TIMEOUTS or not change.value or not milliseconds(change.value):
            continue
        if change.local and not session.shares_transaction:
            yield Problem(
                f"{change.name} is set for a transaction, but none is open here: it has no effect",
                statement.start,
                f"Write SET instead of SET LOCAL: SET {change.name} = '5s';",
            )
        elif change.name == LOCK_TIMEOUT:
            before = session.waited_without_limit()
            if before is not None:
                yield Problem(
                    f"the lock_timeout comes after a statement that locked {written(before)} without one",
                    statement.start,
                )


RULE = Rule(
    code="TIMEOUT_TOO_LATE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Move it to the top of the file: {SET_LOCK_TIMEOUT}",
    nodes=("VariableSetStmt", "SelectStmt"),
    bad=(
        "ALTER TABLE orders ADD COLUMN note text;\nSET lock_timeout = '5s';",
        "SET LOCAL lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;",
        "DO $$ BEGIN ALTER TABLE orders ADD COLUMN note text; END $$;\nSELECT set_config('lock_timeout', '5s', false);",
    ),
    good=(
        "SET lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;",
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
        "CREATE TABLE orders (id int);\nCREATE INDEX ON orders (id);\nSET lock_timeout = '5s';",
        "SET lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN a int;\nSET lock_timeout = '10s';",
        "ALTER TABLE orders ADD COLUMN note text;\nRESET lock_timeout;",
    ),
    check=check,
)
