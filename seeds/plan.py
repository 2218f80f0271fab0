"""`Catalog` and `SeedConfig` -> `Plan`: which tables, in which order, how many rows, and how their keys are filled.

Nothing is drawn and nothing is asked of a database here: the same catalog and configuration give the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from seeds.checks.contracts import Check, Solved
from seeds.checks.solve import solve
from seeds.contexts import configured, expect_columns
from seeds.contracts import SeedConfig
from seeds.counts import count_of
from seeds.families import is_users
from seeds.keys import KeyPlan, plan_keys
from seeds.lessons import NONE as NO_LESSONS
from seeds.lessons import Lessons
from seeds.order import groups_of
from seeds.references import known, with_kinds, with_references
from seeds.schema import INTEGERS, MOMENTS, Catalog, Column, Table, UniqueSet
from seeds.uniques import Combination, plan_uniques


@dataclass(frozen=True)
class TablePlan:
    """How one table is filled.

    Attributes:
        start: the number of its first new row: how many it has now.
        stop: behind the number of its last new row.
        reason: why so many.
        keys: how its foreign keys are filled.
        filled: the columns that are written and belong to no key.
        unique: columns that alone make every row different.
        combinations: columns that together make every row different.
        solved: what its constraints allow.
        watched: unique sets of which only the database can tell whether a row meets them.
        lessons: what the database taught about it.
        capped: why it gets fewer rows than were asked for; empty: it does not.
        extends: the table whose rows it holds more of, one to one: `profiles` of `users`.
        persona: the table whose people its rows are.
    """

    table: Table
    start: int
    stop: int
    reason: str
    keys: tuple[KeyPlan, ...] = ()
    filled: tuple[str, ...] = ()
    unique: frozenset[str] = frozenset()
    combinations: tuple[Combination, ...] = ()
    solved: Solved = field(default_factory=Solved)
    watched: tuple[UniqueSet, ...] = ()
    lessons: Lessons = NO_LESSONS
    capped: str = ""
    extends: str | None = None
    persona: str = ""

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def rows(self) -> int:
        return self.stop - self.start

    @property
    def users(self) -> bool:
        return is_users(self.table)


@dataclass(frozen=True)
class LeftOut:
    table: str
    reason: str

    def __str__(self) -> str:
        return f"{self.table}: {self.reason}"


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        groups: tables in the order in which they are filled; several together need each other's rows.
        left_out: tables that get no rows.
        config: what was asked for.
        catalog: what is there.
    """

    groups: tuple[tuple[TablePlan, ...], ...]
    left_out: tuple[LeftOut, ...]
    config: SeedConfig
    catalog: Catalog

    @property
    def tables(self) -> tuple[TablePlan, ...]:
        return tuple(table for group in self.groups for table in group)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def table(self, name: str) -> TablePlan:
        return next(table for table in self.tables if table.name == name)


def plan(catalog: Catalog, config: SeedConfig) -> Plan:
    """Decide what to fill.

    Raises:
        GuardrailsError: configuration names a table that is not there.
    """
    planner = Planner(catalog, config)
    groups = []
    left_out = list(planner.refused())
    for names in planner.order:
        group, without = planner.group(names)
        left_out += without
        if group:
            groups.append(group)
    return Plan(tuple(groups), tuple(left_out), config, planner.catalog)


