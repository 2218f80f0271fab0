"""Something more than before surprises code that counts on just what there was.

A new column comes with `SELECT *`, and an INSERT without a list of columns may no longer fit. A new value
of an enum reaches code that knows all cases. A new attribute is part of every row of a composite type.

Exempt is a table or a type that the same migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://www.postgresql.org/docs/current/sql-altertype.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.parts import definitions
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    match statement.node:
        case ast.AlterEnumStmt(typeName=names, oldVal=None):
            enum = schema.enum(names_of(names))
            if enum is None or not enum.new:
                yield _problem("a value", written(names_of(names)), statement.start)
        case ast.AlterTableStmt(objtype=ObjectType.OBJECT_TYPE, relation=relation, cmds=tuple(commands)):
            for command in commands:
                if command.subtype == AlterTableType.AT_AddColumn:
                    yield _problem("an attribute", written(name_of(relation)), statement.start)
        case ast.AlterTableStmt():
            for column in definitions(statement):
                if not schema.is_new(column.table):
                    yield _problem(f"column {written((column.name,))}", written(column.table), column.offset)


def _problem(what: str, where: str, offset: int) -> Problem:
    return Problem(f"adds {what} to {where}: code that counts on its old shape may fail", offset)


RULE = Rule(
    code="ADDITIVE_SHAPE_CHANGE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Look for SELECT *, INSERT without a list of columns, and code that lists every value of the enum.",
    nodes=("AlterTableStmt", "AlterEnumStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE orders ADD COLUMN note text;",
        "ALTER TYPE mood ADD VALUE 'fine';",
        "ALTER TYPE address ADD ATTRIBUTE street text;",
    ),
    good=(
        "CREATE TABLE orders (id bigint);\nALTER TABLE orders ADD COLUMN note text;",
        "CREATE TYPE mood AS ENUM ('ok');\nALTER TYPE mood ADD VALUE 'fine';",
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
    ),
    check=check,
)
