"""The unique sets of a table -> what makes every row different, known before anything is loaded.

One column may carry a set all by itself: a uuid, a number, an e-mail address. Where none can, the columns
of the set together count through all combinations, like the digits of a number with mixed radix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod

from seeds.checks.contracts import ANYTHING, Check, Domain, Solved
from seeds.contexts import context_of
from seeds.contracts import SeedConfig
from seeds.generators.choosing import choose
from seeds.generators.contracts import Column as Given
from seeds.keys import How, KeyPlan
from seeds.lessons import Lessons
from seeds.schema import INTEGERS, MOMENTS, Column, ForeignKey, Table, UniqueSet, outside

_GOOD_NAMES = frozenset({
    "slug", "key", "code", "name", "email", "token", "number", "title", "handle", "username", "id", "path", "hash",
})  # fmt: skip
_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
_NEVER = frozenset({"bool", "json", "jsonb", "xml", "tsvector"})


@dataclass(frozen=True)
class Digit:
    """One place of a combination: a key's row, or the value of a column; size None: there is no end."""

    key: ForeignKey | None
    column: str | None
    size: int | None


@dataclass(frozen=True)
class Combination:
    """Columns that make a row different together; the row's number is written in its digits."""

    unique: str
    digits: tuple[Digit, ...]

    @property
    def capacity(self) -> int | None:
        sizes = [digit.size for digit in self.digits]
        return None if None in sizes else prod(size for size in sizes if size is not None)


@dataclass(frozen=True)
class Uniques:
    """What makes the rows of a table different.

    Attributes:
        carriers: columns that do it alone.
        combinations: columns that do it together.
        watched: sets of which the database must tell.
        extra: conditions that keep rows out of a partial index.
        capacity: rows that there may be; None: as many as one likes.
        why: what that capacity comes from.
    """

    carriers: frozenset[str]
    combinations: tuple[Combination, ...]
    watched: tuple[UniqueSet, ...]
    extra: tuple[Check, ...]
    capacity: int | None
    why: str

    def adjusted(self, keys: Iterable[KeyPlan]) -> tuple[KeyPlan, ...]:
        """Return the keys, those that are digits of a combination as such."""
        digits = {digit.key for one in self.combinations for digit in one.digits if digit.key is not None}
        return tuple(
            replace(one, how=How.COMBINED, why=f"a row of {one.key.target}, each combination once", through=(), membership=None)
            if one.key in digits and one.how in {How.DRAWN, How.DERIVED, How.MEMBER, How.ONCE}
            else one
            for one in keys
        )  # fmt: skip


def plan_uniques(
    table: Table,
    keys: tuple[KeyPlan, ...],
    solved: Solved,
    totals: Mapping[str, int],
    config: SeedConfig,
    rows: int,
    lessons: Lessons,
    distinct: Callable[[str, frozenset[str]], bool],
) -> Uniques:
    """Decide what makes the rows of a table different.

    Args:
        table: the table.
        keys: how its foreign keys are filled.
        solved: what its constraints allow.
        totals: rows of every table that may be pointed at.
        config: what was asked for.
        rows: how many rows are wanted.
        lessons: what the database taught about it.
        distinct: tells whether some columns of a table are different in all its rows.
    """
    deciding = _Deciding(table, keys, solved, totals, config, rows, distinct, lessons)
    for unique in sorted(
        table.unique_sets,
        key=lambda one: (bool(one.predicate), not one.primary, len(one.all_columns), one.name),
    ):
        known = unique.name in lessons.names or "*" in lessons.names
        if known or unique.exclusion:
            deciding.watched.append(unique)
        if not known:
            deciding.decide(unique)
    return Uniques(
        frozenset(deciding.carriers),
        tuple(deciding.combinations),
        tuple(deciding.watched),
        tuple(deciding.extra),
        deciding.capacity,
        deciding.why,
    )


