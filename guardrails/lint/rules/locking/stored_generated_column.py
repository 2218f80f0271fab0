"""A new stored generated column rewrites the table while nobody can use it.

Its value is worked out for every old row, and all of them, with all indexes, are written anew under an ACCESS
EXCLUSIVE lock. On PostgreSQL 18 a `VIRTUAL` column is worked out when it is read, and adding one changes
nothing on disk; before that, a trigger and a batched update of the old rows do the same.

Exempt are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/ddl-generated-columns.html>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.alterations import added_columns
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in added_columns(statement):
        generated = column.constraint(ConstrType.CONSTR_GENERATED)
        if generated is not None and generated.generated_kind == "s":
            virtual = (
                "Write VIRTUAL instead of STORED." if statement.settings.postgres_version >= 18 else None
            )
            yield Problem(
                f"storing {written((*column.table, column.name))} for the old rows rewrites the whole table while "
                "nobody can use it",
                column.offset,
                virtual,
            )


RULE = Rule(
    code="STORED_GENERATED_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a plain column, keep it with a trigger, and fill the old rows in batches.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (net * 1.2) STORED;",
        'ALTER TABLE "Posts" ADD "search" tsvector GENERATED ALWAYS AS (to_tsvector(\'simple\', title)) STORED;',
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (net * 1.2) VIRTUAL;",
        (
            "CREATE TABLE orders (net numeric);\n"
            "ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (net * 1.2) STORED;"
        ),
        "CREATE TABLE orders (net numeric, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED);",
    ),
    check=check,
)
