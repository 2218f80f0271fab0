"""What families of generators have in common: picking from a list, numbering, people, places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from seeds.draw import Shuffle, Stream
from seeds.generators.contracts import Built, Context, Make, Request
from seeds.generators.tables import words_of
from seeds.pools import Pools, pools_of, slug_of

MOST_ROWS = 1 << 31
SPECIAL = frozenset("\\\t\n\r")


def stream(request: Request, *more: str) -> Stream:
    """Return the chance of a column."""
    return Stream(request.context.seed, *request.names, *more)


def shuffle(request: Request, size: int, *more: str) -> Shuffle:
    return Shuffle(size, request.context.seed, *request.names, *more)


def plain(texts: Sequence[str]) -> bool:
    """Tell whether COPY needs no escaping for any of these."""
    return all(SPECIAL.isdisjoint(text) for text in texts)


def main_pools(context: Context) -> Pools:
    """Return the pools of the locale that weighs most."""
    return pools_of(max(context.locales, key=lambda name: context.locales[name]))


def mixed(request: Request, pool_of: Callable[[Pools], Sequence[str]], joiner: str = " ") -> Built:
    """Return values of a list of each locale, by the weights of the locales."""
    locales = request.context.locales
    if len(locales) == 1 or request.unique:
        return picked(request, pool_of(main_pools(request.context)), joiner)
    parts = [(pool_of(pools_of(name)), weight) for name, weight in locales.items()]
    total = sum(weight for _, weight in parts)
    slots: list[Sequence[str]] = []
    for pool, weight in parts:
        slots += [pool] * max(1, round(64 * weight / total))
    words = stream(request).words
    count = len(slots)

    def make(rows: Sequence[int]) -> list[str | None]:
        found: list[str | None] = []
        for word in words(rows):
            pool = slots[(word >> 40) % count]
            found.append(pool[(word & 0xFFFFFFFF) % len(pool)])
        return found

    texts = [text for pool, _ in parts for text in pool]
    return Built(make, max(map(len, texts)), plain=plain(texts))


def each_once(request: Request, pool: Sequence[str]) -> Built:
    """Return values of a list, where a unique column has as many rows as there are values."""
    count, place = len(pool), shuffle(request, len(pool))
    return Built(
        lambda rows: [pool[place(row)] for row in rows],
        max(map(len, pool)),
        unique=True,
        capacity=count,
        plain=plain(pool),
    )


def spread(request: Request, pool: Sequence[str], joiner: str = " ", shared: str = "") -> Built:
    """Return values of a list, each once before any comes again; then with a number where rows must differ.

    Columns of a table that name what they have `shared` take what stands in the same place.
    """
    count = len(pool)
    names = (request.context.table, shared) if shared else request.names
    place = Shuffle(count, request.context.seed, *names)
    longest = max(map(len, pool))
    slugs = {slug_of(text) for text in pool}
    turn = count if len(slugs) == count and "" not in slugs else 0
    if request.unique:
        return Built(
            _numbered(pool, place, joiner),
            longest + len(joiner) + 10,
            unique=True,
            plain=plain(pool),
            turn=turn,
        )
    return Built(lambda rows: [pool[place(row)] for row in rows], longest, plain=plain(pool), turn=turn)


def _numbered(pool: Sequence[str], place: Shuffle, joiner: str) -> Make:
    """Return values of a list, each with the number of the turn from the second on."""
    count = len(pool)
    return lambda rows: [
        pool[place(row)] if row < count else f"{pool[place(row)]}{joiner}{row // count + 1}" for row in rows
    ]


def picked(request: Request, pool: Sequence[str], joiner: str = " ") -> Built:
    """Return values of a list; a unique column gets each once, and from then on with a number."""
    pool = tuple(pool)
    count = len(pool)
    longest = max(map(len, pool))
    if request.unique:
        make_numbered = _numbered(pool, shuffle(request, count), joiner)
        return Built(make_numbered, longest + len(joiner) + 10, unique=True, plain=plain(pool))
    words = stream(request).words

    def make(rows: Sequence[int]) -> list[str | None]:
        return [pool[word % count] for word in words(rows)]

    return Built(make, longest, plain=plain(pool))


def leaning(request: Request, pool: Sequence[str]) -> Built:
    """Return values of a short list, the first ones more often, as states and kinds are in life."""
    if request.unique:
        return picked(request, pool)
    table = leaning_table(pool)
    words = stream(request).words
    return Built(
        lambda rows: [table[word & 255] for word in words(rows)], max(map(len, pool)), plain=plain(pool)
    )


def leaning_table(pool: Sequence[str]) -> tuple[str, ...]:
    """Return 256 places of a list, more of them for what stands first."""
    weights = [1 / (place + 1.5) for place in range(len(pool))]
    total = sum(weights)
    table: list[str] = []
    for text, weight in zip(pool, weights, strict=True):
        table += [text] * max(1, int(256 * weight / total))
    table += [pool[0]] * (256 - len(table))
    return tuple(table[:256]) if len(pool) <= 256 else tuple(pool[:256])


def text_of_words(request: Request, one: Callable[[int, int], str], longest: int | None = None) -> Built:
    """Return texts made of a row's number and 64 bits of chance."""
    words = stream(request).words

    def make(rows: Sequence[int]) -> list[str | None]:
        return [one(row, word) for row, word in zip(rows, words(rows), strict=True)]

    return Built(make, longest)


