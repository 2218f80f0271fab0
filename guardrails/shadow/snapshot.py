"""A disposable database -> its whole schema as a value, and two of them -> what is different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.errors import AdminShutdown

from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.catalog import QUERIES
from guardrails.shadow.contracts import Change, Difference, Rows
from guardrails.shadow.engine import as_inspector, connect, deadline
from guardrails.shadow.spelling import spelt

_MOST_ROWS = 200_000
_SECONDS = 60
_PLATFORM = (
    "auth", "storage", "realtime", "_realtime", "extensions", "vault", "graphql", "graphql_public", "net", "cron",
    "pgmq", "supabase_functions", "supabase_migrations", "pgsodium",
)  # fmt: skip
_RELATIONS = frozenset({"table", "view", "materialized view", "foreign table", "sequence"})


class Key(NamedTuple):
    """What names an object: two of one kind never share a name."""

    kind: str
    name: str


@dataclass(frozen=True)
class Item:
    """An object with its properties; `table` is the name of what it is a part of, if anything."""

    table: str | None
    properties: Mapping[str, str]


Snapshot = Mapping[Key, Item]


def take_snapshot(conninfo: str) -> Snapshot:
    """Return the schema of a database, as the login sees it that owns nothing and may only look at catalogs."""
    found: dict[Key, Item] = {}
    with connect(as_inspector(conninfo)) as connection, deadline(connection, _SECONDS):
        connection.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(b"SET LOCAL search_path = ''")
        for query in QUERIES:
            for kind, name, table, properties in connection.execute(query.encode()).fetchall():
                given = {what: str(value) for what, value in properties.items() if value not in (None, "")}
                found[Key(kind, name)] = Item(table, given)
        connection.rollback()
    return found


def compare(before: Snapshot, after: Snapshot) -> Difference:
    """Return what is different; what comes or goes with its table is not told for itself."""
    changes: list[Change] = []
    order: set[str] = set()
    for key, item in before.items():
        if key not in after:
            if not _goes_with(item, before, after):
                changes.append(Change("removed", *key, sql=spelt(key, "removed", before)))
        elif (details := tuple(_details(item, after[key]))) and {what for what, _, _ in details} == {
            "position"
        }:
            order.add(item.table or key.name)
        elif details := tuple(one for one in details if one[0] != "position"):
            changes.append(Change("changed", *key, details, spelt(key, "changed", after, details)))
    for key, item in after.items():
        if key not in before and not (
            key.kind in {"column", "sequence settings"} and _comes_with(item, before, after)
        ):
            changes.append(Change("added", *key, sql=spelt(key, "added", after)))
    return Difference(tuple(sorted(changes, key=_place)), tuple(sorted(order)))


def _details(before: Item, after: Item) -> Iterator[tuple[str, str, str]]:
    for what in dict.fromkeys((*before.properties, *after.properties)):
        old, new = before.properties.get(what, "none"), after.properties.get(what, "none")
        if old != new:
            yield what, old, new


def _goes_with(item: Item, before: Snapshot, after: Snapshot) -> bool:
    return _table_in(item, before) is not None and _table_in(item, after) is None


def _comes_with(item: Item, before: Snapshot, after: Snapshot) -> bool:
    return _table_in(item, before) is None and _table_in(item, after) is not None


def _table_in(item: Item, snapshot: Snapshot) -> Key | None:
    keys = (Key(kind, item.table or "") for kind in (*_RELATIONS, "type"))
    return next((key for key in keys if key in snapshot), None)


def _place(change: Change) -> tuple[str, bool, str, str]:
    """Sort by table, what makes one first."""
    table = change.name.rpartition(" on ")[2]
    if change.kind == "column":
        table = table.rpartition(".")[0]
    return table, change.kind not in _RELATIONS, change.kind, change.name


def rows_of(conninfo: str) -> dict[str, tuple[int, str]]:
    """Return for each table of the project's own with rows how many there are, and a sum over them.

    The order of rows and of columns makes no difference.
    """
    found: dict[str, tuple[int, str]] = {}
    with connect(conninfo) as connection, deadline(connection, _SECONDS):
        connection.execute(b"SET LOCAL search_path = ''")
        query = """SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_'
              AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%s)
              AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"""
        for schema, name in connection.execute(query, [list(_PLATFORM)]).fetchall():
            try:
                with connection.transaction():
                    held = _sum(connection, sql.Identifier(schema, name))
            except psycopg.Error as error:
                if error.sqlstate is None:
                    raise
                if isinstance(error, AdminShutdown):
                    raise GuardrailsError(
                        f"the rows of {escape(f'{schema}.{name}')} could not be read: code of the project's own, as "
                        "of a type or a cast, does not end"
                    ) from error
                continue  # code of the project's own runs when a row is written out, and may fail
            if held is not None:
                found[f"{schema}.{name}"] = held
        connection.rollback()
    return found


def _sum(connection: psycopg.Connection, table: sql.Identifier) -> tuple[int, str] | None:
    """Return how many rows a table has and a sum over them; None where there are none, or too many to read."""
    query = sql.SQL("SELECT pg_catalog.count(*) FROM (SELECT FROM {} LIMIT {}) one")
    counted = connection.execute(query.format(table, sql.Literal(_MOST_ROWS + 1))).fetchone()
    if counted is None or not 0 < counted[0] <= _MOST_ROWS:
        return None
    query = sql.SQL(
        "SELECT pg_catalog.md5(pg_catalog.string_agg(one.line, '' ORDER BY one.line)) "
        'FROM (SELECT pg_catalog.md5(pg_catalog.to_jsonb(x)::text) COLLATE "C" AS line FROM {} x) one'
    )
    summed = connection.execute(query.format(table)).fetchone()
    return counted[0], summed[0] if summed else ""


def compare_rows(
    before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]
) -> tuple[Rows, ...]:
    """Return the tables that had rows and have others now, or none."""
    return tuple(
        Rows(table, held[0], after.get(table, (0, ""))[0])
        for table, held in sorted(before.items())
        if after.get(table) != held
    )
