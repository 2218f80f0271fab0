"""A `TablePlan` and the rows of other tables -> `Filling`: any row of the table, as text, made alone."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seeds.contexts import configured, context_of
from seeds.contracts import SeedConfig, TestUser
from seeds.documents import leaves_of, with_leaves
from seeds.draw import Draw
from seeds.families import is_actor
from seeds.generators.choosing import choose, compose
from seeds.generators.contracts import Column, Composed, Make
from seeds.generators.times import birth_range, drawn_births
from seeds.keys import How, KeyPlan
from seeds.placing import digits_of, found_again, placing
from seeds.plan import TablePlan
from seeds.recipes import recipe
from seeds.schema import INTEGERS, MOMENTS, ForeignKey, Table
from seeds.spaces import Places, Space
from seeds.uniques import Combination

_MOST_BIRTHS = 4_000_000
_UNBORN = -(1 << 62)


@dataclass
class Filling:
    """How the rows of one table are made; every value depends on the plan and on the row's number alone.

    Attributes:
        plan: of the table.
        config: of the run.
        tables: all of them.
        spaces: the rows of the tables that may be pointed at, and of this one.
        fillings: of the tables that were filled before.
        first: by numbered column, the number that the row at `plan.start` gets.
        used: by the columns of keys that may stand once: the keys that rows have which were there before.
        named: values of rows that tests rely on, by number.
    """

    plan: TablePlan
    config: SeedConfig
    tables: Mapping[str, Table]
    spaces: Mapping[str, Space]
    fillings: Mapping[str, Filling]
    first: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[tuple[str, ...], frozenset[tuple[str | None, ...]]] = field(default_factory=dict)
    named: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    users: tuple[TestUser, ...] = ()

    def __post_init__(self) -> None:
        self._places: dict[ForeignKey, Places] = {}
        self._births = array("q")
        self._born: tuple[Sequence[int], list[int]] | None = None
        self._parents = [
            (one.key, self.fillings[one.key.target])
            for one in self.plan.keys
            if one.how not in {How.EMPTY, How.EARLIER}
            and not one.key.when
            and one.key.target in self.fillings
            and one.key.target != self.plan.name
            and _has_moments(self.tables[one.key.target])
        ]
        self._digits: dict[str, Callable[[Sequence[int]], list[tuple[int, ...]]]] = {}
        self.composed = self._composed()
        self.columns = tuple(
            column.name for column in self.plan.table.columns if column.name in self.composed.chosen
        )
        self._empty_in = {
            one.key: {
                number
                for number, branch in enumerate(self.plan.solved.branches)
                if any(branch.domain(column).null is True for column in one.key.columns)
            }
            for one in self.plan.keys
        }

    def values(self, column: str, rows: Sequence[int]) -> list[str | None]:
        """Return the values of a column in some rows."""
        made = self.composed.chosen[column].make(rows)
        if self.named and (at_once := [at for at, row in enumerate(rows) if row in self.named]):
            made = list(made)
            for at in at_once:
                told = self.named[rows[at]]
                if column in told:
                    made[at] = told[column]
        return made

    def rows(self, numbers: Sequence[int]) -> list[tuple[str | None, ...]]:
        """Return whole rows, their values in the order of `columns`."""
        return list(zip(*(self.values(column, numbers) for column in self.columns), strict=True))

    def effective(self, key: ForeignKey, rows: Sequence[int]) -> list[int | None]:
        """Return the places that a key points at; None where a row's branch wants NULL."""
        places = self._placing(key)(rows)
        empty = self._empty_in.get(key)
        if empty:
            branches = self.composed.branch_of(rows)
            places = [
                None if branch in empty else place for place, branch in zip(places, branches, strict=True)
            ]
        return places

    def possible(self, rows: Sequence[int]) -> Sequence[int]:
        """Return the rows whose keys find what they must point at."""
        for one in self.plan.keys:
            if one.how is not How.EMPTY and not one.key.when and self._needed(one.key):
                places = self.effective(one.key, rows)
                if None in places:
                    rows = [row for row, place in zip(rows, places, strict=True) if place is not None]
        return rows

    def _needed(self, key: ForeignKey) -> bool:
        columns = [self.plan.table.column(name) for name in key.columns]
        return any(column.not_null and not column.generated for column in columns)

    def draw(self, key: ForeignKey) -> Draw:
        """Return what decides at which row a key points."""
        return Draw(self.config.seed, self.plan.name, "key", *key.columns)

    def space(self, table: str) -> Space:
        return self.spaces[table]

    def births(self, rows: Sequence[int]) -> Sequence[int]:
        """Return when rows came to be, in seconds since 1970: after those that they point at."""
        if self._born is None or self._born[0] is not rows:
            found = list(drawn_births(self.config.seed, self.plan.name, rows))
            for key, parent in self._parents:
                found = self._after(found, self.effective(key, rows), self.spaces[key.target], parent)
            self._born = (rows, found)
        return self._born[1]

    def known_births(self, rows: Sequence[int]) -> list[int]:
        """Return the same for rows that others point at, remembered, since many do and by several ways."""
        start = self.plan.start
        size = min(max(self.plan.rows, 0), _MOST_BIRTHS)
        if not self._births:
            self._births = array("q", [_UNBORN]) * size
        known = self._births
        inside = [0 <= row - start < size for row in rows]
        missing = sorted(
            {row for row, here in zip(rows, inside, strict=True) if not here or known[row - start] == _UNBORN}
        )
        found = dict(zip(missing, self.births(missing), strict=True))
        for row, begun in found.items():
            if 0 <= row - start < size:
                known[row - start] = begun
        return [known[row - start] if here else found[row] for row, here in zip(rows, inside, strict=True)]

    def _after(
        self, found: list[int], places: Sequence[int | None], space: Space, parent: Filling
    ) -> list[int]:
        first, last = birth_range()
        new = [at for at, place in enumerate(places) if place is not None and place >= space.there]
        numbers = [space.numbers[places[at] - space.there] for at in new]  # type: ignore[operator]
        for at, begun in zip(new, parent.known_births(numbers), strict=True):
            found[at] = begun + (last - begun) * (found[at] - first) // (last - first)
        return found

    def acts(self, table: str) -> bool:
        """Tell whether the rows of a table are people who do things."""
        return is_actor(self.tables[table])

    def digits(self, combination: Combination) -> Callable[[Sequence[int]], list[tuple[int, ...]]]:
        if combination.unique not in self._digits:
            sizes = [
                len(self.space(digit.key.target)) if digit.key is not None else digit.size
                for digit in combination.digits
            ]
            self._digits[combination.unique] = digits_of(self, sizes, combination.unique)
        return self._digits[combination.unique]

    def _placing(self, key: ForeignKey) -> Places:
        if key not in self._places:
            one = next((one for one in self.plan.keys if one.key == key), None)
            places = found_again(self, key) if one is None else placing(self, one)
            self._places[key] = _remembering(places)
        return self._places[key]

    def _composed(self) -> Composed:
        plan = self.plan
        styles = dict(plan.lessons.styles)
        context = context_of(plan.table, self.config, plan.unique, plan.persona, styles=styles)
        given = {
            **self._keys(),
            **{name: _counting(first, plan.start) for name, first in self.first.items()},
            **self._combined(context.columns),
            **recipe(self),
            **self._fixed(),
        }
        written = {*given, *plan.filled}
        generated = {column.name for column in plan.table.columns if column.generated}
        columns = {
            name: column
            for name, column in context.columns.items()
            if name in written and name not in generated
        }
        given = {name: make for name, make in given.items() if name in columns}
        narrowed = context_of(plan.table, self.config, plan.unique, plan.persona, frozenset(columns), styles)
        if self._parents and _has_moments(plan.table):
            narrowed = replace(narrowed, births=self.births)
        composed = compose(plan.solved, narrowed, given)
        leaves = leaves_of(plan.table)
        if not leaves:
            return composed
        chosen = dict(composed.chosen)
        for name in sorted({leaf.document for leaf in leaves} & set(chosen) - set(given)):
            made = with_leaves(name, chosen[name].make, plan.table, leaves, context)
            chosen[name] = replace(chosen[name], make=made)
        return replace(composed, chosen=chosen)

    def _keys(self) -> dict[str, Make]:
        makers: dict[str, Make] = {}
        conditional: dict[str, list[KeyPlan]] = {}
        for one in self.plan.keys:
            for place, column in enumerate(one.key.columns):
                if one.key.when:
                    conditional.setdefault(column, []).append(one)
                elif one.how is How.EMPTY:
                    if column in one.empty:
                        makers.setdefault(column, lambda rows: [None] * len(rows))
                elif column not in makers:
                    makers[column] = self._key_maker(one.key, one.key.target_columns[place])
        for column, plans in conditional.items():
            makers.setdefault(column, self._conditional(column, plans))
        return makers

    def _key_maker(self, key: ForeignKey, target_column: str) -> Make:
        space = self.spaces[key.target]
        return lambda rows: space.values(target_column, self._placing(key)(rows))

    def _conditional(self, column: str, plans: Sequence[KeyPlan]) -> Make:
        """Return a maker for a column whose target depends on what stands in another one."""
        makers = [
            (one.key, self._key_maker(one.key, one.key.target_columns[one.key.columns.index(column)]))
            for one in plans
        ]

        def make(rows: Sequence[int]) -> list[str | None]:
            found: list[str | None] = [None] * len(rows)
            for key, maker in makers:
                stands = {name: self.values(name, rows) for name, _ in key.when}
                chosen = [
                    at
                    for at in range(len(rows))
                    if all(stands[name][at] == value for name, value in key.when)
                ]
                values = maker([rows[at] for at in chosen])
                for at, value in zip(chosen, values, strict=True):
                    found[at] = value
            return found

        return make

    def _combined(self, columns: Mapping[str, Column]) -> dict[str, Make]:
        makers: dict[str, Make] = {}
        for combination in self.plan.combinations:
            for place, digit in enumerate(combination.digits):
                if digit.column is None:
                    continue
                domain = self.plan.solved.branches[0].domain(digit.column)
                context = context_of(
                    self.plan.table, self.config, frozenset({digit.column}), self.plan.persona
                )
                chosen = choose(columns[digit.column], domain, context)
                makers[digit.column] = self._digit_maker(combination, place, chosen.make)
        return makers

    def _digit_maker(self, combination: Combination, place: int, make: Make) -> Make:
        return lambda rows: make([found[place] for found in self.digits(combination)(rows)])

    def _fixed(self) -> dict[str, Make]:
        names = configured(self.config.fixed, self.plan.table)
        texts = {column: _text(self.config.fixed[name]) for column, name in names.items()}
        return {column: lambda rows, text=text: [text] * len(rows) for column, text in texts.items()}  # type: ignore[misc]


