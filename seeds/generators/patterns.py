"""Regular expressions and LIKE patterns -> texts that match them.

A pattern is read with Python's parser of regular expressions. Each text that is made is matched again by
`re` before it is used.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

from seeds.checks.contracts import Pattern
from seeds.checks.patterns import python_regex
from seeds.draw import Draw, Shuffle

_MOST_REPEATS = 6
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PRINTABLE = _LETTERS + "0123456789" + _LETTERS.upper() + "-_. "
_ENOUGH = 1 << 31
_TRIES = 40


@dataclass(frozen=True)
class Sampler:
    """Texts that match one pattern; `make` draws, `nth` gives different ones for different numbers."""

    make: Callable[[Draw, int, int, int], str | None]
    slots: Callable[[int, int], tuple[str, ...] | None]


@cache
def sampler(pattern: Pattern) -> Sampler | None:
    """Return what makes texts for a pattern; None where its parts are of no known kind."""
    regex = python_regex(pattern)
    if regex is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(regex.pattern, regex.flags & ~re.UNICODE)

    def make(draw: Draw, row: int, shortest: int, longest: int) -> str | None:
        for turn in range(_TRIES):
            chance = _Chance(draw, row * 64 + turn, turn if turn < _TRIES // 2 else 10_000)
            text = "".join(_sample(tree, chance, {}))
            if len(text) < shortest:
                text = _stretched(tree, shortest) or text
            if shortest <= len(text) <= longest and regex.search(text):
                return text
        return None

    def slots(shortest: int, longest: int) -> tuple[str, ...] | None:
        return _slots(tree, shortest, longest)

    return Sampler(make, slots)


class _Chance:
    """Numbers for one text; `roomy` lets repetitions grow with each try."""

    def __init__(self, draw: Draw, row: int, roomy: int) -> None:
        self.draw = draw
        self.row = row
        self.roomy = roomy
        self.count = 0

    def below(self, limit: int) -> int:
        self.count += 1
        return self.draw((self.row << 12) + self.count) % max(limit, 1)


def _sample(tree: object, chance: _Chance, groups: dict[int, str]) -> Iterator[str]:
    for code, argument in tree:  # type: ignore[attr-defined]
        match code:
            case codes.BRANCH:
                branches = argument[1]
                yield from _sample(branches[chance.below(len(branches))], chance, groups)
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                low, high, inner = argument
                most = min(int(high), max(low + _MOST_REPEATS, 8 if low else 0, low + chance.roomy % 97))
                for _ in range(low + chance.below(most - low + 1)):
                    yield from _sample(inner, chance, groups)
            case codes.SUBPATTERN:
                text = "".join(_sample(argument[3], chance, groups))
                if argument[0] is not None:
                    groups[argument[0]] = text
                yield text
            case codes.ATOMIC_GROUP:
                yield from _sample(argument, chance, groups)
            case codes.GROUPREF:
                yield groups.get(argument, "")
            case _:
                characters = _characters(code, argument)
                if characters:
                    yield characters[chance.below(len(characters))]


def _characters(code: object, argument: object) -> str:
    """Return what may stand in one place, letters and digits if there are any."""
    match code:
        case codes.LITERAL:
            return chr(argument)  # type: ignore[arg-type]
        case codes.NOT_LITERAL:
            return "".join(one for one in _PRINTABLE[:36] if ord(one) != argument)
        case codes.ANY:
            return _LETTERS + "0123456789"
        case codes.IN:
            return _set(argument)  # type: ignore[arg-type]
    return ""


def _set(items: Sequence[tuple[object, object]]) -> str:
    negated = bool(items) and items[0][0] is codes.NEGATE
    found: dict[str, None] = {}
    for code, argument in items[1:] if negated else items:
        match code:
            case codes.LITERAL:
                found[chr(argument)] = None  # type: ignore[arg-type]
            case codes.RANGE:
                found |= dict.fromkeys(_range(argument))
            case codes.CATEGORY:
                found |= dict.fromkeys(_category(argument))
    if negated:
        return "".join(one for one in _PRINTABLE if one not in found)[:36]
    for pleasant in (_LETTERS + "0123456789", _LETTERS.upper() + "0123456789"):
        kept = "".join(one for one in pleasant if one in found)
        if any(letter in kept for letter in pleasant[:26]) and len(kept) >= 6:
            return kept
    digits = "".join(one for one in "0123456789" if one in found)
    return digits if len(digits) == 10 else "".join(found)


def _range(ends: object) -> str:
    low, high = ends  # type: ignore[misc]
    return "".join(map(chr, range(low, min(high, low + 200) + 1)))  # type: ignore[has-type]


def _category(name: object) -> str:
    match name:
        case codes.CATEGORY_DIGIT:
            return "0123456789"
        case codes.CATEGORY_SPACE:
            return " "
        case codes.CATEGORY_WORD:
            return _LETTERS + "0123456789_"
        case codes.CATEGORY_NOT_DIGIT:
            return _LETTERS
    return _LETTERS + "0123456789"


def _slots(tree: object, shortest: int, longest: int) -> tuple[str, ...] | None:
    """Return places of one character each, repetitions as long as it takes to tell many rows apart."""
    for grown in range(_MOST_REPEATS * 8):
        places = tuple(_places(tree, grown))
        size = 1
        for place in places:
            size *= len(place)
        if len(places) > longest:
            break
        if size >= _ENOUGH and len(places) >= shortest:
            return places
    for grown in range(_MOST_REPEATS * 8, -1, -1):
        places = tuple(_places(tree, grown))
        if shortest <= len(places) <= longest and all(places):
            return places
    return None


def _places(tree: object, grown: int) -> Iterator[str]:
    for code, argument in tree:  # type: ignore[attr-defined]
        match code:
            case codes.BRANCH:
                yield from _places(max(argument[1], key=len), grown)
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                low, high, inner = argument
                for _ in range(min(int(high), max(low, grown))):
                    yield from _places(inner, grown)
            case codes.SUBPATTERN:
                yield from _places(argument[3], grown)
            case codes.ATOMIC_GROUP:
                yield from _places(argument, grown)
            case _:
                characters = _characters(code, argument)
                if characters:
                    yield characters


def _stretched(tree: object, shortest: int) -> str | None:
    for grown in range(1, max(shortest, 1) + 2):
        places = tuple(_places(tree, grown))
        if len(places) >= shortest:
            return "".join(place[0] for place in places)
    return None


def numbered(places: Sequence[str], shuffle: Shuffle) -> Callable[[int], str]:
    """Return a function that gives every number below the shuffle's size another text."""

    def make(row: int) -> str:
        rest = shuffle(row)
        found = []
        for place in reversed(places):
            rest, digit = divmod(rest, len(place))
            found.append(place[digit])
        return "".join(reversed(found))

    return make


def capacity_of(places: Sequence[str]) -> int:
    """Return how many texts the places make."""
    size = 1
    for place in places:
        size *= len(place)
    return size
