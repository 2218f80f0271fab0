"""A primary key from an index still reads the table if its columns may be NULL.

`ADD PRIMARY KEY USING INDEX` makes the columns NOT NULL, and where they were not, PostgreSQL looks for a
missing value in every row under an ACCESS EXCLUSIVE lock. A validated `CHECK (… IS NOT NULL)`, or on
PostgreSQL 18 a NOT NULL constraint that was validated, spares that.

Exempt are columns that are known to be NOT NULL, and tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.alterations import added_constraints
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for added in added_constraints(statement, ConstrType.CONSTR_PRIMARY):
        index = added.constraint.indexname
        table = statement.schema.created_or_changed(added.table)
        if index and not (table and _is_not_null(table, index)):
            yield Problem(
                f"unless the columns of {written((index,))} are NOT NULL already, this reads all of "
                f"{written(added.table)} while nobody can use it",
                added.offset,
            )


def _is_not_null(table: Table, name: str) -> bool:
    index = next((index for index in table.indexes if index.name == name), None)
    if index is None:
        return False
    checked = {one.not_null for one in table.checks if one.validated and one.enforced}
    return all(
        column is not None
        and (column in checked or ((known := table.columns.get(column)) is not None and bool(known.not_null)))
        for column in index.columns
    )


RULE = Rule(
    code="PK_USING_NULLABLE_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add CHECK (… IS NOT NULL) NOT VALID for each column and validate it in a migration before.",
    settings=Settings(profile=Profile.STRICT),
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id_idx;",
        (
            "CREATE TABLE IF NOT EXISTS users (id int NOT NULL, tenant int);\n"
            "CREATE UNIQUE INDEX CONCURRENTLY users_key ON users (id, tenant);\n"
            "ALTER TABLE users ADD PRIMARY KEY USING INDEX users_key;"
        ),
    ),
    good=(
        (
            "CREATE TABLE IF NOT EXISTS users (id int NOT NULL);\n"
            "CREATE UNIQUE INDEX CONCURRENTLY users_key ON users (id);\n"
            "ALTER TABLE users ADD PRIMARY KEY USING INDEX users_key;"
        ),
        (
            "CREATE TABLE users (id int);\nCREATE UNIQUE INDEX users_key ON users (id);\n"
            "ALTER TABLE users ADD PRIMARY KEY USING INDEX users_key;"
        ),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY users_key ON users (id);\n"
            "ALTER TABLE users ADD CONSTRAINT there CHECK (id IS NOT NULL) NOT VALID;\n"
            "ALTER TABLE users VALIDATE CONSTRAINT there;\n"
            "ALTER TABLE users ADD PRIMARY KEY USING INDEX users_key;"
        ),
        "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;",
    ),
    check=check,
)
