"""Numbers: counts, positions, sizes, rates; true and false."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from seeds.checks.domains import number
from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import MOST_ROWS, stream
from seeds.generators.tables import words_of

_WHOLE = {"int2": (-(1 << 15), (1 << 15) - 1), "int4": (-(1 << 31), (1 << 31) - 1), "int8": (-(1 << 63), (1 << 63) - 1), "oid": (0, (1 << 32) - 1)}  # fmt: skip
_DEFAULT_SCALES = {"float4": 2, "float8": 2, "money": 2, "numeric": 2}
_FURTHEST = Decimal(10) ** 12


def scale_of(request: Request) -> int:
    """Return how many digits stand behind the point."""
    kind, modifier = request.column.type.name, request.column.type.modifier
    if kind in _WHOLE:
        return 0
    if kind == "numeric" and modifier > 4:
        scale = (modifier - 4) & 0x7FF
        return max(scale - 2048 if scale >= 1024 else scale, 0)
    return _DEFAULT_SCALES.get(kind, 0)


def limits(request: Request) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest number that type and constraint allow."""
    kind, modifier = request.column.type.name, request.column.type.modifier
    low, high = -_FURTHEST, _FURTHEST
    if kind in _WHOLE:
        low, high = map(Decimal, _WHOLE[kind])
    elif kind == "numeric" and modifier > 4:
        precision, scale = (modifier - 4) >> 16, scale_of(request)
        high = Decimal(10) ** (precision - scale) - Decimal(1).scaleb(-scale)
        low = -high
    elif kind == "money":
        low, high = Decimal(-(10**12)), Decimal(10**12)
    step = step_of(request)
    domain = request.domain
    lowest = number(domain.lowest.value) if domain.lowest else None
    if domain.lowest and lowest is not None:
        least = (lowest / step).to_integral_value(ROUND_CEILING) * step
        low = max(low, least if domain.lowest.inclusive or least > lowest else least + step)
    highest = number(domain.highest.value) if domain.highest else None
    if domain.highest and highest is not None:
        most = (highest / step).to_integral_value(ROUND_FLOOR) * step
        high = min(high, most if domain.highest.inclusive or most < highest else most - step)
    return low, max(low, high)


def step_of(request: Request) -> Decimal:
    """Return the difference between a number and the next."""
    step = Decimal(1).scaleb(-scale_of(request))
    multiple = number(request.domain.multiple_of or "")
    return max(step, multiple) if multiple else step


