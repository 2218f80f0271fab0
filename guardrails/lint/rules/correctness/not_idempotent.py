"""A file that runs in no transaction can stop half-way and not be run again.

`CONCURRENTLY` and its like commit for themselves. When a later statement of the file fails, what came before
stays, and the next run stops at it: the table, the column or the index is there already. With `IF NOT EXISTS`
and `IF EXISTS` the file can be run until it is through.

Reported are statements without them in a file of several statements of which one refuses a transaction, as
long as no transaction is open round them. A file that the tool runs as one transaction needs none of this. Of
an index that is built concurrently, a `DROP INDEX … IF EXISTS` before is asked for.

Source: <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of


def check(statement: Statement) -> Iterator[Problem]:
    session = statement.session
    if statement.via or session.shares_transaction or len(session.nodes) < 2:
        return
    what = _stops_at_itself(statement)
    if what and session.can_stop_half_way:
        yield Problem(
            f"{what} stops a second run, and this file can stop half-way, since no transaction holds it together",
            statement.start,
        )


def _stops_at_itself(statement: Statement) -> str | None:
    match statement.node:
        case ast.IndexStmt(concurrent=True, idxname=name):
            dropped = any(
                isinstance(node, ast.DropStmt)
                and node.missing_ok
                and node.removeType == ObjectType.OBJECT_INDEX
                and any(names_of(parts)[-1:] == (name,) for parts in node.objects or ())
                for node in statement.session.before
            )
            return None if dropped or statement.node.if_not_exists else "CREATE INDEX CONCURRENTLY"
        case ast.IndexStmt(if_not_exists=present):
            return None if present else "CREATE INDEX without IF NOT EXISTS"
        case ast.CreateStmt(if_not_exists=present):
            return None if present else "CREATE TABLE without IF NOT EXISTS"
        case ast.CreateSeqStmt(if_not_exists=present):
            return None if present else "CREATE SEQUENCE without IF NOT EXISTS"
        case ast.CreateSchemaStmt(if_not_exists=present):
            return None if present else "CREATE SCHEMA without IF NOT EXISTS"
        case ast.DropStmt(missing_ok=present):
            return None if present else "DROP without IF EXISTS"
        case ast.AlterTableStmt(cmds=tuple(commands)):
            for command in commands:
                if command.subtype == AlterTableType.AT_AddColumn and not command.missing_ok:
                    return "ADD COLUMN without IF NOT EXISTS"
                if command.subtype == AlterTableType.AT_DropColumn and not command.missing_ok:
                    return "DROP COLUMN without IF EXISTS"
    return None


RULE = Rule(
    code="NOT_IDEMPOTENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write one statement a file, or IF [NOT] EXISTS; drop an index before it is built concurrently.",
    nodes=(
        "IndexStmt",
        "CreateStmt",
        "CreateSeqStmt",
        "CreateSchemaStmt",
        "DropStmt",
        "AlterTableStmt",
    ),
    bad=(
        "CREATE INDEX CONCURRENTLY i ON orders (a);\nCREATE INDEX CONCURRENTLY j ON orders (b);",
        "ALTER TABLE orders ADD COLUMN a int;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (a);",
        "DROP INDEX CONCURRENTLY i;\nDROP INDEX CONCURRENTLY IF EXISTS j;",
    ),
    good=(
        "CREATE INDEX CONCURRENTLY i ON orders (a);",
        "CREATE TABLE a (id int);\nCREATE TABLE b (id int);",
        (
            "ALTER TABLE orders ADD COLUMN IF NOT EXISTS a int;\n"
            "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON orders (a);"
        ),
        "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nVACUUM orders;",
    ),
    check=check,
)
