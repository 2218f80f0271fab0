"""SQL expressions -> the text they surely have, as far as that can be known without a server.

A value is what an expression may evaluate to: None for NULL, else pieces of known text with holes
between them. A hole says what may stand there: whatever (`TEXT`), or one identifier or one literal
that `format`, `quote_ident` or `quote_literal` made safe, which can't change the shape of a statement.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import product

from pglast import ast
from pglast.enums import A_Expr_Kind

from guardrails.lint.parsing import names_of, walk
from guardrails.lint.values import dataclass

MOST_VALUES = 16
_LONGEST = 1_000_000


class Kind(StrEnum):
    TEXT = "text"
    IDENTIFIER = "identifier"
    LITERAL = "literal"


@dataclass(frozen=True)
class Hole:
    """What is not known before the statement runs; `shown` names it for a person."""

    kind: Kind
    shown: str


Value = tuple[str | Hole, ...] | None
Variables = Mapping[str, Sequence[Value]]


def unknown(shown: str) -> list[Value]:
    return [(Hole(Kind.TEXT, shown),)]


def holes_in(value: Value) -> tuple[Hole, ...]:
    return tuple(piece for piece in value or () if isinstance(piece, Hole))


def constant(value: Value) -> str | None:
    """Return the text of a value that is wholly known, else None; so for NULL."""
    if value is None or holes_in(value):
        return None
    return "".join(piece for piece in value if isinstance(piece, str))


def shape(value: Value) -> str:
    """Return the text with something harmless in every hole, to see what kind of statement it is."""
    fill = {Kind.TEXT: '"?"', Kind.IDENTIFIER: '"?"', Kind.LITERAL: "'?'"}
    return "".join(piece if isinstance(piece, str) else fill[piece.kind] for piece in value or ())


def fold(node: object, variables: Variables) -> list[Value]:
    """Return every value that an expression may have; a hole stands where it can't be known."""
    match node:
        case ast.A_Const(isnull=True):
            return [None]
        case ast.A_Const(val=ast.String(sval=str(text)) | ast.Float(fval=str(text))):
            return [(text,)]
        case ast.A_Const(val=ast.Integer(ival=number)):
            return [(str(number or 0),)]
        case ast.A_Const(val=ast.Boolean(boolval=flag)):
            return [("true" if flag else "false",)]
        case ast.TypeCast(arg=argument):
            return fold(argument, variables)
        case ast.ColumnRef(fields=fields):
            return _variable(names_of(fields), variables)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=name, lexpr=left, rexpr=right):
            return _operator(names_of(name)[-1], left, right, variables)
        case ast.FuncCall(funcname=funcname, args=arguments):
            return _call(names_of(funcname)[-1], arguments or (), variables)
        case ast.CoalesceExpr(args=arguments):
            return _combined([fold(argument, variables) for argument in arguments or ()], _coalesce)
        case ast.CaseExpr(args=whens, defresult=default):
            branches = [
                fold(when.result, variables) for when in whens or () if isinstance(when, ast.CaseWhen)
            ]
            branches.append(fold(default, variables) if default else [None])
            return _few([value for branch in branches for value in branch])
        case ast.SubLink(subselect=ast.SelectStmt(targetList=(ast.ResTarget(val=value),), fromClause=None)):
            return fold(value, variables)
        case ast.A_Indirection(arg=argument, indirection=(ast.A_Indices(uidx=index, lidx=None),)):
            return _element(argument, index, variables)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_NULLIF):
            return unknown("nullif(…)")
    return unknown(_words(node))


def text_of(node: object) -> str | None:
    """Return what an expression without variables is as text, None where that is not known."""
    values = fold(node, {})
    return constant(values[0]) if len(values) == 1 else None


def elements(node: object, variables: Variables) -> list[Value] | None:
    """Return the elements of an array that is written out, or None."""
    match node:
        case ast.TypeCast(arg=argument):
            return elements(argument, variables)
        case ast.A_ArrayExpr(elements=items):
            folded = [fold(item, variables) for item in items or ()]
            return [value for values in folded for value in values]
        case ast.FuncCall(funcname=funcname, args=(argument, *rest)) if (
            names_of(funcname)[-1] == "string_to_array"
        ):
            text = constant(fold(argument, variables)[0])
            separator = constant(fold(rest[0], variables)[0]) if rest else None
            return [(part,) for part in text.split(separator)] if text and separator else None
        case ast.A_Const(val=ast.String(sval=str(text))) if text.startswith("{") and not set(text) & set(
            '"\\'
        ):
            return [(part.strip(),) for part in text[1:-1].split(",")]
    return None


