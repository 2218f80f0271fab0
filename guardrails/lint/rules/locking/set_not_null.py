"""`SET NOT NULL` looks at every row while nobody can use the table.

It takes an ACCESS EXCLUSIVE lock and reads the whole table under it, unless a validated CHECK already says
that no value is missing. On PostgreSQL 18 the constraint itself can be added `NOT VALID` and validated later.

In the default profile it speaks in projects that write `NOT VALID` somewhere. Exempt are tables that this
migration created, columns that are known to be NOT NULL or have such a CHECK, as long as the same statement
does not drop it.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.alterations import Command, alterations, place
from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import made_up, written


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.settings.asks_for(Habit.NOT_VALID):
        return
    for command in alterations(statement):
        column = _made_not_null(command)
        if column and not _is_proven(statement, command.table, column):
            yield Problem(
                f"looks at every row of {written(command.table)} for a missing {written((column,))}, while nobody can "
                "use the table",
                _offset(statement, command),
                _suggestion(statement, command.table, column),
            )


def _offset(statement: Statement, command: Command) -> int:
    definition = command.node.def_
    if isinstance(definition, ast.Constraint) and definition.location is not None:
        return definition.location
    return place(statement, command)


def _made_not_null(command: Command) -> str | None:
    match command.node:
        case ast.AlterTableCmd(subtype=AlterTableType.AT_SetNotNull, name=name):
            return name
        case ast.AlterTableCmd(
            subtype=AlterTableType.AT_AddConstraint,
            def_=ast.Constraint(contype=ConstrType.CONSTR_NOTNULL, skip_validation=skipped, keys=keys),
        ) if not skipped:
            return (names_of(keys) or (None,))[0]
    return None


def _is_proven(statement: Statement, name: Name, column: str) -> bool:
    table = statement.schema.created_or_changed(name)
    if table is None:
        return False
    known = table.columns.get(column)
    if known is not None and known.not_null:
        return True
    dropped = {
        command.node.name
        for command in alterations(statement)
        if command.node.subtype == AlterTableType.AT_DropConstraint
    }
    return any(
        check.not_null == column and check.validated and check.enforced and check.name not in dropped
        for check in table.checks
    )


def _suggestion(statement: Statement, table: Name, column: str) -> str:
    on, what = written(table), written((column,))
    name = made_up(table[-1], column, "not_null") or "…"
    if statement.settings.postgres_version >= 18:
        return (
            f"Add it for new rows: ALTER TABLE {on} ADD CONSTRAINT {name} NOT NULL {what} NOT VALID; "
            f"In a later migration: ALTER TABLE {on} VALIDATE CONSTRAINT {name};"
        )
    return (
        f"Prove it first: ALTER TABLE {on} ADD CONSTRAINT {name} CHECK ({what} IS NOT NULL) NOT VALID; "
        f"In a later migration: ALTER TABLE {on} VALIDATE CONSTRAINT {name}; After that SET NOT NULL "
        "takes a moment, and the CHECK can be dropped."
    )


RULE = Rule(
    code="SET_NOT_NULL",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Prove it with a CHECK that was added NOT VALID and validated in a migration before.",
    nodes=("AlterTableStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;",
        "ALTER TABLE orders ADD CONSTRAINT n NOT NULL user_id;",
        (
            "ALTER TABLE orders ADD CONSTRAINT n CHECK (user_id IS NOT NULL) NOT VALID;\n"
            "ALTER TABLE orders ALTER user_id SET NOT NULL;"
        ),
        (
            "ALTER TABLE orders ADD CONSTRAINT n CHECK (user_id IS NOT NULL) NOT VALID;\n"
            "ALTER TABLE orders VALIDATE CONSTRAINT n;\n"
            "ALTER TABLE orders ALTER user_id SET NOT NULL, DROP CONSTRAINT n;"
        ),
    ),
    good=(
        (
            "ALTER TABLE orders ADD CONSTRAINT n CHECK (user_id IS NOT NULL) NOT VALID;\n"
            "ALTER TABLE orders VALIDATE CONSTRAINT n;\n"
            "ALTER TABLE orders ALTER user_id SET NOT NULL;"
        ),
        "ALTER TABLE orders ADD CONSTRAINT n NOT NULL user_id NOT VALID;",
        "CREATE TABLE orders (user_id int);\nALTER TABLE orders ALTER user_id SET NOT NULL;",
        (
            "CREATE TABLE IF NOT EXISTS orders (user_id int NOT NULL);\n"
            "ALTER TABLE orders ALTER user_id SET NOT NULL;"
        ),
        "ALTER TABLE orders ALTER user_id DROP NOT NULL;",
    ),
    check=check,
)
