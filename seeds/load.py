"""Rows -> the database, by COPY, all in one transaction that whoever calls it commits or rolls back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from seeds.generate import Filling
from seeds.introspect import counted, source
from seeds.named import SYSTEM_ROW, system_values
from seeds.schema import Column, Table

BLOCK_ROWS = 4_000
_MOST_WAITING = 32  # pieces of 128 KB; psycopg's own 1024 hold more than 100 MB
_BASE = Path(__file__).with_name("seed.sql")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

AfterBlock = Callable[[int], None]
"""Is told how many rows were sent so far; may raise to stop."""


def prepare(connection: psycopg.Connection) -> None:
    """Set what the loading transaction needs.

    Messages below errors are off: a trigger that raises a notice for each row fills the socket while
    COPY fills the other direction, and both ends wait for ever.
    """
    connection.execute("SET LOCAL client_min_messages = error")
    connection.execute("SET LOCAL timezone = 'UTC'")
    connection.execute("SET LOCAL lock_timeout = '10s'")
    connection.execute("SET LOCAL datestyle = 'ISO'")
    connection.execute("SET LOCAL intervalstyle = 'postgres'")
    connection.execute("SET LOCAL bytea_output = 'hex'")


def identifier(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.relation)


def count_rows(connection: psycopg.Connection, table: Table) -> int:
    """Return how many rows a table has; the system user is not one of them."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(counted(table))).fetchone()
    return int(row[0]) if row else 0


def read_rows(
    connection: psycopg.Connection, table: Table, columns: Sequence[str], most: int
) -> list[tuple[str | None, ...]]:
    """Return some columns of the rows of a table, as text, in an order that depends on them alone."""
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    places = sql.SQL(", ").join(map(sql.Literal, range(1, len(columns) + 1)))
    query = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT {}").format(texts, counted(table), places, most)
    return [tuple(row) for row in connection.execute(query)]


def highest(connection: psycopg.Connection, table: Table, column: str) -> int | None:
    """Return the highest number of a column, rounded up; None for an empty table."""
    query = sql.SQL("SELECT ceil(max({}))::int8 FROM {}").format(sql.Identifier(column), source(table))
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def insert_system_user(connection: psycopg.Connection, filling: Filling) -> None:
    """Run the base seed for a table of users."""
    row = dict(zip(filling.columns, filling.rows([SYSTEM_ROW])[0], strict=True))
    row.update(system_values(filling.plan, filling.columns))
    statement = sql.SQL(_BASE.read_text(encoding="utf-8")).format(
        table=identifier(filling.plan.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, row)),
        values=sql.SQL(", ").join(map(sql.Literal, row.values())),
    )
    connection.execute(statement)


def copy(
    connection: psycopg.Connection, filling: Filling, rows: Sequence[int], after_block: AfterBlock
) -> int:
    """Write rows of a table and return how many the database took."""
    names = sql.SQL(", ").join(map(sql.Identifier, filling.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(identifier(filling.plan.table), names)
    return _send(connection, statement, _blocks(filling, rows, numbered=False), after_block)


def copy_to_stage(
    connection: psycopg.Connection, stage: str, filling: Filling, rows: Sequence[int], after_block: AfterBlock
) -> None:
    """Write rows, each with its number, to the table where the database judges them."""
    names = sql.SQL(", ").join(map(sql.Identifier, (*filling.columns, ROW_NUMBER)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("pg_temp", stage), names)
    _send(connection, statement, _blocks(filling, rows, numbered=True), after_block)


ROW_NUMBER = "pg_guardrails_row"


class _Writer(QueuedLibpqWriter):
    """Sends in a thread of its own while the next rows are made, and never falls far behind."""

    def __init__(self, cursor: psycopg.Cursor) -> None:
        super().__init__(cursor)
        self._queue = type(self._queue)(maxsize=_MOST_WAITING)


def _send(
    connection: psycopg.Connection,
    statement: sql.Composed,
    blocks: Iterator[tuple[int, str]],
    after_block: AfterBlock,
) -> int:
    # The first block is made before COPY opens: whatever asks the database has asked by then, since
    # a query on a connection that is copying waits for ever.
    first = next(blocks, None)
    cursor = connection.cursor()
    with cursor.copy(statement, writer=_Writer(cursor)) as target:
        written = 0
        for count, block in chain([first] if first else [], blocks):
            target.write(block)
            written += count
            after_block(written)
    return cursor.rowcount


def _blocks(filling: Filling, rows: Sequence[int], *, numbered: bool) -> Iterator[tuple[int, str]]:
    for start in range(0, len(rows), BLOCK_ROWS):
        part = rows[start : start + BLOCK_ROWS]
        columns = [filling.values(column, part) for column in filling.columns]
        if numbered:
            columns.append([str(row) for row in part])
        yield len(part), block_of(columns, len(part))


def block_of(columns: Sequence[list[str | None]], rows: int) -> str:
    """Return rows in the text format of COPY.

    Most blocks hold nothing that must be escaped; counting separators in the whole text tells.
    """
    if not columns:
        return "\n" * rows
    width = 2 * len(columns)
    flat = ["\t"] * (width * rows)
    nulls = 0
    for place, values in enumerate(columns):
        missing = values.count(None)
        nulls += missing
        flat[2 * place :: width] = _without_none(values) if missing else values  # type: ignore[assignment]
    flat[width - 1 :: width] = ["\n"] * rows
    text = "".join(flat)
    if (
        text.count("\t") == rows * (len(columns) - 1)
        and text.count("\n") == rows
        and text.count("\\") == nulls
        and "\r" not in text
    ):
        return text
    for place, values in enumerate(columns):
        flat[2 * place :: width] = ["\\N" if value is None else value.translate(_ESCAPED) for value in values]
    return "".join(flat)


def _without_none(values: Iterable[str | None]) -> list[str]:
    return ["\\N" if value is None else value for value in values]


def read_virtual(connection: psycopg.Connection, table: Table) -> None:
    """Compute the virtual columns of a table once: PostgreSQL does so only on reading, and may fail then."""
    virtual = [column.name for column in table.columns if column.virtual]
    if virtual:
        sums = sql.SQL(", ").join(
            sql.SQL("sum(length({}::text))").format(sql.Identifier(name)) for name in virtual
        )
        connection.execute(sql.SQL("SELECT {} FROM {}").format(sums, source(table)))


def move_sequences_on(connection: psycopg.Connection, tables: Iterable[Table]) -> None:
    """Let sequences go on behind the highest number.

    Last of all, since `setval` is not undone by a rollback (PostgreSQL's documentation, "Sequence
    Manipulation Functions").
    """
    moves = [
        (column, number)
        for table in tables
        for column in table.columns
        if column.numbered and (number := highest(connection, table, column.name)) is not None and number > 0
    ]
    for column, number in moves:
        _move_on(connection, column, number)


def _move_on(connection: psycopg.Connection, column: Column, number: int) -> None:
    connection.execute(
        f"SELECT setval(%s::regclass, greatest(%s, (SELECT last_value FROM {column.sequence})))".encode(),  # noqa: S608
        (column.sequence, number),
    )