def _variable(name: tuple[str, ...], variables: Variables) -> list[Value]:
    shown = ".".join(name) or "*"
    known = variables.get(name[-1].lower()) if name and len(name) <= 2 else None
    return list(known) if known and (len(name) == 1 or name[0].lower() not in variables) else unknown(shown)


def _operator(operator: str, left: object, right: object, variables: Variables) -> list[Value]:
    if operator == "||" and left is not None:
        return _combined([fold(left, variables), fold(right, variables)], _joined)
    if operator in {"+", "-", "*"} and left is not None:
        sums = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
        return _combined(
            [fold(left, variables), fold(right, variables)],
            lambda both: _python(lambda a, b: str(sums[operator](int(a), int(b))), both, "arithmetic"),
        )
    return unknown(f"… {operator} …")


def _joined(parts: Sequence[Value]) -> Value:
    joined: list[str | Hole] = []
    for part in parts:
        if part is None:
            return None
        joined.extend(part)
    return tuple(joined)


def _coalesce(parts: Sequence[Value]) -> Value:
    return next((part for part in parts if part is not None), None)


def _combined(choices: Sequence[Sequence[Value]], combine: Callable[[Sequence[Value]], Value]) -> list[Value]:
    """Combine every choice with every other, as long as that stays a handful."""
    size = 1
    for values in choices:
        size *= len(values)
    if size > MOST_VALUES:
        return unknown("one of many values")
    return _few([combine(parts) for parts in product(*choices)])


def _few(values: Iterable[Value]) -> list[Value]:
    distinct = list(dict.fromkeys(values))
    if len(distinct) > MOST_VALUES or any(
        len(piece) > _LONGEST for value in distinct for piece in value or () if isinstance(piece, str)
    ):
        return unknown("one of many values")
    return distinct


def _element(array: object, index: object, variables: Variables) -> list[Value]:
    items = elements(array, variables)
    number = constant(fold(index, variables)[0])
    if items is None or number is None or not number.isdigit():
        return unknown("an array's element")
    return [items[int(number) - 1]] if 0 < int(number) <= len(items) else [None]


def _call(name: str, arguments: tuple[object, ...], variables: Variables) -> list[Value]:
    if name == "array_to_string" and len(arguments) == 2:
        items = elements(arguments[0], variables)
        if items is not None:
            separators = fold(arguments[1], variables)
            return _few([_interleaved(items, separator) for separator in separators])
    choices = [fold(argument, variables) for argument in arguments]
    match name:
        case "concat":
            return _combined(choices, lambda parts: _joined([part for part in parts if part is not None]))
        case "concat_ws" if choices:
            return _combined(
                choices,
                lambda parts: _interleaved([part for part in parts[1:] if part is not None], parts[0]),
            )
        case "format" if choices:
            return _combined(choices, _format)
        case "quote_ident" if len(choices) == 1:
            return _combined(choices, lambda parts: _quoted(parts[0], Kind.IDENTIFIER))
        case "quote_literal" | "quote_nullable" if len(choices) == 1:
            return _combined(choices, lambda parts: _quoted(parts[0], Kind.LITERAL))
    function = _FUNCTIONS.get(name)
    if function is None:
        return unknown(f"{name}(…)")
    return _combined(choices, lambda parts: _python(function, parts, name))


def _interleaved(parts: Sequence[Value], separator: Value) -> Value:
    joined: list[Value] = []
    for part in parts:
        joined += [separator, part] if joined else [part]
    return _joined(joined)


def _quoted(value: Value, kind: Kind) -> Value:
    if value is None:
        return ("NULL",) if kind is Kind.LITERAL else None
    text = constant(value)
    if text is None:
        return (Hole(kind, ", ".join(hole.shown for hole in holes_in(value))),)
    quote = '"' if kind is Kind.IDENTIFIER else "'"
    return (f"{quote}{text.replace(quote, quote * 2)}{quote}",)


def _python(function: Callable[..., str | None], parts: Sequence[Value], name: str) -> Value:
    """Run what a function of PostgreSQL's does on constants; a NULL argument gives NULL."""
    if any(part is None for part in parts):
        return None
    texts = [constant(part) for part in parts]
    if any(text is None for text in texts):
        return (Hole(Kind.TEXT, f"{name}(…)"),)
    try:
        result = function(*texts)
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        OverflowError,
        MemoryError,
        LookupError,
        binascii.Error,
    ):
        return (Hole(Kind.TEXT, f"{name}(…)"),)
    return None if result is None else (result,)


