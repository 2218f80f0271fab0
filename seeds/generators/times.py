"""Moments, days, times of day and lengths of time. What happens to a row later comes after its beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

from seeds.checks.contracts import Bound
from seeds.checks.domains import moment
from seeds.draw import Stream
from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import leaning, stream

ANCHOR = datetime(2025, 1, 1, 12, tzinfo=UTC)
"""The moment that the past ends at, so that the same seed makes the same rows next year."""

_DAY = 86_400
_LIFE = 730 * _DAY
_YOUNGEST = 5 * _DAY
_FIRST = ANCHOR - timedelta(seconds=_LIFE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = datetime(2100, 1, 1, tzinfo=UTC)


@cache
def _minutes() -> tuple[str, ...]:
    return tuple(f" {hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))


@cache
def _seconds() -> tuple[str, ...]:
    return tuple(f"{second:02d}+00" for second in range(60))


@cache
def _days(first: date, count: int) -> tuple[str, ...]:
    return tuple((first + timedelta(days=number)).isoformat() for number in range(count))


def _writer(request: Request) -> Callable[[Sequence[int]], list[str | None]]:
    """Return what writes seconds since 1970 as the column's type reads them."""
    zero = datetime(1960, 1, 1, tzinfo=UTC)
    behind = int((_EPOCH - zero).total_seconds())
    days = _days(zero.date(), 100 * 366)
    minutes, seconds = _minutes(), _seconds()
    if request.column.type.name == "date":

        def write_days(moments: Sequence[int]) -> list[str | None]:
            return [days[(one + behind) // _DAY] for one in moments]

        return write_days

    def write(moments: Sequence[int]) -> list[str | None]:
        return [
            days[(one + behind) // _DAY] + minutes[one // 60 % 1440] + seconds[one % 60] for one in moments
        ]

    return write


def born(request: Request, rows: Sequence[int]) -> Sequence[int]:
    """Return when the rows came to be, in seconds since 1970: the same for all columns of a table."""
    if request.context.births is not None:
        return request.context.births(rows)
    return drawn_births(request.context.seed, request.context.table, rows)


def drawn_births(seed: int, table: str, rows: Sequence[int]) -> Sequence[int]:
    """Return when rows came to be that point at nothing."""
    return _remembered(seed, table, rows) if isinstance(rows, range) else _births(seed, table, rows)


def birth_range() -> tuple[int, int]:
    """Return the first second that a row may come to be in, and the one behind the last."""
    first = int((_FIRST - _EPOCH).total_seconds())
    return first, first + _LIFE - _YOUNGEST


def _births(seed: int, table: str, rows: Sequence[int]) -> tuple[int, ...]:
    first, room = int((_FIRST - _EPOCH).total_seconds()), _LIFE - _YOUNGEST
    return tuple([first + (word >> 16) % room for word in Stream(seed, table, "born").words(rows)])


_remembered = lru_cache(maxsize=8)(_births)
"""The columns of a table ask for the same block one after the other."""


def _ends(request: Request) -> tuple[int, int] | None:
    """Return what the constraint leaves, in seconds; None where it says nothing."""
    domain = request.domain
    if domain.lowest is None and domain.highest is None:
        return None
    step = _DAY if request.column.type.name == "date" else 1
    low = _seconds_of(domain.lowest, step, 1)
    high = _seconds_of(domain.highest, step, -1)
    if low is None:
        return (min(int((_FIRST - _EPOCH).total_seconds()), (high or 0) - 365 * _DAY), high or 0)
    if high is None:
        if (
            domain.lowest is not None
            and domain.lowest.moving
            and low > int((ANCHOR - _EPOCH).total_seconds())
        ):
            # It follows the clock: a whole decade ahead is the same tomorrow.
            year = (_EPOCH + timedelta(seconds=low)).year // 10 * 10 + 10
            low = int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
        return low, low + 365 * _DAY
    return low, max(low, high)


def _seconds_of(bound: Bound | None, step: int, sign: int) -> int | None:
    known = moment(bound.value) if bound else None
    if bound is None or known is None:
        return None
    seconds = (known - _EPOCH).total_seconds()
    whole = int(-(-seconds // step) * step) if sign > 0 else int(seconds // step * step)
    return whole if bound.inclusive and not bound.moving else whole + sign * step


def _within(moments: Sequence[int], limits: tuple[int, int] | None) -> Sequence[int]:
    if limits is None:
        return moments
    low, high = limits
    room = high - low + 1
    return [one if low <= one <= high else low + one % room for one in moments]


def _cut(request: Request, moments: Sequence[int]) -> Sequence[int]:
    """Cut down to the unit that a constraint asks for."""
    match request.domain.truncated_to:
        case None | "second" | "microseconds" | "milliseconds":
            return moments
        case "minute":
            return [one // 60 * 60 for one in moments]
        case "hour":
            return [one // 3600 * 3600 for one in moments]
        case "day":
            return [one // _DAY * _DAY for one in moments]
        case "week":
            return [(one - 4 * _DAY) // (7 * _DAY) * 7 * _DAY + 4 * _DAY for one in moments]
        case unit:
            return [_first_of(one, str(unit)) for one in moments]


def _first_of(seconds: int, unit: str) -> int:
    day = (_EPOCH + timedelta(seconds=seconds)).date()
    months = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}
    return int((datetime(day.year, months.get(unit, 1), 1, tzinfo=UTC) - _EPOCH).total_seconds())


def in_life(low: float, high: float, most_days: int = 0) -> Callable[[Request], Built]:
    """Return what builds moments in the life of a row, from its birth, 0, up to the end of the past, 1.

    With `most_days` they are in its first days: 1 is their end, or that of the past if that is earlier.
    """
    first, last = int(low * 1024), int(high * 1024)
    longest = most_days * _DAY or _LIFE

    def build(request: Request) -> Built:
        if request.unique:
            return _different(request)
        write = _writer(request)
        words = stream(request).words
        limits = _ends(request)
        end = int((ANCHOR - _EPOCH).total_seconds())
        width = max(last - first, 1)

        def make(rows: Sequence[int]) -> list[str | None]:
            begun = born(request, rows)
            if last:
                begun = [
                    one + (min(end - one, longest) * (first + word % width) >> 10)
                    for one, word in zip(begun, words(rows), strict=True)
                ]
            if limits is not None:
                begun = _within(begun, limits)
            if request.domain.truncated_to:
                begun = _cut(request, begun)
            return write(begun)

        return Built(make, 22)

    return build


def _different(request: Request) -> Built:
    """Return another moment, or day, for each row."""
    step = _DAY if request.column.type.name == "date" else 1
    limits = _ends(request)
    units = {
        "minute": 60,
        "hour": 3600,
        "day": _DAY,
        "week": 7 * _DAY,
        "month": 31 * _DAY,
        "year": 366 * _DAY,
    }
    step = max(step, units.get(request.domain.truncated_to or "", 1))
    start = (
        int((_FIRST - _EPOCH).total_seconds()) // step * step
        if limits is None
        else -(-limits[0] // step) * step
    )
    last = (
        int((_FAR - _EPOCH).total_seconds()) - 366 * _DAY
        if limits is None or request.domain.highest is None
        else limits[1]
    )
    back = int((datetime(1960, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    if limits is not None and request.domain.lowest is None:
        start = max(back, start - 40_000 * step)
    pace = 37 if step == 1 and limits is None else 1
    room = max((last - start) // (step * pace) + 1, 0)
    write = _writer(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        return write(_cut(request, [start + (row % max(room, 1)) * step * pace for row in rows]))

    return Built(make, 22, unique=True, capacity=room)


def _moments(request: Request, chosen: Callable[[Sequence[int], Sequence[int]], Sequence[int]]) -> Built:
    """Return what builds the moments that are chosen for rows and their words, as far as a constraint lets them be."""
    if request.unique:
        return _different(request)
    write = _writer(request)
    words = stream(request).words
    limits = _ends(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        return write(_cut(request, _within(chosen(rows, words(rows)), limits)))

    return Built(make, 22)


def _ahead(low: int, high: int) -> Callable[[Request], Built]:
    """Return what builds moments so many days after the end of the past."""
    start = int((ANCHOR - _EPOCH).total_seconds()) + low * _DAY
    room = (high - low) * _DAY
    return lambda request: _moments(request, lambda _rows, words: [start + word % room for word in words])


def _starts(request: Request) -> Built:
    """Return round beginnings of meetings: at a full or half hour, a while after the row came to be."""
    return _scheduled(request, 0)


def _finishes(request: Request) -> Built:
    """Return an end that is some hours, or days for dates, after the beginning beside it."""
    return _scheduled(request, 1)


def _scheduled(request: Request, which: int) -> Built:
    if request.unique:
        return _different(request)
    write = _writer(request)
    limits = _ends(request)
    table = Stream(request.context.seed, request.context.table, "schedule")
    days = request.column.type.name == "date"
    period = "period" in request.column.name.lower()

    def make(rows: Sequence[int]) -> list[str | None]:
        found = []
        for begun, word in zip(born(request, rows), table.words(rows), strict=True):
            start = (
                (begun // _DAY + 1 + word % 21) * _DAY
                + (8 + (word >> 8) % 10) * 3600
                + (word >> 16 & 1) * 1800
            )
            length = (
                30 * _DAY
                if period
                else (1 + (word >> 24) % 30) * _DAY
                if days
                else (2 + (word >> 24) % 5) * 1800
            )
            found.append(start + which * length)
        return write(_cut(request, _within(found, limits)))

    return Built(make, 22)


def _due(request: Request) -> Built:
    """Return a day some weeks after the row came to be."""

    def chosen(rows: Sequence[int], words: Sequence[int]) -> list[int]:
        return [
            (begun // _DAY + 7 + word % 54) * _DAY + 17 * 3600
            for begun, word in zip(born(request, rows), words, strict=True)
        ]

    return _moments(request, chosen)


def _birthday(request: Request) -> Built:
    if request.unique:
        return _different(request)
    write = _writer(request)
    words = stream(request).words
    limits = _ends(request)
    youngest = int((datetime(2005, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())

    def make(rows: Sequence[int]) -> list[str | None]:
        found = [youngest - (1 + word % (44 * 365)) * _DAY for word in words(rows)]
        return write(_within(found, limits))

    return Built(make, 22)


def _time(request: Request) -> Built:
    zone = "+00" if request.column.type.name == "timetz" else ""
    if request.unique:
        return Built(
            lambda rows: [f"{row // 3600 % 24:02d}:{row // 60 % 60:02d}:{row % 60:02d}{zone}" for row in rows],
            11, unique=True, capacity=_DAY,
        )  # fmt: skip
    words = stream(request).words
    later = (
        4
        if {"end", "ends", "close", "closes", "closing", "to", "until"}
        & set(request.column.name.lower().split("_"))
        else 0
    )
    begins = 12 if later else 7

    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            f"{begins + later + word % 5:02d}:{('00', '15', '30', '45')[word >> 8 & 3]}:00{zone}"
            for word in words(rows)
        ]

    return Built(make, 11)


def _interval(request: Request) -> Built:
    if request.unique:
        return Built(lambda rows: [f"{row + 1} minutes" for row in rows], 20, unique=True)
    usual = ("15 minutes", "30 minutes", "45 minutes", "1 hour", "90 minutes", "2 hours", "1 day", "7 days")
    return leaning(request, usual)


def _moment(
    name: str, doc: str, build: Callable[[Request], Built], names: tuple[str, ...], empty: float = 0.0
) -> Generator:
    return Generator(name, doc, (Kinds.MOMENT,), build, names, empty)


_SUFFIXES = ("at", "on", "date", "time", "timestamp", "ts")


def _spelt(*stems: str) -> tuple[str, ...]:
    return (*stems, *(f"{stem} {suffix}" for stem in stems for suffix in _SUFFIXES))


GENERATORS = (
    _moment("created_at", "When the row came to be, in the two years before 2025.", in_life(0, 0), _spelt("created", "inserted", "joined", "registered", "signed up", "added", "placed", "ordered", "opened", "signup", "recorded", "received", "posted", "issued", "occurred", "happened", "logged", "order", "invoice", "hire", "hired", "purchase", "purchased", "uploaded", "requested", "invited", "transaction", "event", "imported", "assigned", "submitted", "generated", "measured", "detected", "commented", "queued", "granted", "follow", "followed", "liked", "date")),
    _moment("confirmed_at", "Soon after the row came to be.", in_life(0.0, 0.1, 20), _spelt("confirmed", "verified", "email verified", "email confirmed", "accepted", "activated", "approved", "authorized", "onboarded", "phone verified", "acknowledged", "effective"), 0.15),
    _moment("paid_at", "In the first days of the row, before anything is delivered.", in_life(0.1, 0.2, 20), _spelt("paid", "sent", "charged", "processed", "authorised", "payment", "submission", "invited")),
    _moment("delivered_at", "In the first weeks of the row, after what was sent.", in_life(0.4, 0.5, 20), _spelt("delivered", "arrived", "answered", "responded", "replied", "returned", "read", "opened", "clicked", "viewed", "response"), 0.2),
    _moment("started_at", "In the first days of the row.", in_life(0.2, 0.4, 20), _spelt("started", "begun", "published", "scheduled", "shipped", "reviewed", "activation", "released", "opened", "launched", "launch", "release", "publish", "trial started"), 0.1),
    _moment("finished_at", "Later in the life of the row.", in_life(0.5, 0.7, 20), _spelt("finished", "completed", "ended", "resolved", "closed", "done", "fulfilled", "settled", "synced", "stopped", "graduated", "used", "redeemed", "converted", "merged", "left"), 0.3),
    _moment("updated_at", "After the row came to be, up to the end of 2024.", in_life(0.7, 0.85), _spelt("updated", "modified", "edited", "changed", "last modified", "last updated", "refreshed", "last edited", "last changed")),
    _moment("last_seen_at", "Lately.", in_life(0.85, 0.95), _spelt("last seen", "last sign in", "last login", "last active", "last used", "last accessed", "last activity", "accessed", "last message", "last sync", "last synced", "last run", "seen", "last viewed", "last opened", "last contacted", "last checked", "last triggered", "triggered"), 0.1),
    _moment("deleted_at", "Mostly empty: when the row was taken away.", in_life(0.95, 1), _spelt("deleted", "archived", "banned", "revoked", "cancelled", "canceled", "disabled", "dismissed", "suspended", "removed", "rejected", "failed", "refunded", "blocked", "deactivated", "unsubscribed", "voided", "expired", "declined", "discontinued", "terminated", "locked", "withdrawn", "trashed", "hidden", "snoozed", "churned", "cancellation", "cancelation"), 0.92),
    _moment("expires_at", "Up to two years after 2025 began.", _ahead(10, 730), _spelt("expires", "expiry", "expiration", "valid until", "valid to", "expire", "locked until", "banned until", "renews", "renewal", "next billing", "trial ends", "trial end", "next run", "next", "not after", "available until", "retry", "next retry", "remind", "reminder")),
    _moment("due_at", "Some weeks after the row came to be.", _due, _spelt("due", "deadline", "target", "payment due", "expected", "estimated delivery", "required", "delivery", "follow up", "eta", "estimated completion", "resolution due", "milestone")),
    _moment("starts_at", "A full or half hour of a working day.", _starts, _spelt("starts", "start", "begins", "begin", "from", "valid from", "check in", "checkin", "period start", "current period start", "departure", "appointment", "scheduled start", "scheduled for", "pickup", "trial start", "window start", "departs", "booking", "meeting", "not before", "session start", "meal", "shift start")),
    _moment("ends_at", "Some hours after the beginning beside it, days in a column of dates.", _finishes, _spelt("ends", "end", "to", "until", "check out", "checkout", "period end", "current period end", "arrival", "scheduled end", "return", "window end", "arrives", "session end", "shift end", "dropoff")),
    _moment("birth_date", "A birthday of somebody from 20 to 64.", _birthday, ("birth date", "birthdate", "date of birth", "dob", "birthday", "born on", "birth day", "born", "born at")),
    _moment("moment", "A moment in the two years before 2025.", in_life(0, 0.5), ()),
    Generator("time_of_day", "A time of day, at a quarter of an hour.", ("time", "timetz"), _time, ("time", "start time", "end time", "opens", "closes")),
    Generator("interval", "A length of time from 15 minutes up.", ("interval",), _interval, ("duration", "interval", "length")),
)  # fmt: skip
