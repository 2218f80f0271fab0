"""Rows -> the database, by COPY, all in one transaction that whoever calls it commits or rolls back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import islice

import psycopg
from psycopg import sql

from seeds.generate import SYSTEM_KEYS, Filling, system_row
from seeds.introspect import Table

BLOCK_ROWS = 2_000
_BASE = files("seeds").joinpath("seed.sql")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def prepare(connection: psycopg.Connection) -> None:
    """Set what the loading transaction needs.

    Messages below errors are off: a trigger that raises a notice for each row fills the socket while
    COPY fills the other direction, and both ends wait for ever.
    """
    connection.execute("SET LOCAL client_min_messages = error")
    connection.execute("SET LOCAL timezone = 'UTC'")
    connection.execute("SET LOCAL lock_timeout = '10s'")
    connection.execute("SET LOCAL datestyle = 'ISO'")


def identifier(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.relation)


def count_rows(connection: psycopg.Connection, table: Table) -> int:
    """Return how many rows a table has; the system user is not one of them."""
    key = table.uniques[0] if table.uniques else ()
    query = sql.SQL("SELECT count(*) FROM {}").format(identifier(table))
    if len(key) == 1:
        query += sql.SQL(" WHERE {}::text <> ALL ({})").format(
            sql.Identifier(key[0]), sql.Literal(sorted(SYSTEM_KEYS))
        )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def keys_of(
    connection: psycopg.Connection, table: Table, columns: Sequence[str]
) -> list[tuple[str | None, ...]]:
    """Return the values of some columns in every row, as text, in an order that depends on them alone."""
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(texts, identifier(table), names)
    return [tuple(row) for row in connection.execute(query)]


def insert_system_user(connection: psycopg.Connection, filling: Filling) -> None:
    """Run the base seed for a table of users."""
    values = system_row(filling)
    statement = sql.SQL(_BASE.read_text(encoding="utf-8")).format(
        table=identifier(filling.plan.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Literal, values.values())),
    )
    connection.execute(statement)


def copy(connection: psycopg.Connection, filling: Filling, after_block: Callable[[int], None]) -> int:
    """Write the rows of a table and return how many; `after_block` is told the number so far, and may raise."""
    rows = filling.rows()
    written = 0
    names = sql.SQL(", ").join(map(sql.Identifier, filling.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(identifier(filling.plan.table), names)
    with connection.cursor().copy(statement) as target:
        while block := list(islice(rows, BLOCK_ROWS)):
            target.write("".join(map(_line, block)))
            written += len(block)
            after_block(written)
    return written


def _line(row: tuple[str | None, ...]) -> str:
    return "\t".join("\\N" if value is None else value.translate(_ESCAPED) for value in row) + "\n"


def move_sequences_on(connection: psycopg.Connection, tables: Sequence[Table]) -> None:
    """Let the sequences of serial and identity columns go on behind the highest number.

    Last of all, since `setval` is not undone by a rollback (PostgreSQL's documentation, "Sequence
    Manipulation Functions").
    """
    for table in tables:
        for column in table.columns:
            if column.type in {"int2", "int4", "int8"} and column.has_default:
                _move_on(connection, table, column.name)


def _move_on(connection: psycopg.Connection, table: Table, column: str) -> None:
    quoted = identifier(table).as_string(connection)
    row = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (quoted, column)).fetchone()
    if row is None or row[0] is None:
        return
    highest = sql.SQL("SELECT max({}) FROM {}").format(sql.Identifier(column), identifier(table))
    number = connection.execute(highest).fetchone()
    if number is not None and number[0] is not None and number[0] > 0:
        connection.execute("SELECT setval(%s::regclass, %s)", (row[0], number[0]))
