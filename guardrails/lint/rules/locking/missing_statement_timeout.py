"""Without a statement_timeout, locks are held for as long as statements take.

A lock_timeout only limits how long a lock is waited for. A statement that turns out to read a large table
under it keeps everybody waiting until it is done, unless a statement_timeout ends it.

Reported is the first statement of a file that takes a lock on a table that was there before which conflicts
with writes. Exempt is what is built `CONCURRENTLY`, which a timeout would only break.

Source: <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import LOCKING_NODES, locks_of
from guardrails.lint.session import STATEMENT_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if session.timeout(STATEMENT_TIMEOUT):
        return
    locks = [lock for lock in locks_of(statement.node, statement.schema) if lock.mode.blocks_writes]
    if locks and not any(
        before.lock.mode.blocks_writes and not before.statement_timeout for before in session.taken
    ):
        what = ", ".join(written(lock.table) for lock in locks)
        yield Problem(f"nothing limits how long this statement may keep {what} locked", statement.start)


RULE = Rule(
    code="MISSING_STATEMENT_TIMEOUT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Begin the migration with SET statement_timeout = '60s';",
    nodes=LOCKING_NODES,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD COLUMN note text;",
        "SET statement_timeout TO DEFAULT;\nDROP TRIGGER t ON orders;",
    ),
    good=(
        "SET statement_timeout = '60s';\nALTER TABLE orders ADD COLUMN note text;",
        "CREATE INDEX CONCURRENTLY i ON orders (a);",
        "CREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN note text;",
    ),
    check=check,
)
