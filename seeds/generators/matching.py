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


def score(name: str, relation: str, generator: Generator) -> tuple[int, int]:
    """Return how well a generator serves a name, 0 for not at all, and where its words begin."""
    words = words_of(name)
    variants = {words, (*words[:-1], singular(words[-1]))} if words else set()
    best = (0, 0)
    for text in generator.names:
        whole, phrase, table = _phrase(text)
        if table and table not in {kind_of(relation).value, singular(relation.lower())}:
            continue
        for known in variants:
            found = _found(known, phrase, whole=whole)
            if found is not None:
                points, begins = found
                best = max(best, (points + (4 if table else 0), begins))
    return best


def _found(words: tuple[str, ...], phrase: tuple[str, ...], *, whole: bool) -> tuple[int, int] | None:
    """Return the points of a phrase in a name: its last word counts most, as it says what a thing is."""
    if words == phrase:
        return 10 * len(phrase) + 14, 0
    if whole:
        return None
    size = len(phrase)
    for begins in range(len(words) - size, -1, -1):
        if words[begins : begins + size] == phrase:
            last = begins + size == len(words)
            return 10 * size + (8 if last else -4) + (1 if begins == 0 else 0), begins
    return None


def ranked(
    name: str, relation: str, generators: Iterable[Generator]
) -> list[tuple[Generator, tuple[str, ...]]]:
    """Return the generators that serve a name, with the words that stand before theirs."""
    words = words_of(name)
    found = []
    for place, generator in enumerate(generators):
        points, begins = score(name, relation, generator)
        if points > 0:
            found.append((-points, place, generator, words[:begins]))
    return [(generator, prefix) for _, _, generator, prefix in sorted(found, key=lambda one: one[:2])]


def in_comment(comment: str, generators: Iterable[Generator]) -> Generator | None:
    """Return the generator whose words stand in a comment, the longest phrase first."""
    words = words_of(comment)
    best: tuple[int, Generator] | None = None
    for generator in generators:
        for text in generator.names:
            whole, phrase, table = _phrase(text)
            if whole or table or _found(words, phrase, whole=False) is None:
                continue
            size = sum(map(len, phrase)) if len(phrase) > 1 else 0
            if size and (best is None or size > best[0]):
                best = (size, generator)
    return None if best is None else best[1]
