"""What is written while a trigger is disabled stays unchecked for ever.

`DISABLE TRIGGER ALL` also switches the table's foreign keys off: rows that lead nowhere come in,
and enabling the triggers again does not look for them. For single triggers, and for `USER`, it is
a warning. It is reported also where they are enabled again later: the gap is what matters.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import place_in, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            for number, command in enumerate(commands):
                if what := _switched_off(command):
                    table = written(name_of(relation))
                    everything = command.subtype == AlterTableType.AT_DisableTrigAll
                    yield Problem(
                        f"Destructive operation: switches off {what} of table {table}",
                        place_in(statement, number, "trigger"),
                        severity=None if everything else Severity.WARNING,
                    )


def _switched_off(command: ast.AlterTableCmd) -> str | None:
    match command.subtype:
        case AlterTableType.AT_DisableTrigAll:
            return "every trigger and foreign key"
        case AlterTableType.AT_DisableTrigUser:
            return "every trigger but the foreign keys"
        case AlterTableType.AT_DisableTrig:
            return f"trigger {written((command.name or '',))}"
        case AlterTableType.AT_EnableReplicaTrig:
            return f"trigger {written((command.name or '',))}, outside replication,"
    return None


RULE = Rule(
    code="DISABLE_TRIGGER",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Leave the triggers on: write in batches that they can bear, or let the trigger itself "
        "pass what is meant."
    ),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders DISABLE TRIGGER ALL;",
        "ALTER TABLE orders DISABLE TRIGGER USER;",
        "ALTER TABLE orders DISABLE TRIGGER audit;",
        "ALTER TABLE orders ENABLE REPLICA TRIGGER audit;",
    ),
    good=(
        "ALTER TABLE orders ENABLE TRIGGER ALL;",
        "ALTER TABLE orders ENABLE ALWAYS TRIGGER audit;",
        "ALTER TABLE orders DISABLE RULE audit;",
    ),
    check=check,
)
