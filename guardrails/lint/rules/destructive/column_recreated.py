"""A column that is dropped and added again under its name comes back empty.

Its values are lost, and so are its default, its constraints and indexes, its comment, the grants
on it and what views showed of it. It is what a tool writes that does not know how to alter a column.

Within one `ALTER TABLE` the order does not matter: PostgreSQL drops first. Exempt is a column
that the same migration added, and one that comes back as a generated column: its values are computed.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            gone = _dropped(statement, name_of(relation), commands)
            for command in commands:
                match command:
                    case ast.AlterTableCmd(
                        subtype=AlterTableType.AT_AddColumn,
                        def_=ast.ColumnDef(colname=str(name), constraints=constraints, location=offset),
                    ) if name in gone and not _is_generated(constraints or ()):
                        yield Problem(
                            f"Destructive operation: drops column {written((*name_of(relation), name))} and "
                            "adds it again, empty",
                            offset or statement.start,
                        )


def _is_generated(constraints: tuple[ast.Constraint, ...]) -> bool:
    return any(constraint.contype == ConstrType.CONSTR_GENERATED for constraint in constraints)


def _dropped(
    statement: Statement, table: tuple[str, ...], commands: tuple[ast.AlterTableCmd, ...]
) -> frozenset[str]:
    schema = statement.schema
    if schema.is_disposable(table):
        return frozenset()
    resolved = schema.resolve(table)
    before = {column for name, column in schema.dropped_columns if name == resolved}
    for command in commands:
        if command.subtype == AlterTableType.AT_DropColumn and command.name:
            column = schema.column(table, command.name)
            if column is None or not column.new:
                before.add(command.name)
    return frozenset(before)


RULE = Rule(
    code="COLUMN_RECREATED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Keep the column: ALTER TABLE … ALTER COLUMN … TYPE … USING … changes it, RENAME COLUMN renames it."
    ),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users DROP COLUMN age;\nALTER TABLE users ADD COLUMN age integer;",
        "ALTER TABLE users DROP COLUMN age, ADD COLUMN age integer;",
        "ALTER TABLE users ADD COLUMN age integer, DROP COLUMN age;",
        "ALTER TABLE public.users DROP COLUMN IF EXISTS age;\nALTER TABLE users ADD age integer NOT NULL;",
    ),
    good=(
        "ALTER TABLE users DROP COLUMN age;\nALTER TABLE users ADD COLUMN born date;",
        "ALTER TABLE users DROP COLUMN age;\nALTER TABLE pets ADD COLUMN age integer;",
        "ALTER TABLE users DROP COLUMN age, ADD COLUMN age int GENERATED ALWAYS AS (2026 - born) STORED;",
        (
            "ALTER TABLE users ADD COLUMN a int;\nALTER TABLE users DROP COLUMN a;\n"
            "ALTER TABLE users ADD COLUMN a text;"
        ),
    ),
    check=check,
)
