"""Row numbers -> combinations of digits, no two alike: some parents get many rows, some few, and some none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import gcd, prod

from seeds.draw import Draw

Digits = Callable[[Sequence[int]], "list[tuple[int, ...]]"]

_ROWS_PER_GROUP = 3


def counter(sizes: Sequence[int | None], rows: int, draw: Draw) -> Digits:
    """Return a function from row numbers to digits.

    The first `rows` numbers give different combinations as long as there are so many; later ones may
    repeat. Only the last digit may be endless.

    Args:
        sizes: how many values each digit has; None: any number.
        rows: how many rows are planned.
        draw: what decides who gets many.
    """
    if sizes[-1] is None:
        return _endless([size for size in sizes[:-1] if size is not None], max(rows, 1), draw)
    known = [size for size in sizes if size is not None]
    return _finite(known, max(1, min(rows, prod(known))), draw)


def _endless(sizes: list[int], rows: int, draw: Draw) -> Digits:
    """Count up the last digit within each group of the others."""
    groups = max(1, prod(sizes))
    used = min(groups, max(1, rows // _ROWS_PER_GROUP))
    starts = _starts(rows, used, rows, draw)
    shuffled = shuffle(groups, draw)

    def digits(numbers: Sequence[int]) -> list[tuple[int, ...]]:
        found = []
        for row in numbers:
            group = bisect_right(starts, row) - 1 if row < rows else row % used
            within = row - starts[group] if row < rows else row
            found.append((*_split(shuffled(group), sizes), within))
        return found

    return digits


def _finite(sizes: list[int], rows: int, draw: Draw) -> Digits:
    first, *others = sizes
    rest = prod(others)
    if not others:
        return lambda numbers: [(row % first,) for row in numbers]
    starts = _starts(rows, first, rest, draw)
    step = _coprime(rest, draw(1))
    whole = shuffle(first * rest, draw)

    def digits(numbers: Sequence[int]) -> list[tuple[int, ...]]:
        found = []
        for row in numbers:
            if row < rows:
                group = bisect_right(starts, row) - 1
                found.append((group, *_split(((row - starts[group]) * step + draw(group)) % rest, others)))
            else:
                found.append(_split(whole(row), sizes))
        return found

    return digits


def _split(number: int, sizes: Sequence[int]) -> tuple[int, ...]:
    digits = []
    for size in sizes:
        number, digit = divmod(number, size)
        digits.append(digit)
    return tuple(digits)


def shuffle(size: int, draw: Draw) -> Callable[[int], int]:
    """Return a bijection of the numbers below `size`; larger ones are taken modulo `size`."""
    step, start = _coprime(size, draw(2)), draw(3) % max(size, 1)
    return lambda number: (number * step + start) % size if size else 0


def _coprime(size: int, number: int) -> int:
    step = number % size | 1 if size > 1 else 1
    while gcd(step, size) != 1:
        step += 2
    return step


def _starts(rows: int, groups: int, most: int, draw: Draw) -> list[int]:
    """Return the number of the first row of each group: sizes are skewed, none is above `most`."""
    weights = [0.2 + 3 * draw.share(group) ** 3 for group in range(groups)]
    whole = sum(weights)
    least = 1 if rows >= groups else 0
    spare = rows - least * groups
    sizes = [min(most, least + int(spare * weight / whole)) for weight in weights]
    left = rows - sum(sizes)
    for group in sorted(range(groups), key=draw):
        if left <= 0:
            break
        more = min(left, most - sizes[group], 1)
        sizes[group] += more
        left -= more
    for group in range(groups):
        more = min(left, most - sizes[group])
        sizes[group] += more
        left -= more
    return [0, *accumulate(sizes)][:-1]
