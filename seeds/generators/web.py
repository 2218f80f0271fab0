"""The web and its programs: addresses, pictures, slugs, tokens, files, versions, colours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from seeds.draw import Draw, base36
from seeds.generators.contracts import Built, Generator, Kinds, Make, Request
from seeds.generators.fitting import longest_of
from seeds.generators.making import (
    different,
    leaning,
    main_pools,
    people_of,
    picked,
    shuffle,
    stream,
    text_of_words,
)
from seeds.generators.tables import TableKind, kind_of, singular, words_of
from seeds.pools import slug_of
from seeds.words import ADJECTIVES, NOUNS


def topic_of(request: Request) -> str:
    """Return the singular of a table's last word, for addresses and codes."""
    words = words_of(request.context.relation)
    return singular(words[-1]) if words and words[-1].isascii() else "item"


def _page(request: Request) -> Built:
    pools = main_pools(request.context)
    words = tuple(dict.fromkeys(slug_of(word) or "page" for word in pools.words))
    if request.unique:
        return different(
            request,
            lambda number: f"https://example.com/{words[number % len(words)]}/{base36(number, 4)}",
            48,
        )
    return text_of_words(
        request,
        lambda _row, word: f"https://example.com/{words[word % len(words)]}/{(word >> 32) % 9000 + 1000}",
        60,
    )


