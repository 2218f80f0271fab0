"""`DROP TABLE` deletes rows that no later migration can bring back.

Running code may still read the table while the migration is rolled out, and a rollback can make
the columns again but not what was in them. Each table that a statement drops is reported.

Exempt is a temporary table, and one that the same migration created and never wrote to. Doubt
reports: `CREATE TABLE IF NOT EXISTS` may have found an old table, a condition may not have held,
and a table counts as the same one only under the same spelling.

Source: <https://www.postgresql.org/docs/current/sql-droptable.html>,
<https://www.postgresql.org/docs/current/sql-dropforeigntable.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import made_up, places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(
            removeType=ObjectType.OBJECT_TABLE | ObjectType.OBJECT_FOREIGN_TABLE, objects=tuple(objects)
        ):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                if not statement.schema.is_disposable(name):
                    kept = made_up(name[-1], "unused") or "another_name"
                    yield Problem(
                        f"Destructive operation: drops table {written(name)} and every row in it",
                        offset,
                        "Rename it now, and drop it in a later release, when nothing has missed it: "
                        f"ALTER TABLE {written(name)} RENAME TO {kept};",
                    )


RULE = Rule(
    code="DROP_TABLE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Rename the table now; drop it in a later release, when nothing has missed it and a backup was tried."
    ),
    nodes=("DropStmt",),
    bad=(
        "DROP TABLE orders;",
        "BEGIN;\nDROP TABLE IF EXISTS shop.orders, refunds CASCADE;\nCOMMIT;",
        "DROP FOREIGN TABLE remote_orders;",
        "CREATE TABLE IF NOT EXISTS orders (id bigint);\nDROP TABLE orders;",
        "CREATE TABLE scratch (id bigint);\nINSERT INTO scratch VALUES (1);\nDROP TABLE scratch;",
        "CREATE TEMP TABLE orders (id bigint);\nDROP TABLE orders;\nDROP TABLE orders;",
        "BEGIN;\nCREATE TABLE orders (id bigint);\nROLLBACK;\nDROP TABLE orders;",
        "DO $$ BEGIN DROP TABLE orders; END $$;",
    ),
    good=(
        "ALTER TABLE orders RENAME TO orders_unused;",
        "CREATE TABLE scratch (id bigint);\nDROP TABLE scratch;",
        "CREATE TEMP TABLE scratch AS SELECT 1 AS id;\nDROP TABLE scratch;",
        "DROP VIEW open_orders;",
        "DROP INDEX orders_placed_at_idx;",
        "COMMENT ON TABLE orders IS 'DROP TABLE orders;';",
    ),
    check=check,
)
