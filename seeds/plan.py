"""`Catalog` and `SeedConfig` -> `Plan`: which tables, in which order, how many rows. Nothing is drawn yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import SeedConfig
from seeds.introspect import Catalog, ForeignKey, Table
from seeds.limits import Limits, limits_of
from seeds.values import is_organization, is_users


@dataclass(frozen=True)
class TablePlan:
    """How one table is filled.

    Attributes:
        rows: how many it should have in the end, with those that it has now.
        keys: foreign keys to fill; those left out break a cycle and stay NULL.
        limits: what its CHECK constraints allow.
        users: its rows are the users.
        extends: the table whose rows it holds more of, one to one: `profiles` of `users`.
    """

    table: Table
    rows: int
    keys: tuple[ForeignKey, ...]
    limits: Limits
    users: bool
    extends: str | None


@dataclass(frozen=True)
class Plan:
    """Tables in the order in which they are filled, and what is left out with its reason."""

    tables: tuple[TablePlan, ...]
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def plan(catalog: Catalog, config: SeedConfig) -> Plan:
    """Decide what to fill.

    Raises:
        GuardrailsError: a count is asked for a table that is not there, or tables need each other's
            rows in a circle that no empty column opens.
    """
    counts = {_known(name, catalog): number for name, number in config.counts.items()}
    order, dropped = _order(catalog.tables)
    left_out = [
        f"{table.name}: this login may not insert into it"
        for table in catalog.tables.values()
        if not table.writable
    ]
    tables: list[TablePlan] = []
    rows: dict[str, int] = {}
    for table in order:
        keys = tuple(
            key
            for key in table.foreign_keys
            if (table.name, key) not in dropped and (key.target in catalog.tables or _required(table, key))
        )
        missing = [
            key.target
            for key in keys
            if key.target not in rows and key.target != table.name and _required(table, key)
        ]
        if not table.writable:
            continue
        if missing:
            left_out.append(f"{table.name}: it needs rows of {', '.join(missing)}, which is not filled")
            continue
        number = counts.get(table.name, _count(table, keys, rows, config))
        rows[table.name] = number
        users = is_users(table) or table.name == "auth.users"
        tables.append(TablePlan(table, number, keys, _limits(table), users, _extended(table, keys)))
    return Plan(tuple(tables), tuple(left_out))


def _known(name: str, catalog: Catalog) -> str:
    full = [known for known, table in catalog.tables.items() if name in {known, table.relation}]
    if len(full) == 1:
        return full[0]
    if full:
        raise GuardrailsError(
            f"there is more than one table {name!r}: {', '.join(full)}; name one with its schema"
        )
    near = get_close_matches(
        name, [*catalog.tables, *(table.relation for table in catalog.tables.values())], n=1
    )
    raise GuardrailsError(
        f"there is no table {name!r} to fill{f'; did you mean {near[0]!r}?' if near else ''}"
    )


def _count(table: Table, keys: tuple[ForeignKey, ...], rows: Mapping[str, int], config: SeedConfig) -> int:
    organizations = config.organization_count
    if organizations is None:
        organizations = max(1, config.user_count // 5) if config.user_count else 0
    if table.name == "auth.users" or is_users(table):
        return config.user_count
    if is_organization(table):
        return organizations
    parents = [rows[key.target] for key in keys if key.target in rows]
    if any(unique and set(unique) <= set(key.columns) for key in keys for unique in table.uniques):
        return min(parents) if parents else config.user_count
    if len(parents) > 1 and _is_join(table, keys):
        return min(2 * max(parents), _product(parents))
    if not parents:
        return max(1, min(20, config.user_count))
    return min(3 * max(parents), max(10 * config.user_count, *parents))


def _extended(table: Table, keys: tuple[ForeignKey, ...]) -> str | None:
    whole = {frozenset(unique) for unique in table.uniques}
    return next(
        (key.target for key in keys if frozenset(key.columns) in whole and key.target != table.name), None
    )


def _is_join(table: Table, keys: tuple[ForeignKey, ...]) -> bool:
    of_keys = {column for key in keys for column in key.columns}
    return any(len(unique) > 1 and set(unique) <= of_keys for unique in table.uniques)


def _product(numbers: list[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def _required(table: Table, key: ForeignKey) -> bool:
    return all(table.column(column).not_null for column in key.columns)


def _limits(table: Table) -> Limits:
    limits = limits_of(table.checks)
    of_domains = {
        column.name: limits_of(column.domain_checks, column=column.name).columns.get(column.name)
        for column in table.columns
        if column.domain_checks
    }
    merged = dict(limits.columns)
    for name, allowed in of_domains.items():
        if allowed is not None:
            merged.setdefault(name, allowed)
    return Limits(merged, limits.greater)


def _order(tables: Mapping[str, Table]) -> tuple[list[Table], set[tuple[str, ForeignKey]]]:
    """Return tables after those that they point at; a circle is opened at a key that may be NULL."""
    waiting = {
        name: {key for key in table.foreign_keys if key.target in tables and key.target != name}
        for name, table in tables.items()
    }
    done: list[Table] = []
    dropped: set[tuple[str, ForeignKey]] = set()
    while waiting:
        ready = [name for name, keys in waiting.items() if all(key.target not in waiting for key in keys)]
        if not ready:
            ready = [_opened(waiting, tables, dropped)]
        # People and groups first: the others hang from them.
        for name in sorted(
            ready, key=lambda name: (not is_organization(tables[name]), not is_users(tables[name]), name)
        ):
            done.append(tables[name])
            del waiting[name]
    return done, dropped


def _opened(
    waiting: dict[str, set[ForeignKey]], tables: Mapping[str, Table], dropped: set[tuple[str, ForeignKey]]
) -> str:
    for name, keys in sorted(waiting.items(), key=lambda item: (len(item[1]), item[0])):
        open_keys = {key for key in keys if key.target in waiting}
        if all(not _required(tables[name], key) for key in open_keys):
            dropped.update((name, key) for key in open_keys)
            return name
    circle = ", ".join(sorted(waiting))
    raise GuardrailsError(
        f"these tables need each other's rows before they can have any: {circle}; "
        "make one of the foreign keys between them nullable"
    )
