"""A column -> a function from a row's number to its value, chosen by constraint, name and type.

Values are Python's: the loader writes them as text. A maker for a unique column gives every row
another value by construction, never by trying again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from ipaddress import IPv4Address

from seeds.draw import Draw
from seeds.introspect import Column, Table
from seeds.limits import Allowed
from seeds.pools import Pools, plain_ascii

Maker = Callable[[int], object]

ANCHOR = datetime(2025, 1, 1, 12, tzinfo=UTC)
"""The moment that all made-up times lie before, so that the same seed makes the same rows next year."""

PASSWORD_HASH = "$2b$10$seedseedseedseedseedsesnWNwSMAMQCVOZNNKTelNU1DPDvTL4W"  # noqa: S105
"""bcrypt of `password123`, with a salt that says what it is."""

_INTEGERS = {"int2": 32_000, "int4": 2_000_000_000, "int8": 9_000_000_000_000}
_FURTHEST = Decimal(10) ** 12
_WIDE = Context(prec=100)
_USUAL: tuple[tuple[frozenset[str], int], ...] = (
    (frozenset({"month", "months"}), 12),
    (frozenset({"week", "weeks"}), 52),
    (frozenset({"day", "days"}), 28),
    (frozenset({"hour", "hours"}), 23),
    (frozenset({"minute", "minutes", "seconds"}), 59),
    (frozenset({"year"}), 0),
    (frozenset({"age"}), 60),
    (frozenset({"rating", "stars", "level", "version"}), 5),
    (frozenset({"percent", "percentage", "progress"}), 100),
    (frozenset({"quantity", "qty", "seats", "interval"}), 12),
    (frozenset({"position", "order", "rank", "priority", "sort"}), 20),
    (frozenset({"cents", "amount", "price", "total", "cost"}), 25_000),
    (frozenset({"size", "bytes"}), 5_000_000),
    (frozenset({"likes", "views", "count"}), 400),
)
"""What numbers of a name usually go up to; 0 stands for a year."""

_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
_TIMES = frozenset({"timestamptz", "timestamp", "date"})
_LATE = frozenset(
    [
        "updated",
        "modified",
        "edited",
        "last",
        "expires",
        "expired",
        "expiry",
        "end",
        "ends",
        "ended",
        "until",
        "completed",
        "finished",
        "closed",
        "due",
        "paid",
        "shutdown",
        "invoiced",
        "processed",
        "synced",
        "delivered",
        "shipped",
        "stopped",
        "verified",
        "signed",
        "read",
        "sent",
        "submitted",
        "retried",
    ]
)
_GONE = ("deleted", "archived", "banned", "revoked", "cancelled", "canceled", "disabled", "dismissed")


@dataclass(frozen=True)
class Chosen:
    """How a column is filled: `label` names it for a person."""

    label: str
    make: Maker


@dataclass(frozen=True)
class Source:
    """What makers of one table draw from; `persona` names the table whose people its rows are."""

    table: Table
    pools: Pools
    seed: int
    persona: str

    def draw(self, column: str) -> Draw:
        return Draw(self.seed, self.table.name, column)

    def person(self, row: int) -> tuple[str, str]:
        draw = Draw(self.seed, self.persona, "person")
        first = self.pools.first_names[draw.below(2 * row, len(self.pools.first_names))]
        return first, self.pools.last_names[draw.below(2 * row + 1, len(self.pools.last_names))]


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, in snake or camel case."""
    spaced = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return tuple(word for word in spaced.replace("-", "_").replace(" ", "_").split("_") if word)


def choose(source: Source, column: Column, allowed: Allowed, *, unique: bool) -> Chosen:
    """Return how to fill a column."""
    draw = source.draw(column.name)
    if column.array:
        return _array(source, column, allowed)
    values = column.labels or allowed.values
    if values:
        first = allowed.values or column.labels
        return Chosen("one of " + ", ".join(values[:4]), lambda row: first[_leaning(draw, row, len(first))])
    if column.type in _TEXTS:
        return _text(source, column, allowed, unique=unique)
    if column.type in {"json", "jsonb"}:
        return Chosen("a small object", lambda row: _document(source, column, row))
    if column.type in _TIMES:
        return _time(source, column, allowed, unique=unique)
    return _scalar(source, column, allowed, unique=unique)


def _leaning(draw: Draw, row: int, count: int) -> int:
    """Return an index that falls on the first ones more often, as states and kinds do in life."""
    return int(count * draw.share(row) ** 1.6)


