"""An expression of a policy -> what it asks of the caller: who must ask, and how that is found out.

The caller's *identity* is what comes with the request: `auth.uid()` and its kin, a setting, the role
of the session. What a function of the project asks is not known, unless its body can be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import (
    A_Expr_Kind,
    BoolExprType,
    BoolTestType,
    NullTestType,
    SQLValueFunctionOp,
    SubLinkType,
)

from guardrails.lint.bodies import body_of
from guardrails.lint.contracts import Name
from guardrails.lint.memory import remembered
from guardrails.lint.parsing import calls_in, names_of, walk
from guardrails.lint.schema import Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

AUTH_CALLS = frozenset({"uid", "jwt", "role", "email"})
_SESSION_VALUES = frozenset({
    SQLValueFunctionOp.SVFOP_CURRENT_ROLE,
    SQLValueFunctionOp.SVFOP_CURRENT_USER,
    SQLValueFunctionOp.SVFOP_SESSION_USER,
    SQLValueFunctionOp.SVFOP_USER,
})  # fmt: skip
_ASKS_NOBODY = frozenset(
    [
        "abs",
        "array_append",
        "array_length",
        "array_position",
        "btrim",
        "cardinality",
        "ceil",
        "char_length",
        "clock_timestamp",
        "concat",
        "count",
        "current_database",
        "date_part",
        "date_trunc",
        "extract",
        "filename",
        "floor",
        "foldername",
        "extension",
        "format",
        "gen_random_uuid",
        "greatest",
        "jsonb_array_length",
        "jsonb_extract_path",
        "jsonb_extract_path_text",
        "jsonb_typeof",
        "least",
        "left",
        "length",
        "lower",
        "ltrim",
        "make_interval",
        "max",
        "md5",
        "min",
        "now",
        "nullif",
        "octet_length",
        "overlay",
        "position",
        "random",
        "regexp_match",
        "regexp_matches",
        "regexp_replace",
        "replace",
        "right",
        "round",
        "rtrim",
        "split_part",
        "starts_with",
        "statement_timestamp",
        "string_to_array",
        "strpos",
        "substr",
        "substring",
        "sum",
        "timezone",
        "to_char",
        "to_date",
        "to_json",
        "to_jsonb",
        "to_number",
        "to_timestamp",
        "transaction_timestamp",
        "trim",
        "unnest",
        "upper",
        "uuid_generate_v4",
    ]
)
_MOST_NESTED = 4


def auth_call(node: object) -> str | None:
    """Return which of Supabase's functions about the caller a call is of: "uid", "jwt", "role", "email"."""
    if isinstance(node, ast.FuncCall):
        match names_of(node.funcname)[-2:]:
            case ("auth", called) if called in AUTH_CALLS:
                return called
    return None


def is_session_value(node: object) -> bool:
    """Tell whether this is `current_user` or one of its kin."""
    return isinstance(node, ast.SQLValueFunction) and node.op in _SESSION_VALUES


def is_setting(node: object) -> TypeGuard[ast.FuncCall]:
    return isinstance(node, ast.FuncCall) and names_of(node.funcname)[-1:] == ("current_setting",)


def is_identity(node: object) -> bool:
    """Tell whether this node is where the caller's identity comes from."""
    return auth_call(node) is not None or is_setting(node) or is_session_value(node)


def mentions_identity(node: object) -> bool:
    return isinstance(node, ast.Node) and any(map(is_identity, walk(node)))


def own_calls(node: ast.Node) -> Iterator[ast.FuncCall]:
    """Yield calls of what is neither built in nor Supabase's: functions that may ask who the caller is."""
    return iter(_own_calls(node))


@remembered
def _own_calls(node: ast.Node) -> tuple[ast.FuncCall, ...]:
    return tuple(
        call for call in calls_in(node) if not is_identity(call) and _is_own(names_of(call.funcname))
    )


def _is_own(name: Name) -> bool:
    return name[-1] == "pg_has_role" or not (
        name[-1] in _ASKS_NOBODY or name[-1].startswith("pg_") or name[:-1] == ("pg_catalog",)
    )


def reached(node: ast.Node, schema: Schema, depth: int = 0) -> Iterator[ast.Node]:
    """Yield the nodes of an expression, and those of the bodies of the functions that it calls."""
    for part in walk(node):
        yield part
        if isinstance(part, ast.FuncCall) and depth < _MOST_NESTED:
            for function in schema.functions_named(names_of(part.funcname)):
                for statement in body_of(function):
                    yield from reached(statement, schema, depth + 1)


def disjuncts(node: ast.Node) -> Iterator[ast.Node]:
    """Yield the branches of OR at the top of an expression."""
    yield from _arguments(node, BoolExprType.OR_EXPR)


def conjuncts(node: ast.Node) -> Iterator[ast.Node]:
    """Yield the parts of AND at the top of an expression."""
    yield from _arguments(node, BoolExprType.AND_EXPR)


