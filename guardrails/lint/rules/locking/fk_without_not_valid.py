"""A new foreign key is checked for every row, while both tables take no writes.

`ADD FOREIGN KEY` takes a SHARE ROW EXCLUSIVE lock on the table and on the one that it references, and reads
every row under it. With `NOT VALID` it only holds for rows to come, so the lock is short; `VALIDATE
CONSTRAINT`, in a later transaction, checks the others and lets writes through.

In the default profile it speaks in projects that write `NOT VALID` somewhere. Exempt are tables that this
migration created, and a new column that references another table and has no default: then PostgreSQL has
nothing to check. A foreign key of a partitioned table can be `NOT VALID` only since PostgreSQL 18.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.advice import in_two_steps
from guardrails.lint.alterations import added_columns, added_constraints
from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.settings.asks_for(Habit.NOT_VALID):
        return
    for added in added_constraints(statement, ConstrType.CONSTR_FOREIGN):
        if not added.constraint.skip_validation and not _is_impossible(statement, added.table):
            parent = name_of(added.constraint.pktable)
            yield Problem(
                f"checking this foreign key blocks writes to {written(added.table)} and {written(parent)}",
                added.offset,
                in_two_steps(statement, added, "fkey"),
            )
    for column in added_columns(statement):
        if column.constraint(ConstrType.CONSTR_FOREIGN) and column.constraint(ConstrType.CONSTR_DEFAULT):
            yield Problem(
                f"the default of {written((*column.table, column.name))} makes its foreign key be checked "
                "for every row, while nobody can use the table",
                column.offset,
                "Add the column without a default, and set the default and the values of old rows after that.",
            )


def _is_impossible(statement: Statement, name: Name) -> bool:
    table = statement.schema.created_or_changed(name)
    partitioned = table is not None and table.partitioned is not None
    return partitioned and statement.settings.postgres_version < 18


RULE = Rule(
    code="FK_WITHOUT_NOT_VALID",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add it NOT VALID, and run VALIDATE CONSTRAINT in a later migration.",
    nodes=("AlterTableStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);",
        'ALTER TABLE "Items" ADD CONSTRAINT fk FOREIGN KEY ("orderId") REFERENCES orders, ADD COLUMN a int;',
        "ALTER TABLE items ADD COLUMN order_id bigint DEFAULT 1 REFERENCES orders (id);",
        (
            "CREATE TABLE IF NOT EXISTS items (a int);\n"
            "ALTER TABLE items ADD FOREIGN KEY (a) REFERENCES orders (id);"
        ),
    ),
    good=(
        "ALTER TABLE items ADD CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;",
        "ALTER TABLE items ADD COLUMN order_id bigint REFERENCES orders (id);",
        "CREATE TABLE items (a int);\nALTER TABLE items ADD FOREIGN KEY (a) REFERENCES orders (id);",
        "ALTER TABLE items VALIDATE CONSTRAINT fk;",
    ),
    check=check,
)