def _array(source: Source, column: Column, allowed: Allowed) -> Chosen:
    single = Column(**{**column.__dict__, "array": False})
    one = choose(source, single, allowed, unique=False)
    draw = source.draw(f"{column.name}[]")
    return Chosen(
        f"up to three of: {one.label}",
        lambda row: [one.make(row * 3 + place) for place in range(draw.below(row, 3) + 1)],
    )


def _scalar(source: Source, column: Column, allowed: Allowed, *, unique: bool) -> Chosen:
    draw = source.draw(column.name)
    name = column.name.lower()
    match column.type:
        case "uuid":
            return Chosen("a UUID", draw.uuid)
        case "bool":
            often = (
                0.08
                if any(word in name for word in ("admin", "delet", "bann", "test", "anonym", "archiv"))
                else 0.7
            )
            return Chosen("true or false", lambda row: draw.share(row) < often)
        case "int2" | "int4" | "int8" | "oid":
            return _integer(draw, column, allowed, unique=unique)
        case "numeric" | "float4" | "float8" | "money":
            return _number(draw, column, allowed)
        case "interval":
            return Chosen("some minutes", lambda row: f"{draw.below(row, 600) + 5} minutes")
        case "time" | "timetz":
            return Chosen(
                "a time of day", lambda row: f"{draw.below(row, 24):02d}:{draw.below(row + 1, 60):02d}:00"
            )
        case "bytea":
            return Chosen("16 bytes", lambda row: f"\\x{draw(row):016x}{draw(row + 1):016x}")
        case "inet" | "cidr":
            return Chosen(
                "a private address", lambda row: str(IPv4Address(0x0A000000 + draw.below(row, 1 << 24)))
            )
        case "macaddr":
            return Chosen("a hardware address", lambda row: f"02{draw(row) & 0xFFFFFFFFFF:010x}")
        case "vector" | "halfvec":
            size = column.length or 3
            return Chosen(
                "a vector",
                lambda row: (
                    "[" + ",".join(f"{Draw(row, column.name).share(n) - 0.5:.4f}" for n in range(size)) + "]"
                ),
            )
        case "tsvector":
            return Chosen(
                "words",
                lambda row: (
                    f"'{plain_ascii(source.pools.words[draw.below(row, len(source.pools.words))])}':1"
                ),
            )
        case "tstzrange" | "tsrange" | "daterange":
            return Chosen("a span of days", lambda row: _span(draw, row, dates=column.type == "daterange"))
        case "int4range" | "int8range" | "numrange":
            return Chosen("a span", lambda row: f"[{row * 10},{row * 10 + 5})")
        case "point":
            return Chosen(
                "a place",
                lambda row: f"({draw.share(row) * 360 - 180:.5f},{draw.share(row + 1) * 170 - 85:.5f})",
            )
        case "bit" | "varbit":
            size = column.length or 1
            return Chosen("bits", lambda row: f"{draw(row) & ((1 << size) - 1):0{size}b}")
    return Chosen("nothing: a type that is not known", lambda _row: None)


def _integer(draw: Draw, column: Column, allowed: Allowed, *, unique: bool) -> Chosen:
    lowest = int(allowed.lowest) if allowed.lowest is not None else 0
    highest = int(allowed.highest) if allowed.highest is not None else None
    if unique:
        return Chosen("counted up", lambda row: lowest + row + (1 if allowed.lowest is None else 0))
    words = set(tokens(column.name))
    usual = next((limit for names, limit in _USUAL if words & names), 1_000)
    if usual == 0 and highest is None and allowed.lowest is None:
        return Chosen("a year", lambda row: 2000 + draw.below(row, 25))
    top = (
        highest
        if highest is not None
        else min(max(lowest, 0) + usual, _INTEGERS.get(column.type, 2_000_000_000))
    )
    low = lowest if allowed.lowest is not None else min(1, top)
    if "age" in words and allowed.lowest is None and highest is None:
        low = 18
    return Chosen(f"a number from {low} to {top}", lambda row: low + _spread(draw, row, top - low + 1))


def _spread(draw: Draw, row: int, count: int) -> int:
    return int(count * draw.share(row) ** 1.3) if count > 1 else 0


