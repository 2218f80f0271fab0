"""How many rows a table gets where nobody said it, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from seeds.contracts import SeedConfig
from seeds.families import is_group, is_users
from seeds.keys import How, KeyPlan
from seeds.schema import Table

_A_LIST = 20
_PER_PARENT = 3
_PER_USER = 10


def count_of(
    table: Table, keys: Sequence[KeyPlan], totals: Mapping[str, int], config: SeedConfig, asked: int | None
) -> tuple[int, str]:
    """Return how many rows a table should have in the end, and the reason in a few words."""
    named = sum(row.table in {table.name, table.relation} for row in config.named)
    number, reason = _count(table, keys, totals, config, asked)
    return (number, reason) if number >= named else (named, "the rows that tests rely on")


def _count(
    table: Table, keys: Sequence[KeyPlan], totals: Mapping[str, int], config: SeedConfig, asked: int | None
) -> tuple[int, str]:
    if asked is not None:
        return asked, "asked for"
    if not config.user_count:
        return 0, "no users were asked for"
    if is_users(table):
        return config.user_count, "a table of users"
    if is_group(table):
        if config.organization_count is not None:
            return config.organization_count, "a table of organizations"
        return max(1, config.user_count // 5), "one organization for every five users"
    parents = [
        (totals[one.key.target], one.key.target)
        for one in keys
        if one.how is not How.EMPTY and one.key.target != table.name and not one.key.when
    ]
    whole = {one.columns for one in table.unique_sets if not one.within and not one.predicate}
    for one in keys:
        if one.how is How.ONCE:
            most = max(1, totals[one.key.target])
            return most, f"one for each row of {one.key.target}"
    if not parents:
        return max(1, min(_A_LIST, config.user_count)), "a list that points at nothing"
    most, target = max(parents)
    of_keys = {column for one in keys for column in one.key.columns}
    if len(parents) > 1 and any(len(unique) > 1 and set(unique) <= of_keys for unique in whole):
        return min(2 * most, prod(number for number, _ in parents)), f"about two for each row of {target}"
    many = min(_PER_PARENT * most, max(_PER_USER * config.user_count, most))
    if many < _PER_PARENT * most:
        return many, f"at most {_PER_USER} for each user"
    return many, f"about {_PER_PARENT} for each row of {target}"
