"""Read about the generators of values, which configuration may ask for by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seeds.checks.contracts import ANYTHING
from seeds.generators.choosing import choose
from seeds.generators.contracts import Column, Context, Generator, Kinds, Type
from seeds.generators.registry import families, types_of

_START = "<!-- generators: written by `make docs` -->"
_END = "<!-- end of the generators -->"
_MOST_NAMES = 8
_TITLES = {
    "arrays_ranges": "Arrays, ranges and composite types",
    "commerce": "Trade",
    "documents": "Documents",
    "geometry": "Geometry",
    "network": "Networks, bytes and other types",
    "numbers": "Numbers",
    "people": "People",
    "places": "Places",
    "text": "Texts, states and kinds",
    "times": "Moments",
    "web": "The web",
}
_TYPES = {
    "[]": Type("text", dimensions=1),
    "()": Type("parts", attributes=(("name", Type("text")), ("count", Type("int4")))),
    "range": Type("daterange", subtype=Type("date")),
    "bit": Type("bit", modifier=8),
}


@dataclass(frozen=True)
class GeneratorLine:
    """What a list of generators says of one.

    Attributes:
        name: as `[seeds.generators]` of the configuration spells it.
        family: what it belongs to.
        makes: one sentence.
        types: kinds of types that it fills.
        names: words of a column's name that lead to it without configuration.
        example: a value.
    """

    name: str
    family: str
    makes: str
    types: tuple[str, ...]
    names: tuple[str, ...]
    example: str


def list_generators() -> tuple[GeneratorLine, ...]:
    """List the generators of values, family by family."""
    return tuple(
        GeneratorLine(
            generator.name,
            _TITLES.get(family, family),
            generator.doc,
            tuple(map(_kind, generator.types)),
            tuple(name.removeprefix("=").partition("@")[0] for name in generator.names),
            example(generator),
        )
        for family, generators in families().items()
        for generator in generators
    )


def example(generator: Generator) -> str:
    """Return a value that a generator makes, empty where it makes none."""
    kind = generator.types[0]
    wanted = {
        Kinds.TEXT: "text",
        Kinds.INTEGER: "int4",
        Kinds.NUMBER: "numeric",
        Kinds.BOOLEAN: "bool",
        Kinds.MOMENT: "timestamptz",
        Kinds.JSON: "jsonb",
    }
    name = wanted.get(Kinds(kind), kind) if kind in set(Kinds) else kind
    column = Column(generator.name, _TYPES.get(name, Type(name)), not_null=True)
    if name not in types_of(generator):
        return ""
    context = Context(
        "public.examples", "examples", {column.name: column}, configured={column.name: generator.name}
    )
    (value,) = choose(column, ANYTHING, context).make([3])
    return value or ""


def _kind(name: str) -> str:
    return {"[]": "arrays", "()": "composite types", "range": "ranges"}.get(name, str(name))


def as_text() -> str:
    """Return the list for a terminal: a name, a sentence and an example on each line."""
    lines = list_generators()
    width = max(len(line.name) for line in lines)
    found: list[str] = []
    family = ""
    for line in lines:
        if line.family != family:
            family = line.family
            found.append(f"{'' if not found else chr(10)}{family}")
        shown = f" ({line.example[:60]})" if line.example else ""
        found.append(f"  {line.name.ljust(width)}  {line.makes}{shown}")
    return "\n".join(found)


def rewrite(path: str) -> None:
    """Write the tables of the generators into a page, between their marks."""
    page = Path(path)
    page.write_text(with_generators(page.read_text(encoding="utf-8")), encoding="utf-8")


def with_generators(text: str) -> str:
    """Return the text of a page with the tables of the generators as they are now."""
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n\n{''.join(_tables())}{_END}{after}"


def _tables() -> Iterator[str]:
    family = ""
    for line in list_generators():
        if line.family != family:
            yield "\n" if family else ""
            family = line.family
            yield f"## {family}\n\n| Generator | What it makes | Types | Names that lead to it | Example |\n|---|---|---|---|---|\n"
        names = ", ".join(f"`{name.replace(' ', '_')}`" for name in dict.fromkeys(line.names[:_MOST_NAMES]))
        cells = (f"`{line.name}`", line.makes, ", ".join(line.types), names, _code(line.example))
        yield f"| {' | '.join(cells)} |\n"
    yield "\n"


def _code(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return f"`{shown.replace('|', chr(92) + '|')}`" if shown else ""
