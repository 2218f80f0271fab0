"""Which columns tell whose a row is: read from policies, foreign keys and names, and said aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guardrails.shadow.isolation.catalog import Catalog, Relation
from guardrails.shadow.isolation.contracts import Link, TenantColumn
from guardrails.shadow.isolation.expressions import Tied, tables_named, tied_columns

_USER = re.compile(
    r"^(user|owner|author|creator|profile|member|account_owner|customer_user)(_?id|_uuid)?$|^(created_by|owned_by|uid)$"
)
_ORGANISATION = re.compile(
    r"^(org|organi[sz]ation|tenant|team|workspace|company|household|account|agency|clinic|school)s?$"
)
BY_NAME = "its name"
_KEYS = frozenset({"uuid", "int4", "int8", "text", "varchar"})


@dataclass(frozen=True)
class Tenancy:
    """The tenant columns of each relation, by oid, and the columns that policies compare with claims."""

    columns: Mapping[int, tuple[TenantColumn, ...]]
    tied: Mapping[int, tuple[Tied, ...]]
    users: int | None
    organisations: frozenset[int]

    def of(self, relation: Relation) -> tuple[TenantColumn, ...]:
        """Return what tells the tenant of a row of this relation; a partition's parent speaks for it."""
        return self.columns.get(relation.partition_of or relation.oid) or self.columns.get(relation.oid, ())


def tenancy_of(catalog: Catalog, shared: frozenset[str]) -> Tenancy:
    """Find the tenant columns; a table declared as shared has none."""
    tables = [
        one
        for one in catalog.relations.values()
        if one.kind in "rp" and one.partition_of is None and one.full_name not in shared
    ]
    users = _users(catalog)
    tied = {one.oid: tuple(_tied(one)) for one in catalog.relations.values()}
    found: dict[int, dict[str, TenantColumn]] = {table.oid: {} for table in tables}
    for table in tables:
        for column in _direct(table, users, tied[table.oid]):
            found[table.oid].setdefault(column.column, column)
    organisations = frozenset(_organisations(tables, catalog, found, users))
    for oid in organisations:
        relation = catalog.relations[oid]
        if oid in found and len(relation.primary) == 1:
            key = relation.primary[0]
            found[oid].setdefault(
                key, TenantColumn(relation.full_name, key, Link.ORGANISATION, "its rows are the tenants")
            )
    while sum(_follow(table, catalog, found) for table in tables):
        continue
    return Tenancy(
        {oid: tuple(columns.values()) for oid, columns in found.items()}, tied, users, organisations
    )


def is_user(name: str) -> bool:
    """Tell whether a column's name says that it holds a user."""
    return _USER.match(name.lower()) is not None


def organisation_word(name: str) -> str:
    """Return the kind of organisation that a name speaks of, in the singular, else an empty text."""
    stem = re.sub(r"_?(id|uuid)$", "", name.lower())
    match = _ORGANISATION.match(stem)
    return match[1].replace("organisation", "org").replace("organization", "org") if match else ""


def _users(catalog: Catalog) -> int | None:
    for name in ("auth.users", "public.users", "public.profiles", "public.accounts"):
        relation = catalog.find(name)
        if relation is not None and relation.kind in "rp" and len(relation.primary) == 1:
            return relation.oid
    return None


def _tied(relation: Relation) -> Iterator[Tied]:
    names = {column.name for column in relation.columns}
    for policy in relation.policies:
        for expression in (policy.using, policy.check):
            for tied in tied_columns(expression, relation.name):
                if tied.column in names and tied.path != ("role",):
                    yield tied


def _direct(table: Relation, users: int | None, tied: tuple[Tied, ...]) -> Iterator[TenantColumn]:
    referencing = {name for key in table.foreign_keys for name in key.columns}
    if table.oid == users and table.primary:
        yield TenantColumn(table.full_name, table.primary[0], Link.USER, "the table of the users")
    for key in table.foreign_keys:
        if key.target == users:
            for name in key.columns:
                yield TenantColumn(table.full_name, name, Link.USER, "a foreign key to the users")
    for one in tied:
        link = Link.USER if one.path in {("sub",), ("email",)} else Link.ORGANISATION
        if one.column in referencing:
            link = Link.PARENT if link is Link.ORGANISATION else link
        if one.path or table.column(one.column).type in _KEYS:
            yield TenantColumn(table.full_name, one.column, link, "a policy compares it with the caller")
    for column in table.columns:
        if column.type in _KEYS and column.name not in referencing and column.name not in table.primary:
            if is_user(column.name):
                yield TenantColumn(table.full_name, column.name, Link.USER, BY_NAME)
            elif organisation_word(column.name) and re.search(r"_?(id|uuid)$", column.name):
                yield TenantColumn(table.full_name, column.name, Link.ORGANISATION, BY_NAME)


def _organisations(
    tables: list[Relation],
    catalog: Catalog,
    found: Mapping[int, Mapping[str, TenantColumn]],
    users: int | None,
) -> Iterator[int]:
    """Find tables whose rows have members: a table names a user and one of them, and is about that."""
    for membership in tables:
        if not any(one.link is Link.USER for one in found[membership.oid].values()):
            continue
        for key in membership.foreign_keys:
            target = catalog.relations.get(key.target)
            if target is None or target.oid in {users, membership.oid} or target.oid not in found:
                continue
            asked = any(
                membership.name in tables_named(f"{policy.using or 'true'} AND {policy.check or 'true'}")
                for policy in target.policies
            )
            if asked or "member" in membership.name or organisation_word(target.name):
                yield target.oid


def _follow(table: Relation, catalog: Catalog, found: dict[int, dict[str, TenantColumn]]) -> bool:
    """Take the columns that point to a table whose rows belong to a tenant; tell whether any was new."""
    new = False
    for key in table.foreign_keys:
        if key.target == table.oid or not found.get(key.target):
            continue
        source = f"a foreign key to {catalog.relations[key.target].full_name}"
        for name, theirs in zip(key.columns, key.targets, strict=True):
            if name not in found[table.oid]:
                known = found[key.target].get(theirs)
                link = known.link if known else Link.PARENT
                found[table.oid][name] = TenantColumn(table.full_name, name, link, source)
                new = True
    return new
