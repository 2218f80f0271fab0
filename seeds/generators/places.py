"""Places: the parts of an address, which belong together in one row, coordinates, countries, languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from seeds.draw import Draw, Shuffle, Stream
from seeds.generators.contracts import Built, Generator, Kinds, Make, Request
from seeds.generators.making import leaning, main_pools, picked, place_in, text_of_words
from seeds.generators.tables import TableKind, kind_of
from seeds.pools import pools_of
from seeds.words import US_PLACES

Place = tuple[str, str, str, str, float, float, str, str, str]
"""City, state, its code, postal code, latitude, longitude, time zone, country, its code."""

_NEAR = {
    "DE": (51.1, 10.4, "Europe/Berlin"), "AT": (47.6, 14.1, "Europe/Vienna"), "CH": (46.8, 8.2, "Europe/Zurich"),
    "FR": (46.6, 2.4, "Europe/Paris"), "ES": (40.2, -3.6, "Europe/Madrid"), "IT": (42.8, 12.6, "Europe/Rome"),
    "GB": (52.6, -1.5, "Europe/London"), "NL": (52.2, 5.3, "Europe/Amsterdam"), "PL": (52.1, 19.4, "Europe/Warsaw"),
    "BR": (-15.8, -47.9, "America/Sao_Paulo"), "PT": (39.6, -8.0, "Europe/Lisbon"), "JP": (35.7, 138.6, "Asia/Tokyo"),
    "IN": (22.3, 78.9, "Asia/Kolkata"), "CN": (35.0, 105.0, "Asia/Shanghai"), "MX": (23.6, -102.5, "America/Mexico_City"),
    "CA": (45.4, -75.7, "America/Toronto"), "AU": (-33.9, 151.2, "Australia/Sydney"), "SE": (59.3, 18.1, "Europe/Stockholm"),
}  # fmt: skip


@cache
def places_of(locale: str) -> tuple[Place, ...]:
    """Return places whose parts belong together."""
    if locale == "en_US":
        return tuple((*place, "United States", "US") for place in US_PLACES)
    pools = pools_of(locale)
    code = locale.partition("_")[2] or "US"
    country = pools.drawn("current_country", 1)[0] if hasattr(pools._fake, "current_country") else code  # noqa: SLF001
    states = next(
        (
            pools.drawn(provider, 40)
            for provider in ("administrative_unit", "state", "region", "prefecture", "province", "county")
            if hasattr(pools._fake, provider)  # noqa: SLF001
        ),
        (country,),
    )
    latitude, longitude, zone = _NEAR.get(code, (48.0, 11.0, "UTC"))
    draw = Draw(0, locale, "places")
    cities = pools.cities[:80]
    return tuple(
        (
            city, states[number % len(states)], states[number % len(states)][:2].upper(),
            pools.postcodes[number % len(pools.postcodes)], round(latitude + draw.share(2 * number) * 3 - 1.5, 4),
            round(longitude + draw.share(2 * number + 1) * 3 - 1.5, 4), zone, country, code,
        )
        for number, city in enumerate(cities)
    )  # fmt: skip


def _of_place(
    part: int, spelt: Callable[[object, int], str] = lambda value, _word: str(value)
) -> Callable[[Request], Built]:
    def build(request: Request) -> Built:
        context = request.context
        prefix = place_in(request)
        chance = Stream(context.seed, context.table, prefix, "place")
        if len(context.locales) == 1:
            places = places_of(next(iter(context.locales)))
        else:
            total = sum(context.locales.values())
            shares = [(places_of(name), weight / total) for name, weight in context.locales.items()]
            places = tuple(place for known, share in shares for place in known[: max(1, int(40 * share))])
        count = len(places)
        longest = max(len(spelt(place[part], 0)) for place in places)

        def make(rows: Sequence[int]) -> list[str | None]:
            return [spelt(places[word % count][part], word >> 32) for word in chance.words(rows)]

        texts = Built(make, longest)
        if request.unique:
            return picked(request, tuple(dict.fromkeys(spelt(place[part], 0) for place in places)))
        return texts

    return build


def _near(value: object, word: int) -> str:
    """Return a coordinate some streets away from the middle of a town."""
    assert isinstance(value, float)
    return f"{value + (word % 8001 - 4000) / 100_000:.5f}"


def _street(request: Request) -> Built:
    if request.column.name.lower().endswith("2"):
        return text_of_words(request, lambda _row, word: f"Apt. {word % 900 + 1}", 10)
    return picked(request, main_pools(request.context).streets)


def _countries(request: Request) -> Built:
    modifier = request.column.type.modifier
    if 4 < modifier <= 7 or (request.domain.longest or 99) <= 3:
        return _code(request)
    return _of_place(7)(request)


def _code(request: Request) -> Built:
    three = request.column.type.modifier == 7 or request.domain.shortest == 3 or "3" in request.column.name
    if request.unique or kind_of(request.context.relation) is TableKind.COUNTRIES:
        return _nation(2 if three else 1)(request)
    if not three and {name.lower() for name in request.context.columns} & {
        "city",
        "town",
        "state",
        "country",
        "postal_code",
    }:
        return _of_place(8)(request)
    return leaning(request, tuple(nation[2 if three else 1] for nation in _NATIONS))


_NATIONS = (
    ("United States", "US", "USA", "USD", "+1"), ("United Kingdom", "GB", "GBR", "GBP", "+44"), ("Germany", "DE", "DEU", "EUR", "+49"),
    ("France", "FR", "FRA", "EUR", "+33"), ("Canada", "CA", "CAN", "CAD", "+1"), ("Australia", "AU", "AUS", "AUD", "+61"),
    ("Netherlands", "NL", "NLD", "EUR", "+31"), ("Spain", "ES", "ESP", "EUR", "+34"), ("Italy", "IT", "ITA", "EUR", "+39"),
    ("Brazil", "BR", "BRA", "BRL", "+55"), ("India", "IN", "IND", "INR", "+91"), ("Japan", "JP", "JPN", "JPY", "+81"),
    ("Mexico", "MX", "MEX", "MXN", "+52"), ("Sweden", "SE", "SWE", "SEK", "+46"), ("Poland", "PL", "POL", "PLN", "+48"),
    ("Switzerland", "CH", "CHE", "CHF", "+41"), ("Austria", "AT", "AUT", "EUR", "+43"), ("Belgium", "BE", "BEL", "EUR", "+32"),
    ("Denmark", "DK", "DNK", "DKK", "+45"), ("Norway", "NO", "NOR", "NOK", "+47"), ("Finland", "FI", "FIN", "EUR", "+358"),
    ("Ireland", "IE", "IRL", "EUR", "+353"), ("Portugal", "PT", "PRT", "EUR", "+351"), ("Czechia", "CZ", "CZE", "CZK", "+420"),
    ("New Zealand", "NZ", "NZL", "NZD", "+64"), ("South Africa", "ZA", "ZAF", "ZAR", "+27"), ("Nigeria", "NG", "NGA", "NGN", "+234"),
    ("Kenya", "KE", "KEN", "KES", "+254"), ("Singapore", "SG", "SGP", "SGD", "+65"), ("South Korea", "KR", "KOR", "KRW", "+82"),
    ("Argentina", "AR", "ARG", "ARS", "+54"), ("Chile", "CL", "CHL", "CLP", "+56"), ("Colombia", "CO", "COL", "COP", "+57"),
    ("Turkey", "TR", "TUR", "TRY", "+90"), ("Greece", "GR", "GRC", "EUR", "+30"), ("Romania", "RO", "ROU", "RON", "+40"),
    ("Hungary", "HU", "HUN", "HUF", "+36"), ("Ukraine", "UA", "UKR", "UAH", "+380"), ("Egypt", "EG", "EGY", "EGP", "+20"),
    ("Thailand", "TH", "THA", "THB", "+66"),
)  # fmt: skip
"""Country, its codes of ISO 3166, its currency, what its telephone numbers begin with."""


def _nation(part: int) -> Callable[[Request], Built]:
    """Return what builds parts of countries, which belong together in one row of a table of countries."""

    def build(request: Request) -> Built:
        texts = tuple(nation[part] for nation in _NATIONS)
        place = Shuffle(len(texts), request.context.seed, request.context.table, "nation")
        make: Make = lambda rows: [texts[place(row)] for row in rows]  # noqa: E731
        distinct = len(set(texts)) == len(texts)
        return Built(make, max(map(len, texts)), unique=distinct, capacity=len(texts) if distinct else None)

    return build


_LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "it", "nl", "pl", "sv", "ko", "zh", "tr", "ar", "hi")
_LANGUAGE_NAMES = (
    "English",
    "German",
    "French",
    "Spanish",
    "Portuguese",
    "Japanese",
    "Italian",
    "Dutch",
    "Polish",
)
_LOCALES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR", "ja-JP", "it-IT", "nl-NL")
_ZONES = ("America/New_York", "Europe/London", "America/Los_Angeles", "Europe/Berlin", "America/Chicago", "Asia/Tokyo", "Australia/Sydney", "UTC", "Asia/Kolkata", "America/Sao_Paulo")  # fmt: skip


def _zone(request: Request) -> Built:
    columns = {name.lower() for name in request.context.columns}
    if columns & {"city", "town", "state"}:
        return _of_place(6)(request)
    home = places_of(main_pools(request.context).locale)[0][6]
    return leaning(request, tuple(dict.fromkeys((home, *_ZONES))))


def _locale(request: Request) -> Built:
    home = main_pools(request.context).locale.replace("_", "-")
    return leaning(request, tuple(dict.fromkeys((home, *_LOCALES))))


def _language(request: Request) -> Built:
    home = main_pools(request.context).locale.partition("_")[0]
    return leaning(request, tuple(dict.fromkeys((home, *_LANGUAGES))))


def _full_address(request: Request) -> Built:
    streets = main_pools(request.context).streets
    places = places_of(next(iter(request.context.locales)))
    beside = {name.lower() for name in request.context.columns} & {
        "city",
        "town",
        "zip",
        "postal_code",
        "postcode",
    }
    if beside or request.unique:
        return picked(request, streets)
    longest = max(map(len, streets)) + 40

    def one(_row: int, word: int) -> str:
        city, _state, code, postcode, *_ = places[word % len(places)]
        return f"{streets[(word >> 20) % len(streets)]}, {city}, {code} {postcode}"

    return text_of_words(request, one, longest)


def _text(
    name: str, doc: str, build: Callable[[Request], Built | None], names: tuple[str, ...], empty: float = 0.0
) -> Generator:
    return Generator(name, doc, (Kinds.TEXT,), build, names, empty)


GENERATORS = (
    _text("city", "A city; state, postal code and country of the row belong to it.", _of_place(0), ("city", "town", "city name", "=municipality", "=locality", "birthplace", "hometown")),
    _text("state", "The state or region of the row's city.", lambda request: _of_place(2 if 4 < request.column.type.modifier <= 8 or (request.domain.longest or 99) <= 3 else 1)(request), ("province", "region", "=state@places", "state name", "billing state", "shipping state", "address state", "county", "=district", "=prefecture")),
    _text("state_code", "The two letters of the row's state.", _of_place(2), ("state code", "region code", "province code")),
    _text("postal_code", "The postal code of the row's city.", _of_place(3), ("zip", "zip code", "zipcode", "postcode", "postal code", "postalcode", "post code", "=postal")),
    _text("country", "The country of the row's city.", _countries, ("country", "country name", "=nation")),
    _text("country_name", "The name of a country.", _nation(0), ("=name@countries", "=country@countries")),
    _text("country_code", "Two or three letters of ISO 3166.", _code, ("country code", "countrycode", "country iso", "iso code@countries", "=code@countries", "iso2", "alpha2", "iso3", "alpha3", "=iso@countries")),
    _text("dial_code", "What telephone numbers of a country begin with.", _nation(4), ("phone code", "dial code", "calling code", "phone prefix", "country calling code")),
    _text("currency_of_country", "The currency of the row's country.", _nation(3), ("currency@countries", "currency code@countries")),
    _text("address_label", "What somebody calls an address.", lambda request: leaning(request, ("Home", "Work", "Billing", "Holiday")), ("label@address", "=name@address", "label@addresses", "address type", "address label", "=type@address")),
    _text("street_address", "A house number and a street.", _street, ("street", "street address", "address line", "address1", "address 1", "address2", "address 2", "address line 1", "address line 2", "line 1", "line1", "line 2", "line2", "street name")),
    _text("address", "A whole address, or the street where the city stands beside it.", _full_address, ("address", "full address", "postal address", "location address", "venue address")),
    _text("location", "A city with its state.", lambda request: picked(request, tuple(f"{place[0]}, {place[2]}" for place in places_of(next(iter(request.context.locales))))), ("location", "place", "venue", "location name", "=origin", "=destination", "pickup location")),
    _text("timezone", "A name of the time zone database.", _zone, ("timezone", "time zone", "tz", "timezone name")),
    _text("language", "A code of ISO 639.", _language, ("language", "lang", "language code", "lang code", "preferred language")),
    _text("language_name", "The English name of a language.", lambda request: leaning(request, _LANGUAGE_NAMES), ("=name@language", "language name")),
    _text("locale", "A language with its country.", _locale, ("locale", "locale code")),
    _text("coordinates", "Latitude and longitude with a comma between.", lambda request: text_of_words(request, lambda _row, word: f"{(word % 120_000) / 1000 - 55:.4f},{((word >> 32) % 350_000) / 1000 - 175:.4f}", 19), ("coordinates", "lat lng", "latlng", "geo point")),
    Generator("latitude", "A latitude near the row's city, else anywhere people live.", (Kinds.NUMBER, Kinds.TEXT), _of_place(4, _near), ("latitude", "lat", "geo lat")),
    Generator("longitude", "A longitude near the row's city.", (Kinds.NUMBER, Kinds.TEXT), _of_place(5, _near), ("longitude", "lng", "lon", "long", "geo lng", "geo lon")),
)  # fmt: skip
