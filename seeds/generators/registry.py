"""The generators: every module of this package that binds `GENERATORS` is a family; nothing else registers them."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import seeds.generators
from guardrails.lint.contracts import GuardrailsError
from seeds.generators.contracts import Generator, Kinds

_GROUPS: dict[str, frozenset[str]] = {
    Kinds.TEXT: frozenset({"text", "varchar", "bpchar", "citext", "name", "char"}),
    Kinds.INTEGER: frozenset({"int2", "int4", "int8"}),
    Kinds.NUMBER: frozenset({"numeric", "float4", "float8", "money"}),
    Kinds.BOOLEAN: frozenset({"bool"}),
    Kinds.MOMENT: frozenset({"timestamptz", "timestamp", "date"}),
    Kinds.JSON: frozenset({"json", "jsonb"}),
}
FAKER = "faker:"
"""What stands before the name of a provider of Faker's in configuration."""


@cache
def families() -> dict[str, tuple[Generator, ...]]:
    """Return the generators of each family, by the name of its module."""
    found = {}
    for _, name, _ in sorted(iter_modules(seeds.generators.__path__), key=lambda one: one.name):
        bound = getattr(import_module(f"seeds.generators.{name}"), "GENERATORS", None)
        if bound is not None:
            found[name] = bound
    return found


@cache
def by_name() -> dict[str, Generator]:
    return {generator.name: generator for family in families().values() for generator in family}


@cache
def types_of(generator: Generator) -> frozenset[str]:
    """Return the names of the types that a generator fills."""
    return frozenset(name for group in generator.types for name in _GROUPS.get(group, {group}))


@cache
def serving(type_name: str) -> tuple[Generator, ...]:
    """Return the generators that fill a type."""
    return tuple(generator for generator in by_name().values() if type_name in types_of(generator))


def named(name: str) -> Generator:
    """Return the generator of a name that configuration gives.

    Raises:
        GuardrailsError: there is none.
    """
    known = by_name()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`pg-guardrails seed generators` lists them"
    raise GuardrailsError(f"there is no generator {name!r}; {hint}")


def is_text(type_name: str) -> bool:
    return type_name in _GROUPS[Kinds.TEXT]
