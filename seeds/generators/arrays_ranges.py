"""Arrays, ranges, multiranges and composite values: made of values of the types inside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from seeds.checks.contracts import ANYTHING, Domain
from seeds.draw import Stream
from seeds.generators.contracts import Built, Generator, Make, Request
from seeds.generators.times import ANCHOR


def _inner(request: Request, dimensions: int = 0) -> Request:
    kind = replace(request.column.type, dimensions=dimensions)
    domain = Domain(values=request.domain.items, excluded=request.domain.excluded)
    return Request(replace(request.column, type=kind, not_null=True), domain, request.context)


def _item_make(request: Request) -> Make:
    from seeds.generators.choosing import choose  # noqa: PLC0415  # choosing knows all families

    inner = _inner(request)
    context = replace(request.context, unique=frozenset(), configured={})
    return choose(inner.column, inner.domain, context).make


def _array(request: Request) -> Built:
    """Return arrays of up to three elements, each of them once; of unique ones, as many as tell rows apart."""
    make = _item_make(request)
    domain = request.domain
    fewest = max(1 if domain.fewest_items is None else domain.fewest_items, len(domain.contains))
    most = max(fewest, 3) if domain.most_items is None else domain.most_items
    most = max(fewest, min(most, max(3, fewest)))
    chance = Stream(request.context.seed, *request.names, "size").words
    deep = request.column.type.dimensions

    def arrays(rows: Sequence[int]) -> list[str | None]:
        if domain.most_items == 0:
            return ["{}" for _ in rows]
        sizes = [fewest + word % (most - fewest + 1) for word in chance(rows)]
        # Twice as many as wanted, since equal ones are left out.
        numbers = [
            row * 16 + place for row, size in zip(rows, sizes, strict=True) for place in range(2 * size)
        ]
        items = iter(make(numbers))
        found: list[str | None] = []
        for size in sizes:
            drawn = [next(items) for _ in range(2 * size)]
            chosen = list(dict.fromkeys((*domain.contains, *drawn)))[:size]
            chosen += [one for one in drawn if one is not None][: size - len(chosen)]
            found.append(_written(chosen, deep))
        return found

    return Built(arrays, None, plain=False)


def _written(items: Sequence[str | None], dimensions: int) -> str:
    text = "{" + ",".join(map(_element, items)) + "}"
    for _ in range(dimensions - 1):
        text = "{" + text + "}"
    return text


def _element(item: str | None) -> str:
    if item is None:
        return "NULL"
    return (
        item
        if item.isalnum() and item.lower() != "null"
        else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )


def _composite(request: Request) -> Built:
    from seeds.generators.choosing import choose  # noqa: PLC0415

    context = replace(request.context, unique=frozenset(), configured={})
    makes: list[Make] = []
    for name, kind in request.column.type.attributes:
        column = replace(
            request.column, name=f"{request.column.name}.{name}", type=kind, not_null=True, comment=""
        )
        makes.append(choose(column, ANYTHING, context).make)

    def rows_of(rows: Sequence[int]) -> list[str | None]:
        columns = [make(rows) for make in makes]
        return ["(" + ",".join(map(_attribute, values)) + ")" for values in zip(*columns, strict=True)]

    return Built(rows_of, None, plain=False)


def _attribute(value: str | None) -> str:
    if value is None:
        return ""
    return '"' + value.replace("\\", "\\\\").replace('"', '""') + '"'


def _slot_writer(request: Request) -> Callable[[int], tuple[str, str]] | None:
    """Return what writes the ends of slots that follow each other without touching."""
    subtype = request.column.type.subtype
    match subtype.name if subtype else "":
        case "int4" | "int8":
            return lambda row: (str(row * 10 + 1), str(row * 10 + 6))
        case "numeric" | "float8" | "float4":
            return lambda row: (f"{row * 10}.0", f"{row * 10 + 5}.5")
        case "date":
            return _days
        case "timestamptz" | "timestamp":
            return _moments
        case "time":
            return lambda row: (f"{8 + row % 8:02d}:00:00", f"{9 + row % 8:02d}:30:00")
        case "inet":
            return lambda row: (f"10.{row >> 8 & 255}.{row & 255}.1", f"10.{row >> 8 & 255}.{row & 255}.99")
    return None


def _days(row: int) -> tuple[str, str]:
    start = date(2024, 1, 1) + timedelta(days=row * 4 % 2_900_000)
    return start.isoformat(), (start + timedelta(days=1 + row % 3)).isoformat()


def _moments(row: int) -> tuple[str, str]:
    start = datetime(ANCHOR.year - 1, 1, 1, 8, tzinfo=ANCHOR.tzinfo) + timedelta(hours=row * 3 % 60_000_000)
    return (
        f"{start:%Y-%m-%d %H:%M:%S}+00",
        f"{start + timedelta(minutes=60 + 30 * (row % 3)):%Y-%m-%d %H:%M:%S}+00",
    )


def _range(request: Request) -> Built | None:
    """Return ranges of which no two overlap, as a schedule without double bookings wants them."""
    write = _slot_writer(request)
    if write is None:
        return None
    many = request.column.type.multirange

    def one(row: int) -> str:
        low, high = write(row)
        text = f'["{low}","{high}")' if " " in low else f"[{low},{high})"
        return "{" + text + "}" if many else text

    return Built(lambda rows: [one(row) for row in rows], None, unique=True, plain=True)


GENERATORS = (
    Generator(
        "array", "Up to three elements, made as a column of the element's type would be.", ("[]",), _array
    ),
    Generator("composite", "Its attributes, each made as a column would be.", ("()",), _composite),
    Generator("range", "A range; no two rows overlap.", ("range",), _range),
)