def span(request: Request, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Return what is usual, as far as it is allowed; else something near it that is allowed."""
    least, most = limits(request)
    if low > most:
        return max(least, most - (high - low)), most
    if high < least:
        return least, min(most, least + (high - low))
    return max(low, least), min(high, most)


def numeric(
    low: float, high: float, *, skewed: bool = True, digits: int | None = None
) -> Callable[[Request], Built]:
    """Return what builds numbers between two that are usual; low ones are more frequent where `skewed`.

    With whole limits they are whole; `digits` says how many stand behind the point otherwise, at most.
    """
    places = 0 if digits is None and isinstance(low, int) and isinstance(high, int) else digits

    def build(request: Request) -> Built:
        return _between(request, Decimal(str(low)), Decimal(str(high)), skewed=skewed, digits=places)

    return build


def _between(
    request: Request, low: Decimal, high: Decimal, *, skewed: bool, digits: int | None = None
) -> Built:
    if request.unique:
        return counted(request)
    least, most = span(request, low, high)
    step = step_of(request)
    coarse = step if digits is None else max(step, Decimal(1).scaleb(-digits))
    if (least / coarse).to_integral_value(ROUND_CEILING) * coarse <= most and Fraction(coarse) % Fraction(
        step
    ) == 0:
        step = coarse
    first = (least / step).to_integral_value(ROUND_CEILING)
    count = int((most / step).to_integral_value(ROUND_FLOOR) - first) + 1
    return _steps(request, int(first), max(count, 1), step, skewed=skewed)


def _steps(request: Request, first: int, count: int, step: Decimal, *, skewed: bool) -> Built:
    """Return multiples of a step: `first` of them and up to `count` more."""
    words = stream(request).words
    excluded = {found for text in request.domain.excluded if (found := number(text)) is not None}
    write = _writer(step)

    def place(word: int) -> int:
        if not skewed or count < 8:
            return word % count
        return ((word & 0xFFFFFFFF) * (word >> 32) >> 32) * count >> 32

    small = count <= 4096
    table = [write(first + number) for number in range(count)] if small else []
    banned = {number for number in range(count) if (first + number) * step in excluded} if small else set()
    free = next((number for number in range(count) if number not in banned), 0)

    def make(rows: Sequence[int]) -> list[str | None]:
        places = map(place, words(rows))
        if banned:
            return [table[free if one in banned else one] for one in places]
        if small:
            return [table[one] for one in places]
        return [write(first + one) for one in places]

    return Built(make, 24)


def _writer(step: Decimal) -> Callable[[int], str]:
    if step == step.to_integral_value():
        factor = int(step)
        return str if factor == 1 else lambda number: str(number * factor)
    scale = -int(step.as_tuple().exponent)
    factor, unit = int(step.scaleb(scale)), 10**scale

    def write(number: int) -> str:
        value = number * factor
        sign = "-" if value < 0 else ""
        whole, rest = divmod(abs(value), unit)
        return f"{sign}{whole}.{rest:0{scale}d}"

    return write


def counted(request: Request) -> Built:
    """Return a different number for each row, counted up from the lowest allowed."""
    least, most = limits(request)
    step = step_of(request)
    start = max(least, Decimal(1)) if most >= 1 else least
    first = int((start / step).to_integral_value(ROUND_CEILING))
    room = int((most / step).to_integral_value(ROUND_FLOOR)) - first + 1
    write = _writer(step)
    excluded = sorted(
        int(found / step)
        for text in request.domain.excluded
        if (found := number(text)) is not None and found >= start
    )

    def make(rows: Sequence[int]) -> list[str | None]:
        return [write(_past(first + row, excluded)) for row in rows]

    return Built(make, 24, unique=True, capacity=None if room >= MOST_ROWS else max(room - len(excluded), 0))


def _past(value: int, excluded: Sequence[int]) -> int:
    for one in excluded:
        if value >= one:
            value += 1
    return value


def _price(request: Request) -> Built:
    """Return prices that end in .99, .50 or .00; whole cents in a column of cents."""
    if request.unique:
        return counted(request)
    if scale_of(request) == 0 and is_minor(request.column.name):
        return numeric(499, 24_999)(request)
    least, most = span(request, Decimal(3), Decimal(250))
    if scale_of(request) != 2 or most - least < 10 or request.domain.multiple_of:
        return numeric(3.0, 250.0)(request)
    words = stream(request).words
    low, count = int(least) + 1, int(most) - int(least) - 1
    endings = (".99", ".99", ".50", ".00")

    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            f"{low + (((word & 0xFFFF) * ((word >> 16) & 0xFFFF) >> 16) * count >> 16)}{endings[word >> 40 & 3]}"
            for word in words(rows)
        ]

    return Built(make, 16)


def is_minor(name: str) -> bool:
    """Tell whether a column counts cents."""
    return bool({"cents", "cent", "minor", "pence"} & set(words_of(name)))


def _amount(request: Request) -> Built:
    whole = scale_of(request) == 0
    return (numeric(500, 250_000) if whole else numeric(5.0, 2500.0))(request)


def _rate(request: Request) -> Built:
    _, most = limits(request)
    if scale_of(request) and most >= 1:
        return numeric(0.0, 1.0, skewed=False)(request)
    return numeric(0, 25)(request)


def _budget(request: Request) -> Built:
    least, most = span(request, Decimal(2_000), Decimal(80_000))
    if request.unique or request.domain.multiple_of or most - least < 1000:
        return numeric(2_000, 80_000)(request)
    first = int(least.quantize(Decimal(1), ROUND_CEILING)) // 100 + 1
    count = max(int(most) // 100 - first, 1)
    words = stream(request).words
    write = _writer(step_of(request))
    unit = int(100 / step_of(request))
    return Built(lambda rows: [write((first + word % count) * unit) for word in words(rows)], 24)


def _tax_rate(request: Request) -> Built:
    least, most = limits(request)
    usual = (
        ("0.05", "0.07", "0.081", "0.19", "0.2")
        if scale_of(request) > 2 or most < 1
        else ("5", "7", "19", "20")
    )
    fitting = tuple(text for text in usual if least <= Decimal(text) <= most)
    if request.unique or not fitting or request.domain.multiple_of:
        return _rate(request)
    words = stream(request).words
    return Built(lambda rows: [fitting[word % len(fitting)] for word in words(rows)], 6)


def _percentage(request: Request) -> Built:
    return numeric(0, 100, skewed=False, digits=1)(request)


def _rating(request: Request) -> Built:
    """Return ratings from 1 to 5, most of them good."""
    least, most = span(request, Decimal(1), Decimal(5))
    if request.unique or most - least != 4 or scale_of(request):
        return numeric(2.8 if least <= 2 and most >= 4 else 1, 5, skewed=False, digits=1)(request)
    words = stream(request).words
    table = [str(int(least) + place) for place in (4, 4, 4, 3, 3, 3, 3, 2, 4, 1, 2, 4, 3, 0, 4, 3)]
    return Built(lambda rows: [table[word & 15] for word in words(rows)], 24)


def _score(request: Request) -> Built:
    _, most = limits(request)
    return (numeric(0, 100, skewed=False) if most > 1 else numeric(0.0, 1.0, skewed=False))(request)


def _integer(request: Request) -> Built:
    return numeric(1, 1000)(request)


def _decimal(request: Request) -> Built:
    return numeric(0.0, 500.0)(request)


_SELDOM = ("admin", "deleted", "banned", "test", "anonymous", "archived", "blocked", "suspended", "locked", "hidden",
    "disabled", "spam", "flagged", "superuser", "staff", "root", "bot", "sso", "revoked", "cancelled", "canceled",
    "refunded", "featured", "pinned", "draft", "internal", "beta", "fraud", "muted", "void", "expired", "failed",
    "deprecated", "sticky", "urgent", "nsfw", "super", "system", "default", "vip", "error", "dirty", "overdue")  # fmt: skip
_MOSTLY = ("active", "enabled", "verified", "public", "visible", "published", "available", "confirmed", "notifications",
    "subscribed", "valid", "approved", "in_stock", "success", "ok", "accepted", "open", "allow", "allowed")  # fmt: skip


def _boolean(request: Request) -> Built:
    """Return true or false, skewed by what the name says: few are admins, most are active."""
    words = set(words_of(request.column.name))
    share = 16 if words & set(_SELDOM) else 224 if words & set(_MOSTLY) else 128
    if words & {"not", "no", "un"}:
        share = 256 - share
    if request.unique:
        return Built(
            lambda rows: ["false" if row % 2 else "true" for row in rows], 5, unique=True, capacity=2
        )
    chance = stream(request).words
    return Built(lambda rows: ["true" if word & 255 < share else "false" for word in chance(rows)], 5)


def _number(
    name: str,
    doc: str,
    build: Callable[[Request], Built],
    names: tuple[str, ...],
    types: tuple[str, ...] = (Kinds.NUMBER, Kinds.INTEGER),
    empty: float = 0.0,
) -> Generator:
    return Generator(name, doc, types, build, names, empty)


GENERATORS = (
    _number("price", "A price as shops write them; cents where the column counts those.", _price, ("price", "unit price", "cost", "fee", "msrp", "list price", "price cents", "unit amount", "amount cents@products", "compare at price", "sale price", "retail price", "monthly price", "salary@products")),
    _number("amount", "An amount of money; cents in a column of whole numbers.", _amount, ("amount", "total", "subtotal", "balance", "cents", "amount cents", "total cents", "grand total", "revenue", "net", "gross", "paid", "deposit", "credit", "debit", "total amount", "price total", "refund amount", "value@orders", "credits", "earnings", "spend")),
    _number("surcharge", "A tax, a discount or a delivery in money, small beside a total.", lambda request: numeric(100, 3000)(request) if scale_of(request) == 0 else numeric(1.0, 30.0)(request), ("tax", "tax amount", "vat amount", "discount amount", "shipping cost", "shipping", "shipping fee", "delivery fee", "tip", "shipping amount", "tax cents", "discount cents", "shipping cents", "service fee", "tax total", "shipping total", "discount total", "platform fee")),
    _number("budget", "What may be spent, in hundreds.", _budget, ("budget", "goal amount", "target amount", "credit limit", "deal value", "contract value", "annual revenue", "estimated value")),
    _number("tax_rate", "A rate of tax: a fraction where there are three digits or more behind the point, else in percent.", _tax_rate, ("tax rate", "vat rate", "tax percentage", "tax percent")),
    _number("salary", "A salary for a year.", numeric(38_000, 145_000, digits=0), ("salary", "income", "annual salary", "salary min", "salary max", "compensation", "wage")),
    _number("hourly_rate", "A price for an hour.", numeric(25, 180, digits=0), ("hourly rate", "rate per hour", "day rate")),
    _number("quantity", "A small whole number of things.", numeric(1, 12), ("quantity", "qty", "seats", "units", "items", "guests", "party size", "adults", "children", "pieces", "num items", "item count")),
    _number("stock", "How many are in stock.", numeric(0, 240, skewed=False), ("stock", "inventory", "stock quantity", "quantity on hand", "available", "on hand", "in stock", "stock level", "inventory count", "reorder level")),
    _number("percentage", "A number from 0 to 100.", _percentage, ("percent", "percentage", "progress", "pct", "completion", "discount percent", "rollout percentage", "probability percent")),
    _number("discount", "A discount in percent.", numeric(0, 30, digits=0), ("discount", "discount percentage", "markdown")),
    _number("rate", "A rate from 0 to 1.", _rate, ("rate", "ratio", "probability", "confidence", "fraction", "share", "weight ratio", "interest rate", "commission rate", "conversion rate", "temperature setting", "similarity")),
    _number("exchange_rate", "What one currency costs in another.", numeric(0.5, 1.9, skewed=False), ("exchange rate", "fx rate", "conversion factor")),
    _number("rating", "A rating from 1 to 5, most of them good.", _rating, ("rating", "stars", "average rating", "avg rating", "review score", "satisfaction")),
    _number("score", "A score up to 100.", _score, ("score", "points", "grade", "mark", "rank score", "lead score", "credit score", "xp", "karma")),
    _number("position", "A place in an order.", numeric(1, 20), ("position", "sort order", "order", "rank", "sort", "sequence", "display order", "ordinal", "index", "idx", "step", "step number", "line number", "row number", "seq", "sort index", "place", "order index", "page number", "slot")),
    _number("priority", "A priority from 1 to 5.", numeric(1, 5), ("priority", "severity", "urgency", "importance", "level", "difficulty", "tier", "depth")),
    _number("year", "A year since 2000.", numeric(2000, 2024, skewed=False), ("year", "release year", "founded", "founded year", "model year", "year founded", "graduation year", "fiscal year")),
    _number("month", "A month.", numeric(1, 12, skewed=False), ("month", "month number", "exp month", "=duration months", "birth month")),
    _number("expiry_year", "A year in which a card expires.", numeric(2026, 2031, skewed=False), ("exp year", "expiry year", "expiration year")),
    _number("day", "A day of a month.", numeric(1, 28, skewed=False), ("day", "day of month", "billing day", "birth day")),
    _number("weekday", "A day of the week from 0 to 6.", numeric(0, 6, skewed=False), ("weekday", "day of week", "dow")),
    _number("hour", "An hour of the day.", numeric(0, 23, skewed=False), ("hour", "hour of day", "start hour", "end hour")),
    _number("days", "A number of days.", numeric(1, 30), ("days", "trial days", "duration days", "lead time", "retention days", "nights", "term days")),
    _number("minutes", "A number of minutes.", numeric(5, 90), ("minutes", "minute", "duration minutes", "duration", "duration min", "prep time", "cook time", "time spent", "estimated minutes", "length minutes", "runtime")),
    _number("reading_minutes", "Minutes that it takes to read a text.", numeric(2, 12), ("reading time", "read time", "read minutes", "reading minutes", "reading time minutes")),
    _number("body_height", "The height of somebody, in centimetres.", numeric(150, 196, skewed=False, digits=0), ("height@people", "height cm@people")),
    _number("body_weight", "The weight of somebody, in kilograms.", numeric(50, 108, skewed=False, digits=1), ("weight@people", "weight kg@people")),
    _number("hours", "A number of hours.", numeric(1, 40), ("hours", "estimated hours", "hours worked", "duration hours", "estimate")),
    _number("seconds", "A number of seconds.", numeric(5, 3600), ("seconds", "duration seconds", "timeout", "ttl", "interval seconds", "duration sec", "delay")),
    _number("milliseconds", "A number of milliseconds.", numeric(8, 1500), ("ms", "milliseconds", "duration ms", "latency ms", "latency", "response time", "elapsed", "response time ms")),
    _number("file_size", "A size in bytes.", numeric(2_000, 5_000_000), ("size", "bytes", "file size", "size bytes", "content length", "filesize", "byte size", "storage used")),
    _number("count", "How often something happened.", numeric(0, 400), ("count", "likes", "views", "view count", "like count", "num", "clicks", "impressions", "downloads", "followers", "following", "comments count", "votes", "upvotes", "shares", "hits", "visits", "usage", "usage count", "number of", "installs", "plays", "sales", "use count")),
    _number("attempts", "A few tries.", numeric(0, 3), ("attempts", "retries", "retry count", "failed attempts", "attempt", "attempt count", "tries", "failed logins", "failure count", "error count", "failures", "errors", "consecutive failures")),
    _number("tokens", "Tokens of a language model.", numeric(40, 4000), ("tokens", "prompt tokens", "completion tokens", "total tokens", "token count", "input tokens", "output tokens", "max tokens")),
    _number("version_number", "A number of a version.", numeric(1, 6), ("version", "revision", "version number", "schema version", "lock version")),
    _number("http_status", "A status of HTTP, mostly 200.", lambda request: _of_table(request, (200, 200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 422, 500)), ("status code", "http status", "response status", "response code", "http code", "http status code")),
    _number("port", "A port of a server.", lambda request: _of_table(request, (80, 443, 5432, 6379, 8080, 8443, 3000)), ("port",)),
    _number("weight", "A weight in kilograms; grams in a column of whole numbers.", lambda request: numeric(50, 5000)(request) if scale_of(request) == 0 else numeric(0.1, 30)(request), ("weight", "weight kg", "mass", "weight grams", "weight g")),
    _number("length", "A length, width or height.", numeric(1, 200), ("width", "height", "length", "height cm", "width cm", "radius", "distance", "distance km", "thickness", "size cm")),
    _number("pixels", "A width or height in pixels.", lambda request: _of_table(request, (320, 480, 640, 768, 800, 1024, 1080, 1280, 1920)), ("width@files", "height@files", "width px", "height px", "image width", "image height")),
    _number("temperature", "A temperature in degrees Celsius.", numeric(-5, 32, skewed=False, digits=1), ("temperature", "temp", "temp c")),
    _number("area", "An area in square metres.", numeric(30, 260, digits=0), ("area", "sqft", "square feet", "floor area", "sqm", "lot size")),
    _number("population", "How many people live somewhere.", numeric(4_000, 900_000), ("population", "inhabitants")),
    _number("employees", "How many people work somewhere.", numeric(3, 900), ("employees", "employee count", "headcount", "company size", "num employees", "team size", "staff count")),
    _number("capacity", "How many fit in.", numeric(10, 300), ("capacity", "max participants", "max attendees", "limit", "max", "max users", "quota", "max uses", "max members", "usage limit", "max seats", "rate limit")),
    _number("boolean_number", "0 or 1.", numeric(0, 1), ("flag", "=is active", "=is deleted", "=enabled", "=deleted")),
    Generator("integer", "A whole number.", (Kinds.INTEGER,), _integer),
    Generator("decimal", "A number.", (Kinds.NUMBER,), _decimal),
    Generator("counter", "1, 2, 3 and so on.", (Kinds.INTEGER, Kinds.NUMBER), counted),
    Generator("boolean", "True or false: few are admins or deleted, most are active.", (Kinds.BOOLEAN,), _boolean),
)  # fmt: skip


def _of_table(request: Request, usual: tuple[int, ...]) -> Built:
    least, most = limits(request)
    fitting = [str(value) for value in usual if least <= value <= most]
    if request.unique or not fitting or request.domain.multiple_of:
        return numeric(usual[0], usual[-1])(request)
    words = stream(request).words
    return Built(lambda rows: [fitting[word % len(fitting)] for word in words(rows)], 5)
