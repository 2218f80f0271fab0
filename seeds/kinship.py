"""Rows that point at earlier rows of their own table, which are of the same parents: a reply, a subtask."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from seeds.draw import Draw
from seeds.keys import How, KeyPlan
from seeds.schema import ForeignKey
from seeds.spaces import Places

if TYPE_CHECKING:
    from seeds.generate import Filling

_TRIES = 8
_MOST_INDEXED = 200_000

Kin = tuple[int | None, ...]


def earlier(filling: Filling, one: KeyPlan) -> Places:
    """Point at an earlier row that is of the same parents, now and then at none."""
    draw = filling.draw(one.key)
    space = filling.space(one.key.target)
    keys = [key for key in filling.plan.table.foreign_keys if _makes_kin(filling, key, one)]
    indexed = len(space.numbers) <= _MOST_INDEXED
    must_fit = bool(one.shared) or one.optional
    index: dict[Kin, list[int]] = {}

    def kin(rows: Sequence[int]) -> list[Kin]:
        return list(zip(*(filling.effective(key, rows) for key in keys), strict=True))

    def related(row: int, at: int, own: Kin, of: Mapping[int, Kin]) -> int | None:
        """Return the position of an earlier row that is kin."""
        if indexed:
            before = index.get(own, [])
            count = bisect_left(before, at)
            return before[draw(row) % count] if count else None
        return next((other for other in _tries(draw, row, at) if of[other] == own), None)

    def places(rows: Sequence[int]) -> list[int | None]:
        numbers = space.numbers
        own = [_position(numbers, row) for row in rows]
        kins: Sequence[Kin] = kin(rows) if keys else [()] * len(rows)
        of: dict[int, Kin] = {}
        if keys and indexed and not index:
            for position, kind in enumerate(kin(numbers)):
                index.setdefault(kind, []).append(position)
        elif keys and not indexed:
            asked = sorted(
                {other for row, at in zip(rows, own, strict=True) if at for other in _tries(draw, row, at)}
            )
            of = dict(zip(asked, kin([numbers[other] for other in asked]), strict=True))
        found: list[int | None] = []
        for row, at, which in zip(rows, own, kins, strict=True):
            before: int | None = None
            if at and not (one.optional and draw(row) % 3 == 0):
                before = related(row, at, which, of) if keys else draw(row + (1 << 40)) % at
                if before is None and not must_fit:
                    before = draw(row + (1 << 40)) % at
            if before is None and not one.optional:
                before = at
            found.append(None if before is None else space.there + before)
        return found

    return places


def _makes_kin(filling: Filling, key: ForeignKey, one: KeyPlan) -> bool:
    """Tell whether a row below another must point at the same row as that: a reply at the same post."""
    if (
        key.when
        or key.target == filling.plan.name
        or any(other.key == key and other.how is How.EMPTY for other in filling.plan.keys)
    ):
        return False
    return bool(set(key.columns) & set(one.shared)) or not filling.acts(key.target)


def _tries(draw: Draw, row: int, at: int) -> list[int]:
    near = [at - 1 - attempt for attempt in range(_TRIES) if attempt < at]
    return near + [draw(row + (attempt << 40)) % at for attempt in range(_TRIES)]


def _position(numbers: Sequence[int], row: int) -> int | None:
    """Return which of the new rows one is."""
    if isinstance(numbers, range):
        return row - numbers.start if row in numbers else None
    at = bisect_left(numbers, row)
    return at if at < len(numbers) and numbers[at] == row else None
