"""A default partition is read in full each time another partition is added.

PostgreSQL looks for rows in it that belong to the new one, under an ACCESS EXCLUSIVE lock. Without a default
partition, rows that fit nowhere are refused instead, which shows the mistake at once.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARTITION>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(
            partbound=ast.PartitionBoundSpec() as bound, inhRelations=(ast.RangeVar() as parent, *_)
        ):
            yield from _added(statement, name_of(parent), bound)
        case ast.AlterTableStmt(relation=ast.RangeVar() as parent, cmds=tuple(commands)):
            for command in commands:
                if command.subtype == AlterTableType.AT_AttachPartition and command.def_.bound is not None:
                    yield from _added(statement, name_of(parent), command.def_.bound)


def _added(statement: Statement, parent: Name, bound: ast.PartitionBoundSpec) -> Iterator[Problem]:
    if statement.schema.is_new(parent):
        return
    known = statement.schema.created_or_changed(parent)
    if bound.is_default:
        yield Problem(
            f"from now on each new partition of {written(parent)} makes PostgreSQL read the whole default one",
            statement.start,
        )
    elif known is not None and known.default_partition:
        yield Problem(
            f"adding a partition to {written(parent)} reads its whole default partition while nobody can use that",
            statement.start,
            "Add a CHECK to the default partition that leaves out the new bounds, NOT VALID, and validate it in a "
            "migration before.",
        )


RULE = Rule(
    code="DEFAULT_PARTITION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave out the default partition, and make the partitions ahead of time.",
    nodes=("CreateStmt", "AlterTableStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE TABLE events_rest PARTITION OF events DEFAULT;",
        'ALTER TABLE "Events" ATTACH PARTITION rest DEFAULT;',
    ),
    good=(
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
        (
            "CREATE TABLE events (at date) PARTITION BY RANGE (at);\n"
            "CREATE TABLE events_rest PARTITION OF events DEFAULT;"
        ),
        "CREATE TABLE events (at date) PARTITION BY RANGE (at);",
    ),
    check=check,
)
