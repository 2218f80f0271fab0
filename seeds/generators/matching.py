"""The name and the comment of a column -> the generators that serve it, the best first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from seeds.generators.contracts import Generator
from seeds.generators.tables import kind_of, singular, words_of


@cache
def _phrase(text: str) -> tuple[bool, tuple[str, ...], str]:
    whole = text.startswith("=")
    words, _, table = text.removeprefix("=").partition("@")
    return whole, tuple(words.split()), table


def score(name: str, relation: str, generator: Generator) -> int:
    """Return how well a generator serves a name, 0 for not at all."""
    words = words_of(name)
    variants = {words, (*words[:-1], singular(words[-1]))} if words else set()
    best = 0
    for text in generator.names:
        whole, phrase, table = _phrase(text)
        if table and table not in {kind_of(relation).value, singular(relation.lower())}:
            continue
        for known in variants:
            points = _points(known, phrase, whole=whole)
            if points:
                best = max(best, points + (4 if table else 0))
    return best


def _points(words: tuple[str, ...], phrase: tuple[str, ...], *, whole: bool) -> int:
    """Return the points of a phrase in a name: its last word counts most, as it says what a thing is."""
    if words == phrase:
        return 10 * len(phrase) + 14
    if whole:
        return 0
    size = len(phrase)
    for begins in range(len(words) - size, -1, -1):
        if words[begins : begins + size] == phrase:
            last = begins + size == len(words)
            return 10 * size + (8 if last else -4) + (1 if begins == 0 else 0)
    return 0


def ranked(name: str, relation: str, generators: Iterable[Generator]) -> list[Generator]:
    """Return the generators that serve a name, the best first."""
    scored = [(score(name, relation, generator), generator) for generator in generators]
    found = [one for one in scored if one[0] > 0]
    return [generator for _, generator in sorted(found, key=lambda one: -one[0])]


def in_comment(comment: str, generators: Iterable[Generator]) -> Generator | None:
    """Return the generator whose words stand in a comment, the longest phrase first."""
    words = words_of(comment)
    best: tuple[int, Generator] | None = None
    for generator in generators:
        for text in generator.names:
            whole, phrase, table = _phrase(text)
            if whole or table or not _points(words, phrase, whole=False):
                continue
            size = sum(map(len, phrase)) if len(phrase) > 1 else 0
            if size and (best is None or size > best[0]):
                best = (size, generator)
    return None if best is None else best[1]
