"""`DROP SCHEMA` removes a part of the database, with `CASCADE` every table in it.

The statement names none of them. Without `CASCADE` it only goes through on an empty schema.

Exempt is a schema that the same migration surely created; with `CASCADE` that is still reported,
as DROP_CASCADE, because older tables may have been moved into it.

Source: <https://www.postgresql.org/docs/current/sql-dropschema.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_SCHEMA, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                if name[-1] not in statement.schema.new_schemas:
                    yield Problem(f"Destructive operation: drops schema {written(name)}", offset)


RULE = Rule(
    code="DROP_SCHEMA",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Move or drop what is in the schema one by one, so that a reviewer sees each; drop it when "
        "it is empty."
    ),
    nodes=("DropStmt",),
    bad=(
        "DROP SCHEMA billing;",
        "DROP SCHEMA IF EXISTS billing, reporting CASCADE;",
        "CREATE SCHEMA IF NOT EXISTS billing;\nDROP SCHEMA billing;",
    ),
    good=("CREATE SCHEMA scratch;\nDROP SCHEMA scratch;", "ALTER SCHEMA billing RENAME TO billing_unused;"),
    check=check,
)
