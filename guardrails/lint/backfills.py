"""A statement that writes rows -> whether it works through a table that was there before, as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType

from guardrails.lint.contracts import Name
from guardrails.lint.objects import Table
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.platform import KEPT_BY_TOOLS
from guardrails.lint.schema import Schema

_BOUNDING = frozenset({"=", "<", ">", "<=", ">="})
_CATALOGS = frozenset({"pg_catalog", "information_schema", "pg_temp"})


def older_sources(query: ast.Node, schema: Schema, own: frozenset[str] = frozenset()) -> tuple[Name, ...]:
    """Return the tables and views that a query draws rows from and that were there before this change set.

    Args:
        query: a SELECT, or an item of a FROM.
        schema: what is known before it.
        own: names of queries in a WITH around it.
    """
    found: dict[Name, None] = {}
    own |= {node.ctename or "" for node in _with(query)}
    for source in _drawn_from(query):
        name = name_of(source)
        if (len(name) > 1 or name[0] not in own) and not _is_catalog(name) and not schema.is_new(name):
            found[name] = None
    return tuple(found)


def backfilled(node: ast.Node, schema: Schema) -> Name | None:
    """Return the older table that a statement works through row by row, without a bound on their number.

    Bounded are a LIMIT, also one in what it draws from, a comparison of a key with a value, rows that stand
    in the statement itself, and the few of a table in which a tool keeps what has run.
    """
    if any(_is_limited(source) for source in _sources(node)):
        return None
    match node:
        case ast.UpdateStmt() | ast.DeleteStmt() if node.relation is not None:
            name = name_of(node.relation)
            if (
                name[-1] in KEPT_BY_TOOLS
                or schema.is_new(name)
                or _is_bounded(node, node.whereClause, schema)
            ):
                return None
            joined = node.fromClause if isinstance(node, ast.UpdateStmt) else node.usingClause
            own = frozenset(part.ctename or "" for part in _with(node))
            drawn = any(older_sources(source, schema, own) for source in _sources(node))
            return name if drawn or not joined else None
        case ast.MergeStmt(relation=ast.RangeVar() as relation, sourceRelation=ast.Node() as source):
            own = frozenset(part.ctename or "" for part in _with(node))
            drawn = any(older_sources(part, schema, own) for part in (source, *_sources(node)))
            unlimited = not _is_limited(source) and not schema.is_new(name_of(relation))
            return name_of(relation) if drawn and unlimited else None
        case ast.InsertStmt(selectStmt=ast.SelectStmt() as query):
            if (
                query.valuesLists
                or query.limitCount is not None
                or _is_bounded(query, query.whereClause, schema)
            ):
                return None
            own = frozenset(part.ctename or "" for part in _with(node))
            queries = (query, *(part.ctequery for part in _with(node)))
            found = (older_sources(one, schema, own) for one in queries if isinstance(one, ast.SelectStmt))
            return next((sources[0] for sources in found if sources), None)
    return None


def _sources(node: ast.Node) -> tuple[ast.Node, ...]:
    """Return the items of a statement's FROM or USING, and the queries of its WITH."""
    drawn = (*(getattr(node, "fromClause", None) or ()), *(getattr(node, "usingClause", None) or ()))
    return (*drawn, *(query.ctequery for query in _with(node)))


def _is_limited(source: ast.Node) -> bool:
    match source:
        case ast.RangeSubselect(subquery=ast.SelectStmt(limitCount=limit)) | ast.SelectStmt(limitCount=limit):
            return limit is not None
    return False


def _with(node: ast.Node) -> tuple[ast.CommonTableExpr, ...]:
    clause = getattr(node, "withClause", None)
    return clause.ctes or () if clause is not None else ()


def _drawn_from(node: ast.Node) -> Iterator[ast.RangeVar]:
    """Yield the relations in the FROM of a query, not those that its conditions look into."""
    match node:
        case ast.RangeVar():
            yield node
        case ast.JoinExpr(larg=ast.Node() as left, rarg=ast.Node() as right):
            yield from _drawn_from(left)
            yield from _drawn_from(right)
        case ast.RangeSubselect(subquery=ast.Node() as query):
            yield from _drawn_from(query)
        case ast.SelectStmt():
            queries = (part.ctequery for part in _with(node))
            for part in (*queries, node.larg, node.rarg, *(node.fromClause or ())):
                if isinstance(part, ast.Node):
                    yield from _drawn_from(part)


def _is_bounded(node: ast.Node, condition: ast.Node | None, schema: Schema) -> bool:
    """Tell whether a condition picks rows by a key, or a limited number of them."""
    if condition is None:
        return False
    names = frozenset(_names_in(node))
    relation = getattr(node, "relation", None)
    table = schema.created_or_changed(name_of(relation)) if relation is not None else None
    return any(_bounds(part, table, names) for part in _conjuncts(condition))


def _names_in(node: ast.Node) -> Iterator[str]:
    """Yield what columns may be qualified with, in a statement that is no SELECT of another."""
    for source in (getattr(node, "relation", None), *_sources(node)):
        for part in walk(source) if source is not None else ():
            match part:
                case ast.RangeVar(relname=str(name)) | ast.Alias(aliasname=str(name)):
                    yield name


def _conjuncts(condition: ast.Node) -> Iterator[ast.Node]:
    match condition:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(parts)):
            for part in parts:
                yield from _conjuncts(part)
        case _:
            yield condition


def _bounds(part: ast.Node, table: Table | None, names: frozenset[str]) -> bool:
    match part:
        case ast.CurrentOfExpr():
            return True
        case ast.SubLink(testexpr=ast.ColumnRef(), subselect=ast.SelectStmt(limitCount=ast.Node())):
            return True
        case ast.A_Expr(lexpr=ast.ColumnRef(fields=fields)) as comparison:
            column = (names_of(fields) or ("",))[-1]
            operator = (names_of(comparison.name) or ("",))[-1]
            match comparison.kind:
                case A_Expr_Kind.AEXPR_IN:
                    values = comparison.rexpr if isinstance(comparison.rexpr, tuple) else ()
                    given = operator == "=" and all(_is_given(value, names) for value in values)
                    return given and _is_key(column, table)
                case A_Expr_Kind.AEXPR_BETWEEN | A_Expr_Kind.AEXPR_OP_ANY:
                    return _is_key(column, table)
                case A_Expr_Kind.AEXPR_OP:
                    given = operator in _BOUNDING and _is_given(comparison.rexpr, names)
                    return given and _is_key(column, table)
    return False


def _is_key(column: str, table: Table | None) -> bool:
    if column in {"id", "ctid"} or column.endswith(("_id", "Id")):
        return True
    return table is not None and any(
        index.unique and index.columns[:1] == (column,) for index in table.indexes
    )


def _is_given(value: object, names: frozenset[str]) -> bool:
    """Tell whether a value stands in the statement, is looked up once, or is a variable of PL/pgSQL."""
    match value:
        case ast.A_Const() | ast.ParamRef() | ast.SubLink():
            return True
        case ast.TypeCast(arg=inner):
            return _is_given(inner, names)
        case ast.ColumnRef(fields=fields):
            parts = names_of(fields)
            return len(parts) == 1 or (len(parts) > 1 and parts[-2] not in names)
    return False


def _is_catalog(name: Name) -> bool:
    return (len(name) > 1 and name[-2] in _CATALOGS) or (len(name) == 1 and name[0].startswith("pg_"))
