"""What seeding takes and gives: frozen values that every stage passes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrails.lint.contracts import GuardrailsError

MOST_ROWS = 10_000_000

Value = str | int | float | bool | None
"""A value as a configuration file or a file of test data can say it; None is NULL."""


@dataclass(frozen=True)
class Reference:
    """A foreign key that the database does not know of; tables by name with or without the schema.

    Attributes:
        table: whose rows point.
        columns: with what; as many as `target_columns`.
        target: at which table's rows.
        target_columns: the columns there that are pointed at.
        when: values of other columns of the same row for which it holds, as in `{"kind": "post"}` where
            one column may point at several tables; empty: always.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    when: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedRow:
    """A row that tests rely on. It is written as the first of its table, in the order given.

    Attributes:
        name: unique among all named rows; its key is made from it where `values` has none.
        table: by name with or without the schema.
        values: by column, of the column's type or as its text; the others are drawn.
        references: by foreign key column, the name of the named row that it points at.
    """

    name: str
    table: str
    values: Mapping[str, Value] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SeedConfig:
    """How many rows, and of what kind.

    Attributes:
        user_count: rows of each table of users.
        organization_count: rows of each table of organizations; None: one for every five users.
        deterministic: the test seed: the same bytes every time, with users of known ids.
        locale: whose names and places, as Faker spells it.
        seed: another number makes other rows.
        counts: rows of single tables, by name with or without the schema.
        excluded: tables that get no rows, by name with or without the schema.
        generators: by `column`, `table.column` or `schema.table.column`, the generator of its values, or
            a provider of Faker's as in `faker:license_plate`; the longest name that fits holds.
        fixed: by the same names, the one value that all new rows have there.
        locales: weights by locale, for names and places of several; empty: `locale` alone.
        references: foreign keys that the database does not know of.
        named: rows that tests rely on; only in a deterministic run.
    """

    user_count: int = 50
    organization_count: int | None = None
    deterministic: bool = False
    locale: str = "en_US"
    seed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    generators: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    locales: Mapping[str, int] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    named: tuple[NamedRow, ...] = ()

    def __post_init__(self) -> None:
        asked = {
            "user_count": self.user_count,
            "organization_count": self.organization_count or 0,
            **self.counts,
        }
        for name, number in asked.items():
            if not 0 <= number <= MOST_ROWS:
                raise GuardrailsError(f"{name} is {number}; it must be from 0 to {MOST_ROWS:,}")


@dataclass(frozen=True)
class Progress:
    """How far a run is; `tables_done` counts whole tables."""

    table: str
    rows: int
    of_rows: int
    tables_done: int
    of_tables: int


@dataclass(frozen=True)
class TestUser:
    """A row that tests may rely on, users first: the same id for the same schema, every time."""

    name: str
    id: str
    email: str | None
    table: str


@dataclass(frozen=True)
class SeedResult:
    """What a run did.

    Attributes:
        success: everything was written and committed; if not, nothing was.
        created: rows written, by table.
        errors: one sentence each.
        duration_ms: from the first query to the commit.
        test_users: the users that tests know, and all other rows that have a name, in a deterministic run.
        warnings: what was left out, and why.
        samples: the first rows of each table, as text, for a person to look at.
    """

    success: bool
    created: dict[str, int]
    errors: tuple[str, ...] = ()
    duration_ms: int = 0
    test_users: tuple[TestUser, ...] = ()
    warnings: tuple[str, ...] = ()
    samples: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
