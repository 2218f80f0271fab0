"""Configuration and a table -> what the generators of its columns are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import SeedConfig
from seeds.generators.contracts import Column, Context
from seeds.schema import Table


def context_of(
    table: Table,
    config: SeedConfig,
    unique: frozenset[str],
    persona: str = "",
    written: frozenset[str] | None = None,
    styles: Mapping[str, str] = MappingProxyType({}),
) -> Context:
    """Return what the columns of a table are told of it; only `written` ones are known, if given.

    `styles` are generators that turned out to be needed, by column.
    """
    generators = configured(config.generators, table)
    return Context(
        table=table.name,
        relation=table.relation,
        columns={
            column.name: Column(column.name, column.type, column.not_null, column.comment)
            for column in table.columns
            if written is None or column.name in written
        },
        seed=config.seed,
        locales=dict(config.locales) or {config.locale: 1.0},
        persona=persona,
        configured={**styles, **{column: config.generators[name] for column, name in generators.items()}},
        unique=unique,
        comment=table.comment,
        json_keys=table.json_keys,
    )


def expect_columns(config: SeedConfig, tables: Iterable[Table]) -> None:
    """Refuse a configuration by column that no column answers to.

    Raises:
        GuardrailsError: with the name, and the nearest one.
    """
    known = {
        name
        for table in tables
        for column in table.columns
        for name in (f"{table.name}.{column.name}", f"{table.relation}.{column.name}", column.name)
    }
    for asked in (*config.generators, *config.fixed):
        if asked not in known:
            near = get_close_matches(asked, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise GuardrailsError(f"configuration speaks of {asked!r}, and there is no such column{hint}")


def configured(asked: Mapping[str, object], table: Table) -> dict[str, str]:
    """Return which entry of a configuration by column holds for each column of a table: the longest name."""
    found = {}
    for column in table.columns:
        for name in (
            f"{table.name}.{column.name}",
            f"{table.relation}.{column.name}",
            column.name,
        ):
            if name in asked:
                found[column.name] = name
                break
    return found
