"""Without its primary key a table may hold a row twice.

Foreign keys to it have nothing to stand on, replication refuses UPDATE and DELETE on it, an API can't address a row, and the index goes as well. Also
dropping a column of the key drops the whole key.

Exempt is a table that the same migration created, and one that has a primary key again at the end.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html>,
<https://www.postgresql.org/docs/current/logical-replication-publication.html>
"""

from collections.abc import Callable, Iterator

from pglast.enums import AlterTableType, ConstrType

from guardrails.lint.alterations import place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Index, Table
from guardrails.lint.parts import commands, constraints, is_made_here
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for command in commands(statement, AlterTableType.AT_DropConstraint, AlterTableType.AT_DropColumn):
        name, table = command.node.name or "", schema.created_or_changed(command.table)
        primary = table.primary_key if table else None
        if is_made_here(schema, command.table) or any(constraints(statement, ConstrType.CONSTR_PRIMARY)):
            continue
        if command.node.subtype == AlterTableType.AT_DropColumn:
            hit = primary is not None and name in primary.columns
        else:
            hit = name == (primary.name if primary else f"{command.table[-1]}_pkey")
        if hit:
            yield Problem(
                f"drops the primary key of {written(command.table)}: nothing tells its rows apart any more",
                place(statement, command),
                "Build the new one beside it (CREATE UNIQUE INDEX CONCURRENTLY …), and swap both in one ALTER "
                f"TABLE {written(command.table)} DROP CONSTRAINT …, ADD CONSTRAINT … PRIMARY KEY USING INDEX …;",
                unless=_has_another(schema, schema.resolve(command.table) or command.table, table, primary),
            )


def _has_another(
    schema: Schema, spelling: Name, old: Table | None, before: Index | None
) -> Callable[[], bool]:
    def has_another() -> bool:
        table = old or schema.created_or_changed(spelling)
        if table is None:
            return False
        return table.dropped or (table.primary_key is not None and table.primary_key is not before)

    return has_another


RULE = Rule(
    code="DROP_PRIMARY_KEY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Build the new one beside it, and swap both in one ALTER TABLE.",
    nodes=("AlterTableStmt",),
    bad=(
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey;",
        "CREATE TABLE IF NOT EXISTS orders (id int CONSTRAINT k PRIMARY KEY);\nALTER TABLE orders DROP CONSTRAINT k;",
        "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY);\nALTER TABLE orders DROP COLUMN id;",
    ),
    good=(
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX i;",
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey;\nALTER TABLE orders ADD PRIMARY KEY (id, shop_id);",
        "CREATE TABLE orders (id int PRIMARY KEY);\nALTER TABLE orders DROP CONSTRAINT orders_pkey;",
        "ALTER TABLE orders DROP CONSTRAINT orders_total_check;",
    ),
    check=check,
)
