"""A table and how many rows others have -> how each of its foreign keys is filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from seeds.checks.contracts import Branch, Solved
from seeds.families import is_actor, is_group
from seeds.lessons import Lessons
from seeds.order import membership_keys
from seeds.schema import ForeignKey, Table


class How(StrEnum):
    """How the row that a foreign key points at is found."""

    DRAWN = "drawn"
    ONCE = "each once"
    COMBINED = "each combination once"
    DERIVED = "as its parent"
    MEMBER = "a member"
    EARLIER = "an earlier row"
    AMONG = "among those that fit"
    EMPTY = "empty"


@dataclass(frozen=True)
class KeyPlan:
    """How one foreign key is filled.

    Attributes:
        why: in a few words.
        optional: now and then it is NULL.
        through: own keys and the keys of their targets that lead to the same table: the first that is
            not NULL decides.
        shared: columns that another key has set already.
        partners: keys that share columns with this one: only rows that have a partner there are taken.
        membership: the table that tells which persons belong to a group, its keys at both, and the own
            key at the group.
        empty: columns that stay NULL.
        constants: what the row that is pointed at must hold, by its column: a column of the key is
            always computed to the same value.
    """

    key: ForeignKey
    how: How
    why: str = ""
    optional: bool = False
    through: tuple[tuple[ForeignKey, ForeignKey], ...] = ()
    shared: tuple[str, ...] = ()
    partners: tuple[ForeignKey, ...] = ()
    membership: tuple[str, ForeignKey, ForeignKey, ForeignKey] | None = None
    empty: tuple[str, ...] = ()
    constants: tuple[tuple[str, str | None], ...] = ()


def plan_keys(
    table: Table,
    tables: Mapping[str, Table],
    totals: Mapping[str, int],
    solved: Solved,
    group: Sequence[str],
    answers: Mapping[str, str | None],
    lessons: Lessons,
) -> tuple[tuple[KeyPlan, ...], Solved] | str:
    """Return how the keys are filled and the branches of the constraints that are left; or why they can't be.

    Args:
        table: the table.
        tables: all of them.
        totals: how many rows each will have.
        solved: what the constraints of the table allow.
        group: tables that are filled together with it, itself among them.
        answers: the values of expressions that name no column.
        lessons: what the database taught about it.
    """
    live = [key for key in table.foreign_keys if key.target == table.name or totals.get(key.target, 0)]
    if lessons.bare or lessons.opened:
        live = [
            key
            for key in live
            if table.required(key) or not (lessons.bare or (key.target in group and len(group) > 1))
        ]
    dead = [key for key in table.foreign_keys if key not in live and not key.when]
    empty: dict[ForeignKey, tuple[str, ...]] = {}
    used = {column for key in live for column in key.columns if not key.when}
    for key in dead:
        columns = [
            name
            for name in key.columns
            if not table.column(name).not_null and not table.column(name).generated
        ]
        if not columns and key.target != table.name and totals.get(key.target, 0):
            continue
        if not columns:
            return _needs(key, tables)
        own = tuple(name for name in columns if name not in used)
        if not own:
            live = [one for one in live if not set(one.columns) & set(columns)]
            own = tuple(columns)
        empty[key] = own
    gone = {name for columns in empty.values() for name in columns}
    branches = tuple(branch for branch in solved.branches if _possible(branch, table, gone))
    if not branches:
        if gone:
            names = ", ".join(sorted({key.target for key in empty}))
            return f"its constraints ask for a row of {names}, which is not filled"
        branches = solved.branches
    solved = replace(solved, branches=branches)
    plans = [KeyPlan(key, How.EMPTY, f"{key.target} is not filled", empty=empty[key]) for key in empty]
    for key in _widest_first(live, tables, table):
        plans.append(_plan(key, table, solved, [one for one in plans if one.how is not How.EMPTY]))
    plans = [
        one
        for one in plans
        if one.how is not How.AMONG
        or one.shared != one.key.columns
        or not _implied(one.key, table, plans, tables)
    ]
    plans = [_with_constants(one, table, answers) for one in _with_partners(plans, table)]
    plans = list(_derived(plans, tables, group))
    return tuple(_members(plans, tables, totals, group)), solved


def _needs(key: ForeignKey, tables: Mapping[str, Table]) -> str:
    target = tables.get(key.target)
    if target is None:
        return f"it needs rows of {key.target}, which this login can't see"
    return f"it needs rows of {key.target}, which has none"


def _possible(branch: Branch, table: Table, gone: set[str]) -> bool:
    return not any(
        (domain.null is True and table.column(name).not_null) or (domain.null is False and name in gone)
        for name, domain in branch.domains.items()
        if any(column.name == name for column in table.columns)
    )


def _widest_first(keys: Iterable[ForeignKey], tables: Mapping[str, Table], table: Table) -> list[ForeignKey]:
    def rank(key: ForeignKey) -> tuple[object, ...]:
        target = tables[key.target]
        deep = len([one for one in target.foreign_keys if one.target not in {table.name, target.name}])
        return (
            bool(key.when),
            key.target == table.name,
            -len(key.columns),
            not table.required(key),
            -deep,
            key.columns,
        )

    return sorted(keys, key=rank)


def _plan(key: ForeignKey, table: Table, solved: Solved, before: Sequence[KeyPlan]) -> KeyPlan:
    if key.when:
        said = " and ".join(f"{name} is {value}" for name, value in key.when)
        return KeyPlan(key, How.DRAWN, f"a row of {key.target} where {said}")
    set_before = {column for one in before for column in one.key.columns}
    shared = tuple(column for column in key.columns if column in set_before)
    optional = not shared and _may_be_null(key, table, solved)
    if key.target == table.name:
        return KeyPlan(key, How.EARLIER, "a row before it", _nullable(key, table), shared=shared)
    if shared:
        return KeyPlan(key, How.AMONG, f"a row of {key.target} that fits", shared=shared)
    whole = [
        one
        for one in table.unique_sets
        if set(one.columns) <= set(key.columns) and one.columns and not one.within
    ]
    if table.name == "auth.identities" or any(
        one.predicate is None or "IS NOT NULL" in one.predicate for one in whole
    ):
        return KeyPlan(key, How.ONCE, f"each row of {key.target} once")
    return KeyPlan(key, How.DRAWN, f"a row of {key.target}", optional)


def _nullable(key: ForeignKey, table: Table) -> bool:
    return any(not table.column(name).not_null for name in key.columns)


def _may_be_null(key: ForeignKey, table: Table, solved: Solved) -> bool:
    """Tell whether a key may be NULL where its row does not say so itself."""
    said = any(branch.domain(name).null is not None for branch in solved.branches for name in key.columns)
    in_unique = any(set(key.columns) & one.all_columns for one in table.unique_sets if not one.predicate)
    return not said and not in_unique and _nullable(key, table)


def _implied(key: ForeignKey, table: Table, plans: Iterable[KeyPlan], tables: Mapping[str, Table]) -> bool:
    """Tell whether another key already sees to it: its row points there by the same columns."""
    for one in plans:
        if one.key is key or not set(key.columns) <= set(one.key.columns) or one.how is How.EMPTY:
            continue
        there = tuple(one.key.target_columns[one.key.columns.index(name)] for name in key.columns)
        target = table if one.key.target == table.name else tables[one.key.target]
        if target.name == key.target and there == key.target_columns:
            return True
        if any(
            other.target == key.target
            and other.columns == there
            and other.target_columns == key.target_columns
            for other in target.foreign_keys
        ):
            return True
    return False


def _with_partners(plans: Sequence[KeyPlan], table: Table) -> Iterator[KeyPlan]:
    """Let a key take only rows that have a partner where another key shares its columns and must be met."""
    for one in plans:
        partners = tuple(
            other.key
            for other in plans
            if other.how is How.AMONG
            and one.how in {How.DRAWN, How.ONCE}
            and set(other.shared) <= set(one.key.columns)
            and all(table.column(name).not_null for name in other.key.columns)
        )
        yield replace(one, partners=partners) if partners else one


def _with_constants(one: KeyPlan, table: Table, answers: Mapping[str, str | None]) -> KeyPlan:
    found = [
        (target, answers[expression])
        for name, target in zip(one.key.columns, one.key.target_columns, strict=True)
        if (expression := table.column(name).generated) is not None and expression in answers
    ]
    return replace(one, constants=tuple(found)) if found else one


def _derived(
    plans: Sequence[KeyPlan], tables: Mapping[str, Table], group: Sequence[str]
) -> Iterator[KeyPlan]:
    """Let a key follow another one, where the row there points at the same table: a task's tenant is its project's."""
    derived: set[tuple[str, ...]] = set()
    for one in plans:
        if one.how is not How.DRAWN or one.key.when or one.partners or one.key.target in group:
            yield one
            continue
        through = []
        for other in plans:
            if (
                other is one
                or other.how not in {How.DRAWN, How.ONCE}
                or other.key.columns in derived
                or other.key.target in group
                or other.key.when
            ):
                continue
            for back in tables[other.key.target].foreign_keys:
                if (
                    back.target == one.key.target
                    and back.target_columns == one.key.target_columns
                    and _same(one.key, other.key, back, tables)
                ):
                    through.append((other.key, back))
                    break
        if through:
            derived.add(one.key.columns)
            names = " or ".join(key.target for key, _ in through)
            yield replace(one, how=How.DERIVED, why=f"that of its row of {names}", through=tuple(through))
        else:
            yield one


def _same(key: ForeignKey, other: ForeignKey, back: ForeignKey, tables: Mapping[str, Table]) -> bool:
    """Tell whether what a key points at should be what the row of another key points back at."""
    target, between = tables[key.target], tables[other.target]
    if is_actor(between):  # where somebody is at home is not where all that they do belongs
        return key.columns == back.columns and between.required(back)
    return is_group(target) or (key.columns == back.columns and not is_actor(target))


def _members(
    plans: Sequence[KeyPlan], tables: Mapping[str, Table], totals: Mapping[str, int], group: Sequence[str]
) -> Iterator[KeyPlan]:
    """Let a person be one that belongs to the group of the row."""
    groups = [
        one for one in plans
        if one.how in {How.DRAWN, How.DERIVED, How.ONCE} and is_group(tables[one.key.target])
    ]  # fmt: skip
    for one in plans:
        found = None
        if one.how is How.DRAWN and not one.key.when and is_actor(tables[one.key.target]):
            for of_group in groups:
                if any(key is one.key for key, _ in of_group.through):
                    continue
                found = found or _membership(one.key, of_group.key, tables, totals, group)
        if found is not None:
            why = f"one of {found[0]} of the same {found[3].target}"
            yield replace(one, how=How.MEMBER, why=why, membership=found)
        else:
            yield one


def _membership(
    person: ForeignKey,
    of_group: ForeignKey,
    tables: Mapping[str, Table],
    totals: Mapping[str, int],
    group: Sequence[str],
) -> tuple[str, ForeignKey, ForeignKey, ForeignKey] | None:
    for name, table in tables.items():
        if name in group or not totals.get(name) or table.refusal:
            continue
        keys = membership_keys(table, tables)
        if (
            keys is not None
            and (keys[0].target, keys[0].target_columns) == (of_group.target, of_group.target_columns)
            and (keys[1].target, keys[1].target_columns) == (person.target, person.target_columns)
        ):
            return name, keys[0], keys[1], of_group
    return None
