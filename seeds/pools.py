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


_ADJECTIVES = [
    "annual",
    "blue",
    "bright",
    "calm",
    "central",
    "classic",
    "clear",
    "coastal",
    "compact",
    "copper",
    "daily",
    "digital",
    "early",
    "eastern",
    "fresh",
    "global",
    "golden",
    "green",
    "hidden",
    "honest",
    "light",
    "local",
    "lunar",
    "modern",
    "mobile",
    "national",
    "northern",
    "open",
    "original",
    "pocket",
    "portable",
    "premium",
    "private",
    "quiet",
    "rapid",
    "regional",
    "seasonal",
    "secure",
    "shared",
    "silver",
    "simple",
    "smart",
    "social",
    "solar",
    "spring",
    "steady",
    "summer",
    "urban",
    "weekly",
    "winter",
]
_NOUNS = [
    "account",
    "agenda",
    "archive",
    "atlas",
    "backup",
    "badge",
    "balance",
    "basket",
    "beacon",
    "bridge",
    "budget",
    "calendar",
    "camera",
    "campaign",
    "canvas",
    "catalog",
    "channel",
    "chapter",
    "checklist",
    "collection",
    "compass",
    "contract",
    "course",
    "dashboard",
    "delivery",
    "desk",
    "directory",
    "document",
    "event",
    "factory",
    "festival",
    "folder",
    "forecast",
    "forum",
    "garden",
    "gateway",
    "guide",
    "harbor",
    "invoice",
    "journal",
    "kitchen",
    "lamp",
    "library",
    "market",
    "meeting",
    "membership",
    "newsletter",
    "notebook",
    "offer",
    "orchard",
    "order",
    "package",
    "panel",
    "partner",
    "payment",
    "planner",
    "playlist",
    "portal",
    "project",
    "proposal",
    "radio",
    "receipt",
    "release",
    "report",
    "reservation",
    "review",
    "roadmap",
    "sample",
    "schedule",
    "service",
    "session",
    "shelf",
    "shipment",
    "signal",
    "studio",
    "summary",
    "survey",
    "table",
    "team",
    "template",
    "ticket",
    "timeline",
    "tour",
    "vault",
    "workshop",
]
_SENTENCES = (
    "The {a} {n} is ready for review.",
    "Please send the {n} before Friday.",
    "We moved the {n} to the {a} {m}.",
    "Customers asked for the {a} {n} last month.",
    "Thanks, the {a} {n} works well for us.",
    "The {n} and the {m} are now in one place.",
    "Let us discuss the {a} {n} at the next {m}.",
    "Added one more {n} for the {a} {m}.",
    "The {n} arrived late, but the {m} was fine.",
    "Everything about this {a} {n} was easy to set up.",
    "Could you share the {n} with the whole team?",
    "This replaces the {n} from the {a} {m}.",
)


def _english_sentences() -> tuple[str, ...]:
    count = 400
    return tuple(
        dict.fromkeys(
            _SENTENCES[number % len(_SENTENCES)].format(
                a=_ADJECTIVES[number * 7 % len(_ADJECTIVES)],
                n=_NOUNS[number * 11 % len(_NOUNS)],
                m=_NOUNS[(number * 13 + 5) % len(_NOUNS)],
            )
            for number in range(count)
        )
    )


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
    titles: tuple[str, ...]
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

    english = locale.startswith("en")  # Faker's English words, at random, make no sense together

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
        words=tuple(_NOUNS) if english else drawn("word", _SIZES["words"]),
        titles=tuple(f"{first} {second}".capitalize() for first in _ADJECTIVES for second in _NOUNS)
        if english
        else drawn("sentence", _SIZES["sentences"]),
        sentences=_english_sentences() if english else drawn("sentence", _SIZES["sentences"]),
    )


def plain_ascii(text: str) -> str:
    """Return the letters and digits of a name that an address may hold, in lower case."""
    spelt = text.translate({ord("ß"): "ss", ord("ø"): "o", ord("æ"): "ae", ord("ł"): "l", ord("đ"): "d"})
    folded = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode().lower()
    return "".join(character for character in folded if character.isalnum())