def _number(draw: Draw, column: Column, allowed: Allowed) -> Chosen:
    name = column.name.lower()
    scale = 2 if column.scale is None else column.scale
    if "lat" in name.split("_") or "latitude" in name:
        return Chosen("a latitude", lambda row: round(draw.share(row) * 120 - 55, 6))
    if {"lng", "lon", "long"} & set(name.split("_")) or "longitude" in name:
        return Chosen("a longitude", lambda row: round(draw.share(row) * 350 - 175, 6))
    low = allowed.lowest if allowed.lowest is not None else Decimal(0)
    usual = Decimal(5) if "rating" in name else Decimal(1) if "rate" in name or "ratio" in name else low + 500
    high = allowed.highest if allowed.highest is not None else usual
    if column.precision is not None:
        high = min(high, Decimal(10) ** (column.precision - scale) - 1)
    low, high = max(low, -_FURTHEST), min(high, _FURTHEST)
    step = Decimal(1).scaleb(-scale)

    def make(row: int) -> object:
        value = (low + (high - low) * Decimal(str(draw.share(row))) ** 2).quantize(step, context=_WIDE)
        ending = Decimal("0.99") if scale == 2 and "price" in name and value > 2 else None
        return value if ending is None else min(value.to_integral_value() - 1 + ending, high)

    return Chosen(f"a number from {low} to {high}", make)


def _time(source: Source, column: Column, allowed: Allowed, *, unique: bool) -> Chosen:
    del allowed
    name = column.name.lower()
    if any(word in name for word in _GONE) and not column.not_null:
        return Chosen(
            "mostly empty",
            lambda row: (
                _moment(source, column, row, 0.9) if source.draw(column.name).below(row, 12) == 0 else None
            ),
        )
    if "birth" in name or name == "dob":
        draw = source.draw(column.name)
        return Chosen(
            "a birthday", lambda row: (ANCHOR - timedelta(days=18 * 365 + draw.below(row, 50 * 365))).date()
        )
    late = bool(_LATE & set(tokens(column.name)))
    if unique:
        return Chosen("a moment", lambda row: _moment(source, column, row, 0.5) + timedelta(microseconds=row))  # type: ignore[operator]
    return Chosen(
        "a later moment" if late else "a moment", lambda row: _moment(source, column, row, 1 if late else 0)
    )


def _moment(source: Source, column: Column, row: int, lateness: float) -> object:
    """Return a moment in the life of a row: what happens to it later comes after its beginning."""
    begun = 30 + 700 * Draw(source.seed, source.table.name, "born").share(row)
    age = begun * (1 - lateness * source.draw(column.name).share(row) * 0.95)
    moment = ANCHOR - timedelta(days=age)
    moment = moment.replace(microsecond=0)
    if column.type == "date":
        return moment.date()
    return moment if column.type == "timestamptz" else moment.replace(tzinfo=None)


def _span(draw: Draw, row: int, *, dates: bool) -> str:
    start = ANCHOR + timedelta(days=row)
    end = start + timedelta(days=1, hours=0 if dates else draw.below(row, 1))
    return (
        f"[{start.date()},{end.date()})"
        if dates
        else f"[{start.isoformat()},{(end - timedelta(hours=1)).isoformat()})"
    )


def _sign_up(source: Source, row: int) -> dict[str, str]:
    """Return what a person told at sign-up: triggers on Supabase's auth.users copy it into profiles."""
    first, last = source.person(row)
    handle = _handle(source, row)
    return {
        "name": f"{first} {last}", "full_name": f"{first} {last}", "display_name": f"{first} {last}",
        "first_name": first, "last_name": last, "username": handle, "user_name": handle,
        "handle": plain_ascii(first)[:10] + str(row + 1), "email": f"{handle}@example.com", "contact_email": f"{handle}@example.com",
        "avatar_url": f"https://example.com/avatars/{row + 1}.png",
    }  # fmt: skip


def _document(source: Source, column: Column, row: int) -> str:
    draw = source.draw(column.name)
    words = source.pools.words
    if column.name in {"raw_user_meta_data", "user_metadata"}:
        return json.dumps(_sign_up(source, row), ensure_ascii=False)
    if column.name == "raw_app_meta_data":
        return '{"provider": "email", "providers": ["email"]}'
    return json.dumps(
        {"theme": ("light", "dark")[draw.below(row, 2)], "tag": words[draw.below(row + 1, len(words))]},
        ensure_ascii=False,
    )


def _text(source: Source, column: Column, allowed: Allowed, *, unique: bool) -> Chosen:
    chosen = _by_name(source, column)
    if unique and chosen.label not in _UNIQUE_ALREADY:
        plain = chosen
        chosen = Chosen(f"{plain.label}, numbered", lambda row: f"{plain.make(row)} {row + 1}")
        if any(
            word in column.name.lower()
            for word in ("slug", "key", "code", "handle", "user", "domain", "path", "token")
        ):
            chosen = Chosen(f"{plain.label}, numbered", lambda row: f"{plain.make(row)}-{row + 1}")
    longest = min(column.length or 1_000_000, allowed.longest or 1_000_000)
    shortest = allowed.shortest or 0
    if longest == 1_000_000 and not shortest and allowed.case is None:
        return chosen
    return Chosen(
        chosen.label,
        lambda row: _fitted(str(chosen.make(row)), row, shortest, longest, allowed.case, unique=unique),
    )