def _arguments(node: ast.Node, operator: BoolExprType) -> Iterator[ast.Node]:
    inner = unwrapped(node)
    if isinstance(inner, ast.BoolExpr) and inner.boolop == operator:
        for argument in inner.args or ():
            yield from _arguments(argument, operator)
    else:
        yield inner


def unwrapped(node: ast.Node) -> ast.Node:
    """Return what stands inside `(SELECT …)` without a table, and inside casts to boolean."""
    match node:
        case ast.SubLink(
            subLinkType=SubLinkType.EXPR_SUBLINK,
            subselect=ast.SelectStmt(
                fromClause=None, whereClause=None, targetList=(ast.ResTarget(val=ast.Node() as value),)
            ),
        ):
            return unwrapped(value)
        case ast.TypeCast(arg=ast.Node() as argument, typeName=ast.TypeName(names=names)) if names_of(names)[
            -1:
        ] == ("bool",):
            return unwrapped(argument)
    return node


def asks_who(node: object, schema: Schema) -> bool:
    """Tell whether an expression can only be true for a caller that it has found out something about.

    In doubt about a function of the project the answer is yes.
    """
    match unwrapped(node) if isinstance(node, ast.Node) else None:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(arguments)):
            return any(asks_who(argument, schema) for argument in arguments)
        case ast.BoolExpr(boolop=BoolExprType.OR_EXPR, args=tuple(arguments)):
            return all(asks_who(argument, schema) for argument in arguments)
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(argument,)):
            return not lets_strangers_in(argument, negated=True) and _consults(argument, schema)
        case ast.NullTest(nulltesttype=kind, arg=argument):
            return kind == NullTestType.IS_NOT_NULL and _consults(argument, schema)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_DISTINCT):
            return False
        case ast.A_Expr(lexpr=left, rexpr=right) if any(map(_falls_back_on_the_row, (left, right))):
            return False
        case ast.CaseExpr(args=whens, defresult=default):
            results = [(when.expr, when.result) for when in whens or ()]
            open_by_default = default is not None and not asks_who(default, schema)
            return not open_by_default and all(
                asks_who(condition, schema) or asks_who(result, schema) for condition, result in results
            )
        case ast.CoalesceExpr(args=tuple(arguments)):
            return all(asks_who(argument, schema) or _is_false(argument) for argument in arguments)
        case ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK, subselect=ast.SelectStmt() as select):
            return _select_asks(select, schema)
        case ast.Node() as other:
            return _consults(other, schema)
    return False


def _is_false(node: ast.Node) -> bool:
    match node:
        case ast.A_Const(isnull=True) | ast.A_Const(val=ast.Boolean(boolval=False | None)):
            return True
    return False


def _select_asks(select: ast.SelectStmt, schema: Schema) -> bool:
    if select.op:
        return all(_select_asks(side, schema) for side in (select.larg, select.rarg) if side)
    joined = (part for source in select.fromClause or () for part in _join_conditions(source))
    inner = (
        source.subquery
        for source in select.fromClause or ()
        if isinstance(source, ast.RangeSubselect) and isinstance(source.subquery, ast.SelectStmt)
    )
    return (
        any(asks_who(condition, schema) for condition in (select.whereClause, select.havingClause, *joined))
        or any(_select_asks(query, schema) for query in inner)
        or any(
            isinstance(cte.ctequery, ast.SelectStmt) and _select_asks(cte.ctequery, schema)
            for cte in (select.withClause.ctes or () if select.withClause else ())
        )
        or any(
            _consults(source, schema)
            for source in select.fromClause or ()
            if isinstance(source, ast.RangeFunction)
        )
    )


def _join_conditions(source: object) -> Iterator[ast.Node]:
    if isinstance(source, ast.JoinExpr):
        if source.quals is not None:
            yield source.quals
        yield from _join_conditions(source.larg)
        yield from _join_conditions(source.rarg)


def _consults(node: object, schema: Schema) -> bool:
    """Tell whether an expression looks at the caller somewhere, be it in a function of the project."""
    if not isinstance(node, ast.Node):
        return False
    if mentions_identity(node):
        return True
    return any(_may_ask(names_of(call.funcname), schema) for call in own_calls(node))


def _may_ask(name: Name, schema: Schema) -> bool:
    functions = schema.functions_named(name)
    if not functions:
        return True
    for function in functions:
        body = body_of(function) if function.language == "sql" else ()
        if not body or any(
            mentions_identity(statement) or next(own_calls(statement), None) for statement in body
        ):
            return True
    return False