@dataclass
class Planner:
    """Plans one group of tables after the other, knowing how many rows those before them have.

    Attributes:
        totals: rows of each table that may be pointed at, with those that are planned.
        lessons: what the database taught, by table.
    """

    catalog: Catalog
    config: SeedConfig
    totals: dict[str, int] = field(default_factory=dict)
    lessons: dict[str, Lessons] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expect_columns(self.config, self.catalog.tables.values())
        self.catalog = with_references(self.catalog, self.config)
        self.counts = {known(name, self.catalog): number for name, number in self.config.counts.items()}
        excluded = {known(name, self.catalog) for name in self.config.excluded}
        self._refusals = {
            name: "configuration leaves it out" if name in excluded else table.refusal
            for name, table in self.catalog.tables.items()
            if table.refusal or name in excluded
        }
        self.tables = {
            name: table for name, table in self.catalog.tables.items() if name not in self._refusals
        }
        self.totals.update({name: table.rows for name, table in self.catalog.tables.items()})
        self.order = groups_of(self.tables)
        self.personas: dict[str, str] = {}
        self._solved: dict[str, Solved] = {}
        self._carriers: dict[str, frozenset[str]] = {}

    def leave_out(self, table: str) -> None:
        """Go on without a table: only the rows that it has already may be pointed at."""
        self.totals[table] = self.tables[table].rows

    def refused(self) -> Iterator[LeftOut]:
        for name, reason in self._refusals.items():
            if reason and not self.catalog.tables[name].foreign:
                yield LeftOut(name, reason)

    def group(self, names: tuple[str, ...]) -> tuple[tuple[TablePlan, ...], list[LeftOut]]:
        """Plan tables that need each other's rows, or a single one; what they will have is counted."""
        inside = list(names)
        left_out: list[LeftOut] = []
        while inside:
            for name in inside:  # each may count on the others
                self.totals[name] = max(self.catalog.tables[name].rows, self._asked(name, ()))
            plans = {name: self.table(self.tables[name], tuple(inside)) for name in inside}
            for name, planned in plans.items():
                self.totals[name] = planned.stop if isinstance(planned, TablePlan) else 0
            plans = {name: self.table(self.tables[name], tuple(inside)) for name in inside}
            failed = [(name, one) for name, one in plans.items() if isinstance(one, str)]
            for name, reason in failed:
                left_out.append(LeftOut(name, reason))
                inside.remove(name)
                self.totals[name] = self.catalog.tables[name].rows
            if not failed:
                done = [one for one in plans.values() if isinstance(one, TablePlan)]
                for one in done:
                    self.totals[one.name] = one.stop
                return tuple(done), left_out
        return (), left_out

    def table(self, table: Table, group: tuple[str, ...]) -> TablePlan | str:
        """Plan one table; a text says why it gets no rows."""
        lessons = self.lessons.get(table.name, NO_LESSONS)
        solved = self.solved(table)
        decided = plan_keys(
            table, self.catalog.tables, self.totals, solved, group, self.catalog.answers, lessons
        )
        if isinstance(decided, str):
            return decided
        keys, solved = decided
        of_keys = {column for one in keys for column in one.key.columns}
        asked, reason = count_of(table, keys, self.totals, self.config, self.counts.get(table.name))
        start = table.rows
        uniques = plan_uniques(
            table,
            keys,
            solved,
            self.totals,
            self.config,
            asked,
            lessons,
            self._distinct,
        )
        self._carriers[table.name] = uniques.carriers
        if uniques.extra:
            narrowed = self.solved(table, uniques.extra)
            decided = plan_keys(
                table, self.catalog.tables, self.totals, narrowed, group, self.catalog.answers, lessons
            )
            if isinstance(decided, str):
                return decided
            keys, solved = decided
            keys = uniques.adjusted(keys)
        else:
            keys = uniques.adjusted(keys)
        filled = tuple(
            column.name
            for column in table.columns
            if not column.generated
            and column.name not in of_keys
            and column.name not in lessons.defaults
            and not (lessons.bare and _optional(table, column))
            and _wanted(table, column, solved, self.config)
        )
        extends = _extended(table, keys)
        self.personas[table.name] = self.personas.get(extends, extends) if extends else table.name
        wanted, capped = max(asked, start), ""
        if uniques.capacity is not None and wanted > uniques.capacity:
            wanted = max(start, uniques.capacity)
            capped = f"{uniques.capacity:,} rows instead of {asked:,}: {uniques.why}"
        return TablePlan(
            table=table,
            start=start,
            stop=wanted,
            reason=reason,
            keys=keys,
            filled=filled,
            unique=uniques.carriers,
            combinations=uniques.combinations,
            solved=solved,
            watched=uniques.watched,
            lessons=lessons,
            capped=capped,
            extends=extends,
            persona=self.personas[table.name],
        )

    def solved(self, table: Table, extra: Iterable[Check] = ()) -> Solved:
        extra = tuple(extra)
        learned = self.lessons.get(table.name, NO_LESSONS).names
        if table.name in self._solved and not extra:
            known_one = self._solved[table.name]
        else:
            known_one = solve(
                (*table.checks, *extra),
                table.types,
                self.catalog.answers,
                [column.name for column in table.columns if column.not_null and not column.generated],
                self.catalog.functions,
            )
            known_one = with_kinds(known_one, table)
            if not extra:
                self._solved[table.name] = known_one
        if not learned:
            return known_one
        more = tuple(
            check for check in table.checks if check.name in learned and check not in known_one.unsolved
        )
        return replace(known_one, unsolved=(*known_one.unsolved, *more))

    def _distinct(self, table: str, columns: frozenset[str]) -> bool:
        """Tell whether some columns of a table are different in all its rows."""
        if columns & self._carriers.get(table, frozenset()):
            return True
        return any(
            one.columns and set(one.columns) <= columns and not one.predicate and not one.within
            for one in self.catalog.tables[table].unique_sets
        )

    def _asked(self, name: str, keys: tuple[KeyPlan, ...]) -> int:
        return count_of(self.tables[name], keys, self.totals, self.config, self.counts.get(name))[0]


def _extended(table: Table, keys: Iterable[KeyPlan]) -> str | None:
    whole = {frozenset(one.columns) for one in table.unique_sets if not one.predicate and not one.within}
    return next(
        (
            one.key.target
            for one in keys
            if frozenset(one.key.columns) in whole and one.key.target != table.name
        ),
        None,
    )


def _optional(table: Table, column: Column) -> bool:
    in_unique = any(column.name in one.all_columns for one in table.unique_sets if one.primary)
    return not in_unique and (not column.not_null or column.default is not None) and column.sequence is None


def _wanted(table: Table, column: Column, solved: Solved, config: SeedConfig) -> bool:
    """Tell whether to write a column: its default may know better, but a key must be the same each time."""
    if column.default is None or column.sequence is not None:
        return True
    if configured(config.generators, table).get(column.name) or configured(config.fixed, table).get(
        column.name
    ):
        return True
    if any(column.name in one.all_columns for one in table.unique_sets):
        return True
    if column.type.dimensions or column.type.name in {"json", "jsonb"}:
        return column.name in table.json_keys
    if column.type.name in MOMENTS | {"uuid", "bool"} or column.type.labels:
        return True
    constrained = [branch.domains.get(column.name) for branch in solved.branches]
    if any(
        domain is not None
        and (domain.values or domain.null or domain.lowest or (domain.null is False and not column.not_null))
        for domain in constrained
    ):
        return True
    related = {
        name
        for branch in solved.branches
        for relation in branch.relations
        for name in (relation.left, *relation.right)
    }
    return column.name in related or (column.type.name not in INTEGERS and column.default.startswith("NULL"))
