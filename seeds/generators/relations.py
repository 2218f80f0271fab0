"""Relations between columns -> values that keep them: one side is made from the other where it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from seeds.checks.contracts import Branch, Domain, Relation
from seeds.checks.domains import MOMENTS, NUMBERS, compared, family_of, moment, number
from seeds.generators.contracts import Column, Context, Make, Request
from seeds.generators.numbers import step_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
_DAY = 86_400
_UNITS = {
    "year": 366 * _DAY, "years": 366 * _DAY, "mon": 31 * _DAY, "mons": 31 * _DAY, "month": 31 * _DAY, "months": 31 * _DAY,
    "week": 7 * _DAY, "weeks": 7 * _DAY, "day": _DAY, "days": _DAY, "hour": 3600, "hours": 3600, "minute": 60,
    "minutes": 60, "min": 60, "mins": 60, "second": 1, "seconds": 1, "sec": 1, "secs": 1,
}  # fmt: skip


def seconds_of(interval: str) -> Decimal | None:
    """Return the length of an interval as PostgreSQL prints it; months and years count as long ones."""
    total = Decimal(0)
    for count, unit in re.findall(r"(-?\d+) ([a-z]+)", interval):
        if unit not in _UNITS:
            return None
        total += int(count) * _UNITS[unit]
    clock = re.search(r"(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)", interval)
    if clock:
        length = int(clock[2]) * 3600 + int(clock[3]) * 60 + Decimal(clock[4])
        total += -length if clock[1] else length
    return total


@dataclass(frozen=True)
class _Scale:
    """How the values of a column are numbers here: `step` is the least difference."""

    read: Callable[[str], Decimal | None]
    write: Callable[[Decimal], str]
    step: Decimal


def _scale(column: Column) -> _Scale | None:
    kind = column.type.name
    if column.type.dimensions:
        return None
    if kind in NUMBERS:
        step = step_of(Request(column, Domain(), Context("", "", {})))
        return _Scale(number, lambda value: f"{value.quantize(step) if step < 1 else value:f}", step)
    if kind in MOMENTS:
        if kind == "date":
            return _Scale(
                _days_read,
                lambda value: f"{_EPOCH.date() + timedelta(days=int(value // _DAY))}",
                Decimal(_DAY),
            )
        return _Scale(_seconds_read, _moment_written, Decimal(1))
    if kind == "time":
        return _Scale(_clock_read, _clock_written, Decimal(60))
    return None


def _seconds_read(text: str) -> Decimal | None:
    known = moment(text)
    return None if known is None else Decimal(str((known - _EPOCH).total_seconds()))


def _days_read(text: str) -> Decimal | None:
    known = moment(text)
    return None if known is None else Decimal((known - _EPOCH).days * _DAY)


def _moment_written(value: Decimal) -> str:
    return f"{_EPOCH + timedelta(seconds=float(value)):%Y-%m-%d %H:%M:%S}+00"


def _clock_read(text: str) -> Decimal | None:
    parts = text.split("+", maxsplit=1)[0].split(":")
    return Decimal(int(parts[0]) * 3600 + int(parts[1]) * 60) if len(parts) >= 2 else None


def _clock_written(value: Decimal) -> str:
    seconds = min(max(int(value), 0), _DAY - 60)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:00"


def narrowed(branch: Branch, columns: Mapping[str, Column]) -> Branch:
    """Let the bounds of one side of a relation hold for the other side too."""
    domains = dict(branch.domains)
    for _ in range(4):
        for relation in branch.relations:
            if (
                len(relation.right) != 1
                or relation.factors
                or relation.product
                or relation.offset is not None
            ):
                continue
            left, right = relation.left, relation.right[0]
            if left not in columns or right not in columns:
                continue
            if relation.operator in {">", ">=", "="}:
                _bound(domains, left, right, columns)
            if relation.operator in {"<", "<=", "="}:
                _bound(domains, right, left, columns)
    return Branch(domains, branch.relations)


def _bound(domains: dict[str, Domain], greater: str, lesser: str, columns: Mapping[str, Column]) -> None:
    more, less = domains.get(greater, Domain()), domains.get(lesser, Domain())
    family = family_of(columns[greater].type.name)
    if more.highest and (
        less.highest is None or compared(less.highest.value, more.highest.value, family) == 1
    ):
        domains[lesser] = replace(less, highest=more.highest)
    if less.lowest and (more.lowest is None or compared(more.lowest.value, less.lowest.value, family) == -1):
        domains[greater] = replace(more, lowest=less.lowest)


def ordered(relations: Sequence[Relation], given: frozenset[str]) -> dict[str, list[Relation]]:
    """Return, by column, the relations that it is made from; nothing goes in a circle."""
    derived: dict[str, list[Relation]] = {}
    needs: dict[str, set[str]] = {}

    def reaches(start: str, end: str) -> bool:
        return start == end or any(reaches(one, end) for one in needs.get(start, ()))

    for relation in sorted(relations, key=lambda one: (one.operator != "=", one.operator == "<>")):
        for turned in _turned(relation):
            if turned.left in given or any(reaches(one, turned.left) for one in turned.right):
                continue
            derived.setdefault(turned.left, []).append(turned)
            needs.setdefault(turned.left, set()).update(turned.right)
            break
    return derived


def _turned(relation: Relation) -> list[Relation]:
    """Return a relation, and what it says of the other side."""
    found = [relation]
    simple = len(relation.right) == 1 and not relation.factors and not relation.product
    if simple and (relation.offset is None or number(relation.offset) is not None):
        offset = None if relation.offset is None else f"{-Decimal(relation.offset):f}"
        found.append(Relation(relation.right[0], _MIRRORED[relation.operator], (relation.left,), offset))
    elif simple and relation.offset is not None:
        length = seconds_of(relation.offset)
        if length is not None:
            found.append(
                Relation(
                    relation.right[0],
                    _MIRRORED[relation.operator],
                    (relation.left,),
                    f"{-int(length)} seconds",
                )
            )
    return found


def kept(
    column: Column,
    domain: Domain,
    relations: Sequence[Relation],
    columns: Mapping[str, Column],
    make: Make,
    makes: Mapping[str, Make],
) -> Make:
    """Return the values of a column, changed where a relation would not hold."""

    def held(rows: Sequence[int]) -> list[str | None]:
        values = list(make(rows))
        for relation in relations:
            others = [makes[name](rows) for name in relation.right]
            for place, beside in enumerate(zip(*others, strict=True)):
                value = values[place]
                if value is not None and None not in beside:
                    values[place] = _mended(
                        value,
                        relation,
                        [one for one in beside if one is not None],
                        column,
                        columns,
                        domain,
                        rows[place],
                        make,
                    )
        return values

    return held


def _mended(
    value: str,
    relation: Relation,
    beside: Sequence[str],
    column: Column,
    columns: Mapping[str, Column],
    domain: Domain,
    row: int,
    make: Make,
) -> str:
    scale = _scale(column)
    if relation.operator == "<>" and relation.offset is None and len(beside) == 1:
        return value if value != beside[0] else _another(beside[0], column, domain, row, make)
    if scale is None:
        return beside[0] if relation.operator == "=" and len(beside) == 1 else value
    mine, other = scale.read(value), _other_side(relation, beside, columns)
    if mine is None or other is None or _holds(mine, relation.operator, other):
        return value
    step = scale.step
    match relation.operator:
        case "=":
            mended = other
        case ">=" | ">":
            mended = _above(other, step, column, row, strict=relation.operator == ">")
            top = _limit(domain.highest.value if domain.highest else None, scale)
            mended = min(mended, top) if top is not None else mended
        case "<=" | "<":
            mended = -_above(-other, step, column, row, strict=relation.operator == "<")
            bottom = _limit(domain.lowest.value if domain.lowest else None, scale)
            mended = max(mended, bottom) if bottom is not None else mended
        case _:
            mended = other + step
    return scale.write(mended)


def _limit(text: str | None, scale: _Scale) -> Decimal | None:
    return None if text is None else scale.read(text)


def _above(other: Decimal, step: Decimal, column: Column, row: int, *, strict: bool) -> Decimal:
    """Return something a little greater, in whole steps."""
    whole = -(-other // step) * step
    if column.type.name == "date":
        return whole + (1 + row * 7 % 30) * step
    if column.type.name in MOMENTS:
        return whole + (1 + row * 7 % 72) * 1800
    if column.type.name == "time":
        return whole + (1 + row % 4) * 1800
    if not strict and row % 3 == 0:
        return whole
    return whole + step * (1 + row * 7 % 9)


def _other_side(relation: Relation, beside: Sequence[str], columns: Mapping[str, Column]) -> Decimal | None:
    numbers: list[Decimal] = []
    for name, text in zip(relation.right, beside, strict=True):
        scale = _scale(columns[name]) if name in columns else None
        known = scale.read(text) if scale else number(text) or _seconds_read(text)
        if known is None:
            return None
        numbers.append(known)
    if relation.product:
        total = Decimal(1)
        for one in numbers:
            total *= one
    else:
        factors = relation.factors or ("1",) * len(numbers)
        total = sum((Decimal(factor) * one for factor, one in zip(factors, numbers, strict=True)), Decimal(0))
    if relation.offset is not None:
        offset = number(relation.offset)
        if (
            offset is not None
            and relation.right[0] in columns
            and columns[relation.right[0]].type.name == "date"
        ):
            offset *= _DAY
        length = offset if offset is not None else seconds_of(relation.offset)
        if length is None:
            return None
        total += length
    return total


def _holds(left: Decimal, operator: str, right: Decimal) -> bool:
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right


def _another(value: str, column: Column, domain: Domain, row: int, make: Make) -> str:
    """Return a value that is not this one."""
    others = [one for one in domain.values or column.type.labels if one != value]
    if others:
        return others[row % len(others)]
    for distance in (1, 2, 3, 5, 8, 13, 1000):
        found = make([row + distance])[0]
        if found is not None and found != value:
            return found
    return value