_UNIQUE_ALREADY = frozenset(
    {"an e-mail address", "a user name", "a phone number", "a random token", "a UUID", "an avatar's address"}
)


def _fitted(text: str, row: int, shortest: int, longest: int, case: str | None, *, unique: bool) -> str:
    if len(text) < shortest:
        text = (text + " and more" * shortest)[:shortest]
    if len(text) > longest:
        tail = _base36(row).rjust(min(5, longest), "0")[-longest:] if unique else ""
        head, _, last = text.partition("@")
        keeps_domain = bool(last) and len(last) + len(tail) < longest - 1
        text = (
            f"{head[: longest - len(last) - 1 - len(tail)]}{tail}@{last}"
            if keeps_domain
            else text[: longest - len(tail)] + tail
        )
    return text.lower() if case == "lower" else text.upper() if case == "upper" else text


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if not number:
            return digits


def _by_name(source: Source, column: Column) -> Chosen:
    name = "_".join(tokens(column.name))
    words = set(tokens(column.name))
    draw = source.draw(column.name)
    pools = source.pools

    def one_of(label: str, items: tuple[str, ...]) -> Chosen:
        return Chosen(label, lambda row: items[draw.below(row, len(items))])

    if "email" in name:
        return Chosen("an e-mail address", lambda row: _address(source, row))
    if words & {"avatar", "photo", "picture", "image", "logo", "thumbnail", "icon"}:
        return Chosen(
            "an avatar's address", lambda row: f"https://example.com/{source.table.relation}/{row + 1}.png"
        )
    if "url" in words or "uri" in words or words & {"website", "link", "href", "webhook"}:
        return Chosen(
            "an address on the web",
            lambda row: (
                f"https://example.com/{plain_ascii(pools.words[draw.below(row, len(pools.words))]) or 'page'}/{row + 1}"
            ),
        )
    if name in {"username", "user_name", "handle", "login", "nickname"}:
        return Chosen("a user name", lambda row: _handle(source, row))
    if name in {"first_name", "firstname", "given_name"}:
        return Chosen("a first name", lambda row: source.person(row)[0])
    if name in {"last_name", "lastname", "surname", "family_name"}:
        return Chosen("a last name", lambda row: source.person(row)[1])
    if name in {"full_name", "fullname", "display_name", "author", "author_name", "contact_name"} or (
        name == "name" and is_people(source.table)
    ):
        return Chosen("a full name", lambda row: " ".join(source.person(row)))
    if words & {"phone", "mobile", "tel", "telephone", "fax"}:
        return Chosen("a phone number", lambda row: f"+1555{row % 10_000_000:07d}")
    if "password" in name or "passwd" in name:
        return Chosen("the hash of password123", lambda _row: PASSWORD_HASH)
    if words & {"token", "secret", "hash", "checksum", "sha", "nonce", "fingerprint"} or name.endswith("key"):
        return Chosen("a random token", lambda row: f"{draw(row):016x}{draw(row + (1 << 40)):016x}")
    if words & {"id", "uuid", "guid"}:
        return Chosen("a UUID", draw.uuid)
    if "slug" in words or "subdomain" in words:
        return Chosen(
            "a slug",
            lambda row: "-".join(
                plain_ascii(pools.words[draw.below(row + n, len(pools.words))]) or f"part{n}"
                for n in (0, 1 << 30)
            ),
        )
    if name in {"company", "company_name", "organization", "organisation", "employer"} or (
        name == "name" and is_organization(source.table)
    ):
        return one_of("a company", pools.companies)
    if "city" in words or "town" in words:
        return one_of("a city", pools.cities)
    if name == "country_code" or (name == "country" and (column.length or 9) <= 3):
        return one_of("a country's code", ("US", "DE", "FR", "GB", "BR", "IN", "JP", "NG"))
    if "country" in words:
        return one_of("a country", pools.countries)
    if words & {"street", "address", "address1"}:
        return one_of("a street", pools.streets)
    if words & {"zip", "postcode", "postal", "zipcode"}:
        return one_of("a postal code", pools.postcodes)
    if "version" in words:
        return Chosen(
            "a version",
            lambda row: f"{draw.below(row, 4) + 1}.{draw.below(row + 1, 10)}.{draw.below(row + 2, 10)}",
        )
    if "currency" in words:
        return one_of("a currency", ("USD", "EUR", "GBP", "JPY"))
    if name in {"locale", "language", "lang"}:
        return one_of("a language", ("en", "de", "fr", "es", "pt", "ja"))
    if name in {"timezone", "time_zone", "tz"}:
        return one_of("a time zone", ("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"))
    if "color" in words or "colour" in words:
        return Chosen("a colour", lambda row: f"#{draw(row) & 0xFFFFFF:06x}")
    if words & {"job", "occupation", "profession"}:
        return one_of("a job", pools.jobs)
    if words & {
        "bio",
        "body",
        "content",
        "description",
        "text",
        "message",
        "comment",
        "about",
        "summary",
        "notes",
        "note",
        "details",
        "reason",
    }:
        return Chosen(
            "sentences",
            lambda row: " ".join(
                pools.sentences[draw.below(row * 3 + n, len(pools.sentences))]
                for n in range(draw.below(row, 2) + 1)
            ),
        )
    if words & {"title", "subject", "headline", "question"}:
        return Chosen("a title", lambda row: pools.titles[draw.below(row, len(pools.titles))].rstrip(".。"))
    if name in {"status", "state"}:
        return Chosen("a state", lambda row: ("active", "pending", "inactive")[_leaning(draw, row, 3)])
    if name in {"role", "user_role"}:
        return Chosen("a role", lambda row: ("member", "member", "admin")[_leaning(draw, row, 3)])
    if words & {"mime", "content"} and "type" in words:
        return one_of("a media type", ("image/png", "application/pdf", "text/plain"))
    if words & {"file", "filename", "path"}:
        return Chosen(
            "a file's name",
            lambda row: (
                f"{plain_ascii(pools.words[draw.below(row, len(pools.words))]) or 'file'}-{row + 1}.txt"
            ),
        )
    if "ip" in words:
        return Chosen(
            "a private address", lambda row: str(IPv4Address(0x0A000000 + draw.below(row, 1 << 24)))
        )
    if name in {"sku", "code", "number", "reference", "ref", "barcode"}:
        return Chosen("a code", lambda row: f"{plain_ascii(source.table.relation)[:3].upper()}{row + 1:05d}")
    if words & {"tag", "category", "topic", "label"}:
        return one_of("a word", pools.words)
    if "name" in words:
        return Chosen("a name", lambda row: pools.titles[draw.below(row, len(pools.titles))].rstrip(".。"))
    if words & {"type", "kind", "provider", "method", "action", "event", "source", "channel", "plan", "tier"}:
        return Chosen("a kind", lambda row: ("standard", "basic", "custom")[_leaning(draw, row, 3)])
    return one_of("a word", pools.words)


