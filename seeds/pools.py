"""A locale -> lists of what people look at: names, places, companies, sentences. Faker fills them, once.

Rows are drawn from these lists by this project's own hash, so that Faker's speed and the order of its
calls don't matter. Each list has its own source of chance that uses nothing of Python's `random`.
"""

from __future__ import annotations

import random
import unicodedata
import warnings
from collections.abc import Mapping, MutableSequence, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

from guardrails.lint.contracts import GuardrailsError
from seeds import words
from seeds.draw import Draw

_LATIN = frozenset({"ipsum", "dolor", "quos", "odit", "quis", "nihil", "tempora", "voluptas", "eum", "aut"})
VERSION = 1
"""Goes into every list: another number makes other lists of the same Faker."""

_USUAL = "en_US"


@cache
def pools_of(locale: str) -> Pools:
    """Return the pools of a locale.

    Raises:
        GuardrailsError: Faker has no such locale.
    """
    if locale != _USUAL:
        from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415  # it takes a third of a second

        if locale not in AVAILABLE_LOCALES:
            near = get_close_matches(locale, AVAILABLE_LOCALES, n=3) or ["en_US", "de_DE", "fr_FR"]
            raise GuardrailsError(f"there is no locale {locale!r}; did you mean {', '.join(near)}?")
    return Pools(locale)