def _format(parts: Sequence[Value]) -> Value:
    """Return what `format` makes; source: PostgreSQL's documentation, "format", string functions."""
    pattern = constant(parts[0])
    if pattern is None:
        return None if parts[0] is None else (Hole(Kind.TEXT, "format(…)"),)
    pieces: list[Value] = []
    position = 0
    following = 1
    while position < len(pattern):
        percent = pattern.find("%", position)
        if percent < 0:
            pieces.append((pattern[position:],))
            break
        pieces.append((pattern[position:percent],))
        end = percent + 1
        while end < len(pattern) and pattern[end] in "0123456789$-*":
            end += 1
        directive, kind = pattern[percent + 1 : end], pattern[end : end + 1]
        position = end + 1
        if kind == "%":
            pieces.append(("%",))
            continue
        number, dollar, _ = directive.partition("$")
        which = int(number) if dollar and number.isdigit() else following
        following = which + 1
        if kind not in {"s", "I", "L"} or which >= len(parts) or "*" in directive:
            return (Hole(Kind.TEXT, "format(…)"),)
        pieces.append(_formatted(kind, parts[which]))
    return _joined(pieces)


def _formatted(kind: str, value: Value) -> Value:
    if kind == "s":
        return () if value is None else value
    return _quoted(value, Kind.IDENTIFIER if kind == "I" else Kind.LITERAL)


def _substring(text: str, start: str, length: str | None = None) -> str:
    first = int(start) - 1
    last = len(text) if length is None else first + int(length)
    return text[max(first, 0) : max(last, 0)]


def _left(text: str, count: str) -> str:
    return text[: int(count)]


def _right(text: str, count: str) -> str:
    number = int(count)
    return text[-number:] if number > 0 else text[-number:] if number < 0 else ""


def _padded(text: str, length: str, fill: str = " ", *, before: bool) -> str:
    size = min(int(length), 10_000)
    filler = (fill * size)[: max(size - len(text), 0)] if fill else ""
    return (filler + text if before else text + filler)[:size]


def _decode(text: str, form: str) -> str:
    """Return bytes as one character each, so that `convert_from` can go on from there."""
    match form.lower():
        case "hex":
            return bytes.fromhex(text).decode("latin-1")
        case "base64":
            return binascii.a2b_base64(text).decode("latin-1")
        case "escape":
            return text
    raise ValueError(form)


def _encode(text: str, form: str) -> str:
    data = text.encode("latin-1")
    return {"hex": data.hex, "base64": lambda: binascii.b2a_base64(data, newline=False).decode()}[
        form.lower()
    ]()


def _convert_from(data: str, encoding: str) -> str:
    raw = bytes.fromhex(data[2:]) if data.startswith("\\x") else data.encode("latin-1")
    return raw.decode(encoding)


def _split_part(text: str, separator: str, number: str) -> str:
    parts = text.split(separator)
    index = int(number)
    return parts[index - 1 if index > 0 else index] if abs(index) <= len(parts) else ""


def _translated(text: str, old: str, new: str) -> str:
    table = {
        ord(character): new[place] if place < len(new) else None
        for place, character in reversed(list(enumerate(old)))
    }
    return text.translate(table)


def _overlay(text: str, new: str, start: str, count: str | None = None) -> str:
    first = int(start) - 1
    return text[:first] + new + text[first + (len(new) if count is None else int(count)) :]


_FUNCTIONS: dict[str, Callable[..., str | None]] = {
    "chr": lambda code: chr(int(code)),
    "ascii": lambda text: str(ord(text[0])),
    "lower": str.lower,
    "upper": str.upper,
    "initcap": str.title,
    "btrim": lambda text, characters=" ": text.strip(characters),
    "ltrim": lambda text, characters=" ": text.lstrip(characters),
    "rtrim": lambda text, characters=" ": text.rstrip(characters),
    "replace": lambda text, old, new: text.replace(old, new) if old else text,
    "reverse": lambda text: text[::-1],
    "repeat": lambda text, count: text * min(max(int(count), 0), 10_000),
    "substr": _substring,
    "substring": _substring,
    "left": _left,
    "right": _right,
    "lpad": lambda text, length, fill=" ": _padded(text, length, fill, before=True),
    "rpad": lambda text, length, fill=" ": _padded(text, length, fill, before=False),
    "translate": _translated,
    "overlay": _overlay,
    "split_part": _split_part,
    "decode": _decode,
    "encode": _encode,
    "convert_from": _convert_from,
    "to_hex": lambda number: f"{int(number):x}",
}


def _words(node: object) -> str:
    for part in walk(node) if isinstance(node, ast.Node) else ():
        match part:
            case ast.ColumnRef(fields=fields):
                return ".".join(names_of(fields)) or "*"
            case ast.FuncCall(funcname=funcname):
                return f"{names_of(funcname)[-1]}(…)"
            case ast.ParamRef(number=number):
                return f"${number}"
    return "an expression"
