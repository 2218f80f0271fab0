"""Two domains of one column -> what both allow, or nothing where they contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from seeds.checks.contracts import Bound, Case, Domain, JsonShape
from seeds.checks.patterns import matcher

NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid"})
MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "char"})


UNITS = (
    "microseconds",
    "milliseconds",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
"""What `date_trunc` cuts down to, finest first."""


class Family(StrEnum):
    """How values of a type are compared."""

    NUMBER = "number"
    MOMENT = "moment"
    TEXT = "text"
    OTHER = "other"


def family_of(type_name: str | None) -> Family:
    """Return how values of a type, by `pg_type.typname`, are compared."""
    if type_name in NUMBERS:
        return Family.NUMBER
    if type_name in MOMENTS:
        return Family.MOMENT
    return Family.TEXT if type_name in TEXTS else Family.OTHER


def compared(one: str, other: str, family: Family) -> int | None:
    """Return -1, 0 or 1, or None where the order is not known here."""
    if one == other:
        return 0
    if family is Family.TEXT:
        return 1 if one > other else -1
    if family is Family.MOMENT:
        return _order(moment(one), moment(other))
    return _order(number(one), number(other))


def _order(left: Decimal | datetime | None, right: Decimal | datetime | None) -> int | None:
    match left, right:
        case (Decimal(), Decimal()) | (datetime(), datetime()):
            return int(left > right) - int(left < right)  # type: ignore[operator]
    return None


def number(text: str) -> Decimal | None:
    """Return a finite number, or None."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def moment(text: str) -> datetime | None:
    """Return a point in time as PostgreSQL prints it in ISO style, in UTC where no zone stands there."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def intersection(one: Domain, other: Domain, family: Family) -> Domain | None:
    """Return what both domains allow; None where nothing is left.

    Where no value is left, NULL is, unless it is refused: CHECK constraints let it pass.
    """
    nulls = {one.null, other.null}
    if nulls == {True, False}:
        return None
    if True in nulls:
        return Domain(null=True)
    met = _met(one, other, family)
    if not _empty(met, family):
        return met
    return None if False in nulls else Domain(null=True)


def _met(one: Domain, other: Domain, family: Family) -> Domain:
    changes: dict[str, object] = {}
    for field in fields(Domain):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if left == right or right is None or right == ():
            changes[field.name] = left
        elif left is None or left == ():
            changes[field.name] = right
        else:
            changes[field.name] = _MEET[field.name](left, right, family)
    changes["null"] = False if False in {one.null, other.null} else None
    return Domain(**changes)  # type: ignore[arg-type]


def _lower(left: Bound, right: Bound, family: Family) -> Bound:
    return _tighter(left, right, family, 1)


def _higher(left: Bound, right: Bound, family: Family) -> Bound:
    return _tighter(left, right, family, -1)


def _tighter(left: Bound, right: Bound, family: Family, sign: int) -> Bound:
    order = compared(left.value, right.value, family)
    if order == 0:
        return left if not left.inclusive else right
    return left if order == sign else right


def _common(left: tuple[str, ...], right: tuple[str, ...], family: Family) -> tuple[str, ...]:
    return tuple(item for item in left if any(compared(item, one, family) == 0 for one in right))


def _both(left: tuple[object, ...], right: tuple[object, ...], _family: Family) -> tuple[object, ...]:
    return tuple(dict.fromkeys((*left, *right)))


def _shapes(left: JsonShape, right: JsonShape, _family: Family) -> JsonShape:
    kinds = tuple(kind for kind in left.kinds if kind in right.kinds) if left.kinds and right.kinds else None
    keys = dict(left.keys)
    for key, allowed in right.keys.items():
        known = keys.get(key, ())
        keys[key] = (
            tuple(kind for kind in known if kind in allowed) if known and allowed else known or allowed
        )
    values = dict(left.values)
    for key, texts in right.values.items():
        values[key] = tuple(text for text in values[key] if text in texts) if key in values else texts
    fewest = max((one.fewest for one in (left, right) if one.fewest is not None), default=None)
    most = min((one.most for one in (left, right) if one.most is not None), default=None)
    met = (left.kinds or right.kinds) if kinds is None else kinds or ("none",)
    absent = tuple(dict.fromkeys((*left.absent, *right.absent)))
    return JsonShape(met, keys, values, absent, fewest, most)


_MEET: dict[str, Callable[..., object]] = {
    "values": _common,
    "excluded": _both,
    "lowest": _lower,
    "highest": _higher,
    "shortest": lambda left, right, _family: max(left, right),
    "longest": lambda left, right, _family: min(left, right),
    "most_bytes": lambda left, right, _family: min(left, right),
    "case": lambda left, _right, _family: left,
    "patterns": _both,
    "null": lambda left, _right, _family: left,
    "fewest_items": lambda left, right, _family: max(left, right),
    "most_items": lambda left, right, _family: min(left, right),
    "items": _common,
    "contains": _both,
    "json": _shapes,
    "multiple_of": lambda left, right, _family: max(left, right, key=Decimal),
    "truncated_to": lambda left, right, _family: max(left, right, key=UNITS.index),
    "not_empty": lambda left, right, _family: left or right,
}


def _empty(domain: Domain, family: Family) -> bool:
    if domain.null is True:
        return False
    if domain.values is not None and not allowed_values(domain, family):
        return True
    if domain.lowest and domain.highest:
        order = compared(domain.lowest.value, domain.highest.value, family)
        closed = domain.lowest.inclusive and domain.highest.inclusive
        if order == 1 or (order == 0 and not closed):
            return True
    if domain.longest is not None and domain.shortest > domain.longest:
        return True
    if any(replace(pattern, negated=not pattern.negated) in domain.patterns for pattern in domain.patterns):
        return True
    few, most = domain.fewest_items, domain.most_items
    if few is not None and most is not None and few > most:
        return True
    shape = domain.json
    return shape is not None and (
        "none" in shape.kinds
        or any(not texts for texts in shape.values.values())
        or not set(shape.absent).isdisjoint(shape.keys)
    )


def allowed_values(domain: Domain, family: Family) -> tuple[str, ...]:
    """Return the values of a domain that the rest of it lets stand, as far as that is known here."""
    return tuple(value for value in domain.values or () if _stands(value, domain, family))


def _stands(value: str, domain: Domain, family: Family) -> bool:
    if _among(value, domain.excluded, family):
        return False
    if domain.lowest:
        order = compared(value, domain.lowest.value, family)
        if order == -1 or (order == 0 and not domain.lowest.inclusive):
            return False
    if domain.highest:
        order = compared(value, domain.highest.value, family)
        if order == 1 or (order == 0 and not domain.highest.inclusive):
            return False
    if family is Family.TEXT:
        matches = matcher(domain.patterns)
        if matches is not None and not matches(value):
            return False
        if domain.case is not None and value != (
            value.lower() if domain.case is Case.LOWER else value.upper()
        ):
            return False
        return domain.shortest <= len(value) <= (len(value) if domain.longest is None else domain.longest)
    return True


def _among(value: str, others: Iterable[str], family: Family) -> bool:
    return any(compared(value, other, family) == 0 for other in others)


def with_null(domain: Domain, null: bool) -> Domain | None:
    """Return the domain with NULL asked for or refused."""
    if domain.null is (not null):
        return None
    return Domain(null=True) if null else replace(domain, null=False)