class Pools:
    """What a locale offers; every list is without repetitions and always in the same order."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    @cached_property
    def english(self) -> bool:
        """Whether texts are English: also where Faker has only filler of Latin words for the locale."""
        return self.locale.startswith("en") or not _LATIN.isdisjoint(self.drawn("word", 60))

    @cached_property
    def _fake(self) -> Any:
        from faker.factory import Factory  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Factory.create(self.locale)

    def drawn(self, provider: str, count: int) -> tuple[str, ...]:
        """Return values of one of Faker's providers.

        Raises:
            GuardrailsError: Faker has no provider of that name, or it needs arguments.
        """
        fake = self._fake
        make = getattr(fake, provider, None)
        if make is None or provider.startswith("_") or not callable(make):
            near = get_close_matches(provider, [name for name in dir(fake) if not name.startswith("_")], n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise GuardrailsError(f"Faker has no provider {provider!r} for {self.locale}{hint}")
        fake.random = Chance(self.locale, provider)
        try:
            values = [make() for _ in range(count)]
        except Exception as error:
            raise GuardrailsError(
                f"Faker's provider {provider!r} makes no value by itself: {error}"
            ) from error
        return _distinct(str(value).replace("\n", ", ").replace("\\", "/") for value in values)

    def _names(self, attribute: str, provider: str) -> tuple[str, ...]:
        """Return a whole list of Faker's where it has one, as most locales do."""
        known: object = None
        for one in self._fake.get_providers():
            known = getattr(one, attribute, None) or known
        names = tuple(known) if isinstance(known, Mapping | Sequence) else ()
        return _distinct(map(str, names)) if len(names) >= 50 else self.drawn(provider, 600)

    @cached_property
    def first_names(self) -> tuple[str, ...]:
        return self._names("first_names", "first_name")

    @cached_property
    def last_names(self) -> tuple[str, ...]:
        return self._names("last_names", "last_name")

    @cached_property
    def people(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """First and last names, each with its spelling in an address; no spelling comes twice."""
        return _spelt(self.first_names, "user"), _spelt(self.last_names, "name")

    @cached_property
    def companies(self) -> tuple[str, ...]:
        return self.drawn("company", 400)

    @cached_property
    def cities(self) -> tuple[str, ...]:
        return self.drawn("city", 200)

    @cached_property
    def countries(self) -> tuple[str, ...]:
        return self.drawn("country", 150)

    @cached_property
    def streets(self) -> tuple[str, ...]:
        return self.drawn("street_address", 400)

    @cached_property
    def postcodes(self) -> tuple[str, ...]:
        return self.drawn("postcode", 200)

    @cached_property
    def jobs(self) -> tuple[str, ...]:
        return words.JOBS if self.locale.startswith("en") else self.drawn("job", 200)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words.NOUNS if self.english else self.drawn("word", 300)

    @cached_property
    def titles(self) -> tuple[str, ...]:
        if self.english:
            pairs = (f"{first} {second}".capitalize() for first in words.ADJECTIVES for second in words.NOUNS)
            return tuple(pairs)
        return _distinct(" ".join(title.rstrip(".。").split()[:4]) for title in self.drawn("sentence", 300))

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        if not self.english:
            return self.drawn("sentence", 400)
        return _distinct(
            filled(words.SENTENCES[number % len(words.SENTENCES)], number) for number in range(600)
        )

    @cached_property
    def post_titles(self) -> tuple[str, ...]:
        if not self.english:
            return self.titles
        patterns = words.POST_PATTERNS
        return _distinct(filled(patterns[number % len(patterns)], number) for number in range(600))

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        draw = Draw(VERSION, self.locale, "paragraphs")
        texts = self.sentences
        return _distinct(
            " ".join(texts[draw.below(8 * number + place, len(texts))] for place in range(2 + number % 3))
            for number in range(500)
        )

    @cached_property
    def bios(self) -> tuple[str, ...]:
        if not self.english:
            return self.sentences
        draw = Draw(VERSION, "bios")
        found = []
        for number in range(400):
            job = words.JOBS[draw.below(number * 4, len(words.JOBS))]
            hobby, other = (draw.below(number * 4 + place, len(words.HOBBIES)) for place in (1, 2))
            found.append(
                words.BIOS[number % len(words.BIOS)].format(
                    job=job,
                    lower_job=job if job.startswith("HR") else job.lower(),
                    hobby=words.HOBBIES[hobby],
                    other=words.HOBBIES[other if other != hobby else (other + 1) % len(words.HOBBIES)],
                )
            )
        return _distinct(found)


def filled(pattern: str, number: int) -> str:
    """Return a pattern of words with the words of a number in it."""
    adjectives, nouns = words.ADJECTIVES, words.NOUNS
    adjective, noun = adjectives[number * 7 % len(adjectives)], nouns[number * 11 % len(nouns)]
    other = nouns[(number * 13 + 5) % len(nouns)]
    text = pattern.format(a=adjective, n=noun, m=other)
    for vowel in "aeiou":
        text = text.replace(f" a {vowel}", f" an {vowel}")
        text = text.replace(f"A {vowel}", f"An {vowel}")
    return text[0].upper() + text[1:]


def _distinct(values: Any) -> tuple[str, ...]:
    """Return values without those that differ from an earlier one in case or outer space only."""
    kept: dict[str, str] = {}
    for value in values:
        text = value.strip()
        if text:
            kept.setdefault(text.casefold(), text)
    return tuple(kept.values())


def _spelt(names: Sequence[str], fallback: str) -> tuple[tuple[str, str], ...]:
    kept: dict[str, tuple[str, str]] = {}
    for number, name in enumerate(names):
        spelling = plain_ascii(name) or f"{fallback}{number + 1}"
        kept.setdefault(spelling, (name, spelling))
    return tuple(kept.values())


class Chance(random.Random):
    """Random numbers of our own for Faker: the same with every version of Python."""

    def __init__(self, *names: str) -> None:
        super().__init__(0)
        self._draw = Draw(VERSION, *names)
        self._count = 0

    def _below(self, limit: int) -> int:
        self._count += 1
        return self._draw(self._count) % max(limit, 1)

    def random(self) -> float:
        self._count += 1
        return (self._draw(self._count) >> 11) / (1 << 53)

    def getrandbits(self, k: int, /) -> int:
        bits = 0
        for _ in range(0, k, 64):
            self._count += 1
            bits = bits << 64 | self._draw(self._count)
        return bits & ((1 << k) - 1)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        low, high = (0, start) if stop is None else (start, stop)
        return low + step * self._below(-(-(high - low) // step))

    def randint(self, a: int, b: int) -> int:
        return a + self._below(b - a + 1)

    def choice(self, seq: Any) -> Any:
        return seq[self._below(len(seq))]

    def choices(self, population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> Any:
        if weights is None and cum_weights is None:
            return [self.choice(population) for _ in range(k)]
        sums = list(cum_weights) if cum_weights is not None else []
        total = 0.0
        for weight in weights or ():
            total += weight
            sums.append(total)
        found = []
        for _ in range(k):
            wanted = self.random() * sums[-1]
            found.append(
                population[next(place for place, one in enumerate(sums) if wanted < one or one == sums[-1])]
            )
        return found

    def shuffle(self, x: MutableSequence[Any]) -> None:
        for place in range(len(x) - 1, 0, -1):
            other = self._below(place + 1)
            x[place], x[other] = x[other], x[place]

    def sample(self, population: Any, k: int, *, counts: Any = None) -> Any:
        del counts
        items = list(population)
        self.shuffle(items)
        return items[:k]

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.random()


_FOLDED = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "œ": "oe"})


def plain_ascii(text: str) -> str:
    """Return the letters and digits of a name that an address may hold, in lower case."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    return "".join(character for character in folded if character.isascii() and character.isalnum())


def slug_of(text: str) -> str:
    """Return a text as a part of an address: lower-case words with hyphens."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    kept = (
        character if character.isascii() and character.isalnum() else "-"
        for character in folded
        if not unicodedata.combining(character)
    )
    return "-".join(part for part in "".join(kept).split("-") if part)