class _Deciding:
    def __init__(
        self,
        table: Table,
        keys: tuple[KeyPlan, ...],
        solved: Solved,
        totals: Mapping[str, int],
        config: SeedConfig,
        rows: int,
        distinct: Callable[[str, frozenset[str]], bool],
        lessons: Lessons,
    ) -> None:
        self.table = table
        self.distinct = distinct
        self.styles = dict(lessons.styles)
        self.keys = {one.key: one for one in keys if one.how is not How.EMPTY}
        self.empty = {column for one in keys if one.how is How.EMPTY for column in one.empty}
        self.of_keys = {column for key in self.keys for column in key.columns}
        self.solved = solved
        self.totals = totals
        self.config = config
        self.rows = rows
        self.carriers: set[str] = set()
        self.combinations: list[Combination] = []
        self.watched: list[UniqueSet] = []
        self.extra: list[Check] = []
        self.capacity: int | None = None
        self.why = ""
        self._whole: list[frozenset[str]] = []

    def decide(self, unique: UniqueSet) -> None:
        columns = unique.all_columns
        if self.carriers & columns or any(done <= columns for done in self._whole):
            return
        if columns & self.empty and unique.nulls_distinct and not unique.within:
            return
        if unique.predicate is None or self._only_not_null(unique):
            self._whole.append(columns)
        free = [self.table.column(name) for name in sorted(columns) if name not in self.of_keys]
        inside = [key for key in self.keys if self._inside(key, columns)]
        covered = {column for key in inside for column in key.columns} & columns
        if len(inside) == 1 and not free and self.keys[inside[0]].how is How.ONCE:
            if self.table.column(inside[0].columns[0]).not_null:
                self._cap(self.totals[inside[0].target], f"each row of {inside[0].target} may have one")
            return
        sizes = {column.name: self._size(column, unique) for column in free}
        endless = [column for column in free if sizes[column.name] is None and column.type.name not in _NEVER]
        if endless and not (inside and all(self._ordinal(column) for column in endless)):
            self.carriers.add(min(endless, key=_fitness).name)
            return
        self._combine(unique, inside, free, sizes, complete=covered | {one.name for one in free} == columns)

    def _inside(self, key: ForeignKey, columns: frozenset[str]) -> bool:
        """Tell whether another row that a key points at means another value in these columns."""
        if key.when or set(key.columns) <= columns:
            return not key.when
        shared = {
            target for name, target in zip(key.columns, key.target_columns, strict=True) if name in columns
        }
        return bool(shared) and self.distinct(key.target, frozenset(shared))

    def _combine(
        self,
        unique: UniqueSet,
        inside: list[ForeignKey],
        free: list[Column],
        sizes: Mapping[str, int | None],
        *,
        complete: bool,
    ) -> None:
        taken = {digit.key for one in self.combinations for digit in one.digits} | {
            key for key, one in self.keys.items() if one.how in {How.EARLIER, How.AMONG}
        }
        taken_columns = {digit.column for one in self.combinations for digit in one.digits}
        last = [column for column in free if sizes[column.name] is None and column.type.name not in _NEVER][
            :1
        ]
        digits = [
            *(Digit(key, None, self.totals[key.target]) for key in self._by_size(inside)),
            *(
                Digit(None, column.name, sizes[column.name])
                for column in free
                if column not in last and sizes[column.name] is not None
            ),
            *(Digit(None, column.name, None) for column in last),
        ]
        combination = Combination(unique.name, tuple(digits))
        possible = (
            complete
            and digits
            and not any(key in taken for key in inside)
            and not any(column.name in taken_columns | self.carriers for column in free)
        )
        room = combination.capacity if possible else 0
        if (
            unique.predicate
            and not self._only_not_null(unique)
            and (not possible or (room is not None and room < self.rows))
        ):
            self.extra.append(outside(unique))
            self.watched.append(unique)
            return
        if not possible or unique.within:
            self.watched.append(unique)
        if possible:
            self.combinations.append(combination)
            if room is not None:
                self._cap(room, f"there are no more combinations of {', '.join(sorted(unique.all_columns))}")

    def _cap(self, rows: int, why: str) -> None:
        if self.capacity is None or rows < self.capacity:
            self.capacity, self.why = rows, why

    def _by_size(self, keys: list[ForeignKey]) -> list[ForeignKey]:
        """Return keys, those at the fewest rows first: groups before their members."""
        return sorted(keys, key=lambda key: (self.totals[key.target], key.columns))

    def _only_not_null(self, unique: UniqueSet) -> bool:
        """Tell whether a partial index leaves out nothing but NULLs of its own columns."""
        if unique.predicate is None:
            return False
        bare = unique.predicate.replace("(", "").replace(")", "").replace('"', "")
        return all(
            part.strip().removesuffix(" IS NOT NULL") in unique.columns
            and part.strip().endswith(" IS NOT NULL")
            for part in bare.split(" AND ")
        )

    def _ordinal(self, column: Column) -> bool:
        """Tell whether a column may count the rows of each parent, from the first value on."""
        return column.type.name in INTEGERS | {"date"} and column.sequence is None

    def _size(self, column: Column, unique: UniqueSet) -> int | None:
        """Return how many different values a column may have; None: as many as there are rows."""
        if column.name in unique.within and column.type.name not in _TEXTS | INTEGERS:
            return 1
        if column.numbered or (column.type.name == "uuid" and self._domain(column.name).values is None):
            return None
        capacity = choose(
            Given(column.name, column.type, column.not_null, column.comment),
            self._domain(column.name),
            context_of(self.table, self.config, frozenset({column.name}), styles=self.styles),
        ).capacity
        if column.type.name in _NEVER and capacity is None:
            return 2 if column.type.name == "bool" else 1
        few = column.type.name in _NEVER or bool(column.type.labels)
        enough = capacity is not None and capacity >= max(self.rows, 1) and not few
        return None if enough else capacity

    def _domain(self, name: str) -> Domain:
        domains = [branch.domain(name) for branch in self.solved.branches]
        if all(domain == domains[0] for domain in domains):
            return replace(domains[0], null=False)
        values = [
            domain.values for domain in domains if domain.values is not None and domain.null is not True
        ]
        if values and len(values) == sum(domain.null is not True for domain in domains):
            return Domain(values=tuple(dict.fromkeys(value for some in values for value in some)))
        return ANYTHING


def _fitness(column: Column) -> tuple[int, str]:
    kind = column.type.name
    if kind == "uuid" or column.numbered:
        return 0, column.name
    if kind in _TEXTS and _GOOD_NAMES & set(column.name.lower().split("_")):
        return 1, column.name
    if kind in _TEXTS | INTEGERS:
        return 2, column.name
    return (4 if kind in MOMENTS else 3), column.name
