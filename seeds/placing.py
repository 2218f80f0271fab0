"""Row numbers -> the places of the rows that a foreign key points at, for each way to find them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from seeds.counting import Digits, counter, shuffle
from seeds.draw import Draw
from seeds.keys import How, KeyPlan
from seeds.kinship import earlier
from seeds.schema import ForeignKey
from seeds.spaces import Places

if TYPE_CHECKING:
    from seeds.generate import Filling

_SKEW = 1.7


def placing(filling: Filling, one: KeyPlan) -> Places:
    """Return how the rows of a table find what one of its keys points at."""
    match one.how:
        case How.EMPTY:
            return lambda rows: [None for _ in rows]
        case How.ONCE:
            return _once(filling, one)
        case How.COMBINED:
            return _digit(filling, one)
        case How.DERIVED:
            return _derived(filling, one)
        case How.MEMBER:
            return _member(filling, one)
        case How.EARLIER:
            return earlier(filling, one)
        case How.AMONG:
            return _among(filling, one)
    return _drawn(filling, one)


def _drawn(filling: Filling, one: KeyPlan) -> Places:
    """Give a few parents many rows, most some, and some none."""
    draw = filling.draw(one.key)
    fitting = _fitting(filling, one)
    count = len(fitting)
    if not count:
        return lambda rows: [None for _ in rows]
    shuffled = shuffle(count, draw)
    optional = one.optional
    whole = isinstance(fitting, range)

    def places(rows: Sequence[int]) -> list[int | None]:
        found: list[int | None] = []
        for row in rows:
            number = draw(row)
            if optional and number % 10 == 0:
                found.append(None)
                continue
            place = shuffled(int(count * (number / 18446744073709551616) ** _SKEW))
            found.append(place if whole else fitting[place])
        return found

    return places


def _fitting(filling: Filling, one: KeyPlan) -> Sequence[int]:
    """Return the places that a key may take: those that have a partner wherever one is needed."""
    space = filling.space(one.key.target)
    everywhere: Sequence[int] = range(len(space))
    for partner in one.partners:
        shared = [column for column in partner.columns if column in one.key.columns]
        ours = [one.key.target_columns[one.key.columns.index(column)] for column in shared]
        theirs = [partner.target_columns[partner.columns.index(column)] for column in shared]
        there = filling.space(partner.target).places_of(theirs)
        rows = list(zip(*(space.values(column, everywhere) for column in ours), strict=True))
        everywhere = [place for place, values in zip(everywhere, rows, strict=True) if values in there]
    for column, wanted in one.constants:
        there_now = space.values(column, everywhere)
        everywhere = [
            place for place, value in zip(everywhere, there_now, strict=True) if _alike(value, wanted)
        ]
    return everywhere


def _alike(one: str | None, other: str | None) -> bool:
    """Tell whether two texts are the same value, of a boolean too: a generator may write it shorter."""
    short = {"true": "t", "false": "f"}
    return short.get(one or "", one) == short.get(other or "", other)


def _once(filling: Filling, one: KeyPlan) -> Places:
    fitting = _fitting(filling, one)
    start = filling.plan.start
    if filling.used.get(one.key.columns):
        used = filling.used[one.key.columns]
        space = filling.space(one.key.target)
        keys = zip(*(space.values(column, fitting) for column in one.key.target_columns), strict=True)
        fitting = [place for place, values in zip(fitting, keys, strict=True) if values not in used]
    count = len(fitting)
    return lambda rows: [fitting[row - start] if 0 <= row - start < count else None for row in rows]


def _digit(filling: Filling, one: KeyPlan) -> Places:
    combination, place = next(
        (combination, place)
        for combination in filling.plan.combinations
        for place, digit in enumerate(combination.digits)
        if digit.key == one.key
    )
    digits = filling.digits(combination)
    return lambda rows: [found[place] for found in digits(rows)]


def _derived(filling: Filling, one: KeyPlan) -> Places:
    ways = [(key, _way(filling, one, key, back)) for key, back in one.through]
    otherwise = _drawn(filling, one)
    required = filling.plan.table.required(one.key)

    def places(rows: Sequence[int]) -> list[int | None]:
        found: list[int | None] = [None] * len(rows)
        for key, way in ways:
            for at, place in enumerate(way(filling.effective(key, rows))):
                if found[at] is None:
                    found[at] = place
        if required and None in found:
            found = [
                drawn if place is None else place for place, drawn in zip(found, otherwise(rows), strict=True)
            ]
        return found

    return places


def _way(
    filling: Filling, one: KeyPlan, key: ForeignKey, back: ForeignKey
) -> Callable[[Sequence[int | None]], list[int | None]]:
    """Return the way from the row that another key points at to what that row itself points at."""
    space = filling.space(key.target)
    theirs = filling.fillings.get(key.target)
    there: dict[tuple[str | None, ...], int] = {}

    def known(place: int) -> int | None:
        if not there:
            there.update(filling.space(one.key.target).places_of(one.key.target_columns))
        values = tuple(space.values(column, [place])[0] for column in back.columns)
        return there.get(values)

    def way(places: Sequence[int | None]) -> list[int | None]:
        found: list[int | None] = [None] * len(places)
        new = [at for at, place in enumerate(places) if place is not None and place >= space.there]
        if new and theirs is not None:
            numbers = [space.numbers[places[at] - space.there] for at in new]  # type: ignore[operator]
            for at, place in zip(new, theirs.effective(back, numbers), strict=True):
                found[at] = place
        for at, place in enumerate(places):
            if place is not None and place < space.there:
                found[at] = known(place)
        return found

    return way


def _member(filling: Filling, one: KeyPlan) -> Places:
    assert one.membership is not None
    name, to_group, to_person, own = one.membership
    draw = filling.draw(one.key)
    otherwise = _drawn(filling, one)
    starts, persons = _by_group(filling, name, to_group, to_person)

    def places(rows: Sequence[int]) -> list[int | None]:
        found: list[int | None] = []
        drawn = otherwise(rows)
        for row, group, other in zip(rows, filling.effective(own, rows), drawn, strict=True):
            first, last = (starts[group], starts[group + 1]) if group is not None else (0, 0)
            if other is None or first == last:
                found.append(other)
            else:
                found.append(persons[first + draw(row) % (last - first)])
        return found

    return places


def _by_group(
    filling: Filling, name: str, to_group: ForeignKey, to_person: ForeignKey
) -> tuple[Sequence[int], Sequence[int]]:
    """Return where the persons of each group begin, and all persons, sorted by their groups."""
    space, theirs = filling.space(name), filling.fillings.get(name)
    pairs: list[tuple[int, int]] = []
    if space.there:
        groups = filling.space(to_group.target).places_of(to_group.target_columns)
        people = filling.space(to_person.target).places_of(to_person.target_columns)
        there = range(space.there)
        of_groups = zip(*(space.values(column, there) for column in to_group.columns), strict=True)
        of_people = zip(*(space.values(column, there) for column in to_person.columns), strict=True)
        pairs = [
            (groups[group], people[person])
            for group, person in zip(of_groups, of_people, strict=True)
            if group in groups and person in people
        ]
    if theirs is not None:
        new = zip(
            theirs.effective(to_group, space.numbers), theirs.effective(to_person, space.numbers), strict=True
        )
        pairs += [(group, person) for group, person in new if group is not None and person is not None]
    pairs.sort()
    counts = [0] * len(filling.space(to_group.target))
    for group, _ in pairs:
        counts[group] += 1
    return array("q", [0, *accumulate(counts)]), array("q", [person for _, person in pairs])


def _among(filling: Filling, one: KeyPlan) -> Places:
    draw = filling.draw(one.key)
    space = filling.space(one.key.target)
    theirs = [one.key.target_columns[one.key.columns.index(column)] for column in one.shared]
    groups: dict[tuple[str | None, ...], list[int]] = {}

    def places(rows: Sequence[int]) -> list[int | None]:
        if not groups:
            everywhere = range(len(space))
            columns = [space.values(column, everywhere) for column in theirs]
            for place, values in enumerate(zip(*columns, strict=True)):
                groups.setdefault(values, []).append(place)
        wanted = zip(*(filling.values(column, rows) for column in one.shared), strict=True)
        found: list[int | None] = []
        for row, values in zip(rows, wanted, strict=True):
            fitting = groups.get(values)
            found.append(fitting[draw(row) % len(fitting)] if fitting else None)
        return found

    return places


def found_again(filling: Filling, key: ForeignKey) -> Places:
    """Return how the rows find what a key points at that other keys have seen to already."""
    there: dict[tuple[str | None, ...], int] = {}

    def places(rows: Sequence[int]) -> list[int | None]:
        if not there:
            there.update(filling.space(key.target).places_of(key.target_columns))
        values = zip(*(filling.values(column, rows) for column in key.columns), strict=True)
        return [there.get(one) for one in values]

    return places


def digits_of(filling: Filling, sizes: Sequence[int | None], name: str) -> Digits:
    """Return how the rows of a table count through the combinations of a unique set."""
    draw = Draw(filling.config.seed, filling.plan.name, "combination", name)
    return counter(sizes, filling.plan.stop, draw)
