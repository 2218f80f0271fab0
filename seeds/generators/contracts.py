"""What a generator is told of a column and what it gives back: frozen values, texts, and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from seeds.checks.contracts import Domain

Make = Callable[[Sequence[int]], "list[str | None]"]
"""Row numbers -> values as text, None for NULL, in the order of the numbers.

Any numbers from 0 up to 2**31 in any order; a `range` is fastest. The value of a row depends on the
seed, the table, the column and its number alone, never on the other numbers of the call.
"""


@dataclass(frozen=True)
class Type:
    """A type, with domains resolved to what they stand on.

    Attributes:
        name: `pg_type.typname`; of the elements for an array: `text` for `text[]`.
        modifier: `atttypmod`, -1 where there is none: `varchar(20)` has 24.
        dimensions: of an array as declared, at least 1; 0: not an array.
        labels: of an enum, in order.
        attributes: of a composite type, in order.
        subtype: of a range or multirange.
        multirange: it is one.
    """

    name: str
    modifier: int = -1
    dimensions: int = 0
    labels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, Type], ...] = ()
    subtype: Type | None = None
    multirange: bool = False


@dataclass(frozen=True)
class Column:
    """A column to fill; `not_null` also where its domain says so."""

    name: str
    type: Type
    not_null: bool = False
    comment: str = ""


@dataclass(frozen=True)
class Context:
    """What a column's values depend on beside the column.

    Attributes:
        table: schema and name with a dot between; part of what values are drawn from.
        relation: the name alone.
        columns: all of the table, by name: what stands beside a column tells its meaning.
        seed: another number makes other values.
        locales: whose names and places, as Faker spells it, with weights.
        persona: the table whose people the rows are: that of users for a profile that extends them.
        configured: generators asked for by name, by column: `{"bio": "paragraph"}`.
        unique: columns that must be different in every row all by themselves.
        comment: of the table.
        json_keys: keys that triggers and generated columns read from json columns, by column.
        births: when rows came to be, in seconds since 1970: not before those that they point at. None:
            it is drawn.
    """

    table: str
    relation: str
    columns: Mapping[str, Column]
    seed: int = 0
    locales: Mapping[str, float] = field(default_factory=lambda: {"en_US": 1.0})
    persona: str = ""
    configured: Mapping[str, str] = field(default_factory=dict)
    unique: frozenset[str] = frozenset()
    comment: str = ""
    json_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    births: Callable[[Sequence[int]], Sequence[int]] | None = None


@dataclass(frozen=True)
class Chosen:
    """How a column is filled.

    Attributes:
        generator: its name, as configuration and `docs/generators.md` spell it.
        why: in a few words, for a person: "by its name", "by its constraint", "by its type".
        make: the values.
        capacity: of a unique column: how many different values there are, and rows 0 up to there have
            them, each once. None: as many as there are numbers of rows. So a digit of a mixed radix may
            stand for the number of a row, to make a combination of columns unique.
        plain: no value holds a backslash, tab, line feed or carriage return, so COPY needs no escaping.
    """

    generator: str
    why: str
    make: Make
    capacity: int | None = None
    plain: bool = False


@dataclass(frozen=True)
class Composed:
    """How the columns of a table are filled together.

    Attributes:
        chosen: by column.
        branch_of: row numbers -> the index of the branch of `Solved` that each row follows.
    """

    chosen: Mapping[str, Chosen]
    branch_of: Callable[[Sequence[int]], list[int]]


@dataclass(frozen=True)
class Request:
    """What a generator is asked for.

    Attributes:
        column: to fill; for the element of an array or the key of a document, one made up for it.
        domain: what its constraints allow in the branch at hand.
        context: what stands around it.
        unique: every row must get another value.
    """

    column: Column
    domain: Domain
    context: Context
    unique: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """What its chance is drawn from, beside the seed."""
        return self.context.table, self.column.name


@dataclass(frozen=True)
class Built:
    """Values of one column, before the constraints of the column are met.

    Attributes:
        make: the values.
        longest: characters of the longest value; None: not known.
        unique: no two rows below `capacity` get the same value, upper and lower case aside.
        capacity: how many different values there are; None: no end.
        plain: as in `Chosen`.
        turn: rows whose values differ even as slugs, before they come round again; 0: not known.
    """

    make: Make
    longest: int | None = None
    unique: bool = False
    capacity: int | None = None
    plain: bool = True
    turn: int = 0


class Kinds(StrEnum):
    """Groups of types that a generator can fill."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    JSON = "json"
    OTHER = "other"


@dataclass(frozen=True)
class Generator:
    """One kind of value.

    Attributes:
        name: as configuration spells it.
        doc: one sentence on what it makes.
        types: names of the types that it fills, or of groups of them.
        build: makes it; None where it can't fill the column.
        names: words of a column's name that lead to it, as `first name`. `=name` is the whole name only;
            `name@people` only in tables of that kind.
        empty: the share of rows that stay NULL where that is allowed.
    """

    name: str
    doc: str
    types: tuple[str, ...]
    build: Callable[[Request], Built | None]
    names: tuple[str, ...] = ()
    empty: float = 0.0
