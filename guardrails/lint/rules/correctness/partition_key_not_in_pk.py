"""The primary key of a partitioned table must hold its partition key.

The same goes for a unique constraint. Each partition has its own index, which can't know what stands in the others; PostgreSQL refuses the
constraint, and any at all where an expression is in the partition key.

Source: <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.parts import constraints
from guardrails.lint.spelling import written

_KINDS = {ConstrType.CONSTR_PRIMARY: "primary key", ConstrType.CONSTR_UNIQUE: "unique constraint"}


def check(statement: Statement) -> Iterator[Problem]:
    for found in constraints(statement, *_KINDS):
        kind = found.node.contype
        assert kind is not None  # the stubs make every field optional
        if not found.node.indexname:
            key = _partition_key(statement, found.table)
            yield from _problem(found.table, _KINDS[kind], found.columns, key, found.offset)
    match statement.node:
        case ast.IndexStmt(unique=True, relation=ast.RangeVar() as relation, indexParams=tuple(elements)):
            columns = tuple(element.name or "" for element in elements)
            key = _partition_key(statement, name_of(relation))
            yield from _problem(name_of(relation), "unique index", columns, key, relation.location or 0)


def _problem(
    table: Name, what: str, columns: Name, key: tuple[str | None, ...] | None, offset: int
) -> Iterator[Problem]:
    if key is None or set(key) <= set(columns):
        return
    if None in key:
        message = f"a {what} on {written(table)}, which is partitioned by an expression"
        suggestion = "Partition it by columns, or make the rows unique in each partition for itself."
    else:
        missing = ", ".join(written((column,)) for column in key if column and column not in columns)
        message = f"the {what} of {written(table)} lacks {missing}, by which it is partitioned"
        both = ", ".join(written((column,)) for column in (*columns, *key) if column)
        suggestion = f"Take the partition key into it: ({both})."
    yield Problem(message, offset, suggestion, will_fail=True)


def _partition_key(statement: Statement, table: Name) -> tuple[str | None, ...] | None:
    match statement.node:
        case ast.CreateStmt(partspec=ast.PartitionSpec(partParams=tuple(parts))):
            return tuple(part.name for part in parts)
        case ast.CreateStmt():
            return None
    known = statement.schema.table(table)
    return known.partitioned if known else None


RULE = Rule(
    code="PARTITION_KEY_NOT_IN_PK",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Take the columns of the partition key into it.",
    nodes=("CreateStmt", "AlterTableStmt", "IndexStmt"),
    bad=(
        "CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz) PARTITION BY RANGE (at);",
        "CREATE TABLE events (id bigint, kind int, UNIQUE (id)) PARTITION BY LIST (kind);",
        "CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);\nALTER TABLE events ADD PRIMARY KEY (id);",
        "CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);\nCREATE UNIQUE INDEX ON events (id);",
        "CREATE TABLE events (id bigint PRIMARY KEY) PARTITION BY RANGE ((id + 1));",
    ),
    good=(
        "CREATE TABLE events (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);",
        "CREATE TABLE events (id bigint PRIMARY KEY) PARTITION BY HASH (id);",
        "CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);\nCREATE INDEX ON events (id);",
        "CREATE TABLE events (id bigint PRIMARY KEY, at date);",
    ),
    check=check,
)
