"""A replica identity decides whether replication can pass on a change of a row.

It is what an UPDATE or a DELETE is told apart by on the other side. With NOTHING, and without a primary key under the default, PostgreSQL refuses UPDATE and DELETE on a table
that is published. FULL works, but writes every old row to the log as a whole and makes the other side look
for it by all columns; the strict profile reports that too.

Source: <https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.alterations import Command
from guardrails.lint.contracts import Name, Problem, Profile, Rule, Severity, Statement
from guardrails.lint.parts import commands
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_KEY_COMMANDS = (AlterTableType.AT_DropConstraint, AlterTableType.AT_DropColumn)


def check(statement: Statement) -> Iterator[Problem]:
    strict = statement.settings.profile is Profile.STRICT
    for command in commands(statement, AlterTableType.AT_ReplicaIdentity):
        match command.node.def_:
            case ast.ReplicaIdentityStmt(identity_type="n"):
                yield Problem(
                    f"{written(command.table)} has nothing to tell its rows apart by: where it is published, "
                    "UPDATE and DELETE fail",
                    statement.start,
                )
            case ast.ReplicaIdentityStmt(identity_type="f") if strict:
                yield Problem(
                    f"every change of {written(command.table)} writes the whole old row to the log",
                    statement.start,
                )
    for command in commands(statement, *_KEY_COMMANDS):
        if _drops_the_key(statement.schema, command):
            yield Problem(
                f"{written(command.table)} is published, and UPDATE and DELETE fail without its primary key",
                statement.start,
                unless=_has_a_key(statement.schema, command.table),
            )


def _drops_the_key(schema: Schema, command: Command) -> bool:
    table = schema.table(command.table)
    if table is None or table.primary_key is None or not _is_published(schema, table.name):
        return False
    if command.node.subtype == AlterTableType.AT_DropColumn:
        return command.node.name in table.primary_key.columns
    return command.node.name == table.primary_key.name


def _is_published(schema: Schema, name: Name) -> bool:
    return any(one.all_tables or name in one.tables for one in schema.publications.values())


def _has_a_key(schema: Schema, name: Name) -> Callable[[], bool]:
    table = schema.table(name)
    return lambda: table is None or table.dropped or table.primary_key is not None


RULE = Rule(
    code="REPLICA_IDENTITY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave it at DEFAULT with a primary key, or name a unique index: REPLICA IDENTITY USING INDEX …;",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders REPLICA IDENTITY NOTHING;",
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\nCREATE PUBLICATION changes FOR TABLE orders;\n"
            "ALTER TABLE orders DROP CONSTRAINT orders_pkey;"
        ),
    ),
    good=(
        "ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_code_key;",
        "ALTER TABLE orders REPLICA IDENTITY FULL;",
        "ALTER TABLE orders REPLICA IDENTITY DEFAULT;",
        "CREATE TABLE orders (id bigint PRIMARY KEY);\nALTER TABLE orders DROP CONSTRAINT orders_pkey;",
    ),
    check=check,
)
