"""Two terms and an operator -> the ways in which the comparison holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations

from pglast import ast

from seeds.checks.branches import ALWAYS, NEVER, Ways, all_of, any_of, one
from seeds.checks.contracts import Bound, Branch, Case, Domain, JsonShape, Pattern, PatternKind, Relation
from seeds.checks.domains import NUMBERS, TEXTS, compared, family_of, number
from seeds.checks.terms import (
    Aspect,
    Constant,
    Count,
    Default,
    Linear,
    Measure,
    NotUnderstoodError,
    Reader,
    Term,
)

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
_MOST_COUNTED = 6
_HOLDS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
Condition = Callable[[ast.Node, bool], Ways]


def compare(
    left: Term, operator: str, right: Term, reader: Reader, *, strict: bool, condition: Condition
) -> Ways:
    """Return the ways in which a comparison holds.

    Args:
        left: what stands on its left.
        operator: one of = <> < <= > >=.
        right: what stands on its right.
        reader: of the constraint.
        strict: NULL is not enough.
        condition: the ways in which a counted condition holds or does not.
    """
    if isinstance(left, Constant) and not isinstance(right, Constant):
        left, operator, right = right, _MIRRORED[operator], left
    null = False if strict else None
    match left, right:
        case _, Constant(text=None):
            return NEVER if strict else ALWAYS
        case Constant(text=text), Constant(text=str(other)):
            return ALWAYS if text is None or _constants(text, operator, other) else NEVER
        case Count(conditions=conditions), Constant(text=str(text)):
            return _counted(conditions, operator, text, reader, condition)
        case Default(column=column, constant=default), Constant(text=str(text)):
            return _default(column, default, operator, text, reader)
        case Aspect(), Constant(text=str(text), moving=moving):
            return _aspect(left, operator, text, moving, null)
        case Aspect(), Linear(column=str(column)) if left.column == column:
            return _identity(left, operator, null)
        case Linear(column=str(column)), Aspect() if right.column == column:
            return _identity(right, operator, null)
        case Aspect(measure=Measure.LOW_END), Aspect(measure=Measure.HIGH_END) if left.column == right.column:
            return one(left.column, Domain(not_empty=True, null=null))
        case Aspect(measure=one_measure), Aspect(measure=other_measure) if left.column == right.column:
            if operator in {"=", "<=", ">="} and {one_measure, other_measure} <= {
                Measure.LENGTH,
                Measure.BYTES,
            }:
                return one(left.column, Domain(null=null))
        case Linear(), Linear() | Constant():
            return _linear(left, operator, right, reader, null)
    raise NotUnderstoodError(operator)


def _constants(left: str, operator: str, right: str) -> bool:
    one_number, other_number = number(left), number(right)
    if one_number is not None and other_number is not None:
        return _HOLDS[operator](one_number, other_number)
    if operator in {"=", "<>"}:
        return (left == right) == (operator == "=")
    raise NotUnderstoodError(operator)


def _counted(
    conditions: tuple[ast.Node, ...], operator: str, text: str, reader: Reader, condition: Condition
) -> Ways:
    wanted = number(text)
    if wanted is None or len(conditions) > _MOST_COUNTED:
        raise NotUnderstoodError(operator)
    found: list[Ways] = []
    places = range(len(conditions))
    for size in range(len(conditions) + 1):
        if _HOLDS[operator](Decimal(size), wanted):
            for chosen in combinations(places, size):
                parts = [condition(conditions[place], place in chosen) for place in places]
                found.append(all_of(parts, reader.columns))
    return any_of([ways for ways in found if ways.branches] or [NEVER])


def _default(column: str, default: Constant, operator: str, text: str, reader: Reader) -> Ways:
    found = []
    if default.text is None or _compared_constants(default.text, operator, text, column, reader):
        found.append(one(column, Domain(null=True)))
    found.append(one(column, _ranged(column, operator, Bound(text), reader, False)))
    return any_of(found)


def _compared_constants(left: str, operator: str, right: str, column: str, reader: Reader) -> bool:
    order = compared(left, right, family_of(reader.type_of(column)))
    return order is not None and _HOLDS[operator](Decimal(order), Decimal(0))


def _aspect(term: Aspect, operator: str, text: str, moving: bool, null: bool | None) -> Ways:
    column = term.column
    match term.measure:
        case Measure.LENGTH | Measure.BYTES | Measure.ITEMS | Measure.JSON_ITEMS:
            return any_of(
                [one(column, _sized(term.measure, few, most, null)) for few, most in _sizes(operator, text)]
                or [NEVER]
            )
        case Measure.LOWER | Measure.UPPER | Measure.TRIMMED:
            return _softened(term, operator, text, null)
        case Measure.JSON_KIND:
            return _json_kind(term, operator, text, null)
        case Measure.JSON_TEXT if operator == "=":
            shape = JsonShape(("object",), {term.detail: ()}, {term.detail: (text,)})
            return one(column, Domain(json=shape, null=null))
        case Measure.JSON_TEXT if operator == "<>" and text == "":
            return one(column, Domain(json=JsonShape(("object",), {term.detail: ("string",)}), null=null))
        case Measure.PREFIX | Measure.SUFFIX if operator in {"=", "<>"}:
            plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            like = f"{plain}%" if term.measure is Measure.PREFIX else f"%{plain}"
            return one(
                column, Domain(patterns=(Pattern(PatternKind.LIKE, like, operator == "<>"),), null=null)
            )
        case Measure.PLACE:
            return _place(term, operator, text, null)
        case Measure.REMAINDER if operator == "=" and number(text) == 0:
            return one(column, Domain(multiple_of=term.detail, null=null))
        case Measure.LOW_END | Measure.HIGH_END:
            low = operator in {">", ">="}
            bound = Bound(text, operator in {">=", "<="}, moving)
            if operator in {"<", "<=", ">", ">="}:
                domain = Domain(lowest=bound, null=null) if low else Domain(highest=bound, null=null)
                return one(column, domain)
    raise NotUnderstoodError(operator)


def _sizes(operator: str, text: str) -> list[tuple[int | None, int | None]]:
    """Return the ranges of a whole number that is compared with another."""
    size = number(text)
    if size is None:
        raise NotUnderstoodError(operator)
    whole = size == size.to_integral_value()
    floor, ceiling = int(size.to_integral_value(ROUND_FLOOR)), int(size.to_integral_value(ROUND_CEILING))
    match operator:
        case "=":
            return [(floor, floor)] if whole else []
        case "<>":
            return ([(None, floor - 1)] if floor > 0 else []) + [(floor + 1, None)]
        case "<":
            return [(None, ceiling - 1)]
        case "<=":
            return [(None, floor)]
        case ">":
            return [(floor + 1, None)]
    return [(ceiling, None)]


def _sized(measure: Measure, few: int | None, most: int | None, null: bool | None) -> Domain:
    match measure:
        case Measure.LENGTH:
            return Domain(shortest=few or 0, longest=most, null=null)
        case Measure.BYTES:
            return Domain(shortest=few or 0, most_bytes=most, null=null)
        case Measure.ITEMS:
            return Domain(fewest_items=few, most_items=most, null=null)
    return Domain(json=JsonShape(("array",), fewest=few, most=most), null=null)


def _softened(term: Aspect, operator: str, text: str, null: bool | None) -> Ways:
    if operator == "=":
        return one(term.column, Domain(values=(text,), null=null))
    if operator in {"<>", ">"} and text == "":
        return one(term.column, Domain(shortest=1, null=null))
    if operator == "<>":
        pattern = Pattern(
            PatternKind.LIKE_ANY_CASE, text.replace("%", "\\%").replace("_", "\\_"), negated=True
        )
        return one(term.column, Domain(patterns=(pattern,), null=null))
    raise NotUnderstoodError(operator)


def _json_kind(term: Aspect, operator: str, text: str, null: bool | None) -> Ways:
    kinds = ("object", "array", "string", "number", "boolean")
    allowed = (text,) if operator == "=" else tuple(kind for kind in kinds if kind != text)
    if operator not in {"=", "<>"}:
        raise NotUnderstoodError(operator)
    if term.detail:
        return one(term.column, Domain(json=JsonShape(("object",), {term.detail: allowed}), null=null))
    return one(term.column, Domain(json=JsonShape(allowed), null=null))


def _place(term: Aspect, operator: str, text: str, null: bool | None) -> Ways:
    plain = term.detail.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    there = (operator in {">", "<>"} and text == "0") or (operator == ">=" and text == "1")
    absent = operator == "=" and text == "0"
    if not there and not absent:
        raise NotUnderstoodError(operator)
    pattern = Pattern(PatternKind.LIKE, f"%{plain}%", negated=absent)
    return one(term.column, Domain(patterns=(pattern,), null=null))


def _identity(term: Aspect, operator: str, null: bool | None) -> Ways:
    """Read `column = lower(column)` and its like."""
    if operator != "=":
        raise NotUnderstoodError(operator)
    match term.measure:
        case Measure.LOWER | Measure.UPPER:
            return one(term.column, Domain(case=Case(term.measure.value), null=null))
        case Measure.TRIMMED:
            return one(term.column, Domain(null=null))
        case Measure.TRUNCATED:
            return one(term.column, Domain(truncated_to=term.detail, null=null))
        case Measure.ROUNDED:
            places = int(term.detail) if term.detail.lstrip("-").isdigit() else 0
            return one(term.column, Domain(multiple_of=f"{Decimal(1).scaleb(-places):f}", null=null))
    raise NotUnderstoodError(operator)


def _ranged(column: str, operator: str, bound: Bound, reader: Reader, null: bool | None) -> Domain:
    match operator:
        case "=":
            return Domain(values=(bound.value,), null=null)
        case "<>" if bound.value == "" and reader.type_of(column) in TEXTS | {""}:
            return Domain(shortest=1, null=null)
        case "<>":
            return Domain(excluded=(bound.value,), null=null)
        case ">" | ">=":
            return Domain(lowest=Bound(bound.value, operator == ">=", bound.moving), null=null)
    return Domain(highest=Bound(bound.value, operator == "<=", bound.moving), null=null)


def _linear(left: Linear, operator: str, right: Linear | Constant, reader: Reader, null: bool | None) -> Ways:
    """Bring columns to one side and read a bound, or a relation between columns."""
    if left.product or (isinstance(right, Linear) and right.product):
        return _product(left, operator, right, null)
    factors = dict(left.factors)
    offset: str | None = None
    moving = left.moving
    if isinstance(right, Constant):
        offset, moving = right.text, moving or right.moving
    else:
        moving = moving or right.moving
        offset = right.offset
        for name, factor in right.factors.items():
            factors[name] = factors.get(name, Decimal(0)) - factor
    if left.offset is not None:
        offset = reader.added(offset, left.offset, -1)
    factors = {name: factor for name, factor in factors.items() if factor}
    if not factors:
        raise NotUnderstoodError(operator)
    if len(factors) == 1:
        ((column, factor),) = factors.items()
        if factor < 0:
            operator = _MIRRORED[operator]
        if factor != 1:
            value = number(offset or "0")
            if value is None:
                raise NotUnderstoodError(operator)
            offset = f"{value / factor:f}"
        text = offset if offset is not None else "0"
        return one(column, _ranged(column, operator, Bound(text, moving=moving), reader, null))
    return _relation(factors, operator, offset, reader, null)


def _relation(
    factors: dict[str, Decimal], operator: str, offset: str | None, reader: Reader, null: bool | None
) -> Ways:
    """Return `left operator sum of the others`: the left is the last column that is not subtracted."""
    if len(factors) == 2 and set(map(abs, factors.values())) == {Decimal(1)}:
        factors = dict(sorted(factors.items()))  # two spellings of the same are seen to be the same
        if next(iter(factors.values())) < 0:
            factors = {name: -factor for name, factor in factors.items()}
            operator = _MIRRORED[operator]
            offset = None if offset is None else reader.added(None, offset, -1)
    left = next((name for name, factor in factors.items() if factor == 1), None)
    if left is None:
        left = next((name for name, factor in factors.items() if factor == -1), None)
        if left is None:
            raise NotUnderstoodError(operator)
        factors = {name: -factor for name, factor in factors.items()}
        operator = _MIRRORED[operator]
        offset = reader.added(None, offset, -1) if offset is not None else None
    others = {name: -factor for name, factor in factors.items() if name != left}
    written = (
        () if set(others.values()) == {Decimal(1)} else tuple(f"{factor:f}" for factor in others.values())
    )
    if offset is not None and number(offset) == 0 and reader.type_of(left) in NUMBERS | {""}:
        offset = None
    relation = Relation(left, operator, tuple(others), offset, written)
    domains = {} if null is None else {name: Domain(null=False) for name in (left, *others)}
    return Ways((Branch(domains, (relation,)),))


def _product(left: Linear, operator: str, right: Linear | Constant, null: bool | None) -> Ways:
    """Read `total = quantity * price`, from either side."""
    if isinstance(right, Linear) and left.product and right.column:
        left, operator, right = right, _MIRRORED[operator], left
    if (
        not isinstance(right, Linear)
        or left.column is None
        or not right.product
        or left.column in right.factors
    ):
        raise NotUnderstoodError(operator)
    relation = Relation(left.column, operator, tuple(right.factors), product=True)
    domains = {} if null is None else {name: Domain(null=False) for name in (left.column, *right.factors)}
    return Ways((Branch(domains, (relation,)),))
