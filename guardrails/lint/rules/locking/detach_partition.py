"""`DETACH PARTITION` waits for all queries of the table, and stops new ones.

It takes an ACCESS EXCLUSIVE lock on the parent, so all its partitions are out of reach. `CONCURRENTLY` lets
queries go on. It can't run in a transaction, nor while the table has a default partition. `NO INHERIT` locks
the parent only as far as it is read, and the child fully.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.advice import SET_LOCK_TIMEOUT, outside
from guardrails.lint.alterations import alterations
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for table, _, command in alterations(statement):
        match command:
            case ast.AlterTableCmd(subtype=AlterTableType.AT_DropInherit):
                yield Problem(
                    f"taking {written(table)} out of its parent waits for every query of it, and lets no new one start",
                    statement.start,
                    f"Begin the migration with {SET_LOCK_TIMEOUT}",
                )
            case ast.AlterTableCmd(
                subtype=AlterTableType.AT_DetachPartition,
                def_=ast.PartitionCmd(name=ast.RangeVar() as partition, concurrent=concurrent),
            ) if not concurrent:
                yield Problem(
                    f"detaching {written(name_of(partition))} waits for every query of {written(table)}, and lets no "
                    "new one start",
                    partition.location or statement.start,
                    _suggestion(statement, table, name_of(partition)),
                )


def _suggestion(statement: Statement, table: Name, partition: Name) -> str:
    known = statement.schema.created_or_changed(table)
    if known is not None and known.default_partition:
        return (
            f"{written(table)} has a default partition, so it can't be done concurrently: begin the migration "
            f"with {SET_LOCK_TIMEOUT}"
        )
    return (
        f"Detach it {outside(statement)}: "
        f"ALTER TABLE {written(table)} DETACH PARTITION {written(partition)} CONCURRENTLY;"
    )


RULE = Rule(
    code="DETACH_PARTITION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write DETACH PARTITION … CONCURRENTLY, in a migration of its own.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE events DETACH PARTITION events_1;",
        'ALTER TABLE "Events" DETACH PARTITION shop."Events_1";',
        "ALTER TABLE events_1 NO INHERIT events;",
    ),
    good=(
        "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;",
        "ALTER TABLE events DETACH PARTITION events_1 FINALIZE;",
        "CREATE TABLE events (at date) PARTITION BY RANGE (at);\nALTER TABLE events DETACH PARTITION events_1;",
    ),
    check=check,
)
