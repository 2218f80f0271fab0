"""Addresses of machines, bytes and bits, ids, and the types that belong to nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import main_pools, shuffle, stream, text_of_words
from seeds.pools import plain_ascii


def _ip(request: Request) -> Built:
    """Return addresses of 10.0.0.0/8, which reach nobody."""
    if request.unique:
        place = shuffle(request, 1 << 24)
        return Built(
            lambda rows: [str(IPv4Address(0x0A000000 + place(row))) for row in rows],
            15,
            unique=True,
            capacity=1 << 24,
        )
    return text_of_words(
        request, lambda _row, word: f"10.{word & 255}.{word >> 8 & 255}.{(word >> 16 & 255) % 254 + 1}", 15
    )


def _network(request: Request) -> Built:
    place = shuffle(request, 1 << 16)
    return Built(
        lambda rows: [f"10.{place(row) >> 8}.{place(row) & 255}.0/24" for row in rows],
        18,
        unique=True,
        capacity=1 << 16,
    )


def _mac(request: Request) -> Built:
    place = shuffle(request, 1 << 40)

    def one(row: int) -> str:
        digits = f"02{place(row):010x}"
        return ":".join(digits[at : at + 2] for at in range(0, 12, 2))

    return Built(lambda rows: [one(row) for row in rows], 17, unique=True)


def _mac8(request: Request) -> Built:
    short = _mac(request)
    return Built(
        lambda rows: [f"{(text or '')[:8]}:ff:fe:{(text or '')[9:]}" for text in short.make(rows)],
        23,
        unique=True,
    )


def _bytes(request: Request) -> Built:
    domain = request.domain
    size = domain.shortest or 16
    if domain.most_bytes is not None:
        size = min(max(size, 1), domain.most_bytes)
    chance = stream(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        digits = [text.replace("-", "") for text in chance.uuids(rows)]
        return ["\\x" + (text * (size // 16 + 1))[: 2 * size] for text in digits]

    return Built(make, None, unique=size >= 12, plain=False)


def _bits(request: Request) -> Built:
    size = max(request.column.type.modifier, 1)
    if request.unique:
        place = shuffle(request, 1 << size)
        return Built(
            lambda rows: [f"{place(row):0{size}b}" for row in rows],
            size,
            unique=True,
            capacity=1 << min(size, 31),
        )
    return text_of_words(request, lambda _row, word: f"{word & ((1 << size) - 1):0{size}b}", size)


def _uuid(request: Request) -> Built:
    return Built(lambda rows: list(stream(request).uuids(rows)), 36, unique=True)


def _words_of_search(request: Request) -> Built:
    pool = [word for word in map(plain_ascii, main_pools(request.context).words) if word] or ["word"]
    return text_of_words(
        request, lambda _row, word: f"'{pool[word % len(pool)]}':1 '{pool[(word >> 16) % len(pool)]}':2"
    )


def _query(request: Request) -> Built:
    pool = [word for word in map(plain_ascii, main_pools(request.context).words) if word] or ["word"]
    return text_of_words(request, lambda _row, word: f"'{pool[word % len(pool)]}'")


def _pairs(_request: Request) -> Built:
    """Return pairs of keys and values; the last holds the row's number where rows must differ."""
    return Built(lambda rows: [f'"colour"=>"blue", "place"=>"{row + 1}"' for row in rows], None, unique=True)


def _tree_path(request: Request) -> Built:
    pool = [word for word in map(plain_ascii, main_pools(request.context).words) if word] or ["node"]
    words = stream(request).words

    def make(rows: Sequence[int]) -> list[str | None]:
        ends = [
            f"{pool[(word >> 16) % len(pool)]}{row + 1 if request.unique else ''}"
            for row, word in zip(rows, words(rows), strict=True)
        ]
        return [f"top.{pool[word % len(pool)]}.{end}" for word, end in zip(words(rows), ends, strict=True)]

    return Built(make, None, unique=request.unique)


def _vector(request: Request) -> Built:
    size = request.column.type.modifier if request.column.type.modifier > 0 else 3
    chance = stream(request)
    sparse = request.column.type.name == "sparsevec"

    def make(rows: Sequence[int]) -> list[str | None]:
        found: list[str | None] = []
        for text in chance.uuids(rows):
            seed = int(text.replace("-", ""), 16)
            numbers = [
                f"{((seed >> (place % 100)) * (2 * place + 1) % 2001 - 1000) / 1000:g}"
                for place in range(size)
            ]
            if sparse:
                found.append(
                    "{"
                    + ",".join(f"{place + 1}:{one}" for place, one in enumerate(numbers[:3]) if one != "0")
                    + f"}}/{size}"
                )
            else:
                found.append(f"[{','.join(numbers)}]")
        return found

    return Built(make, None, unique=True)


def _xml(_request: Request) -> Built:
    return Built(
        lambda rows: [f'<item id="{row + 1}"><name>Item {row + 1}</name></item>' for row in rows],
        None,
        unique=True,
    )


def _nothing(_request: Request) -> Built:
    return Built(lambda rows: [None for _ in rows], 0, unique=True)


def _own(name: str, doc: str, types: tuple[str, ...], build: Callable[[Request], Built | None]) -> Generator:
    return Generator(name, doc, types, build)


GENERATORS = (
    Generator("ip_address", "An address of the private network 10.0.0.0/8.", (Kinds.TEXT, "inet"), _ip, ("ip", "ip address", "ipaddress", "client ip", "remote addr", "remote address", "last ip", "source ip", "host ip")),
    _own("network", "A private network of 256 addresses.", ("cidr",), _network),
    Generator("mac_address", "An address of hardware that nobody sells.", (Kinds.TEXT, "macaddr"), _mac, ("mac", "mac address", "macaddr", "hardware address")),
    _own("mac_address_8", "The same in eight bytes.", ("macaddr8",), _mac8),
    _own("uuid_value", "A random UUID.", ("uuid",), _uuid),
    _own("bytes", "Random bytes, as many as the constraint asks for, else 16.", ("bytea",), _bytes),
    _own("bits", "Random bits, as many as the type has.", ("bit", "varbit"), _bits),
    _own("search_words", "Words as full text search keeps them.", ("tsvector",), _words_of_search),
    _own("search_query", "A word to search for.", ("tsquery",), _query),
    _own("pairs", "Keys and values of hstore.", ("hstore",), _pairs),
    _own("tree_path", "A path of labels of ltree.", ("ltree",), _tree_path),
    _own("vector", "Numbers from -1 to 1, as many as the type has.", ("vector", "halfvec", "sparsevec"), _vector),
    _own("xml", "A small element.", ("xml",), _xml),
    _own("object_id", "Nothing: ids of the system's own objects differ from database to database.", ("oid", "regclass", "regproc", "regtype", "regrole", "regnamespace", "xid", "xid8", "cid", "tid", "pg_lsn", "txid_snapshot", "pg_snapshot"), _nothing),
)  # fmt: skip
