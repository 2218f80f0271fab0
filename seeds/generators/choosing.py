"""A column, its domain and its context -> `Chosen`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guardrails.lint.contracts import GuardrailsError
from seeds.checks.contracts import ANYTHING, Domain, Solved
from seeds.checks.domains import allowed_values, family_of
from seeds.draw import Stream
from seeds.generators.composing import composed
from seeds.generators.contracts import (
    Built,
    Chosen,
    Column,
    Composed,
    Context,
    Generator,
    Make,
    Request,
    Type,
)
from seeds.generators.fitting import fitted, longest_of
from seeds.generators.making import leaning, picked, plain
from seeds.generators.matching import in_comment, ranked
from seeds.generators.registry import FAKER, is_text, named, serving, types_of
from seeds.pools import pools_of

NOTHING = "nothing"
_POWERFUL = ("admin", "owner", "superadmin", "super_admin", "root", "superuser", "administrator")
_DEFAULTS = {
    "uuid": "uuid_value", "int2": "integer", "int4": "integer", "int8": "integer", "numeric": "decimal", "float4": "decimal",
    "float8": "decimal", "money": "decimal", "bool": "boolean", "timestamptz": "moment", "timestamp": "moment", "date": "moment",
}  # fmt: skip


def choose(column: Column, domain: Domain, context: Context) -> Chosen:
    """Return how to fill a column on its own: constraint first, then configuration, name, comment, type.

    Raises:
        GuardrailsError: configuration asks for a generator that is not there, or that can't fill it.
    """
    request = Request(column, domain, context, column.name in context.unique)
    if domain.null is True:
        return Chosen(NOTHING, "by its constraint", lambda rows: [None for _ in rows], plain=True)
    choice = _choice(request)
    if choice is not None:
        return choice
    unfitted: Chosen | None = None
    for generator, why in _candidates(request):
        built = generator.build(request)
        if built is not None and is_text(column.type.name) and not column.type.dimensions:
            unfitted = unfitted or Chosen(generator.name, f"{why}; its patterns are not met", built.make)
            built = fitted(built, request)
        if built is None or (request.unique and not built.unique):
            continue
        make = built.make
        if generator.empty and not column.not_null and domain.null is None and not request.unique:
            make = _sprinkled(make, generator.empty, request)
        return Chosen(generator.name, why, make, built.capacity if request.unique else None, built.plain)
    if unfitted is not None and column.not_null:
        return unfitted
    return Chosen(NOTHING, "its type is not known", lambda rows: [None for _ in rows], plain=True)


def meaning(column: Column, context: Context) -> Built | None:
    """Return the values of a column as its name wants them, before its constraints are met."""
    request = Request(column, ANYTHING, context, column.name in context.unique)
    for generator, _ in _candidates(request):
        built = generator.build(request)
        if built is not None:
            return built
    return None


def _choice(request: Request) -> Chosen | None:
    """Return one of the values that a constraint, an enum or a comment lists."""
    column, domain = request.column, request.domain
    if column.type.dimensions:
        return None
    labels = column.type.labels
    values = allowed_values(domain, family_of(column.type.name)) if domain.values is not None else labels
    if labels and domain.values is not None:
        values = tuple(value for value in values if value in labels)
    values = tuple(value for value in values if value not in domain.excluded)
    why = "by its constraint" if domain.values is not None else "by its type"
    longest = longest_of(request) if is_text(column.type.name) else None
    if not values and is_text(column.type.name) and domain.values is None:
        values = tuple(value for value in _listed(column.comment) if longest is None or len(value) <= longest)
        why = "by its comment"
        told = column.name in request.context.configured
        if told or not values or domain.patterns or domain.shortest or domain.longest:
            return None
    if not values:
        return None
    ordered = (*(one for one in values if one not in _POWERFUL), *(one for one in values if one in _POWERFUL))
    built = picked(request, ordered) if request.unique else leaning(request, ordered)
    return Chosen("choice", why, built.make, len(values) if request.unique else None, plain(values))


def _listed(comment: str) -> tuple[str, ...]:
    """Return the values that a comment lists: `draft | published`, `one of: low, high`."""
    _, found, rest = comment.partition("ne of")
    text = rest.lstrip(": ") if found else comment
    parts = [part.strip(" .'\"`()") for part in text.split("|" if "|" in text else ",")]
    listed = bool(found) or "|" in text
    return (
        tuple(dict.fromkeys(parts))
        if listed
        and len(parts) > 1
        and all(part.replace("_", "").replace("-", "").isalnum() for part in parts)
        else ()
    )


def _candidates(request: Request) -> Iterator[tuple[Generator, str]]:
    """Yield generators that may fill a column, the best first, with why."""
    column, context = request.column, request.context
    wanted = context.configured.get(column.name)
    if wanted is not None:
        yield _configured(wanted, column, context), "by configuration"
        return
    kind = column.type
    shape = filled_as(kind)
    if shape != kind.name:
        yield from ((one, "by its type") for one in serving(shape))
        return
    fitting = serving(kind.name)
    for generator in ranked(column.name, context.relation, fitting):
        if request.unique and generator.name in {"position", "priority", "count"}:
            continue
        yield generator, "by its name"
    if column.comment and (said := in_comment(column.comment, fitting)) is not None:
        yield said, "by its comment"
    default = _DEFAULTS.get(kind.name)
    if request.unique and kind.name in {"int2", "int4", "int8", "numeric", "float4", "float8", "money"}:
        default = "counter"
    if default is not None:
        yield named(default), "by its type"
    elif is_text(kind.name):
        yield named("text"), "by its type"
    else:
        yield from ((one, "by its type") for one in fitting)


def filled_as(kind: Type) -> str:
    """Return what generators call a type: its name, but for those that are made of others."""
    if kind.dimensions:
        return "[]"
    if kind.attributes:
        return "()"
    return "range" if kind.subtype is not None else kind.name


def _configured(name: str, column: Column, context: Context) -> Generator:
    if name.startswith(FAKER):
        return _of_faker(name.removeprefix(FAKER))
    generator = named(name)
    kind = filled_as(column.type)
    if kind not in types_of(generator):
        raise GuardrailsError(
            f"{context.table}.{column.name}: the generator {name!r} makes {', '.join(sorted(generator.types))}, "
            f"not {column.type.name}{'[]' if column.type.dimensions else ''}"
        )
    return generator


def _of_faker(provider: str) -> Generator:
    def build(request: Request) -> Built:
        pool = pools_of(max(request.context.locales, key=lambda name: request.context.locales[name])).drawn(
            provider, 500
        )
        return picked(request, pool)

    return Generator(f"{FAKER}{provider}", f"What Faker's provider {provider} makes.", (), build)


def _sprinkled(make: Make, share: float, request: Request) -> Make:
    """Leave some rows NULL."""
    chance = Stream(request.context.seed, *request.names, "empty").words
    limit = int(share * 1024)

    def some(rows: Sequence[int]) -> list[str | None]:
        return [
            None if word & 1023 < limit else value
            for word, value in zip(chance(rows), make(rows), strict=True)
        ]

    return some


def compose(solved: Solved, context: Context, given: Mapping[str, Make] | None = None) -> Composed:
    """Return how to fill all columns of a table together.

    What belongs together fits: relations between columns hold, a row follows one branch, a state and
    its moments agree, an address is of one place.

    Args:
        solved: the constraints of the table; every row follows one of its branches.
        context: the columns in it are filled, but for those that `given` fills.
        given: makers of columns that are filled otherwise, as foreign keys are. They come back wrapped:
            NULL where the branch of a row asks for it.

    Raises:
        GuardrailsError: configuration asks for a generator that is not there, or that can't fill a column.
    """
    return composed(solved, context, given or {}, choose)
