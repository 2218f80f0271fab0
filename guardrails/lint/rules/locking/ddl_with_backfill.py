"""Filling old rows in the transaction that changed a table keeps it locked.

ALTER TABLE and its like take an ACCESS EXCLUSIVE lock, which is held until the transaction ends. An UPDATE or
an INSERT … SELECT that works through a whole table after it makes everybody wait, reads too.

Reported is the first such statement of a transaction. Exempt are statements that touch a bounded number of
rows (a LIMIT, a key that is compared with a value, rows that stand in the statement), tables that this
migration created, and those in which a tool for migrations keeps what has run.

Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
"""

from collections.abc import Iterator

from guardrails.lint.backfills import backfilled
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.locks import LockMode
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if session.elsewhere or not session.shares_transaction:
        return
    table = backfilled(statement.node, statement.schema)
    if table is None:
        return
    modes = [lock.mode for lock in session.held]
    if LockMode.ACCESS_EXCLUSIVE not in modes:
        return
    first = modes.index(LockMode.ACCESS_EXCLUSIVE)
    if not any(lock.scans and lock.mode is LockMode.ROW_EXCLUSIVE for lock in session.held[first:]):
        yield Problem(
            f"works through {written(table)} while {written(session.held[first].table)} is locked by a "
            "statement before it",
            statement.start,
        )


RULE = Rule(
    code="DDL_WITH_BACKFILL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Change the table in one migration, and fill the old rows in batches in a later one.",
    nodes=("UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt"),
    bad=(
        "BEGIN;\nALTER TABLE orders ADD COLUMN region text;\nUPDATE orders SET region = 'eu' WHERE region IS NULL;\nCOMMIT;",
        "DO $$ BEGIN ALTER TABLE orders ADD COLUMN a int; INSERT INTO log SELECT * FROM orders; END $$;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nWITH d AS (DELETE FROM log WHERE at < now() RETURNING 1) SELECT 1;\nCOMMIT;",
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN region text;\nUPDATE orders SET region = 'eu' WHERE region IS NULL;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nUPDATE orders SET a = 1 WHERE id = 7;\nCOMMIT;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nINSERT INTO log VALUES (1), (2);\nCOMMIT;",
        "BEGIN;\nCREATE TABLE orders (a int);\nALTER TABLE orders ADD b int;\nUPDATE orders SET b = a WHERE b IS NULL;\nCOMMIT;",
        "BEGIN;\nALTER TABLE orders ADD COLUMN a int;\nUPDATE alembic_version SET version_num = 'b' WHERE version_num = 'a';\nCOMMIT;",
        "BEGIN;\nUPDATE orders SET a = 1 WHERE a IS NULL;\nALTER TABLE orders ADD COLUMN b int;\nCOMMIT;",
    ),
    check=check,
)