def _has_moments(table: Table) -> bool:
    return any(column.type.name in MOMENTS and not column.generated for column in table.columns)


def counting_columns(plan: TablePlan) -> tuple[str, ...]:
    """Return the columns that count the rows of a table."""
    found = []
    for name in plan.filled:
        column = plan.table.column(name)
        alone = (name,) == plan.table.primary_key and column.type.name in INTEGERS
        domains = [branch.domain(name) for branch in plan.solved.branches]
        bound = any(domain.values is not None or domain.highest is not None for domain in domains)
        if (column.numbered or alone) and not column.type.dimensions and not bound:
            found.append(name)
    return tuple(found)


def first_numbers(plan: TablePlan, there: Mapping[str, int]) -> dict[str, int]:
    """Return the number of the first new row in each column that counts rows.

    Args:
        plan: of the table.
        there: the highest number that is there already, by column.
    """
    first = {}
    for name in counting_columns(plan):
        lowest = [branch.domain(name).lowest for branch in plan.solved.branches]
        bounds = [math.floor(float(bound.value)) + 1 for bound in lowest if bound is not None]
        first[name] = max(there.get(name, 0) + 1, plan.table.column(name).first_number, *bounds)
    return first


def _counting(first: int, start: int) -> Make:
    more = first - start
    return lambda rows: [str(row + more) for row in rows]


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _remembering(places: Places) -> Places:
    """Answer at once when asked for the same rows again: each column of a key asks."""
    last: tuple[Sequence[int], list[int | None]] | None = None

    def remembered(rows: Sequence[int]) -> list[int | None]:
        nonlocal last
        if last is None or last[0] is not rows:
            last = (rows, places(rows))
        return last[1]

    return remembered
