"""A locale -> lists of what people look at: names, places, companies, sentences. Drawn once from Faker."""

from __future__ import annotations

import unicodedata
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from faker import Faker
from faker.config import AVAILABLE_LOCALES

from guardrails.lint.contracts import GuardrailsError

_SIZES = {
    "words": 300,
    "companies": 200,
    "cities": 200,
    "streets": 200,
    "jobs": 200,
    "sentences": 300,
    "people": 400,
}


@dataclass(frozen=True)
class Pools:
    """What a locale offers; every tuple is without repetitions and always in the same order."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    cities: tuple[str, ...]
    countries: tuple[str, ...]
    streets: tuple[str, ...]
    postcodes: tuple[str, ...]
    jobs: tuple[str, ...]
    words: tuple[str, ...]
    sentences: tuple[str, ...]


@cache
def pools_of(locale: str) -> Pools:
    """Return the pools of a locale.

    Raises:
        GuardrailsError: Faker has no such locale.
    """
    if locale not in AVAILABLE_LOCALES:
        near = get_close_matches(locale, AVAILABLE_LOCALES, n=3) or ["en_US", "de_DE", "fr_FR"]
        raise GuardrailsError(f"there is no locale {locale!r}; did you mean {', '.join(near)}?")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fake = Faker(locale)
    fake.seed_instance(20_240_101)

    def drawn(provider: str, count: int) -> tuple[str, ...]:
        make = getattr(fake, provider, None) or getattr(Faker("en_US"), provider)
        return tuple(dict.fromkeys(str(make()).replace("\n", ", ") for _ in range(count)))

    return Pools(
        first_names=drawn("first_name", _SIZES["people"]),
        last_names=drawn("last_name", _SIZES["people"]),
        companies=drawn("company", _SIZES["companies"]),
        cities=drawn("city", _SIZES["cities"]),
        countries=drawn("country", 150),
        streets=drawn("street_address", _SIZES["streets"]),
        postcodes=drawn("postcode", _SIZES["cities"]),
        jobs=drawn("job", _SIZES["jobs"]),
        words=drawn("word", _SIZES["words"]),
        sentences=drawn("sentence", _SIZES["sentences"]),
    )


def plain_ascii(text: str) -> str:
    """Return the letters and digits of a name that an address may hold, in lower case."""
    spelt = text.translate({ord("ß"): "ss", ord("ø"): "o", ord("æ"): "ae", ord("ł"): "l", ord("đ"): "d"})
    folded = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode().lower()
    return "".join(character for character in folded if character.isalnum())
