"""What a run wrote, told by PostgreSQL itself, so that exactly that can be taken back.

Every version of a row bears the number of the transaction that wrote it (`xmin`). So a row that bears a
number of the run's transaction is as the run left it, and one that somebody changed since bears
another. Nothing has to be kept of the rows but those numbers; keys are kept to name what was changed.

A trigger of the user's may change rows that were there before. Those are told by their keys and kept
apart: they are nobody's to take away.

Source: <https://www.postgresql.org/docs/current/ddl-system-columns.html>
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

MOST_KEYS = 10_000
_MOST_BEFORE = 100_000

_TABLES = """
SELECT n.nspname::text, c.relname::text, c.relkind = 'p' AS partitioned,
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num ORDER BY u.place) AS key
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""


@dataclass(frozen=True)
class Place:
    """A table as SQL names it, and its primary key; empty: it has none."""

    schema: str
    relation: str
    partitioned: bool
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.relation}"

    @property
    def source(self) -> sql.Composed:
        """What stands after FROM, without the rows of tables that inherit from it."""
        only = sql.SQL("") if self.partitioned else sql.SQL("ONLY ")
        return only + sql.Identifier(self.schema, self.relation)

    def keys(self, alias: str) -> sql.Composed:
        return sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(alias, name)) for name in self.key
        )


@dataclass(frozen=True)
class Wrote:
    """What a run wrote to one table.

    Attributes:
        transactions: the numbers that its rows bear.
        rows: how many.
        keys: of them, as text; None: too many to keep, or no primary key.
        touched: keys of rows that were there before, and bear such a number all the same.
    """

    place: Place
    transactions: tuple[int, ...]
    rows: int
    keys: tuple[tuple[str, ...], ...] | None
    touched: tuple[tuple[str, ...], ...]


Keep = Callable[[int, tuple[Wrote, ...]], None]
"""Keeps a record: the run's transaction as PostgreSQL counts them from the beginning, and what it wrote."""


@contextmanager
def recorded(connection: psycopg.Connection, keep: Keep) -> Iterator[None]:
    """Record what is written inside of the block, which has to be a part of one transaction."""
    connection.execute("SET LOCAL lock_timeout = '10s'")
    row = connection.execute("SELECT pg_catalog.pg_current_xact_id()::text").fetchone()
    assert row is not None
    transaction = int(row[0])
    before: dict[str, _Before] = {}
    for number, place in enumerate(places(connection)):
        with _what_can_be_asked(connection):
            before[place.name] = _remember(connection, number, place)
    yield
    wrote: list[Wrote] = []
    for place in places(connection):
        if place.name in before:
            with _what_can_be_asked(connection):
                wrote += _written(connection, place, transaction, before[place.name])
    keep(transaction, tuple(wrote))


@contextmanager
def _what_can_be_asked(connection: psycopg.Connection) -> Iterator[None]:
    """Leave a table out that has no `xmin`, as one with foreign partitions or another access method."""
    without = (errors.FeatureNotSupported, errors.UndefinedColumn, errors.FdwError)
    with suppress(*without), connection.transaction():
        yield


def places(connection: psycopg.Connection) -> list[Place]:
    """Return every table that this login can look into."""
    found = connection.execute(_TABLES.encode()).fetchall()
    return [Place(schema, relation, partitioned, tuple(key)) for schema, relation, partitioned, key in found]


@dataclass(frozen=True)
class _Before:
    """What a table held before: how many rows, and the temporary table of their keys, "" for none."""

    rows: int
    stage: str


def _remember(connection: psycopg.Connection, number: int, place: Place) -> _Before:
    rows = _one(connection, sql.SQL("SELECT count(*) FROM {}").format(place.source))
    if not rows or not place.key or rows > _MOST_BEFORE:
        return _Before(rows, "")
    name = f"pg_guardrails_before_{number}"
    columns = sql.SQL(", ").join(map(sql.Identifier, place.key))
    statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {}")
    connection.execute(statement.format(sql.Identifier(name), columns, place.source))
    return _Before(rows, name)


def _written(
    connection: psycopg.Connection, place: Place, transaction: int, before: _Before
) -> Iterator[Wrote]:
    numbers = _numbers(connection, place, transaction)
    if not numbers:
        return
    ours = sql.SQL("t.xmin::text::int8 = ANY ({})").format(sql.Literal(list(numbers)))
    touched: list[tuple[str, ...]] = []
    if before.stage:
        query = sql.SQL("SELECT {} FROM {} t JOIN {} b USING ({}) WHERE {}").format(
            place.keys("t"),
            place.source,
            sql.Identifier("pg_temp", before.stage),
            sql.SQL(", ").join(map(sql.Identifier, place.key)),
            ours,
        )
        touched = connection.execute(query).fetchall()
    elif before.rows and not _only_added(connection, place, ours, transaction, before.rows):
        return
    counting = sql.SQL("SELECT count(*) FROM {} t WHERE {}").format(place.source, ours)
    rows = _one(connection, counting) - len(touched)
    keys = None
    if place.key and rows <= MOST_KEYS:
        query = sql.SQL("SELECT {} FROM {} t WHERE {}").format(place.keys("t"), place.source, ours)
        keys = tuple(sorted(set(connection.execute(query).fetchall()) - set(touched)))
    if rows:
        yield Wrote(place, numbers, rows, keys, tuple(touched))


def _only_added(
    connection: psycopg.Connection, place: Place, ours: sql.Composed, transaction: int, before: int
) -> bool:
    """Tell whether all rows that were there are as they were, where no key tells one from another.

    That is so when there are as many others as before, and nobody else wrote since.
    """
    query = sql.SQL(
        "SELECT count(*) FILTER (WHERE t.xmin::text::int8 < {first}), count(*) FROM {} t WHERE NOT {}"
    ).format(place.source, ours, first=sql.Literal(transaction & 0xFFFFFFFF))
    return connection.execute(query).fetchone() == (before, before)


def _one(connection: psycopg.Connection, query: sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row is not None else 0


def _numbers(connection: psycopg.Connection, place: Place, transaction: int) -> tuple[int, ...]:
    """Return the numbers of this transaction, and of what it is made of, that rows of a table bear.

    Whatever else wrote rows since it began is over by now, or its rows could not be seen.
    """
    query = sql.SQL(
        "SELECT found FROM (SELECT DISTINCT xmin::text::int8 AS found FROM {}"
        " WHERE xmin::text::int8 >= {first}) ours"
        " WHERE pg_catalog.pg_xact_status((found + {epoch})::text::xid8) = 'in progress' ORDER BY 1"
    ).format(
        place.source,
        first=sql.Literal(transaction & 0xFFFFFFFF),
        epoch=sql.Literal(transaction >> 32 << 32),
    )
    return tuple(number for (number,) in connection.execute(query))
