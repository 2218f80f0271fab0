"""What is known of a database: its tables as the planner needs them, all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seeds.checks.contracts import Check
from seeds.generators.contracts import Type

INTEGERS = frozenset({"int2", "int4", "int8"})
MOMENTS = frozenset({"timestamptz", "timestamp", "date"})


@dataclass(frozen=True)
class Column:
    """A column; its type is what a domain stands on.

    Attributes:
        default: the expression that gives its value where none is written.
        sequence: the sequence that numbers it, quoted as SQL wants it.
        first_number: where that sequence begins.
        generated: the expression that it is always computed from.
        virtual: it is computed when it is read.
    """

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    sequence: str | None = None
    first_number: int = 1
    generated: str | None = None
    virtual: bool = False
    comment: str = ""

    @property
    def numbered(self) -> bool:
        return self.sequence is not None and self.type.name in INTEGERS | {"numeric"}


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; with `when`, one that only configuration knows of, for rows with those values."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    name: str = ""
    when: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class UniqueSet:
    """Columns that no two rows have in common.

    Attributes:
        columns: that stand in it as they are.
        within: columns that stand in it inside an expression, as in `lower(email)`.
        predicate: of a partial index: for which rows it holds.
        nulls_distinct: NULL is unlike any other NULL.
        exclusion: it is an exclusion constraint: some columns need only not overlap.
        parts: what stands in it, as SQL.
    """

    name: str
    columns: tuple[str, ...]
    within: tuple[str, ...] = ()
    predicate: str | None = None
    primary: bool = False
    nulls_distinct: bool = True
    exclusion: bool = False
    parts: tuple[str, ...] = ()

    @property
    def all_columns(self) -> frozenset[str]:
        return frozenset(self.columns) | frozenset(self.within)


@dataclass(frozen=True)
class Trigger:
    """A user's trigger that fires on INSERT, with the text of its function."""

    name: str
    function: str
    source: str
    language: str
    before: bool


@dataclass(frozen=True)
class Table:
    """A table; `name` is schema and name with a dot between, as a key and for people, never for SQL.

    Attributes:
        refusal: why it can't be written to; None: it can.
        foreign: it is the platform's, an extension's or a migration tool's, and nobody expects rows in it.
        rows: how many it has, without the system user.
        only: rows of its own are told from those of tables that inherit from it.
        json_keys: keys that triggers, constraints and generated columns read, by json column.
    """

    name: str
    schema: str
    relation: str
    columns: tuple[Column, ...]
    unique_sets: tuple[UniqueSet, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    refusal: str | None = None
    foreign: bool = False
    rows: int = 0
    only: bool = True
    comment: str = ""
    json_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def types(self) -> dict[str, str]:
        """The names of the columns' types, `typname[]` for an array."""
        return {one.name: one.type.name + "[]" * bool(one.type.dimensions) for one in self.columns}

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key, else of the first unique set that is as good; empty: none."""
        sets = sorted(self.unique_sets, key=lambda one: not one.primary)
        return next(
            (
                one.columns
                for one in sets
                if one.columns and not (one.within or one.predicate or one.exclusion)
                and all(self.column(name).not_null for name in one.columns)
            ),
            (),
        )  # fmt: skip

    def required(self, key: ForeignKey) -> bool:
        """Tell whether no column of a key may be NULL."""
        return all(self.column(name).not_null for name in key.columns)


@dataclass(frozen=True)
class Catalog:
    """What there is to fill.

    Attributes:
        tables: by name.
        answers: the values of expressions that only a database can evaluate.
        functions: that constraints call, as `pg_get_functiondef` writes them, by name with and without schema.
    """

    tables: Mapping[str, Table]
    answers: Mapping[str, str | None] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)


def outside(unique: UniqueSet) -> Check:
    """Return the condition under which a row is not in a partial index."""
    return Check(unique.name, f"NOT ({unique.predicate})")
