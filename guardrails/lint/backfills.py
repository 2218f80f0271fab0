"""A statement that writes rows -> whether it works through a table that was there before, as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType

from guardrails.lint.contracts import Name
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.schema import Schema

_BOUNDING = frozenset({"=", "<", ">", "<=", ">="})
_CATALOGS = frozenset({"pg_catalog", "information_schema", "pg_temp"})


def older_sources(query: ast.Node, schema: Schema) -> tuple[Name, ...]:
    """Return the tables and views in a query that were there before this change set, as written."""
    own = {node.ctename for node in walk(query) if isinstance(node, ast.CommonTableExpr)}
    found: dict[Name, None] = {}
    for node in walk(query):
        if isinstance(node, ast.RangeVar):
            name = name_of(node)
            if (len(name) > 1 or name[0] not in own) and not _is_catalog(name) and not schema.is_new(name):
                found[name] = None
    return tuple(found)


def backfilled(node: ast.Node, schema: Schema) -> Name | None:
    """Return the older table that a statement works through row by row, without a bound on their number.

    Bounded are a LIMIT, a `ctid`, a comparison of a key with a constant or a parameter, and rows that stand in
    the statement itself.
    """
    match node:
        case (
            ast.UpdateStmt(relation=ast.RangeVar() as relation)
            | ast.DeleteStmt(relation=ast.RangeVar() as relation)
        ):
            name = name_of(relation)
            if schema.is_new(name) or _is_bounded(node.whereClause, name, schema):
                return None
            sources = getattr(node, "fromClause", None) or getattr(node, "usingClause", None) or ()
            if sources and not any(older_sources(source, schema) for source in sources):
                return None
            return name
        case ast.InsertStmt(relation=ast.RangeVar(), selectStmt=ast.SelectStmt() as query):
            if (
                query.valuesLists
                or query.limitCount is not None
                or _is_bounded(query.whereClause, (), schema)
            ):
                return None
            return next(iter(older_sources(query, schema)), None)
    return None


def _is_bounded(condition: ast.Node | None, table: Name, schema: Schema) -> bool:
    """Tell whether a condition picks rows by a key, or a limited number of them."""
    return condition is not None and any(_bounds(part, table, schema) for part in _conjuncts(condition))


def _conjuncts(condition: ast.Node) -> Iterator[ast.Node]:
    match condition:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(parts)):
            for part in parts:
                yield from _conjuncts(part)
        case _:
            yield condition


def _bounds(part: ast.Node, table: Name, schema: Schema) -> bool:
    match part:
        case ast.SubLink(testexpr=ast.ColumnRef(), subselect=ast.SelectStmt(limitCount=ast.Node())):
            return True
        case ast.A_Expr(lexpr=ast.ColumnRef(fields=fields)) as comparison:
            column = (names_of(fields) or ("",))[-1]
            operator = (names_of(comparison.name) or ("",))[-1]
            if comparison.kind == A_Expr_Kind.AEXPR_IN and operator == "=":
                return all(_is_given(value) for value in comparison.rexpr)
            if comparison.kind in {A_Expr_Kind.AEXPR_BETWEEN, A_Expr_Kind.AEXPR_OP_ANY}:
                return _is_key(column, table, schema)
            if comparison.kind == A_Expr_Kind.AEXPR_OP and operator in _BOUNDING:
                return _is_key(column, table, schema) and _is_given(comparison.rexpr)
    return False


def _is_key(column: str, name: Name, schema: Schema) -> bool:
    if column in {"id", "ctid"} or column.endswith("_id"):
        return True
    table = schema.created_or_changed(name) if name else None
    return table is not None and any(
        index.unique and index.columns[:1] == (column,) for index in table.indexes
    )


def _is_given(value: object) -> bool:
    """Tell whether a value stands in the statement, or is looked up once."""
    match value:
        case ast.A_Const() | ast.ParamRef() | ast.SubLink():
            return True
        case ast.TypeCast(arg=inner):
            return _is_given(inner)
        case ast.ColumnRef(fields=fields):
            return len(names_of(fields)) == 1  # a variable of PL/pgSQL, as far as can be told
    return False


def _is_catalog(name: Name) -> bool:
    return (len(name) > 1 and name[-2] in _CATALOGS) or (len(name) == 1 and name[0].startswith("pg_"))