def different(
    request: Request, one: Callable[[int], str], longest: int | None, capacity: int | None = None
) -> Built:
    """Return texts that differ because the number that they are made of is another in every row."""
    size = capacity or MOST_ROWS
    place = shuffle(request, size)
    return Built(lambda rows: [one(place(row)) for row in rows], longest, unique=True, capacity=capacity)


@cache
def _weighted(locales: tuple[tuple[str, float], ...]) -> tuple[str, ...]:
    total = sum(weight for _, weight in locales)
    slots: list[str] = []
    for name, weight in locales:
        slots += [name] * max(1, round(64 * weight / total))
    return tuple(slots)


_ROLES = frozenset(
    [
        "author",
        "guest",
        "sender",
        "recipient",
        "reviewer",
        "assignee",
        "reporter",
        "owner",
        "manager",
        "emergency",
        "attendee",
        "signer",
        "host",
        "organizer",
        "driver",
        "buyer",
        "seller",
        "parent",
        "spouse",
        "partner",
        "referrer",
        "inviter",
        "invitee",
        "invited",
        "billing",
        "shipping",
        "secondary",
        "alternate",
        "approver",
        "creator",
        "editor",
        "teacher",
        "instructor",
        "doctor",
        "from",
        "to",
        "cc",
        "reply",
        "lead",
        "agent",
        "support",
        "tenant",
        "landlord",
        "beneficiary",
    ]
)
"""Words of a column's name that tell of somebody else than whom the row is about."""

_PLACES = frozenset(
    [
        "billing",
        "shipping",
        "pickup",
        "dropoff",
        "delivery",
        "origin",
        "destination",
        "from",
        "to",
        "work",
        "office",
        "birth",
        "previous",
        "start",
        "end",
    ]
)


def role_in(request: Request, roles: frozenset[str] = _ROLES) -> str:
    """Return the word of a column's name that tells whose name, address or place it is."""
    name = request.column.name.rpartition(".")[2]
    return next((word for word in words_of(name) if word in roles), "")


def place_in(request: Request) -> str:
    return role_in(request, _PLACES)


Person = tuple[tuple[str, str], tuple[str, str], str, int]


