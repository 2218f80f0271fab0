"""An index that another makes superfluous costs on each write for nothing.

No query reads it. Superfluous is an index whose columns are the first ones of another B-tree, in the
same order, with the same operator classes, collations and condition.

Exempt are an index that is narrower by more than one column, unique indexes whose columns only lead
another, indexes with a condition of their own, other methods than B-tree, and INCLUDE.

Source: <https://www.postgresql.org/docs/current/indexes-multicolumn.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ConstrType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Index, Table
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import written

_Key = tuple[object, ...]
_MOST_MORE = 1
"""Columns by which the wider index may be wider: a much wider one is slower to search."""


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(relation=ast.RangeVar() as relation) as node:
            table = statement.schema.created_or_changed(name_of(relation))
            keys = _keys(node)
            if table is None or keys is None:
                return
            for index in table.indexes:
                others = _keys_of(index)
                if others is None or (node.idxname and node.idxname == index.name):
                    continue
                new = node.idxname or "the new index"
                old = index.name or "the key of the table"
                if abs(len(keys) - len(others)) > _MOST_MORE:
                    continue
                if keys == others[: len(keys)] and (not node.unique or (index.unique and keys == others)):
                    spare, kept = new, old
                elif others == keys[: len(others)] and not index.unique:
                    spare, kept = old, new
                else:
                    continue
                yield Problem(
                    f"on {written(name_of(relation))}, {spare} does nothing that {kept} doesn't do too",
                    relation.location or statement.start,
                    unless=_is_gone(table, index, node),
                )
                return


def _is_gone(table: Table, index: Index, node: ast.IndexStmt) -> Callable[[], bool]:
    return lambda: (
        table.dropped or index not in table.indexes or all(known.node is not node for known in table.indexes)
    )


def _keys_of(index: Index) -> tuple[_Key, ...] | None:
    match index.node:
        case ast.IndexStmt() as node:
            return _keys(node)
        case ast.Constraint(contype=ConstrType.CONSTR_PRIMARY | ConstrType.CONSTR_UNIQUE) if (
            None not in index.columns
        ):
            return tuple((column, None, (), (), 0, 0) for column in index.columns)
    return None


def _keys(node: ast.IndexStmt) -> tuple[_Key, ...] | None:
    """Return what each key column is, None for an index that is more than columns in order."""
    if node.whereClause is not None or node.accessMethod != "btree" or node.indexIncludingParams:
        return None
    return tuple(
        (
            part.name,
            part.expr,
            names_of(part.opclass),
            names_of(part.collation),
            int(part.ordering or 0),
            int(part.nulls_ordering or 0),
        )
        for part in node.indexParams or ()
    )


RULE = Rule(
    code="DUPLICATE_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Keep the wider index, and leave the other out; drop one that is there with DROP INDEX CONCURRENTLY."
    ),
    nodes=("IndexStmt",),
    bad=(
        ("CREATE TABLE t (id bigint PRIMARY KEY);\nCREATE INDEX i ON t (id);"),
        ("CREATE TABLE t (a int, b int);\nCREATE INDEX i ON t (a, b);\nCREATE INDEX j ON t (a);"),
        ("CREATE TABLE t (a int, b int);\nCREATE INDEX i ON t (a);\nCREATE INDEX j ON t (a, b);"),
        ("CREATE INDEX i ON t (lower(a));\nCREATE INDEX j ON t (lower(a));"),
    ),
    good=(
        ("CREATE TABLE t (a int, b int, UNIQUE (a, b));\nCREATE INDEX i ON t (b);"),
        ("CREATE INDEX i ON t (a);\nCREATE UNIQUE INDEX j ON t (a) WHERE b;"),
        ("CREATE INDEX i ON t (a, b);\nCREATE UNIQUE INDEX j ON t (a);"),
        ("CREATE INDEX i ON t (a);\nDROP INDEX i;\nCREATE INDEX j ON t (a, b);"),
        ("CREATE INDEX i ON t (a);\nCREATE INDEX j ON t (a text_pattern_ops);"),
        ("CREATE INDEX i ON t (a);\nCREATE INDEX j ON t USING gin (a);"),
    ),
    check=check,
)
