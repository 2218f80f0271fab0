"""Another tablespace or access method copies a table while nobody can use it.

`SET TABLESPACE` and `SET ACCESS METHOD` write every row to a new file under an ACCESS EXCLUSIVE lock.
pg_repack does the same while the table stays in use.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-TABLESPACE>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_WHAT = {
    AlterTableType.AT_SetTableSpace: "another tablespace",
    AlterTableType.AT_SetAccessMethod: "another access method",
}
_HOLD_ROWS = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_MATVIEW})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands), objtype=kind):
            name = name_of(relation)
            if kind in _HOLD_ROWS and not statement.schema.is_new(name):
                for command in commands:
                    if what := _WHAT.get(command.subtype):
                        yield Problem(
                            f"{what} copies all of {written(name)} while nobody can use it", statement.start
                        )
        case ast.AlterTableMoveAllStmt(orig_tablespacename=str(space), objtype=kind) if kind in _HOLD_ROWS:
            yield Problem(
                f"every table of the tablespace {written((space,))} is copied while nobody can use it",
                statement.start,
            )


RULE = Rule(
    code="TABLE_REWRITE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Move it with pg_repack, which leaves the table in use, or while nobody needs it.",
    nodes=("AlterTableStmt", "AlterTableMoveAllStmt"),
    bad=(
        "ALTER TABLE orders SET TABLESPACE fast;",
        'ALTER TABLE IF EXISTS "Orders" SET ACCESS METHOD heap;',
        "ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast NOWAIT;",
        "ALTER MATERIALIZED VIEW totals SET TABLESPACE fast;",
    ),
    good=(
        "CREATE TABLE orders (id int);\nALTER TABLE orders SET TABLESPACE fast;",
        "ALTER TABLE orders ALTER COLUMN note SET STORAGE external;",
        "ALTER INDEX orders_pkey SET TABLESPACE fast;",
    ),
    check=check,
)
