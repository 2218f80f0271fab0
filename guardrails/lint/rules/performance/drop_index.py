"""Without an index, the queries that used it read the whole table.

Which queries use it can't be seen from migrations. A unique index also keeps values from coming twice, and one
on a foreign key is what makes it quick to delete a parent.

Exempt are an index that another one made by the same migration replaces (its first column is the same), and
indexes and tables that this migration created.

Source: <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import table_of_index
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_INDEX, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                if not _is_exempt(statement, name):
                    yield Problem(
                        f"queries that use {written(name)} read the whole table from now on", offset
                    )


def _is_exempt(statement: Statement, name: Name) -> bool:
    """Tell whether the index is of no use to anybody, or has a successor in the same file."""
    on = table_of_index(name, statement.schema)
    table = statement.schema.created_or_changed(on) if on else None
    dropped = next((index for index in table.indexes if index.name == name[-1]), None) if table else None
    if table is not None and (table.new or (dropped is not None and dropped.new)):
        return True
    return any(
        isinstance(node, ast.IndexStmt)
        and (
            node.idxname == name[-1]
            or (
                dropped is not None
                and on is not None
                and name_of(node.relation)[-1:] == on[-1:]
                and node.indexParams
                and node.indexParams[0].name == dropped.columns[0]
            )
        )
        for node in statement.session.nodes
    )


RULE = Rule(
    code="DROP_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="See in pg_stat_user_indexes that no query uses it, and make what replaces it first.",
    nodes=("DropStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "DROP INDEX CONCURRENTLY orders_user;",
        'DROP INDEX IF EXISTS shop."Orders_user", other;',
        "CREATE INDEX a ON orders (x);\nDROP INDEX b;",
    ),
    good=(
        "DROP INDEX orders_user;\nCREATE INDEX orders_user ON orders (user_id, at);",
        "CREATE TABLE orders (a int);\nCREATE INDEX i ON orders (a);\nDROP INDEX i;",
        "DROP TABLE orders_index;",
    ),
    check=check,
)
