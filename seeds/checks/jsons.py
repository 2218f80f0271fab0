"""Conditions on json documents: kinds, keys and the values of keys."""

from __future__ import annotations

import json

from pglast import ast
from pglast.enums import A_Expr_Kind, JsonValueType

from guardrails.lint.parsing import names_of
from seeds.checks.arrays import elements_of
from seeds.checks.branches import Ways, all_of, any_of, one
from seeds.checks.contracts import Domain, JsonShape
from seeds.checks.terms import NotUnderstoodError, Reader, literal

_KINDS = {
    JsonValueType.JS_TYPE_OBJECT: ("object",),
    JsonValueType.JS_TYPE_ARRAY: ("array",),
    JsonValueType.JS_TYPE_SCALAR: ("string", "number", "boolean"),
    JsonValueType.JS_TYPE_ANY: (),
}


def json_condition(node: object, reader: Reader, *, is_null: bool) -> Ways | None:
    """Return what a condition asks of a json column, or None where it is no such condition.

    Args:
        node: the condition; or what a test for NULL is made of, as `data -> 'key'`.
        reader: of the constraint.
        is_null: it must not hold, or the key must not be there.
    """
    match node:
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name, lexpr=left, rexpr=right):
            return json_operator(names_of(name)[-1], left, right, reader, absent=is_null)
        case ast.JsonIsPredicate(expr=expression, item_type=int(kind)) if not is_null:
            column = reader.column(expression)
            if column and not reader.type_of(column).startswith("json"):
                raise NotUnderstoodError(column)
            return one(column, Domain(json=JsonShape(_KINDS[JsonValueType(kind)]))) if column else None
        case ast.FuncCall(funcname=name, args=(argument, *rest)):
            column = reader.column(argument)
            key = literal(rest[0]) if rest else None
            if (
                column
                and key
                and key.text
                and names_of(name)[-1] in {"jsonb_exists", "jsonb_extract_path_text"}
            ):
                return _key(column, key.text, absent=is_null)
    return None


def json_operator(operator: str, left: object, right: object, reader: Reader, *, absent: bool) -> Ways | None:
    """Return what an operator asks of a json column, or None where it is none of those."""
    if operator in {"->", "->>"}:
        path = reader.json_path(left, right)
        return _key(path.column, path.detail, absent=absent)
    column = reader.column(left)
    if column is None or not reader.type_of(column).startswith("json"):
        return None
    match operator:
        case "?":
            key = literal(right)
            return _key(column, key.text, absent=absent) if key and key.text is not None else None
        case "?&" | "?|":
            keys = elements_of(right, reader)
            if keys is None:
                return None
            parts = [_key(column, key, absent=absent) for key in keys]
            return all_of(parts, reader.columns) if (operator == "?&") != absent else any_of(parts)
        case "@>" if not absent:
            document = literal(right)
            return _containing(column, document.text) if document and document.text else None
    return None


def _key(column: str, key: str, *, absent: bool) -> Ways:
    if absent:
        return one(column, Domain(json=JsonShape(("object",), absent=(key,))))
    return one(column, Domain(json=JsonShape(("object",), {key: ()}), null=False))


def _containing(column: str, text: str) -> Ways | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        return None
    shape = JsonShape(
        ("object",),
        dict.fromkeys(document, ("string",)),
        {key: (value,) for key, value in document.items()},
    )
    return one(column, Domain(json=shape))
