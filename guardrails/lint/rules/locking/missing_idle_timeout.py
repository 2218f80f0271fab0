"""A transaction whose client hangs keeps its locks, unless a timeout ends it.

Between the statements of a transaction nothing runs that a statement_timeout could end. When the tool that
sent `BEGIN` hangs, everything that it locked stays locked; idle_in_transaction_session_timeout ends that.

Reported is the first statement after a `BEGIN` of the file itself that takes a lock on a table that was there
before which conflicts with writes.

Source: <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import LOCKING_NODES, locks_of
from guardrails.lint.session import IDLE_TIMEOUT
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if session.begun is None or session.timeout(IDLE_TIMEOUT):
        return
    locks = [lock for lock in locks_of(statement.node, statement.schema) if lock.mode.blocks_writes]
    if locks and not any(lock.mode.blocks_writes for lock in session.held):
        what = ", ".join(written(lock.table) for lock in locks)
        yield Problem(f"if the client hangs, {what} stays locked for as long as it does", statement.start)


RULE = Rule(
    code="MISSING_IDLE_TIMEOUT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Begin the migration with SET idle_in_transaction_session_timeout = '30s';",
    nodes=LOCKING_NODES,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
        "BEGIN;\nCOMMIT;\nSTART TRANSACTION;\nDROP TRIGGER t ON orders;\nCOMMIT;",
    ),
    good=(
        (
            "SET idle_in_transaction_session_timeout = '30s';\n"
            "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;"
        ),
        "ALTER TABLE orders ADD COLUMN note text;",
        "BEGIN;\nCREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
    ),
    check=check,
)