class People:
    """The people of a table: the same first name, last name and handle for a row, whoever asks.

    Two rows below `capacity` never have the same handle; beyond that a number is put behind it.
    """

    def __init__(self, seed: int, table: str, prefix: str, locales: tuple[tuple[str, float], ...]) -> None:
        self.locales = _weighted(locales)
        names = dict.fromkeys(self.locales)
        self.pools = {name: pools_of(name).people for name in names}
        self.marks = {
            name: "" if place == 0 else f".{name.partition('_')[2].lower() or name}"
            for place, name in enumerate(names)
        }
        self.sizes = {name: len(first) * len(last) for name, (first, last) in self.pools.items()}
        self.places = {
            name: Shuffle(size, seed, table, prefix, "person", name) for name, size in self.sizes.items()
        }
        self.which = Stream(seed, table, prefix, "locale")
        self.capacity = min(self.sizes.values())
        self._last: tuple[range, list[Person]] | None = None

    def parts(self, rows: Sequence[int]) -> list[Person]:
        """Return first and last name with their spellings, the mark of the locale, and which time round it is."""
        if not isinstance(rows, range):
            return self._parts(rows)
        # The columns of a table ask for the same block one after the other.
        last = self._last
        if last is None or last[0] != rows:
            last = self._last = (rows, self._parts(rows))
        return last[1]

    def _parts(self, rows: Sequence[int]) -> list[Person]:
        if len(self.pools) == 1:
            ((name, (first, last)),) = self.pools.items()
            count, size = len(first), self.sizes[name]
            places = self.places[name].places(rows)
            return [
                (first[place % count], last[place // count], "", row // size)
                for place, row in zip(places, rows, strict=True)
            ]
        found = []
        slots = self.locales
        for row, word in zip(rows, self.which.words(rows), strict=True):
            name = slots[word % len(slots)]
            first, last = self.pools[name]
            place = self.places[name](row)
            found.append(
                (
                    first[place % len(first)],
                    last[place // len(first)],
                    self.marks[name],
                    row // self.sizes[name],
                )
            )
        return found

    @property
    def longest_first(self) -> int:
        return max(len(name) for first, _ in self.pools.values() for name, _ in first)

    @property
    def longest_last(self) -> int:
        return max(len(name) for _, last in self.pools.values() for name, _ in last)

    @property
    def longest_handle(self) -> int:
        spelt = [
            max(len(text) for _, text in first) + max(len(text) for _, text in last)
            for first, last in self.pools.values()
        ]
        return max(spelt) + 1 + max(map(len, self.marks.values())) + (5 if self.capacity > 100_000 else 8)


_OWN_NAMES = frozenset({"name", "email", "full_name", "first_name"})


@lru_cache(maxsize=32)
def _people(seed: int, table: str, prefix: str, locales: tuple[tuple[str, float], ...]) -> People:
    return People(seed, table, prefix, locales)


def people_of(request: Request) -> People:
    """Return the people that a column speaks of: those of the row, or others that its name tells of."""
    context = request.context
    role = role_in(request)
    if role and not _is_another(role, request):
        role = ""
    return _people(context.seed, context.persona or context.table, role, tuple(context.locales.items()))


def _is_another(role: str, request: Request) -> bool:
    """Tell whether a role is somebody else: other columns name the row's own person, or more of that other."""
    names = [name.lower() for name in request.context.columns if name != request.column.name]
    return not _OWN_NAMES.isdisjoint(names) or any(
        role in words_of(name) and words_of(name)[-1] in {"name", "email"} for name in names
    )


def of_people(request: Request, one: Callable[..., str], longest: int, *, unique: bool = False) -> Built:
    """Return texts made of the parts of a row's person."""
    people = people_of(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        return [one(*parts) for parts in people.parts(rows)]

    return Built(make, longest, unique=unique)


def numbered_tail(make: Make, longest: int, joiner: str) -> Make:
    """Cut values and put the row's number behind them: what stands behind the last joiner tells rows apart."""

    def tailed(rows: Sequence[int]) -> list[str | None]:
        found: list[str | None] = []
        for row, value in zip(rows, make(rows), strict=True):
            tail = f"{joiner}{row + 1}"
            found.append(f"{(value or '')[: max(longest - len(tail), 0)].rstrip(' -_.,')}{tail}")
        return found

    return tailed
