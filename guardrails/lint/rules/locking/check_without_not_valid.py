"""A new CHECK is checked for every row, while nobody can use the table.

`ADD CONSTRAINT … CHECK` takes an ACCESS EXCLUSIVE lock and reads the whole table under it. With `NOT VALID`
it only holds for rows to come and the lock is short; `VALIDATE CONSTRAINT`, in a later transaction, checks
the others under a lock that lets reads and writes through.

In the default profile it speaks in projects that write `NOT VALID` somewhere. Exempt are tables that this
migration created, and checks of columns that the same statement adds without a default.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.advice import in_two_steps
from guardrails.lint.alterations import AddedConstraint, added_columns, added_constraints
from guardrails.lint.contracts import Habit, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.settings.asks_for(Habit.NOT_VALID):
        return
    for added in added_constraints(statement, ConstrType.CONSTR_CHECK):
        if not added.constraint.skip_validation and not _only_of_new_columns(statement, added):
            yield Problem(
                f"checking every row of {written(added.table)} keeps everybody from using it",
                added.offset,
                in_two_steps(statement, added, "check"),
            )


def _only_of_new_columns(statement: Statement, added: AddedConstraint) -> bool:
    empty = {
        column.name
        for column in added_columns(statement)
        if not column.constraint(ConstrType.CONSTR_DEFAULT)
        and not column.constraint(ConstrType.CONSTR_GENERATED)
    }
    expression = added.constraint.raw_expr
    used = {
        names_of(node.fields)[-1:]
        for node in (walk(expression) if expression is not None else ())
        if isinstance(node, ast.ColumnRef)
    }
    return bool(used) and all(name and name[0] in empty for name in used)


RULE = Rule(
    code="CHECK_WITHOUT_NOT_VALID",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add it NOT VALID, and run VALIDATE CONSTRAINT in a later migration.",
    nodes=("AlterTableStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0);",
        'ALTER TABLE "Orders" ADD CHECK ("total" > 0);',
        "ALTER TABLE orders ADD COLUMN tax int DEFAULT 0, ADD CONSTRAINT c CHECK (tax >= 0);",
        "ALTER TABLE orders ADD COLUMN tax int, ADD CONSTRAINT c CHECK (tax < total);",
    ),
    good=(
        "ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID;",
        "ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT ENFORCED;",
        "CREATE TABLE orders (total int);\nALTER TABLE orders ADD CHECK (total > 0);",
        "ALTER TABLE orders ADD COLUMN tax int, ADD CONSTRAINT c CHECK (tax >= 0);",
    ),
    check=check,
)
