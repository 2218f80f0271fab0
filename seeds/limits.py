"""CHECK constraints -> what they allow of each column, for the common shapes; others are left to the server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, NullTestType

from guardrails.lint.constants import constant, elements, fold
from guardrails.lint.parsing import names_of, parse

_LENGTHS = frozenset({"length", "char_length", "character_length", "octet_length"})
_TRIMS = frozenset({"btrim", "trim", "lower", "upper"})
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "<>": "<>"}


@dataclass(frozen=True)
class Allowed:
    """What may stand in a column; None where a constraint says nothing."""

    values: tuple[str, ...] | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    shortest: int | None = None
    longest: int | None = None
    case: str | None = None


@dataclass(frozen=True)
class Limits:
    """What the constraints of a table allow: of each column, and `(greater, lesser)` pairs of columns."""

    columns: dict[str, Allowed]
    greater: tuple[tuple[str, str], ...]


def limits_of(definitions: Iterable[str], *, column: str | None = None) -> Limits:
    """Read constraints as `pg_get_constraintdef` writes them.

    Args:
        definitions: `CHECK (…)` texts.
        column: what VALUE stands for in those of a domain.
    """
    found: dict[str, Allowed] = {}
    greater: list[tuple[str, str]] = []
    for definition in definitions:
        condition = definition.removeprefix("CHECK ").removesuffix(" NOT VALID")
        statements = parse(f"SELECT {condition}").statements
        match statements[0].node if statements else None:
            case ast.SelectStmt(targetList=(ast.ResTarget(val=value),)):
                _read(value, found, greater, column)
    return Limits(found, tuple(greater))


def _read(
    node: object, found: dict[str, Allowed], greater: list[tuple[str, str]], column: str | None
) -> None:
    match node:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=parts):
            for part in parts or ():
                _read(part, found, greater, column)
        case ast.BoolExpr(boolop=BoolExprType.OR_EXPR, args=parts):
            # One branch that is met is enough: the last that is more than "is null".
            branches = [part for part in parts or () if not _is_null_test(part)]
            if branches:
                _read(branches[0], found, greater, column)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_IN, lexpr=left, rexpr=right):
            name = _column_in(left, column)
            items = [fold(item, {})[0] for item in right] if isinstance(right, tuple) else elements(right, {})
            values = tuple(text for item in items or () if (text := constant(item)) is not None)
            if name and values:
                _narrow(found, name, values=values)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_BETWEEN, lexpr=left, rexpr=(low, high)):
            _compare(left, ">=", low, found, greater, column)
            _compare(left, "<=", high, found, greater, column)
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=operator, lexpr=left, rexpr=right):
            _compare(left, names_of(operator)[-1], right, found, greater, column)


def _compare(
    left: object,
    operator: str,
    right: object,
    found: dict[str, Allowed],
    greater: list[tuple[str, str]],
    column: str | None,
) -> None:
    if operator not in _MIRRORED:
        return
    name, other = _column_in(left, column), _column_in(right, column)
    if name and other and not _length_of(left) and not _length_of(right):
        if operator in {">", ">="}:
            greater.append((name, other))
        elif operator in {"<", "<="}:
            greater.append((other, name))
        elif operator == "=" and name == other:
            case = _case_of(left) or _case_of(right)
            _narrow(found, name, case=case)
        return
    if name is None and other is not None:
        left, right, name, operator = right, left, other, _MIRRORED[operator]
    text = constant(fold(right, {})[0])
    if name is None or text is None:
        return
    try:
        number = Decimal(text)
    except InvalidOperation:
        if operator == "=":
            _narrow(found, name, values=(text,))
        elif operator == "<>" and text == "":
            _narrow(found, name, shortest=1)
        return
    if not number.is_finite():
        return
    step = Decimal(1) if _length_of(left) or number == number.to_integral() else Decimal("0.01")
    lowest = number if operator in {">=", "="} else number + step if operator == ">" else None
    highest = number if operator in {"<=", "="} else number - step if operator == "<" else None
    if _length_of(left):
        _narrow(
            found,
            name,
            shortest=None if lowest is None else int(lowest),
            longest=None if highest is None else int(highest),
        )
    else:
        _narrow(found, name, lowest=lowest, highest=highest)


def _narrow(found: dict[str, Allowed], name: str, **given: object) -> None:
    known = found.get(name, Allowed())
    changes: dict[str, object] = {}
    for key, value in given.items():
        before = getattr(known, key)
        if value is None:
            continue
        if before is None:
            changes[key] = value
        elif key in {"lowest", "shortest"}:
            changes[key] = max(before, value)
        elif key in {"highest", "longest"}:
            changes[key] = min(before, value)
        elif key == "values":
            changes[key] = tuple(item for item in before if item in value) or before  # type: ignore[operator]
    found[name] = replace(known, **changes)  # type: ignore[arg-type]


def _column_in(node: object, column: str | None) -> str | None:
    match node:
        case ast.ColumnRef(fields=fields):
            name = names_of(fields)
            return column if column and name[-1].lower() == "value" else name[-1]
        case ast.TypeCast(arg=argument):
            return _column_in(argument, column)
        case ast.FuncCall(funcname=name, args=(argument, *_)) if names_of(name)[-1] in _LENGTHS | _TRIMS:
            return _column_in(argument, column)
    return None


def _length_of(node: object) -> bool:
    match node:
        case ast.FuncCall(funcname=name):
            return names_of(name)[-1] in _LENGTHS
        case ast.TypeCast(arg=argument):
            return _length_of(argument)
    return False


def _case_of(node: object) -> str | None:
    match node:
        case ast.FuncCall(funcname=name):
            return names_of(name)[-1]
        case ast.TypeCast(arg=argument):
            return _case_of(argument)
    return None


def _is_null_test(node: object) -> bool:
    return isinstance(node, ast.NullTest) and node.nulltesttype == NullTestType.IS_NULL
