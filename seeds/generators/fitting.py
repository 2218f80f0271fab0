"""Texts of a generator -> texts that the length, the case and the patterns of their column allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from seeds.checks.contracts import Case, Domain
from seeds.checks.patterns import matcher
from seeds.draw import Draw, Shuffle, base36
from seeds.generators.contracts import Built, Make, Request
from seeds.generators.making import MOST_ROWS, numbered_tail
from seeds.generators.patterns import capacity_of, numbered, sampler
from seeds.pools import slug_of

_TRIED = (*range(40), 999, 12_345, 100_000, 7_654_321)
_SAMPLES = 300
_FILLER = " and there is more to say about it, which does not matter here"
_LONGEST = 100_000


def longest_of(request: Request) -> int | None:
    """Return how many characters a text may have, by its type and its constraint."""
    kind, modifier = request.column.type.name, request.column.type.modifier
    typed = modifier - 4 if kind in {"varchar", "bpchar"} and modifier > 4 else None
    typed = {"name": 63, "char": 1}.get(kind, typed)
    domain = request.domain
    known = [one for one in (typed, domain.longest, domain.most_bytes) if one is not None]
    return min(known) if known else None


def fitted(built: Built, request: Request) -> Built | None:
    """Return the texts as the column takes them, or None where none is found that its patterns let pass."""
    sized = _sized(built, request)
    patterns = request.domain.patterns
    if not patterns:
        return sized
    matches = matcher(patterns)
    if matches is None:
        return None
    return _matching(sized, request, matches)


def _sized(built: Built, request: Request) -> Built:
    """Cut, pad and number texts, and set their case."""
    domain = request.domain
    longest, shortest = longest_of(request), domain.shortest
    too_long = longest is not None and (built.longest is None or built.longest > longest)
    make, capacity, unique = built.make, built.capacity, built.unique
    if request.unique and (not unique or too_long):
        make, capacity = _tailed(make, request, longest)
        unique, too_long = True, False
    if domain.most_bytes is not None:
        make = _ascii(make)
    if too_long and longest is not None:
        make = _cut(make, longest)
    if shortest > 0:
        make = _padded(make, shortest, longest or _LONGEST, tail=unique)
    if domain.case is not None:
        make = _cased(make, domain.case)
    if domain.excluded:
        make = _without(make, frozenset(domain.excluded), longest or _LONGEST)
    return Built(make, longest if too_long else built.longest, unique, capacity, built.plain)


def _tailed(make: Make, request: Request, longest: int | None) -> tuple[Make, int | None]:
    joiner = "-" if request.domain.case or (longest or 99) < 20 else " "
    room = longest if longest is not None else 200
    if room < 12:
        width = min(room, 6)
        return _short_numbers(width, request), min(36**width, MOST_ROWS) if width < 6 else None
    return numbered_tail(make, room, joiner), None


def _short_numbers(width: int, request: Request) -> Make:
    place = Shuffle(36**width, request.context.seed, *request.names, "short")
    return lambda rows: [base36(place(row), width) for row in rows]


def _ascii(make: Make) -> Make:
    return lambda rows: [
        value if value is None or value.isascii() else value.encode("ascii", "ignore").decode().strip() or "x"
        for value in make(rows)
    ]


def _cut(make: Make, longest: int) -> Make:
    return lambda rows: [
        value if value is None or len(value) <= longest else shortened(value, longest) for value in make(rows)
    ]


def shortened(value: str, longest: int) -> str:
    """Cut a text where it hurts least: before a word, and in an address before the domain."""
    local, at, domain = value.rpartition("@")
    if at and len(domain) + 2 <= longest:
        return f"{local[: longest - len(domain) - 1].rstrip('.')}@{domain}"
    kept = value[:longest]
    space = kept.rfind(" ")
    if space > longest * 0.5:
        kept = kept[:space]
    return kept.rstrip(" -_.,:;/") or value[:longest].strip() or "x"


def _padded(make: Make, shortest: int, longest: int, *, tail: bool) -> Make:
    def padded(value: str, row: int) -> str:
        more = f"-{base36(row, 6)}" if tail and len(value) + 7 <= longest else ""
        text = value + more
        if len(text) < shortest:
            filler = _FILLER if " " in text or not text else text[-1:] if text.isdigit() else "x"
            text = (text + filler * (shortest // len(filler) + 1))[:shortest]
        return text[:-1] + "." if text.endswith(" ") else text

    return lambda rows: [
        value if value is None or len(value) >= shortest else padded(value, row)
        for row, value in zip(rows, make(rows), strict=True)
    ]


def _cased(make: Make, case: Case) -> Make:
    if case is Case.LOWER:
        return lambda rows: [value if value is None else value.lower() for value in make(rows)]
    return lambda rows: [value if value is None else value.upper() for value in make(rows)]


def _without(make: Make, excluded: frozenset[str], longest: int) -> Make:
    def other(value: str) -> str:
        return f"{value}x" if len(value) < longest else f"{value[:-1]}{'y' if value[-1:] == 'x' else 'x'}"

    return lambda rows: [
        value if value not in excluded or value is None else other(value) for value in make(rows)
    ]


def _matching(built: Built, request: Request, matches: Callable[[str], bool]) -> Built | None:
    """Return the first of several spellings that the patterns let pass, else texts made from a pattern."""
    for candidate in _spellings(built, request):
        samples = candidate.make(_TRIED)
        good = [text for text in samples if text is not None and matches(text)]
        if len(good) == len(_TRIED) or (len(good) > 20 and not request.unique):
            return candidate if request.unique else _checked(candidate, tuple(good), matches)
    return _sampled(request, matches)


def _checked(built: Built, good: tuple[str, ...], matches: Callable[[str], bool]) -> Built:
    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            value if value is None or matches(value) else good[row % len(good)]
            for row, value in zip(rows, built.make(rows), strict=True)
        ]

    return replace(built, make=make)


def _spellings(built: Built, request: Request) -> Iterator[Built]:
    """Yield the texts as they are, as parts of addresses and names, and then some usual forms."""
    yield built
    longest, shortest = longest_of(request) or 60, request.domain.shortest

    def respelt(spell: Callable[[str], str], joiner: str) -> Built:
        def make(rows: Sequence[int]) -> list[str | None]:
            found: list[str | None] = []
            for row, value in zip(rows, built.make(rows), strict=True):
                text = spell(value or "") or "item"
                if request.unique:
                    number = base36(row, 6)
                    number = number.upper() if text.isupper() else number
                    text = f"{text[: max(longest - 6 - len(joiner), 0)].rstrip(joiner)}{joiner}{number}"
                found.append(text[:longest].rstrip(joiner or " ").ljust(shortest, "x"))
            return found

        return Built(make, longest, request.unique)

    def letters(text: str) -> str:
        return "".join(letter for letter in text if letter.isalpha() and letter.isascii()) or "item"

    def digits(width: int) -> Built:
        place = Shuffle(10**width, request.context.seed, *request.names, "digits")
        return Built(
            lambda rows: [f"{place(row):0{width}d}" for row in rows], width, True, min(10**width, MOST_ROWS)
        )

    def formed(form: Callable[[int], str]) -> Built:
        return Built(lambda rows: [form(row) for row in rows], longest, True)

    yield respelt(slug_of, "-")
    yield respelt(lambda text: slug_of(text).replace("-", "_"), "_")
    yield respelt(lambda text: slug_of(text).replace("-", ""), "")
    yield respelt(lambda text: slug_of(text).replace("-", "").upper(), "")
    yield respelt(lambda text: slug_of(text).replace("-", "_").upper(), "_")
    yield respelt(lambda text: slug_of(text).replace("-", ".").lower(), ".")
    if not request.unique:
        yield respelt(letters, "")
        yield respelt(lambda text: letters(text).capitalize(), "")
    yield formed(lambda row: f"https://example.com/{base36(row, 6)}")
    yield formed(lambda row: f"user{row + 1}@example.com")
    yield formed(lambda row: f"+1555{row % 10_000_000:07d}")
    yield formed(lambda row: f"/{base36(row, 6)}")
    fixed = shortest if shortest and shortest == request.domain.longest else 8
    yield digits(min(fixed, 18))


def _sampled(request: Request, matches: Callable[[str], bool]) -> Built | None:
    domain = request.domain
    longest = longest_of(request) or 200
    for pattern in domain.patterns:
        if pattern.negated:
            continue
        source = sampler(pattern)
        if source is None:
            continue
        if request.unique:
            found = _each_once(source.slots(domain.shortest, longest), request, matches)
            if found is not None:
                return found
            continue
        draw = Draw(request.context.seed, *request.names, "pattern")
        texts = (source.make(draw, number, domain.shortest, longest) for number in range(_SAMPLES))
        good = tuple(
            dict.fromkeys(
                text for text in texts if text is not None and matches(text) and _allowed(text, domain)
            )
        )
        if good:
            return _from(good, draw)
    return None


def _from(texts: tuple[str, ...], draw: Draw) -> Built:
    count = len(texts)
    return Built(
        lambda rows: [texts[draw.below(row, count)] for row in rows], max(map(len, texts)), plain=False
    )


def _allowed(text: str, domain: Domain) -> bool:
    cased = {None: text, Case.LOWER: text.lower(), Case.UPPER: text.upper()}[domain.case]
    return text not in domain.excluded and text == cased


def _each_once(
    places: tuple[str, ...] | None, request: Request, matches: Callable[[str], bool]
) -> Built | None:
    if not places:
        return None
    capacity = min(capacity_of(places), MOST_ROWS)
    one = numbered(places, Shuffle(capacity, request.context.seed, *request.names, "pattern"))
    if not all(matches(one(row % capacity)) for row in _TRIED):
        return None
    return Built(lambda rows: [one(row) for row in rows], len(places), True, capacity, plain=False)