def _address(source: Source, row: int) -> str:
    return f"{_handle(source, row)}@example.com"


def _handle(source: Source, row: int) -> str:
    parts = [folded for part in source.person(row) if (folded := plain_ascii(part))]
    return f"{'.'.join(parts) or 'user'}{row + 1}"


def is_people(table: Table) -> bool:
    """Tell whether the rows of a table are people who sign in or are signed in with."""
    name = table.relation.lower().rstrip("s")
    return name in {
        "user",
        "profile",
        "account",
        "member",
        "people",
        "person",
        "customer",
        "employee",
        "author",
        "contact",
        "app_user",
        "student",
        "teacher",
        "patient",
        "user_profile",
        "player",
    }


def is_users(table: Table) -> bool:
    """Tell whether a table is the one of users, so that `user_count` is its number of rows."""
    if table.relation.lower() in {
        "users",
        "user",
        "profiles",
        "profile",
        "app_users",
        "user_profiles",
        "accounts_user",
    }:
        return True
    columns = {column.name.lower() for column in table.columns}
    return (
        is_people(table)
        and "email" in columns
        and bool(columns & {"name", "full_name", "first_name", "username", "display_name"})
    )


def is_organization(table: Table) -> bool:
    """Tell whether the rows of a table are groups that users belong to."""
    return table.relation.lower().rstrip("s") in {
        "organization",
        "organisation",
        "org",
        "team",
        "tenant",
        "workspace",
        "company",
        "companie",
        "group",
        "agency",
        "agencie",
        "supplier",
        "vendor",
        "shipper",
    }


def rendered(value: object) -> str | None:
    """Return a value as PostgreSQL reads it, or None for NULL."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case list():
            return "{" + ",".join(_array_item(item) for item in value) + "}"
    return str(value)


def _array_item(item: object) -> str:
    text = rendered(item)
    return "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
