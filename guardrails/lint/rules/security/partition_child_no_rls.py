"""A partition is a table of its own, without the policies of its parent.

Who names it reads around them: row level security of the parent holds for queries that name the
parent. Partitions are exposed like any other table of their schema; so are tables that INHERIT.

Exempt are schemas that are not exposed, partitions from which clients' privileges are taken, and
parents without row level security.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, inhRelations=tuple(parents)):
            if relation.relpersistence != "t":
                for parent in parents:
                    yield from _problem(statement, relation, name_of(parent), made=relation)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            for command in commands:
                match command.def_:
                    case ast.PartitionCmd(name=ast.RangeVar() as child) if (
                        command.subtype == AlterTableType.AT_AttachPartition
                    ):
                        yield from _problem(statement, child, name_of(relation))
                    case ast.RangeVar() as parent if command.subtype == AlterTableType.AT_AddInherit:
                        yield from _problem(statement, relation, name_of(parent))


def _problem(
    statement: Statement, child: ast.RangeVar, parent_name: Name, made: ast.RangeVar | None = None
) -> Iterator[Problem]:
    schema, settings = statement.schema, statement.settings
    parent = schema.created_or_changed(parent_name)
    attached = schema.table(name_of(child))

    def is_safe() -> bool:
        table = schema.made_by(made) if made else attached
        above = parent or schema.created_or_changed(parent_name)
        return (
            table is None
            or above is None
            or not above.rls
            or table.rls
            or table.dropped
            or table.name[0] not in settings.exposed_schemas
            or all(table.access.taken(role, "select") for role in ("anon", "authenticated"))
        )

    name = written(name_of(child))
    yield Problem(
        f"{name} has no row level security: who names it reads around the policies of {written(parent_name)}",
        child.location or statement.start,
        f"Add: ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;",
        unless=is_safe,
    )


RULE = Rule(
    code="PARTITION_CHILD_NO_RLS",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Enable row level security on each partition, or keep partitions in a schema that is not exposed."
    ),
    nodes=("CreateStmt", "AlterTableStmt"),
    bad=(
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');"
        ),
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nCREATE TABLE events_1 (at timestamptz);\nALTER TABLE events ATTACH PARTITION events_1 DEFAULT;\nALTER TABLE events ENABLE ROW LEVEL SECURITY;"
        ),
    ),
    good=(
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE TABLE events_1 PARTITION OF events DEFAULT;\nALTER TABLE events_1 ENABLE ROW LEVEL SECURITY;"
        ),
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE TABLE parts.events_1 PARTITION OF events DEFAULT;"
        ),
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nCREATE TABLE events_1 PARTITION OF events DEFAULT;"
        ),
        (
            "CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);\nALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE TABLE events_1 PARTITION OF events DEFAULT;\nREVOKE ALL ON events_1 FROM anon, authenticated;"
        ),
    ),
    check=check,
)
