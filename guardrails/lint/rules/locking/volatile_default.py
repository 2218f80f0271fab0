"""A new column with a volatile default rewrites the table while nobody can use it.

A constant default, and `now()`, which is one for the whole statement, is stored once for all old rows. A
default that differs from row to row (`gen_random_uuid()`, `random()`, `clock_timestamp()`, `nextval()`) is
written into each, and with them all indexes are built anew, under an ACCESS EXCLUSIVE lock.

Functions that a migration defines are taken as they were declared, without a word that is VOLATILE. Exempt
are tables that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.alterations import AddedColumn, added_columns
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import written
from guardrails.lint.volatility import volatile_calls


def check(statement: Statement) -> Iterator[Problem]:
    for column in added_columns(statement):
        default = column.constraint(ConstrType.CONSTR_DEFAULT)
        if default is None or column.type_name.endswith("serial"):
            continue
        calls = dict(volatile_calls(default.raw_expr, statement.schema))
        if not calls:
            continue
        name, sure = max(calls.items(), key=lambda call: call[1])
        reason = "gives another value for each row" if sure else "may give another value for each row"
        yield Problem(
            f"{written(name)}() {reason}, so adding {written((*column.table, column.name))} "
            f"{'rewrites' if sure else 'may rewrite'} the whole table while nobody can use it",
            column.offset,
            _suggestion(column, default.raw_expr),
        )


def _suggestion(column: AddedColumn, default: ast.Node | None) -> str | None:
    match default:
        case ast.FuncCall(funcname=name, args=None):
            return (
                f"Add the column without a default, then: ALTER TABLE {written(column.table)} ALTER COLUMN "
                f"{written((column.name,))} SET DEFAULT {written(names_of(name))}(); "
                "Fill the old rows in batches after that."
            )
    return None


RULE = Rule(
    code="VOLATILE_DEFAULT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add the column without a default, set the default after that, and fill the old rows in batches.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        'ALTER TABLE "Orders" ADD "seen" timestamptz NOT NULL DEFAULT (clock_timestamp() + interval \'1 day\');',
        (
            "CREATE FUNCTION code() RETURNS text LANGUAGE sql AS $$ SELECT md5(random()::text) $$;\n"
            "ALTER TABLE orders ADD COLUMN code text DEFAULT code();"
        ),
        "ALTER TABLE orders ADD COLUMN code text DEFAULT shop.next_code();",
        "ALTER TABLE orders ADD COLUMN n bigint DEFAULT nextval('orders_n');",
    ),
    good=(
        "ALTER TABLE orders ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();",
        "ALTER TABLE orders ADD COLUMN tags text[] DEFAULT ARRAY[]::text[], ADD COLUMN day date DEFAULT CURRENT_DATE;",
        "ALTER TABLE orders ADD COLUMN owner uuid DEFAULT auth.uid();",
        "CREATE TABLE orders (id int);\nALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        (
            "CREATE FUNCTION code() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'x' $$;\n"
            "ALTER TABLE orders ADD COLUMN code text DEFAULT code();"
        ),
        "ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();",
    ),
    check=check,
)
