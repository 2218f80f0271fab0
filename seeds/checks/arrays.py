"""Conditions on arrays: which elements there may be and which there must be."""

from __future__ import annotations

from pglast import ast

from guardrails.lint.parsing import names_of
from seeds.checks.branches import Ways, any_of, one
from seeds.checks.contracts import Domain
from seeds.checks.terms import Reader, literal


def elements_of(node: object, reader: Reader) -> tuple[str, ...] | None:
    """Return the elements of an array that is written out, or None where a column is in it."""
    match node:
        case ast.TypeCast(arg=argument):
            return elements_of(argument, reader)
        case ast.A_ArrayExpr(elements=items):
            known = [reader.constant(item).text for item in items or () if reader.column(item) is None]
            if len(known) != len(items or ()):
                return None
            return tuple(text for text in known if text is not None)
        case ast.A_Const(val=ast.String(sval=str(text))) if text.startswith("{"):
            return array_items(text)
        case ast.FuncCall(funcname=name, args=(text, separator)) if names_of(name)[-1] == "string_to_array":
            whole, mark = literal(text), literal(separator)
            if whole and mark and whole.text and mark.text:
                return tuple(whole.text.split(mark.text))
    return None


def array_items(text: str) -> tuple[str, ...]:
    """Return the elements of an array of one dimension as PostgreSQL writes it: `{a,"b c"}`."""
    items: list[str] = []
    current: list[str] = []
    quoted = escaped = False
    for character in text[1:-1]:
        if escaped:
            current.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            items.append("".join(current))
            current = []
        else:
            current.append(character)
    return (*items, "".join(current)) if items or current else ()


def membership(
    node: ast.A_Expr, operator: str, reader: Reader, *, positive: bool, every: bool
) -> Ways | None:
    """Return what `'x' = ANY (column)` asks, or None where it is no such condition."""
    column, item = reader.column(node.rexpr), literal(node.lexpr)
    if column is None or item is None or item.text is None:
        return None
    if positive and operator == "=" and not every:
        return one(column, Domain(contains=(item.text,)))
    if operator == ("<>" if positive else "=") and every == positive:
        return one(column, Domain(excluded=(item.text,)))
    return None


def array_operator(
    operator: str, left: object, right: object, reader: Reader, *, positive: bool
) -> Ways | None:
    """Return what an operator asks of an array, or None where it is none of those."""
    column, other = reader.column(left), reader.column(right)
    if other and column is None and operator in {"@>", "<@"}:
        return array_operator("<@" if operator == "@>" else "@>", right, left, reader, positive=positive)
    if column is None or other or reader.type_of(column).startswith("json"):
        return None
    items = elements_of(right, reader)
    if items is None or not positive:
        return None
    match operator:
        case "<@":
            return one(column, Domain(items=items))
        case "@>":
            return one(column, Domain(contains=items))
        case "&&":
            return any_of([one(column, Domain(contains=(item,))) for item in items])
    return None
