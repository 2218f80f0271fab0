"""Tables -> groups in the order in which they are filled: a group of several needs each other's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush

from seeds.families import is_actor, is_group, is_users
from seeds.schema import ForeignKey, Table


def groups_of(tables: Mapping[str, Table]) -> list[tuple[str, ...]]:
    """Return the tables after those that they point at; people and groups as early as they may.

    A table whose rows tell who belongs to what comes before those that have rows of members.
    """
    edges = {
        name: {key.target for key in table.foreign_keys if key.target in tables and key.target != name}
        for name, table in tables.items()
    }
    for name, membership in _memberships(tables):
        if name not in _reachable(edges, membership):
            edges[name].add(membership)
    components = _components(edges)
    of = {name: number for number, component in enumerate(components) for name in component}
    return [components[number] for number in _sorted(components, edges, of, tables)]


def membership_keys(table: Table, tables: Mapping[str, Table]) -> tuple[ForeignKey, ForeignKey] | None:
    """Return the keys at the group and at the person if each row of a table says that one belongs to the other."""
    for unique in table.unique_sets:
        if unique.predicate or unique.within:
            continue
        keys = [key for key in table.foreign_keys if set(key.columns) <= set(unique.columns) and not key.when]
        covered = {column for key in keys for column in key.columns}
        if len(keys) != 2 or covered != set(unique.columns):
            continue
        targets = [tables.get(key.target) for key in keys]
        for group, person in ((0, 1), (1, 0)):
            one, other = targets[group], targets[person]
            if one is not None and other is not None and is_actor(other) and not is_actor(one):
                return keys[group], keys[person]
    return None


def _memberships(tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a table and one that says whom its rows may be of."""
    for name, table in tables.items():
        found = membership_keys(table, tables)
        if found is None or not is_group(tables[found[0].target]):
            continue
        group, person = (key.target for key in found)
        for other, candidate in tables.items():
            targets = {key.target for key in candidate.foreign_keys}
            if other not in {name, group, person} and {group, person} <= targets:
                yield other, name


def _reachable(edges: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending.extend(edges[name])
    return seen


def _components(edges: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """Return the strongly connected components (Tarjan, 1972), without recursion."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in sorted(edges):
        if root in number:
            continue
        path = [(root, iter(sorted(edges[root])))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while path:
            name, targets = path[-1]
            for target in targets:
                if target not in number:
                    number[target] = lowest[target] = len(number)
                    stack.append(target)
                    on_stack.add(target)
                    path.append((target, iter(sorted(edges[target]))))
                    break
                if target in on_stack:
                    lowest[name] = min(lowest[name], number[target])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    place = stack.index(name)
                    found.append(tuple(sorted(stack[place:])))
                    on_stack.difference_update(stack[place:])
                    del stack[place:]
    return found


def _sorted(
    components: list[tuple[str, ...]],
    edges: Mapping[str, set[str]],
    of: Mapping[str, int],
    tables: Mapping[str, Table],
) -> Iterator[int]:
    def rank(number: int) -> tuple[bool, bool, str]:
        first = components[number]
        return (
            not any(is_group(tables[name]) for name in first),
            not any(is_users(tables[name]) for name in first),
            first[0],
        )

    waiting = {
        number: {of[target] for name in component for target in edges[name]} - {number}
        for number, component in enumerate(components)
    }
    needed_by: dict[int, list[int]] = {number: [] for number in waiting}
    for number, needs in waiting.items():
        for need in needs:
            needed_by[need].append(number)
    ready = [(rank(number), number) for number, needs in waiting.items() if not needs]
    heapify(ready)
    while ready:
        _, number = heappop(ready)
        yield number
        for later in needed_by[number]:
            waiting[later].discard(number)
            if not waiting[later]:
                heappush(ready, (rank(later), later))
