"""Without a primary key a row has no name: nothing can address it alone.

Logical replication refuses its UPDATE and DELETE, and an API has nothing to address a row by.

Exempt is a partition, also one that is attached later, a child that has its parent's columns, a temporary or unlogged table, one that
copies indexes by LIKE, one that gets a primary key later, and one with unique columns that are NOT NULL.

Source: <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS>,
<https://www.postgresql.org/docs/current/logical-replication-publication.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.parsing import name_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_INDEXES = 1 << 6  # CREATE_TABLE_LIKE_INDEXES in PostgreSQL's parsenodes.h
_KEPT = frozenset({"t", "u"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation) as node:
            if relation.relpersistence in _KEPT or node.inhRelations or node.ofTypename or _copies(node):
                return
            name = written(name_of(relation))
            yield Problem(
                f"table {name} has no primary key: a row of it can't be told from its copy",
                relation.location or statement.start,
                "Add a column id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, or make the columns that tell "
                "the rows apart the primary key.",
                unless=_has_one(statement.schema, relation),
            )


def _copies(node: ast.CreateStmt) -> bool:
    return any(
        isinstance(element, ast.TableLikeClause) and bool((element.options or 0) & _INDEXES)
        for element in node.tableElts or ()
    )


def _has_one(schema: Schema, relation: ast.RangeVar) -> Callable[[], bool]:
    def has_one() -> bool:
        table = schema.made_by(relation)
        if table is None or table.dropped or table.partition_of is not None:
            return True
        return table.primary_key is not None or _has_a_key(table)

    return has_one


def _has_a_key(table: Table) -> bool:
    return any(
        index.unique
        and not index.partial
        and not index.not_null
        and all(name in table.columns and table.columns[name].not_null for name in index.columns if name)
        and None not in index.columns
        for index in table.indexes
    )


RULE = Rule(
    code="MISSING_PRIMARY_KEY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a primary key.",
    nodes=("CreateStmt",),
    bad=(
        "CREATE TABLE log (at timestamptz, message text);",
        "CREATE TABLE log (id bigint UNIQUE, message text);",
        "CREATE TABLE log (LIKE orders);",
        "CREATE TABLE IF NOT EXISTS shop.log (message text);",
    ),
    good=(
        "CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
        "CREATE TABLE log (id bigint);\nALTER TABLE log ADD PRIMARY KEY (id);",
        "CREATE TABLE members (a int NOT NULL, b int NOT NULL, UNIQUE (a, b));",
        "CREATE TEMP TABLE scratch (a int);",
        "CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM (1) TO (2);",
        "CREATE TABLE copied (LIKE orders INCLUDING ALL);",
        (
            "CREATE TABLE log_2026 (LIKE log);\n"
            "ALTER TABLE log ATTACH PARTITION log_2026 FOR VALUES FROM (1) TO (2);"
        ),
        "CREATE TABLE copied AS SELECT * FROM orders;",
    ),
    check=check,
)
