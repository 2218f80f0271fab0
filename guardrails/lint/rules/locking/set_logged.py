"""`SET LOGGED` writes the whole table anew while nobody can use it.

All rows go to a new file and to the write-ahead log, under an ACCESS EXCLUSIVE lock.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED>
"""

from collections.abc import Iterator

from pglast.enums import AlterTableType

from guardrails.lint.alterations import alterations
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for command in alterations(statement):
        if command.node.subtype == AlterTableType.AT_SetLogged:
            yield Problem(
                f"making {written(command.table)} logged rewrites it while nobody can use it", statement.start
            )


RULE = Rule(
    code="SET_LOGGED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Do it while nobody needs the table, or copy its rows to a logged one in batches and swap the two.",
    nodes=("AlterTableStmt",),
    bad=("ALTER TABLE orders SET LOGGED;", 'ALTER TABLE shop."Orders" ADD COLUMN a int, SET LOGGED;'),
    good=(
        "CREATE UNLOGGED TABLE orders (id int);\nALTER TABLE orders SET LOGGED;",
        "ALTER TABLE orders SET (fillfactor = 90);",
        "CREATE UNLOGGED TABLE orders (id int);",
    ),
    check=check,
)
