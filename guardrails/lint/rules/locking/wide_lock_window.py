"""A transaction that locks several tables can end in a deadlock.

It waits for the second table while it holds the first; somebody who takes them in the other order makes
PostgreSQL end one of the two. And everything that uses any of the tables waits for the slowest.

Reported is the statement that locks the second table that was there before, so that it conflicts with writes.
In the default profile it speaks in projects that set a lock_timeout somewhere. Exempt are both ends of one
foreign key.

Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import LOCKING_NODES, locks_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if not statement.settings.asks_for(Habit.LOCK_TIMEOUT) or not session.shares_transaction:
        return
    held: set[Name] = set()
    for lock in session.held:
        if lock.mode.blocks_writes:
            held.add(lock.table)
        if _are_more_than_one(held, statement.schema):
            return  # the statement that took the second was reported
    taken = {lock.table for lock in locks_of(statement.node, statement.schema) if lock.mode.blocks_writes}
    if held and taken - held and _are_more_than_one(held | taken, statement.schema):
        first, second = min(held), min(taken - held)
        yield Problem(
            f"waits for the lock on {written(second)} while it holds the one on {written(first)}",
            statement.start,
        )


def _are_more_than_one(tables: set[Name], schema: Schema) -> bool:
    """Tell whether a transaction locks more than one table, or more than the two of one foreign key."""
    if len(tables) == 2:
        first, second = tables
        return not (_references(schema, first, second) or _references(schema, second, first))
    return len(tables) > 2


def _references(schema: Schema, child: Name, parent: Name) -> bool:
    known = schema.tables.get(child) or schema.changed.get(child)
    return known is not None and any(key.target == parent for key in known.foreign_keys)


RULE = Rule(
    code="WIDE_LOCK_WINDOW",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write one migration for each table.",
    nodes=LOCKING_NODES,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "BEGIN;\nALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;\nCOMMIT;",
        "DO $$ BEGIN ALTER TABLE a ADD COLUMN x int; CREATE POLICY p ON b USING (false); END $$;",
    ),
    good=(
        "ALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;",
        "BEGIN;\nALTER TABLE a ADD COLUMN x int;\nALTER TABLE public.a ADD COLUMN y int;\nCOMMIT;",
        "BEGIN;\nCREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;\nCOMMIT;",
        "BEGIN;\nALTER TABLE a ADD COLUMN x int;\nCOMMIT;\nBEGIN;\nALTER TABLE b ADD COLUMN x int;\nCOMMIT;",
    ),
    check=check,
)
