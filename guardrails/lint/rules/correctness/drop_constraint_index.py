"""The index behind a constraint can't be dropped by itself.

PostgreSQL refuses it, with CASCADE as well. It goes with its primary key, unique or exclusion constraint, by ALTER TABLE … DROP CONSTRAINT.

Source: <https://www.postgresql.org/docs/current/sql-dropindex.html>,
<https://www.postgresql.org/docs/current/ddl-depend.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_INDEX, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                for table in _tables_of(statement.schema, name):
                    yield Problem(
                        f"index {written(name)} belongs to a constraint of {written(table.name)} and can't be dropped",
                        offset,
                        f"Drop the constraint: ALTER TABLE {written(table.name)} DROP CONSTRAINT "
                        f"{written(name[-1:])};",
                        will_fail=True,
                    )


def _tables_of(schema: Schema, name: Name) -> Iterator[Table]:
    within = name[-2:-1] or schema.search_path or ()
    for table in schema.tables.values():
        if table.name[0] in within and any(
            index.constraint and index.name == name[-1] for index in table.indexes
        ):
            yield table


RULE = Rule(
    code="DROP_CONSTRAINT_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Drop the constraint that the index belongs to, by ALTER TABLE … DROP CONSTRAINT.",
    nodes=("DropStmt",),
    bad=(
        "CREATE TABLE users (id bigint PRIMARY KEY);\nDROP INDEX users_pkey;",
        "CREATE TABLE shop.users (email text CONSTRAINT one UNIQUE);\nDROP INDEX IF EXISTS shop.one CASCADE;",
    ),
    good=(
        "DROP INDEX users_email_idx;",
        "CREATE TABLE users (email text);\nCREATE UNIQUE INDEX one ON users (email);\nDROP INDEX one;",
        (
            "CREATE TABLE users (email text CONSTRAINT one UNIQUE);\n"
            "ALTER TABLE users DROP CONSTRAINT one;\nDROP INDEX IF EXISTS one;"
        ),
        "CREATE TABLE shop.users (id bigint PRIMARY KEY);\nDROP INDEX other.users_pkey;",
    ),
    check=check,
)
