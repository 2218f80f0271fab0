"""The expression of a policy or a CHECK -> which columns it ties to the caller, and which constants it wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType
from pglast.parser import ParseError
from pglast.visitors import Visitor

_CALLER = frozenset({"uid", "jwt", "email", "role", "current_setting"})
_BUILT_IN = frozenset({"pg_catalog", "auth", "storage"})


@dataclass(frozen=True)
class Tied:
    """A column that a policy compares with who asks.

    Attributes:
        path: keys of the claim it is compared with, `("sub",)` for the user's id; empty when the
            comparison goes through a function or a query.
        folder: the claim is the first part of the column's path.
    """

    column: str
    path: tuple[str, ...]
    folder: bool = False


@lru_cache(maxsize=4096)
def parsed(expression: str) -> ast.Node | None:
    """Return the tree of an expression as PostgreSQL prints it; None for one that can't be read."""
    if not expression:
        return None
    try:
        statement = parse_sql(f"SELECT {expression}")[0].stmt
    except ParseError:
        return None
    match statement:
        case ast.SelectStmt(targetList=(ast.ResTarget(val=node),)):
            return node
    return None


def tied_columns(expression: str, table: str) -> Iterator[Tied]:
    """Return the columns of `table` that an expression ties to the caller."""
    for comparison in found_in(parsed(expression), ast.A_Expr, ast.SubLink, ast.FuncCall):
        match comparison:
            case ast.A_Expr(lexpr=left, rexpr=right, name=(ast.String(sval="="), *_)):
                yield from _compared(left, right, table)
                yield from _compared(right, left, table)
            case ast.SubLink(testexpr=ast.ColumnRef() as reference):
                if name := _own(reference, table):
                    yield Tied(name, ())
            case ast.SubLink(subselect=query):
                for reference in found_in(query, ast.ColumnRef):
                    if len(reference.fields) > 1 and (name := _own(reference, table)):
                        yield Tied(name, ())
            case ast.FuncCall(args=tuple(arguments)) if not _is_built_in(comparison):
                for reference in found_in(arguments, ast.ColumnRef):
                    if name := _own(reference, table):
                        yield Tied(name, ())


def wanted_constants(expression: str) -> dict[str, str]:
    """Return the constants that columns have to equal for the whole expression to hold."""
    wanted: dict[str, str] = {}
    conjuncts = [parsed(expression)]
    while conjuncts:
        match conjuncts.pop():
            case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(parts)):
                conjuncts += parts
            case ast.A_Expr(lexpr=left, rexpr=right, name=(ast.String(sval="="),)):
                column, constant = bare(left), bare(right)
                if isinstance(column, ast.ColumnRef) and isinstance(constant, ast.A_Const):
                    value = constant_of(constant)
                    if value is not None:
                        wanted[last_name(column)] = value
    return wanted


def choices(expression: str, column: str) -> tuple[str, ...]:
    """Return the constants that a CHECK compares a column with for equality."""
    found: list[str] = []
    for comparison in found_in(parsed(expression), ast.A_Expr):
        if comparison.name[-1].sval != "=" or comparison.kind not in {
            A_Expr_Kind.AEXPR_OP,
            A_Expr_Kind.AEXPR_OP_ANY,
        }:
            continue
        reference = bare(comparison.lexpr)
        if isinstance(reference, ast.ColumnRef) and last_name(reference) in {column, "value"}:
            found += filter(None, map(constant_of, found_in(comparison.rexpr, ast.A_Const)))
    return tuple(dict.fromkeys(found))


def lowest(expression: str, column: str) -> int | None:
    """Return the number that a CHECK wants a column, or its length, to reach."""
    for comparison in found_in(parsed(expression), ast.A_Expr):
        if comparison.name[-1].sval in {">", ">="}:
            constant = bare(comparison.rexpr)
            references = [last_name(one) for one in found_in(comparison.lexpr, ast.ColumnRef)]
            if references in ([column], ["value"]) and isinstance(constant, ast.A_Const):
                value = constant_of(constant)
                if value is not None and value.lstrip("-").isdigit():
                    return int(value) + 1
    return None


def tables_named(expression: str) -> frozenset[str]:
    """Return the tables that the queries of an expression read, by their last name."""
    return frozenset(table.relname for table in found_in(parsed(expression), ast.RangeVar))


def _compared(column: object, other: object, table: str) -> Iterator[Tied]:
    if not _asks_for_the_caller(other):
        return
    reference = bare(column)
    if isinstance(reference, ast.ColumnRef):
        if name := _own(reference, table):
            yield Tied(name, _claim(other))
        return
    if _asks_for_the_caller(column):
        return
    for reference in found_in(column, ast.ColumnRef):
        if name := _own(reference, table):
            yield Tied(name, _claim(other), folder=True)


def _asks_for_the_caller(node: object) -> bool:
    return any(call.funcname[-1].sval in _CALLER for call in found_in(node, ast.FuncCall))


def _claim(node: object) -> tuple[str, ...]:
    """Return the claim that an expression reads: `auth.jwt() -> 'app_metadata' ->> 'org_id'`."""
    for call in found_in(node, ast.FuncCall):
        match call.funcname[-1].sval:
            case "uid":
                return ("sub",)
            case "email" | "role" as name:
                return (name,)
    keys: list[str] = []
    for operation in found_in(node, ast.A_Expr):
        if operation.name[-1].sval in {"->", "->>"}:
            constant = bare(operation.rexpr)
            if isinstance(constant, ast.A_Const) and (value := constant_of(constant)) is not None:
                keys.insert(0, value)
    return tuple(keys)


def _own(reference: ast.ColumnRef, table: str) -> str:
    """Return the name of a column that belongs to `table`, else an empty text."""
    names = [field.sval or "" for field in reference.fields or () if isinstance(field, ast.String)]
    if not names or (len(names) > 1 and names[-2] != table):
        return ""
    return names[-1]


def _is_built_in(call: ast.FuncCall) -> bool:
    # PostgreSQL prints the schema of every function that an empty search path does not find.
    name = call.funcname or ()
    return len(name) == 1 or name[0].sval in _BUILT_IN


def last_name(reference: ast.ColumnRef) -> str:
    """Return the name of the column itself, whatever qualifies it."""
    match reference.fields:
        case (*_, ast.String(sval=str(name))):
            return name.lower()
    return ""


def bare(node: object) -> object:
    """Return what is below casts."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node


def constant_of(constant: ast.A_Const) -> str | None:
    """Return a constant as PostgreSQL writes it out; None for NULL."""
    match constant.val:
        case ast.String(sval=value):
            return value
        case ast.Integer(ival=number):
            return str(number)
        case ast.Float(fval=number):
            return str(number)
        case ast.Boolean(boolval=truth):
            return "true" if truth else "false"
    return None


def found_in(node: object, *kinds: type) -> list:  # type: ignore[type-arg]
    """Return the nodes of these kinds, outermost first."""
    found: list[object] = []

    class Collect(Visitor):
        def visit(self, ancestors: object, node: object) -> None:  # noqa: ARG002
            if isinstance(node, kinds):
                found.append(node)

    for one in node if isinstance(node, tuple) else (node,):
        if isinstance(one, ast.Node):
            Collect()(one)
    return found
