"""The rows that others may point at: those that were there, then new ones, which are made again when needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Values = Callable[[str, Sequence[int]], "list[str | None]"]
"""A column and numbers of new rows -> the values there."""

Places = Callable[[Sequence[int]], "list[int | None]"]
"""Numbers of rows -> the places of the rows that they point at; None where at none."""


@dataclass
class Space:
    """The rows of one table, each at a place from 0 on.

    Attributes:
        existing: values of rows that are there already, by column; all of the same length.
        numbers: of the new rows.
        values_of: makes the values of new rows.
    """

    existing: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    there: int = 0
    numbers: Sequence[int] = ()
    values_of: Values | None = None

    def __len__(self) -> int:
        return self.there + len(self.numbers)

    def values(self, column: str, places: Sequence[int | None]) -> list[str | None]:
        """Return the values of a column at some places; None where there is no place."""
        numbers, there, values_of = self.numbers, self.there, self.values_of
        if not there and values_of is not None and None not in places:
            return values_of(column, self._numbers(places))  # type: ignore[arg-type]
        found: list[str | None] = [None] * len(places)
        new = [at for at, place in enumerate(places) if place is not None and place >= there]
        if there:
            existing = self.existing[column]
            for at, place in enumerate(places):
                if place is not None and place < there:
                    found[at] = existing[place]
        if new and values_of is not None:
            made = values_of(column, [numbers[places[at] - there] for at in new])  # type: ignore[operator]
            for at, value in zip(new, made, strict=True):
                found[at] = value
        return found

    def number(self, place: int) -> int | None:
        """Return the number of the row at a place, None if it was there already."""
        return self.numbers[place - self.there] if place >= self.there else None

    def places_of(self, columns: Sequence[str]) -> dict[tuple[str | None, ...], int]:
        """Return where which values stand; of equal ones the first place."""
        everywhere = range(len(self))
        rows = zip(*(self.values(column, everywhere) for column in columns), strict=True)
        found: dict[tuple[str | None, ...], int] = {}
        for place, values in enumerate(rows):
            found.setdefault(values, place)
        return found

    def _numbers(self, places: Sequence[int]) -> Sequence[int]:
        numbers = self.numbers
        if isinstance(numbers, range) and numbers.start == 0:
            return places
        return [numbers[place] for place in places]
