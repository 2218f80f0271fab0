"""A new partition is read in full while it is locked, unless a CHECK spares that.

`ATTACH PARTITION` locks the partition and looks whether each row lies within its bounds. A validated CHECK on
the partition that says so already makes that needless; it can be dropped afterwards.

Exempt are partitions that this migration created, and those with a validated CHECK on the columns of the
partition key. Where the key is not known, any validated CHECK is taken for such a one.

Source: <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(
            objtype=ObjectType.OBJECT_TABLE, relation=ast.RangeVar() as relation, cmds=tuple(commands)
        ):
            for command in commands:
                if command.subtype != AlterTableType.AT_AttachPartition:
                    continue
                partition = name_of(command.def_.name)
                if not statement.schema.is_new(partition) and not _is_checked(
                    statement.schema, name_of(relation), partition
                ):
                    yield Problem(
                        f"attaching {written(partition)} reads all of it while nobody can use it",
                        command.def_.name.location or statement.start,
                    )


def _is_checked(schema: Schema, parent: Name, partition: Name) -> bool:
    above, table = schema.created_or_changed(parent), schema.created_or_changed(partition)
    key = {column for column in (above.partitioned or ()) if column} if above else set()
    return table is not None and any(
        one.validated
        and one.enforced
        and one.expression is not None
        and key
        <= {names_of(node.fields)[-1] for node in walk(one.expression) if isinstance(node, ast.ColumnRef)}
        for one in table.checks
    )


_ATTACH = "ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"

RULE = Rule(
    code="ATTACH_PARTITION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a CHECK for its bounds to the partition NOT VALID and validate it in a migration before.",
    nodes=("AlterTableStmt",),
    bad=(
        _ATTACH,
        f"ALTER TABLE events_1 ADD CONSTRAINT bounds CHECK (at < '2026-01-01') NOT VALID;\n{_ATTACH}",
        (
            "CREATE TABLE events (at date, n int) PARTITION BY RANGE (at);\n"
            f"ALTER TABLE events_1 ADD CONSTRAINT positive CHECK (n > 0);\n{_ATTACH}"
        ),
    ),
    good=(
        f"CREATE TABLE events_1 (at date);\n{_ATTACH}",
        (
            "ALTER TABLE events_1 ADD CONSTRAINT bounds CHECK (at < '2026-01-01') NOT VALID;\n"
            f"ALTER TABLE events_1 VALIDATE CONSTRAINT bounds;\n{_ATTACH}"
        ),
        "ALTER INDEX events_at ATTACH PARTITION events_1_at;",
    ),
    check=check,
)
