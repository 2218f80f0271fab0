"""Without a lock_timeout, a statement that waits makes everybody else wait too.

A lock that conflicts with reads or writes is short once it is there. But as long as one long transaction
keeps it waiting, all later queries of the table queue up behind it: one report can stop the whole service.
With a lock_timeout the migration gives up, and is tried again.

Reported is the first statement of a file that takes such a lock on a table that was there before. In the
default profile it speaks in projects that set a lock_timeout somewhere. `SET LOCAL` counts only in a
transaction, which a file may get from the tool.

Source: <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT>
"""

from collections.abc import Iterator

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.contracts import Habit, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import LOCKING_NODES, locks_of
from guardrails.lint.session import LOCK_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if not statement.settings.asks_for(Habit.LOCK_TIMEOUT) or session.timeout(LOCK_TIMEOUT):
        return
    locks = [lock for lock in locks_of(statement.node, statement.schema) if lock.mode.blocks_writes]
    if locks and not session.waited_without_limit():
        what = ", ".join(written(lock.table) for lock in locks)
        yield Problem(
            f"waits for the lock on {what} without a limit, and everybody who needs it waits behind",
            statement.start,
        )


RULE = Rule(
    code="MISSING_LOCK_TIMEOUT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Begin the migration with {SET_LOCK_TIMEOUT}",
    nodes=LOCKING_NODES,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD COLUMN note text;",
        "SET LOCAL lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;",
        "SET lock_timeout = '5s';\nRESET lock_timeout;\nALTER TABLE orders ADD COLUMN note text;",
        "SET lock_timeout = 0;\nCREATE POLICY p ON orders USING (false);",
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nCOMMIT;\nDROP TRIGGER t ON orders;",
        "SELECT set_config('lock_timeout', '5s', true);\nALTER TABLE orders ADD COLUMN note text;",
        "BEGIN;\nSET lock_timeout = '5s';\nROLLBACK;\nALTER TABLE orders ADD COLUMN note text;",
    ),
    good=(
        "SET lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;",
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
        "SELECT set_config('lock_timeout', '5s', false);\nALTER TABLE orders ADD COLUMN note text;",
        "CREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN note text;",
        "ALTER TABLE orders VALIDATE CONSTRAINT c;",
        "INSERT INTO orders VALUES (1);",
    ),
    check=check,
)
