"""Another default splits the rows of code that still runs from those of the new.

Code that leaves the column out gets the new value from the moment that this runs; code that knows the
old default by heart and writes it itself goes on as before.

Exempt is a table that the same migration created, and a column that it added.

Source: <https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-COLUMN-DEFAULT>
"""

from collections.abc import Iterator

from pglast.enums import AlterTableType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parts import commands
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for command in commands(statement, AlterTableType.AT_ColumnDefault):
        column = statement.schema.column(command.table, command.node.name or "")
        if statement.schema.is_new(command.table) or (column is not None and column.new):
            continue
        does = "changes" if command.node.def_ is not None else "drops"
        yield Problem(
            f"{does} the default of {written((*command.table, command.node.name or ''))}: rows of code that is "
            "still running get another value than it expects",
            place(statement, command),
        )


RULE = Rule(
    code="DEFAULT_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Let the code write the value itself before, and change the default after that.",
    nodes=("AlterTableStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';",
        "ALTER TABLE shop.orders ALTER status DROP DEFAULT;",
    ),
    good=(
        "CREATE TABLE orders (status text);\nALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';",
        (
            "ALTER TABLE orders ADD COLUMN status text DEFAULT 'old';\n"
            "ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';"
        ),
        "ALTER TABLE orders ALTER COLUMN status SET STATISTICS 100;",
    ),
    check=check,
)