def lets_strangers_in(node: ast.Node, *, negated: bool = False) -> bool:
    """Tell whether a test is one that callers pass who are nobody, or not the one that it names.

    `auth.uid() IS NULL`, `auth.role() = 'anon'`, `auth.uid() <> owner`, `NOT (auth.uid() = owner)`, and
    what turns the NULL of an absent caller into true.
    """
    match unwrapped(node):
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(argument,)):
            return lets_strangers_in(argument, negated=not negated)
        case ast.NullTest(nulltesttype=kind, arg=argument):
            return _names_caller(argument) and (kind == NullTestType.IS_NULL) is not negated
        case ast.BooleanTest(booltesttype=kind, arg=ast.Node() as argument):
            return (
                not negated
                and kind in {BoolTestType.IS_NOT_TRUE, BoolTestType.IS_NOT_FALSE, BoolTestType.IS_UNKNOWN}
                and _is_comparison(argument)
            )
        case ast.CoalesceExpr(args=tuple(arguments)):
            return (
                not negated
                and any(_is_comparison(argument) for argument in arguments[:-1])
                and isinstance(arguments[-1], ast.A_Const)
                and not _is_false(arguments[-1])
            )
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, lexpr=left, rexpr=right) if not negated and any(
            map(_falls_back_on_the_row, (left, right))
        ):
            return True
        case ast.A_Expr() as comparison if _is_comparison(comparison):
            return _is_inverted(comparison, negated=negated)
    return False


def _falls_back_on_the_row(node: object) -> bool:
    """Tell whether this is the caller, or for want of one a value of the row: `coalesce(auth.uid(), owner)`."""
    match node:
        case ast.CoalesceExpr(args=(first, *_, last)):
            return _names_caller(first) and isinstance(last, ast.ColumnRef)
    return False


def _is_inverted(node: ast.A_Expr, *, negated: bool) -> bool:
    operator = names_of(node.name)[-1:]
    texts = _texts(node)
    if texts and any(_is_role(side) for side in (node.lexpr, node.rexpr)):
        is_same = (operator == ("=",)) is not negated
        return "anon" in texts if is_same else texts == {"authenticated"}
    if texts:
        return False
    if node.kind == A_Expr_Kind.AEXPR_DISTINCT:
        return not negated
    return operator in ({("=",)} if negated else {("<>",)})


def _is_comparison(node: ast.Node) -> bool:
    return isinstance(node, ast.A_Expr) and any(_names_caller(side) for side in (node.lexpr, node.rexpr))


def _names_caller(node: object) -> bool:
    """Tell whether an expression is nothing but who the caller is: null for a stranger."""
    if not isinstance(node, ast.Node):
        return False
    inner = unwrapped(node)
    while isinstance(inner, ast.TypeCast) and inner.arg is not None:
        inner = unwrapped(inner.arg)
    match inner:
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_NULLIF, lexpr=value):
            return _names_caller(value)
        case ast.A_Expr(lexpr=ast.Node() as left, rexpr=key):
            return auth_call(unwrapped(left)) == "jwt" and _text(key) in {"sub", "role", "email"}
    return auth_call(inner) is not None or is_setting(inner)


def _is_role(node: object) -> bool:
    if not isinstance(node, ast.Node):
        return False
    match unwrapped(node):
        case ast.TypeCast(arg=argument):
            return _is_role(argument)
        case ast.A_Expr(lexpr=ast.Node() as left, rexpr=key):
            return auth_call(unwrapped(left)) == "jwt" and _text(key) == "role"
        case inner:
            return auth_call(inner) == "role"


def _texts(node: ast.A_Expr) -> set[str]:
    """Return the strings that a comparison compares with, also those of IN and of an array."""
    found: set[str] = set()
    for side in (node.lexpr, node.rexpr):
        several = (
            side
            if isinstance(side, tuple)
            else side.elements or ()
            if isinstance(side, ast.A_ArrayExpr)
            else (side,)
        )
        found.update(text for text in map(_text, several) if text is not None)
    return found


def _text(node: object) -> str | None:
    match node:
        case ast.A_Const(val=ast.String(sval=str(text))):
            return text
        case ast.TypeCast(arg=argument):
            return _text(argument)
    return None


def only_signed_in(node: ast.Node) -> bool:
    """Tell whether an expression asks for nothing but that somebody is signed in."""
    return all(_is_sign_in_test(part) for part in conjuncts(node))


def _is_sign_in_test(node: ast.Node) -> bool:
    match unwrapped(node):
        case ast.NullTest(nulltesttype=NullTestType.IS_NOT_NULL, arg=argument):
            return _names_caller(argument) or (isinstance(argument, ast.Node) and _is_comparison(argument))
        case ast.A_Expr(lexpr=left, rexpr=right, name=name) as comparison:
            roles = _texts(comparison)
            is_role = _is_role(left) or _is_role(right)
            return is_role and (
                (names_of(name)[-1:] == ("=",) and roles >= {"authenticated"} and "anon" not in roles)
                or (names_of(name)[-1:] == ("<>",) and roles == {"anon"})
            )
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(ast.NullTest(arg=argument) as test,)):
            return test.nulltesttype == NullTestType.IS_NULL and _names_caller(argument)
    return False
