"""`[seeds]` of a configuration file -> what a project wants of its rows, where a command line does not say.

Tables and columns are only names here: whether they are there is asked of the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from guardrails.config import Asked, folder_below
from guardrails.lint.contracts import GuardrailsError

KEYS = (
    "users",
    "organizations",
    "seed",
    "locale",
    "locales",
    "rows",
    "excluded",
    "generators",
    "fixed",
    "references",
    "test_data",
    "hosts",
)
_REFERENCE_KEYS = ("from", "to", "when")

Value = str | int | float | bool | None


@dataclass(frozen=True)
class SeedReference:
    """A foreign key that the database does not know of: `columns` of `table` point at `target_columns` of `target`."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    when: Mapping[str, Value]


@dataclass(frozen=True)
class SeedSettings:
    """What `[seeds]` says; None and empty: it says nothing.

    Attributes:
        users, organizations, seed, locale: as the command line's `--users` and so on.
        locales: weights by locale.
        rows: of single tables, by name with or without the schema.
        excluded: tables that get no rows.
        generators: of the values of a column, by `column`, `table.column` or `schema.table.column`.
        fixed: the one value of a column, by the same names.
        references: foreign keys that the database does not know of.
        test_data: file of named rows, relative to the root with `/`.
        hosts: names of containers that may be looked at. A database there is written to only with a
            mark that a person put into it, so a repository's word for it is no danger.
    """

    users: int | None = None
    organizations: int | None = None
    seed: int | None = None
    locale: str | None = None
    locales: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    generators: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    references: tuple[SeedReference, ...] = ()
    test_data: str | None = None
    hosts: tuple[str, ...] = ()


def seed_settings(root: Path, table: object, source: str) -> SeedSettings:
    """Read the table `[seeds]`; `source` is what errors call the file.

    Raises:
        GuardrailsError: a key is unknown, or its value can't be.
    """
    if not isinstance(table, dict):
        raise GuardrailsError(f'{source}: "seeds" is no table: write [seeds] above its keys')
    asked = Asked(source, table, "seeds.")
    asked.expect_known(KEYS)
    number = "a number from 0 on"
    return SeedSettings(
        users=asked.value("users", _count, number),
        organizations=asked.value("organizations", _count, number),
        seed=asked.value("seed", _count, number),
        locale=asked.value("locale", _name, 'a locale, as in "de_DE"'),
        locales=asked.value("locales", _counts, "a table of weights, as in {de_DE = 3, en_US = 1}") or {},
        rows=asked.value("rows", _counts, "a table of numbers by table, as in posts = 500") or {},
        excluded=asked.value("excluded", _names, 'a list of tables, as in ["public.audit_log"]') or (),
        generators=asked.value("generators", _texts, 'a table of generators by column, as in "users.nickname" = "username"')
        or {},
        fixed=asked.value("fixed", _values, 'a table of values by column, as in "orders.currency" = "EUR"') or {},
        references=tuple(_references(table.get("references", []), source)),
        test_data=asked.value("test_data", partial(folder_below, root), "a file below the project's own folder"),
        hosts=asked.value("hosts", _hosts, 'a list of names of containers without dots, as in ["db"]') or (),
    )  # fmt: skip


def plain_value(value: object) -> tuple[Value] | None:
    """Return a value of a TOML file as one that a column can take, None when it is none.

    A moment becomes its text, a list or a table its JSON, and `{null = true}` is NULL, which TOML lacks.
    """
    match value:
        case {"null": True, **rest} if not rest:
            return (None,)
        case str() | int() | float():
            return (value,)
        case datetime() | date() | time():
            return (value.isoformat(),)
        case list() | dict():
            try:
                return (json.dumps(value, ensure_ascii=False, default=_moment),)
            except TypeError:
                return None
    return None


def _moment(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(value)


def _references(value: object, source: str) -> Iterator[SeedReference]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise GuardrailsError(
            f"{source}: references is no list of tables: write [[seeds.references]] above each"
        )
    for number, one in enumerate(value, start=1):
        where = f"reference {number}"
        asked = Asked(f"{source}: {where}", one)
        asked.expect_known(_REFERENCE_KEYS)
        choices = '"table.column", or a list of as many in both'
        start, end = asked.value("from", _columns, choices), asked.value("to", _columns, choices)
        if start is None or end is None or len(start[1]) != len(end[1]):
            raise GuardrailsError(f'{source}: {where} needs "from" and "to", each {choices}')
        when = asked.value("when", _values, 'a table of values by column, as in {kind = "post"}') or {}
        yield SeedReference(*start, *end, when)


def _columns(value: object) -> tuple[str, tuple[str, ...]] | None:
    """Return a table and its columns from `table.column`, or a list of them of one table."""
    names = value if isinstance(value, list) else [value]
    parts = [name.rpartition(".") for name in names if isinstance(name, str)]
    tables = {table for table, _, _ in parts}
    if len(parts) != len(names) or len(tables) != 1 or not all(map(all, parts)):
        return None
    return tables.pop(), tuple(column for _, _, column in parts)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _counts(value: object) -> Mapping[str, int] | None:
    if not isinstance(value, dict) or any(_count(number) is None for number in value.values()):
        return None
    return value


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _names(value: object) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and all(map(_name, value)) else None


def _hosts(value: object) -> tuple[str, ...] | None:
    names = _names(value)
    return names if names is None or not any({".", ":", "/"} & set(name) for name in names) else None


def _texts(value: object) -> Mapping[str, str] | None:
    return value if isinstance(value, dict) and all(map(_name, value.values())) else None


def _values(value: object) -> Mapping[str, Value] | None:
    if not isinstance(value, dict):
        return None
    found = {column: plain_value(one) for column, one in value.items()}
    return None if None in found.values() else {column: one[0] for column, one in found.items() if one}
