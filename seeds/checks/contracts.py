"""What is known of the CHECK constraints of a table: branches of domains and relations, all frozen.

Values stand here as text, the way PostgreSQL reads them for the type of their column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Check:
    """One constraint.

    Attributes:
        name: of the constraint, for messages.
        definition: as `pg_get_constraintdef` writes it (`CHECK (…)`), or a bare expression as
            `pg_get_expr` does.
        column: for the constraint of a domain: the column that VALUE stands for.
    """

    name: str
    definition: str
    column: str | None = None


@dataclass(frozen=True)
class Bound:
    """An end of a range; `moving` when it follows the clock, so that it differs tomorrow."""

    value: str
    inclusive: bool = True
    moving: bool = False


class PatternKind(StrEnum):
    """The operators that match text, without the negation."""

    REGEX = "~"
    REGEX_ANY_CASE = "~*"
    LIKE = "~~"
    LIKE_ANY_CASE = "~~*"
    SIMILAR = "similar to"


@dataclass(frozen=True)
class Pattern:
    """What a text must look like, or must not where `negated`."""

    kind: PatternKind
    text: str
    negated: bool = False


class Case(StrEnum):
    LOWER = "lower"
    UPPER = "upper"


@dataclass(frozen=True)
class JsonShape:
    """What a json value must be.

    Attributes:
        kinds: names that `jsonb_typeof` may give; empty: any.
        keys: that an object must have, with the kinds of their values (empty: any).
        values: texts that the values of keys must be one of.
        absent: keys that an object must not have.
        fewest: elements of an array; None: no limit.
        most: elements of an array; None: no limit.
    """

    kinds: tuple[str, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    fewest: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Domain:
    """What may stand in one column in one branch; a field that says nothing is None or empty.

    Attributes:
        values: the only ones allowed, in the order of the constraint.
        excluded: never allowed.
        lowest: lower end of a range of numbers, moments, or texts.
        highest: upper end.
        shortest: characters of a text, without white space at its ends.
        longest: characters of a text.
        most_bytes: bytes of a text or of a bytea.
        case: letters of this case only.
        patterns: all must hold.
        null: True: must be NULL; False: must not; None: may or may not.
        fewest_items: of an array, along its first dimension.
        most_items: of an array.
        items: the only elements that an array may have.
        contains: elements that an array must have.
        json: of a json or jsonb.
        multiple_of: a number must be a multiple of this.
        truncated_to: `date_trunc` to this unit must change nothing.
        not_empty: a range must not be empty.
    """

    values: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    lowest: Bound | None = None
    highest: Bound | None = None
    shortest: int = 0
    longest: int | None = None
    most_bytes: int | None = None
    case: Case | None = None
    patterns: tuple[Pattern, ...] = ()
    null: bool | None = None
    fewest_items: int | None = None
    most_items: int | None = None
    items: tuple[str, ...] | None = None
    contains: tuple[str, ...] = ()
    json: JsonShape | None = None
    multiple_of: str | None = None
    truncated_to: str | None = None
    not_empty: bool = False


ANYTHING = Domain()


@dataclass(frozen=True)
class Relation:
    """`left operator right + offset`, where `left` is a column and `right` a column or a sum of columns.

    It holds where any of them is NULL, as CHECK constraints do.

    Attributes:
        left: a column.
        operator: one of = <> < <= > >=.
        right: columns that are added up; usually one.
        offset: a number or an interval, as text; None: nothing is added.
        factors: what each column on the right is multiplied with; empty: 1 each.
        product: the columns on the right are multiplied with each other, not added up.
    """

    left: str
    operator: str
    right: tuple[str, ...]
    offset: str | None = None
    factors: tuple[str, ...] = ()
    product: bool = False


@dataclass(frozen=True)
class Branch:
    """One way for a row to pass every constraint that is understood."""

    domains: Mapping[str, Domain] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()

    def domain(self, column: str) -> Domain:
        return self.domains.get(column, ANYTHING)


@dataclass(frozen=True)
class Solved:
    """The constraints of a table: at least one branch, and the constraints that say nothing here.

    A row that follows any one branch passes all constraints but the unsolved ones. Whether it passes
    those only the database can tell.
    """

    branches: tuple[Branch, ...] = (Branch(),)
    unsolved: tuple[Check, ...] = ()
