"""A new column whose type is a domain with a constraint rewrites the table.

Even without a default, PostgreSQL writes every old row anew to see that it meets the domain's constraint,
while nobody can use the table. The base type with a CHECK that is added `NOT VALID` locks it for a moment.

Only domains that the migrations created are known. Exempt are domains without constraints, and tables that
this migration created.

Source: <https://www.postgresql.org/docs/current/sql-createdomain.html>
"""

from collections.abc import Iterator

from guardrails.lint.alterations import added_columns
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    for column in added_columns(statement):
        name = names_of(column.definition.typeName)
        domain = statement.schema.domain(name) if name else None
        if domain is not None and (domain.checks or domain.not_null):
            yield Problem(
                f"the domain {written(name)} has a constraint, so adding "
                f"{written((*column.table, column.name))} rewrites the whole table while nobody can use it",
                column.offset,
            )


_DOMAIN = "CREATE DOMAIN positive AS int CHECK (VALUE > 0);\n"

RULE = Rule(
    code="CONSTRAINED_DOMAIN_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add the column with the base type, and a CHECK that is NOT VALID until a later migration.",
    nodes=("AlterTableStmt",),
    bad=(
        f"{_DOMAIN}ALTER TABLE orders ADD COLUMN amount positive;",
        (
            'CREATE DOMAIN shop."Code" AS text;\n'
            "ALTER DOMAIN shop.\"Code\" ADD CHECK (VALUE <> '') NOT VALID;\n"
            'ALTER TABLE orders ADD code shop."Code";'
        ),
    ),
    good=(
        "CREATE DOMAIN amount AS int;\nALTER TABLE orders ADD COLUMN amount amount;",
        f"{_DOMAIN}CREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN amount positive;",
        f"{_DOMAIN}ALTER TABLE orders ADD COLUMN amount int;",
    ),
    check=check,
)