def _website(request: Request) -> Built:
    adjectives, nouns = ADJECTIVES, NOUNS
    size = len(adjectives) * len(nouns)

    def one(number: int) -> str:
        turn, place = divmod(number, size)
        name = f"{adjectives[place % len(adjectives)]}-{nouns[place // len(adjectives)]}"
        return f"https://{name}{turn + 1 if turn else ''}.example.com"

    place = shuffle(request, size)
    return Built(lambda rows: [one(row // size * size + place(row)) for row in rows], 50, unique=True)


def _domain(request: Request) -> Built:
    site = _website(request)
    return Built(
        lambda rows: [(text or "").removeprefix("https://") for text in site.make(rows)], 42, unique=True
    )


def _picture(folder: str, ending: str) -> Callable[[Request], Built]:
    def build(request: Request) -> Built:
        where = f"https://example.com/{folder or topic_of(request)}/"
        return Built(
            lambda rows: [f"{where}{row + 1}.{ending}" for row in rows], len(where) + 15, unique=True
        )

    return build


_NAMING = ("title", "name", "display_name", "label", "full_name")
"""Columns that a slug says the same as, the best first."""


def _slug(request: Request) -> Built:
    """Return the slug of the title beside it where there is one, so that both say the same."""
    columns = request.context.columns
    base = next((columns[name] for name in _NAMING if name in columns and name != request.column.name), None)
    if base is not None and not base.type.dimensions:
        from seeds.generators.choosing import meaning  # noqa: PLC0415  # choosing knows all families

        made = meaning(base, request.context)
        if made is not None:
            turn = made.turn
            return Built(
                _slugs(made.make, turn if request.unique else 1 << 31),
                None if made.longest is None else made.longest + 11,
                unique=True,
            )
    pairs = len(ADJECTIVES) * len(NOUNS)
    place = shuffle(request, pairs)

    def one(row: int) -> str:
        number = place(row)
        pair = f"{ADJECTIVES[number % len(ADJECTIVES)]}-{NOUNS[number // len(ADJECTIVES)]}"
        return pair if row < pairs else f"{pair}-{row // pairs + 1}"

    return Built(lambda rows: [one(row) for row in rows], 40, unique=True)


def _slugs(make: Make, turn: int) -> Make:
    """Return values as slugs, with a number from where they come round again, so that none comes twice."""

    def slugs(rows: Sequence[int]) -> list[str | None]:
        found: list[str | None] = []
        for row, text in zip(rows, make(rows), strict=True):
            slug = slug_of(text or "") or "item"
            found.append(slug if row < turn else f"{slug}-{row // max(turn, 1) + 1}")
        return found

    return slugs


def _hex(digits: int, prefix: str = "") -> Callable[[Request], Built]:
    def build(request: Request) -> Built:
        wanted = request.domain.longest if request.domain.longest == request.domain.shortest else None
        size = (wanted or digits) - len(prefix) if wanted or not prefix else digits
        if not 1 <= size <= 512:
            size = digits
        chance = stream(request)
        count = -(-size // 32)

        def make(rows: Sequence[int]) -> list[str | None]:
            texts = [text.replace("-", "") for text in chance.uuids(rows)]
            if count == 1 and size <= 32:
                return [f"{prefix}{text[:size]}" for text in texts]
            return [
                prefix + hashlib.shake_128(text.encode()).hexdigest(-(-size // 2))[:size] for text in texts
            ]

        return Built(make, len(prefix) + size, unique=size >= 20)

    return build


def _secret(request: Request) -> Built:
    """Return a token with a prefix that says it is none of a real service."""
    words = set(words_of(request.column.name))
    prefix = "sk_test_" if "secret" in words else "pk_test_" if "public" in words else ""
    if words & {"sha256"}:
        return _hex(64)(request)
    if words & {"sha1", "sha", "commit"}:
        return _hex(40)(request)
    return _hex(32, prefix)(request)


def _base64(request: Request) -> Built:
    chance = stream(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            base64.b64encode(bytes.fromhex(text.replace("-", ""))).decode() for text in chance.uuids(rows)
        ]

    return Built(make, 24, unique=True)


def _uuid(request: Request) -> Built:
    return Built(stream(request).uuids, 36, unique=True)  # type: ignore[arg-type]


def _version(request: Request) -> Built:
    if request.unique:
        return Built(
            lambda rows: [f"{row // 100 + 1}.{row // 10 % 10}.{row % 10}" for row in rows], 14, unique=True
        )
    return text_of_words(
        request, lambda _row, word: f"{word % 4 + 1}.{(word >> 8) % 10}.{(word >> 16) % 10}", 5
    )


def _colour(request: Request) -> Built:
    if request.unique:
        place = shuffle(request, 1 << 24)
        return Built(lambda rows: [f"#{place(row):06x}" for row in rows], 7, unique=True, capacity=1 << 24)
    usual = (
        "#1f77b4",
        "#ff7f0e",
        "#2ca02c",
        "#d62728",
        "#9467bd",
        "#8c564b",
        "#e377c2",
        "#7f7f7f",
        "#bcbd22",
        "#17becf",
        "#0ea5e9",
        "#f59e0b",
    )
    return picked(request, usual)


_FILES = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "csv": "text/csv", "txt": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip": "application/zip",
}  # fmt: skip
_ENDINGS = ("pdf", "png", "jpg", "csv", "pdf", "txt", "docx", "jpg")


def _file_parts(request: Request, rows: Sequence[int]) -> list[tuple[str, str]]:
    """Return the name of a row's file and its ending: the same for all columns of the table."""
    context = request.context
    draw = Draw(context.seed, context.table, "file")
    found = []
    for row in rows:
        word = draw(row)
        pair = f"{ADJECTIVES[word % len(ADJECTIVES)]}-{NOUNS[(word >> 16) % len(NOUNS)]}"
        found.append((pair, _ENDINGS[(word >> 40) % len(_ENDINGS)]))
    return found


def _file(request: Request) -> Built:
    unique = request.unique

    def make(rows: Sequence[int]) -> list[str | None]:
        parts = zip(_file_parts(request, rows), rows, strict=True)
        return [
            f"{name}-{row + 1}.{ending}" if unique else f"{name}.{ending}" for (name, ending), row in parts
        ]

    return Built(make, 42, unique=unique)


def _path(request: Request) -> Built:
    folder = singular((words_of(request.context.relation) or ("files",))[-1]) + "s"

    def make(rows: Sequence[int]) -> list[str | None]:
        parts = zip(_file_parts(request, rows), rows, strict=True)
        return [f"{folder}/{row + 1:05d}/{name}.{ending}" for (name, ending), row in parts]

    return Built(make, 70, unique=True)


def _mime(request: Request) -> Built:
    if request.unique:
        return picked(request, tuple(_FILES.values()))
    return Built(
        lambda rows: [_FILES[ending] for _, ending in _file_parts(request, rows)],
        max(map(len, _FILES.values())),
    )


def _extension(request: Request) -> Built:
    return Built(lambda rows: [ending for _, ending in _file_parts(request, rows)], 4)


_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
)  # fmt: skip
_EVENTS = ("user.created", "user.updated", "order.created", "order.paid", "invoice.sent", "session.started", "file.uploaded", "project.archived", "member.invited", "payment.failed")  # fmt: skip
_MODELS = ("gpt-4o-mini", "gpt-4o", "claude-3-5-sonnet", "llama-3.1-70b", "mistral-large", "gemini-1.5-pro")
_EMOJI = ("👍", "❤️", "🎉", "😄", "🚀", "👀")


def _social(request: Request) -> Built:
    """Return a page of a person, at example.com: the handle is that of the row's person."""
    people = people_of(request)
    where = next((word for word in words_of(request.column.name) if word in _NETWORKS), "profile")

    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            f"https://example.com/{where}/{first[1]}-{last[1]}{turn + 1 if turn else ''}"
            for first, last, _mark, turn in people.parts(rows)
        ]

    return Built(make, people.longest_handle + 40)


_NETWORKS = frozenset(
    {"linkedin", "github", "twitter", "facebook", "instagram", "youtube", "tiktok", "mastodon", "x"}
)


def _code(request: Request) -> Built:
    """Return a code of the table's first letters and a number."""
    letters = "".join(letter for letter in topic_of(request) if letter.isalpha()).upper()
    words = {singular(word) for word in (*words_of(request.column.name), *words_of(request.context.relation))}
    if words & {
        "coupon",
        "promo",
        "voucher",
        "discount",
        "referral",
        "invite",
        "invitation",
        "promotion",
        "gift",
        "join",
        "share",
    }:
        return different(request, lambda number: _letters_of(number, 8), 8, 32**8 if request.unique else None)
    if words & {"otp", "pin", "verification"}:
        return text_of_words(request, lambda _row, word: f"{word % 1_000_000:06d}", 6)
    start = letters[:3] or "REF"
    limit = longest_of(request)
    if limit is not None and 8 <= limit < 14:
        most = min(36 ** (limit - 4) - 1, 1 << 31)
        return Built(
            lambda rows: [f"{start}-{base36(row + 1).upper()}" for row in rows],
            limit,
            unique=True,
            capacity=most,
        )
    return Built(lambda rows: [f"{start}-{row + 1:05d}" for row in rows], 14, unique=True)


_PLAIN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def _letters_of(number: int, width: int) -> str:
    scattered = number * 0x9E3779B1 % 32**width
    found = ""
    for _ in range(width):
        scattered, digit = divmod(scattered, 32)
        found += _PLAIN_LETTERS[digit]
    return found


def _external(request: Request) -> Built:
    words = words_of(request.column.name)
    if "stripe" not in words:
        return _uuid(request)
    prefix = next((_STRIPE[word] for word in words if word in _STRIPE), "obj_")
    return _hex(24, prefix)(request)


_STRIPE = {"customer": "cus_", "subscription": "sub_", "price": "price_", "product": "prod_", "invoice": "in_", "payment": "pi_", "intent": "pi_", "session": "cs_", "charge": "ch_", "event": "evt_", "account": "acct_", "method": "pm_", "item": "si_"}  # fmt: skip


def _text(
    name: str, doc: str, build: Callable[[Request], Built | None], names: tuple[str, ...], empty: float = 0.0
) -> Generator:
    return Generator(name, doc, (Kinds.TEXT,), build, names, empty)


def _is_people(request: Request) -> bool:
    return kind_of(request.context.relation) is TableKind.PEOPLE


def _image(request: Request) -> Built:
    return _picture("avatars" if _is_people(request) else "", "png" if _is_people(request) else "jpg")(
        request
    )


GENERATORS = (
    _text("url", "An address of a page at example.com.", _page, ("url", "uri", "link", "href", "webhook", "webhook url", "callback url", "redirect url", "redirect uri", "endpoint", "source url", "target url", "success url", "page url", "permalink", "referrer", "referer", "video url", "file url", "download url", "document url", "receipt url", "invoice url", "image url@other link", "return url", "feed url")),
    _text("website", "The address of a site below example.com.", _website, ("website", "website url", "homepage", "site", "web", "blog url", "company website", "site url", "base url", "company url"), 0.1),
    _text("domain", "A name below example.com.", _domain, ("domain", "domain name", "hostname", "host", "custom domain", "server name")),
    _text("avatar_url", "The address of a picture of somebody.", _picture("avatars", "png"), ("avatar", "avatar url", "profile picture", "profile image", "profile pic", "photo@people", "picture@people", "headshot", "profile photo", "avatar path", "picture url", "photo url@people", "user image", "profile image url", "image@people", "image url@people"), 0.1),
    _text("image_url", "The address of a picture.", _image, ("image", "image url", "photo", "photo url", "picture", "thumbnail", "thumbnail url", "cover", "cover image", "cover url", "banner", "banner url", "img", "hero image", "featured image", "poster", "background image", "preview url", "screenshot", "og image", "image src")),
    _text("logo_url", "The address of a logo.", _picture("logos", "svg"), ("logo", "logo url", "brand logo", "icon url", "favicon", "company logo")),
    _text("icon", "The name of an icon.", lambda request: picked(request, ("star", "home", "bell", "user", "folder", "heart", "calendar", "settings", "flag", "bookmark")), ("icon", "icon name", "glyph")),
    _text("emoji", "An emoji.", lambda request: picked(request, _EMOJI), ("emoji", "reaction")),
    _text("social_url", "The page of the row's person at example.com.", _social, ("linkedin", "linkedin url", "github", "github url", "twitter", "twitter url", "facebook", "instagram", "youtube", "facebook url", "instagram url", "social link", "profile url", "portfolio url"), 0.3),
    _text("slug", "The words of the row's title or name with hyphens, as addresses have them.", _slug, ("slug", "permalink slug", "url slug", "url key", "url name", "handle@organizations", "handle@products", "subdomain", "path name", "=username@organizations", "=identifier", "machine name", "=alias")),
    _text("token", "Random hexadecimal digits.", _secret, ("token", "secret", "api key", "apikey", "access key", "key hash", "token hash", "hash", "checksum", "signature", "nonce", "salt", "fingerprint", "digest", "access token", "refresh token", "session token", "secret key", "session id", "device token", "etag", "client secret", "md5", "public key", "private key", "signing secret", "encryption key", "challenge", "verifier", "csrf", "=key@keys", "idempotency key", "dedupe key", "code verifier", "code challenge", "push token", "confirmation token", "reset token", "ciphertext", "hashed key", "hashed token", "session key", "webhook secret")),
    _text("sha256", "64 hexadecimal digits.", _hex(64), ("sha256", "sha 256", "content hash", "file hash")),
    _text("sha1", "40 hexadecimal digits, as Git writes a commit.", _hex(40), ("sha1", "sha", "commit", "commit sha", "git sha", "commit hash", "head sha", "base sha", "revision hash")),
    _text("base64", "Random bytes in base 64.", _base64, ("base64",)),
    _text("uuid", "A random UUID.", _uuid, ("uuid", "guid", "trace id", "request id", "correlation id", "device id", "visitor id", "message id", "job id", "run id", "span id", "object id", "entity id", "resource id", "external uuid", "public id", "uid", "idempotency")),
    _text("external_id", "An id of another system: Stripe's look like Stripe's.", _external, ("external id", "stripe id", "customer id", "subscription id", "stripe customer id", "stripe subscription id", "stripe price id", "stripe product id", "payment intent id", "stripe payment intent id", "stripe invoice id", "stripe session id", "provider id", "provider user id", "account id", "stripe account id", "remote id", "price id", "product id", "charge id", "=id", "id", "transaction id", "order id", "=sub", "client id", "user id", "checkout session id")),
    _text("version", "Three numbers with points.", _version, ("version", "app version", "semver", "release version", "sdk version", "client version", "os version", "schema version", "firmware version", "api version")),
    _text("color", "A colour in hexadecimal digits.", _colour, ("color", "colour", "hex color", "color code", "primary color", "secondary color", "background color", "accent color", "brand color", "text color", "color hex")),
    _text("color_name", "The name of a colour.", lambda request: picked(request, ("Black", "White", "Grey", "Navy", "Red", "Green", "Blue", "Beige", "Brown", "Olive", "Pink", "Yellow")), ("color name", "color@products", "colour@products")),
    _text("file_name", "The name of a file; type and path of the row fit.", _file, ("file name", "filename", "file", "original name", "original filename", "=name@files", "attachment name", "document name", "display filename", "file title")),
    _text("file_path", "A path of a file.", _path, ("path", "file path", "storage path", "filepath", "object key", "s3 key", "storage key", "image path", "folder path", "bucket path", "local path", "pathname", "route", "location path", "file key", "attachment path", "=key@files")),
    _text("mime_type", "The media type of the row's file.", _mime, ("mime type", "mime", "content type", "mimetype", "media type", "file type")),
    _text("file_extension", "The ending of the row's file.", _extension, ("extension", "file extension", "ext")),
    _text("bucket", "The name of a bucket.", lambda request: picked(request, ("avatars", "documents", "images", "uploads", "exports")), ("bucket", "bucket id", "bucket name")),
    _text("user_agent", "What a browser says it is.", lambda request: picked(request, _AGENTS), ("user agent", "useragent", "ua", "browser agent")),
    _text("browser", "The name of a browser.", lambda request: leaning(request, ("Chrome", "Safari", "Firefox", "Edge")), ("browser", "browser name")),
    _text("operating_system", "The name of an operating system.", lambda request: leaning(request, ("Windows", "macOS", "iOS", "Android", "Linux")), ("os", "operating system", "os name", "device os")),
    _text("device", "A kind of device.", lambda request: leaning(request, ("desktop", "mobile", "tablet")), ("device", "device type", "form factor")),
    _text("event_name", "The name of an event of a program.", lambda request: picked(request, _EVENTS), ("event", "event name", "event type", "action name", "topic", "trigger event", "webhook event", "=action@events")),
    _text("http_method", "A method of HTTP.", lambda request: leaning(request, ("GET", "POST", "PUT", "DELETE", "PATCH")), ("http method", "=method", "request method", "verb")),
    _text("model_name", "The name of a language model.", lambda request: picked(request, _MODELS), ("model", "llm", "model name", "model id", "ai model", "llm model", "embedding model")),
    _text("code", "Letters of the table and a number; coupons and invitations are random letters.", _code, ("code", "number", "reference", "ref", "reference number", "invoice number", "order number", "tracking number", "coupon code", "promo code", "invite code", "referral code", "ticket number", "account number", "document number", "serial number", "serial", "receipt number", "po number", "customer number", "employee id", "employee number", "invitation code", "join code", "case number", "confirmation code", "confirmation number", "order ref", "voucher code", "transaction reference", "membership number", "license number", "license plate", "registration number", "=no", "=key", "key", "otp", "pin", "verification code", "code@products", "batch number", "identifier", "lookup key", "project key", "share code", "ref code", "short code", "short id", "room number", "flight number", "policy number", "payment reference")),
)  # fmt: skip
