"""Points, lines and areas: PostgreSQL's own and PostGIS's, near the towns that addresses name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seeds.generators.contracts import Built, Generator, Request
from seeds.generators.making import stream
from seeds.words import US_PLACES

_KINDS = (
    "",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def _near(request: Request, rows: Sequence[int]) -> list[tuple[float, float]]:
    """Return longitude and latitude, some streets away from the middle of a town."""
    found = []
    for row, word in zip(rows, stream(request).words(rows), strict=True):
        place = US_PLACES[word % len(US_PLACES)]
        moved = row * 1e-7 if request.unique else 0
        found.append((place[5] + (word >> 16 & 0xFFFF) / 1e6 + moved, place[4] + (word >> 32 & 0xFFFF) / 1e6))
    return found


def _of_point(one: Callable[[float, float], str]) -> Callable[[Request], Built]:
    def build(request: Request) -> Built:
        return Built(lambda rows: [one(x, y) for x, y in _near(request, rows)], None, unique=request.unique)

    return build


def _postgis(request: Request) -> Built:
    """Return well-known text of the kind and with the reference system that the type modifier tells.

    Source: PostGIS's `liblwgeom/liblwgeom.h.in`, TYPMOD_GET_TYPE and TYPMOD_GET_SRID.
    """
    modifier = request.column.type.modifier
    kind = (modifier & 0xFC) >> 2 if modifier >= 0 else 1
    system = (((modifier & 0x0FFFFF00) - (modifier & 0x10000000)) >> 8) if modifier >= 0 else 0
    has_z = modifier >= 0 and bool(modifier & 2)
    name = _KINDS[kind] if 0 < kind < len(_KINDS) else "Point"
    system = system or (4326 if request.column.type.name == "geography" else 0)
    start = f"SRID={system};" if system else ""

    def point(x: float, y: float) -> str:
        return f"{x:.6f} {y:.6f}{' 0' if has_z else ''}"

    def shape(x: float, y: float) -> str:
        line = f"{point(x, y)},{point(x + 0.01, y + 0.005)}"
        ring = f"({point(x, y)},{point(x + 0.01, y)},{point(x + 0.01, y + 0.01)},{point(x, y)})"
        bodies = {
            "Point": f"({point(x, y)})", "LineString": f"({line})", "Polygon": f"({ring})", "MultiPoint": f"({line})",
            "MultiLineString": f"(({line}))", "MultiPolygon": f"(({ring}))", "GeometryCollection": f"(POINT({point(x, y)}))",
        }  # fmt: skip
        return f"{start}{name.upper()}{'Z' if has_z else ''}{bodies[name]}"

    return Built(lambda rows: [shape(x, y) for x, y in _near(request, rows)], None, unique=request.unique)


GENERATORS = (
    Generator("point", "A point near a town, longitude first.", ("point",), _of_point(lambda x, y: f"({x:.6f},{y:.6f})")),
    Generator("line", "A line.", ("line",), _of_point(lambda x, y: f"{{1,{x:.3f},{y:.3f}}}")),
    Generator("segment", "A line between two points.", ("lseg",), _of_point(lambda x, y: f"[({x:.5f},{y:.5f}),({x + 0.01:.5f},{y + 0.01:.5f})]")),
    Generator("box", "A box.", ("box",), _of_point(lambda x, y: f"({x + 0.01:.5f},{y + 0.01:.5f}),({x:.5f},{y:.5f})")),
    Generator("path", "An open path.", ("path",), _of_point(lambda x, y: f"[({x:.5f},{y:.5f}),({x + 0.01:.5f},{y + 0.01:.5f})]")),
    Generator("polygon", "A triangle.", ("polygon",), _of_point(lambda x, y: f"(({x:.5f},{y:.5f}),({x + 0.01:.5f},{y:.5f}),({x:.5f},{y + 0.01:.5f}))")),
    Generator("circle", "A circle.", ("circle",), _of_point(lambda x, y: f"<({x:.5f},{y:.5f}),0.5>")),
    Generator("postgis", "A shape of PostGIS of the kind that the type names.", ("geometry", "geography"), _postgis),
)  # fmt: skip
