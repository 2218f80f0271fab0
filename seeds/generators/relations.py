"""Relations between columns -> values that keep them: one side is made from the other where it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from seeds.checks.contracts import Bound, Branch, Domain, Relation
from seeds.checks.domains import (
    MOMENTS,
    NUMBERS,
    Family,
    allowed_values,
    compared,
    family_of,
    intersection,
    moment,
    number,
)
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
            if len(relation.right) != 1 or relation.factors or relation.product:
                continue
            left, right = relation.left, relation.right[0]
            offset = _offset(relation, columns) if left in columns and right in columns else None
            if offset is None:
                continue
            if relation.operator == "=" and not offset:
                _shared(domains, left, right, columns)
            step = _step(columns[left]) if relation.operator in {"<", ">"} else Decimal(0)
            if relation.operator in {">", ">=", "="}:
                _bound(domains, left, right, columns, step + offset)
            if relation.operator in {"<", "<=", "="}:
                _bound(domains, right, left, columns, step - offset)
    return Branch(domains, branch.relations)


def _shared(domains: dict[str, Domain], left: str, right: str, columns: Mapping[str, Column]) -> None:
    """Let two equal columns hold only what both may."""
    one, other = domains.get(left, Domain()), domains.get(right, Domain())
    if True in {one.null, other.null}:
        return
    met = intersection(one, other, family_of(columns[left].type.name))
    if met is not None and met.null is not True:
        domains[left], domains[right] = replace(met, null=one.null), replace(met, null=other.null)


def _step(column: Column) -> Decimal:
    scale = _scale(column)
    return scale.step if scale else Decimal(0)


def _offset(relation: Relation, columns: Mapping[str, Column]) -> Decimal | None:
    """Return what is added on the right, in the units of its column; None where that is not known."""
    if relation.offset is None:
        return Decimal(0)
    offset = number(relation.offset)
    if offset is None:
        return seconds_of(relation.offset)
    beside = columns.get(relation.right[0])
    return offset * _DAY if beside is not None and beside.type.name == "date" else offset


def _bound(
    domains: dict[str, Domain], greater: str, lesser: str, columns: Mapping[str, Column], room: Decimal
) -> None:
    """Let a column be at least another plus some room, as far as their limits go."""
    more, less = domains.get(greater, Domain()), domains.get(lesser, Domain())
    family = family_of(columns[greater].type.name)
    scale = _scale(columns[greater])
    if scale is None or _scale(columns[lesser]) is None:
        return
    top = _shifted(_end(more, scale, max, family), scale, -1, room)
    if top and (less.highest is None or compared(less.highest.value, top.value, family) in {0, 1}):
        domains[lesser] = replace(less, highest=top)
    bottom = _shifted(_end(less, scale, min, family), scale, 1, room)
    if bottom and (more.lowest is None or compared(more.lowest.value, bottom.value, family) in {0, -1}):
        domains[greater] = replace(domains.get(greater, more), lowest=bottom)


def _end(
    domain: Domain, scale: _Scale, which: Callable[[list[Decimal]], Decimal], family: Family
) -> Bound | None:
    """Return the highest or lowest value of a domain, be it listed or in a range."""
    listed = [known for text in allowed_values(domain, family) if (known := scale.read(text)) is not None]
    if listed:
        return Bound(scale.write(which(listed)))
    return domain.highest if which is max else domain.lowest


def _shifted(bound: Bound | None, scale: _Scale, sign: int, room: Decimal) -> Bound | None:
    """Return an end of a range as its last value, moved by what the other side needs."""
    known = scale.read(bound.value) if bound else None
    if bound is None or known is None:
        return None
    last = known if bound.inclusive else known + sign * scale.step
    return Bound(scale.write(last + sign * room), inclusive=True, moving=bound.moving)


def ordered(
    branch: Branch, relations: Sequence[Relation], given: frozenset[str]
) -> dict[str, list[Relation]]:
    """Return, by column, the relations that it is made from; nothing goes in a circle.

    A column that may hold one value only gives way last.
    """
    fixed = {name for name, domain in branch.domains.items() if domain.values and len(domain.values) == 1}
    derived: dict[str, list[Relation]] = {}
    needs: dict[str, set[str]] = {}

    def reaches(start: str, end: str) -> bool:
        return start == end or any(reaches(one, end) for one in needs.get(start, ()))

    for relation in sorted(relations, key=lambda one: (one.operator != "=", one.operator == "<>")):
        for turned in sorted(_turned(relation), key=lambda one: one.left in fixed):
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
    """Return the values of a column, changed where a relation would not hold; NULL where nothing else helps."""
    side = _Side(column, domain, relations, columns, make)

    def held(rows: Sequence[int]) -> list[str | None]:
        values = list(make(rows))
        beside = {name: makes[name](rows) for relation in relations for name in relation.right}
        for place, value in enumerate(values):
            if value is None:
                continue
            others = {name: texts[place] for name, texts in beside.items()}
            if not all(side.holds(value, relation, others) for relation in relations):
                values[place] = side.mended(value, others, rows[place])
        return values

    return held


@dataclass(frozen=True)
class _Side:
    """One column of some relations, which gives way to the others."""

    column: Column
    domain: Domain
    relations: Sequence[Relation]
    columns: Mapping[str, Column]
    make: Make

    def holds(self, value: str, relation: Relation, others: Mapping[str, str | None]) -> bool:
        beside = [others[name] for name in relation.right]
        if None in beside:
            return True
        texts = [text for text in beside if text is not None]
        scale = _scale(self.column)
        mine = scale.read(value) if scale else None
        other = _other_side(relation, texts, self.columns) if mine is not None else None
        if mine is None or other is None:
            simple = relation.offset is None and len(texts) == 1
            return (
                not simple
                or relation.operator not in {"=", "<>"}
                or (value == texts[0]) is (relation.operator == "=")
            )
        return _holds(mine, relation.operator, other)

    def mended(self, value: str, others: Mapping[str, str | None], row: int) -> str | None:
        """Return the first of several values that keeps all relations and is allowed."""
        last = value
        for candidate in self._candidates(value, others, row):
            last = candidate
            if self._allowed(candidate) and all(self.holds(candidate, one, others) for one in self.relations):
                return candidate
        return None if self.domain.null is None and not self.column.not_null else last

    def _allowed(self, value: str) -> bool:
        if self.domain.values is not None and value not in self.domain.values:
            return False
        one = replace(self.domain, values=(value,))
        return bool(allowed_values(one, family_of(self.column.type.name)))

    def _candidates(self, value: str, others: Mapping[str, str | None], row: int) -> Iterator[str]:
        scale = _scale(self.column)
        for relation in self.relations:
            texts = [text for name in relation.right if (text := others[name]) is not None]
            if len(texts) < len(relation.right) or self.holds(value, relation, others):
                continue
            if scale is None:
                yield from texts if relation.operator == "=" else self._others(texts[0], row)
            else:
                yield from self._near(relation, texts, scale, row)
        values = self.domain.values or self.column.type.labels
        yield from (values[(row + place) % len(values)] for place in range(len(values)))

    def _near(self, relation: Relation, texts: Sequence[str], scale: _Scale, row: int) -> Iterator[str]:
        """Yield values on the right side of the other, first some way off, then as near as can be."""
        other = _other_side(relation, texts, self.columns)
        if other is None:
            return
        step = scale.step
        if relation.operator == "=":
            yield scale.write(other)
            return
        signs = {"<": (-1,), "<=": (-1,), ">": (1,), ">=": (1,)}.get(relation.operator, (1, -1))
        for sign in signs:
            away = sign * _above(sign * other, step, self.column, row, strict=relation.operator in {"<", ">"})
            end = _limit(self.domain.highest if sign > 0 else self.domain.lowest, scale, -sign)
            yield scale.write(away if end is None else min(away, end) if sign > 0 else max(away, end))
            start = _limit(self.domain.lowest if sign > 0 else self.domain.highest, scale, sign)
            if start is not None:
                yield scale.write(start)
            nearest = sign * (-(-(sign * other) // step) * step)
            yield from (scale.write(nearest + sign * place * step) for place in range(4))

    def _others(self, value: str, row: int) -> Iterator[str]:
        for distance in (1, 2, 3, 5, 8, 13, 1000):
            found = self.make([row + distance])[0]
            if found is not None and found != value:
                yield found


def _limit(bound: Bound | None, scale: _Scale, sign: int) -> Decimal | None:
    end = _shifted(bound, scale, sign, Decimal(0))
    return None if end is None else scale.read(end.value)


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
    offset = _offset(relation, columns)
    return None if offset is None else total + offset


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
