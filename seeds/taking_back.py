"""What runs wrote -> what of it can be taken back, and taking it back, in one transaction.

Only rows that are as a run left them go. A row that anybody else's row points at stays, and so does all
that it points at itself. Nothing is truncated, and nothing cascades, since what could be cascaded to
keeps its parent. Tables are locked against writing from the looking to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from guardrails.lint.contracts import GuardrailsError
from seeds.contracts import Reference
from seeds.load import prepare
from seeds.pointing import Pointing, pointings
from seeds.recording import Place, Wrote, places

_NAMED = 5
_WRAPS_AFTER = 1 << 31


@dataclass
class Outlook:
    """What of one table can be taken back.

    Attributes:
        recorded: rows that runs wrote.
        removed: rows that go.
        changed: keys of rows that somebody changed since, as far as they are known.
        needed: how many rows stay because rows of these tables need them.
    """

    table: str
    recorded: int
    removed: int = 0
    changed: tuple[tuple[str, ...], ...] = ()
    needed: dict[str, int] = field(default_factory=dict)

    @property
    def gone_or_changed(self) -> int:
        """Rows that are no longer as they were written."""
        return self.recorded - self.removed - sum(self.needed.values())


def look(
    connection: psycopg.Connection,
    runs: Sequence[tuple[int, Sequence[Wrote]]],
    references: Sequence[Reference] = (),
) -> tuple[Outlook, ...]:
    """Say what of each table could be taken back; arguments and errors as with `take_back`."""
    with _in_words(), connection.transaction(force_rollback=True):
        return tuple(_prepared(connection, runs, references).outlooks.values())


def take_back(
    connection: psycopg.Connection,
    runs: Sequence[tuple[int, Sequence[Wrote]]],
    references: Sequence[Reference],
    expected: Sequence[Outlook],
) -> None:
    """Remove what runs wrote, children and parents in one statement.

    Args:
        connection: to the database that the runs wrote to; not in a transaction.
        runs: each run's transaction, and what it wrote.
        references: foreign keys that the database does not know of.
        expected: what a person saw and agreed to.

    Raises:
        GuardrailsError: what the runs wrote can't be told from other rows any more.
    """
    with _in_words(), connection.transaction():
        taking = _prepared(connection, runs, references)
        if tuple(taking.outlooks.values()) != tuple(expected):
            raise GuardrailsError("rows were changed while they were shown; nothing was removed, look again")
        taking.remove()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error).strip().partition("\n")[0]
        raise GuardrailsError(f"the database refused: {reason}; nothing was removed") from error


def _prepared(
    connection: psycopg.Connection,
    runs: Sequence[tuple[int, Sequence[Wrote]]],
    references: Sequence[Reference],
) -> _Taking:
    prepare(connection)  # keys are compared as texts, so they have to be written the same way
    _expect_young(connection, runs)
    taking = _Taking(connection, runs, references)
    taking.lock()
    taking.find()
    taking.keep_what_is_needed()
    return taking


def _expect_young(connection: psycopg.Connection, runs: Sequence[tuple[int, Sequence[Wrote]]]) -> None:
    row = connection.execute("SELECT pg_catalog.pg_current_xact_id()::text").fetchone()
    assert row is not None
    if any(not 0 < int(row[0]) - transaction < _WRAPS_AFTER for transaction, _ in runs):
        raise GuardrailsError(
            "the server's transactions were counted anew since the rows were written, so they can't be told "
            "from others; remove them by hand, or drop the database"
        )


class _Taking:
    def __init__(
        self,
        connection: psycopg.Connection,
        runs: Sequence[tuple[int, Sequence[Wrote]]],
        references: Sequence[Reference],
    ) -> None:
        self.connection = connection
        self.wrote: dict[str, list[Wrote]] = {}
        for _, tables in runs:
            for one in tables:
                self.wrote.setdefault(one.place.name, []).append(one)
        there = {place.name: place for place in places(connection)}
        self.wrote = {name: some for name, some in self.wrote.items() if name in there}
        self.places: dict[str, Place] = {name: there[name] for name in self.wrote}
        self.stages = {name: f"pg_guardrails_gone_{number}" for number, name in enumerate(self.wrote)}
        self.outlooks = {
            name: Outlook(name, sum(one.rows for one in some)) for name, some in self.wrote.items()
        }
        for name, some in self.wrote.items():
            if any(one.place.key != self.places[name].key for one in some):
                raise GuardrailsError(
                    f"{name} has another primary key since it was seeded, so its rows can't be told from yours; "
                    "remove them by hand, or drop the database"
                )
        keys = pointings(connection, references, there.values())
        self.keys = [key for key in keys if key.parent in self.wrote]
        if blind := sorted({key.child for key in self.keys} - there.keys()):
            raise GuardrailsError(
                f"{blind[0]} may point at rows that were seeded, and this login can't look into it; "
                "use a login that can"
            )
        self.all_places = there

    def lock(self) -> None:
        names = sorted({*self.wrote, *(key.child for key in self.keys)})
        tables = sql.SQL(", ").join(
            sql.Identifier(self.all_places[name].schema, self.all_places[name].relation) for name in names
        )
        if names:
            try:
                self.connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(tables))
            except psycopg.errors.InsufficientPrivilege as error:
                reason = error.diag.message_primary or "permission denied"
                raise GuardrailsError(f"{reason}; use the login that owns the tables") from error
            except psycopg.errors.LockNotAvailable as error:
                raise GuardrailsError(
                    "somebody else is writing to these tables; nothing was removed, try again"
                ) from error

    def find(self) -> None:
        """Put where the runs' rows lie into temporary tables, and the keys of those that were changed aside."""
        for name, some in self.wrote.items():
            place = self.places[name]
            numbers = [number for one in some for number in one.transactions]
            ours = sql.SQL("t.xmin::text::int8 = ANY ({})").format(sql.Literal(numbers))
            touched = [key for one in some for key in one.touched]
            others = sql.SQL("").format()
            if touched:
                others = sql.SQL(" AND ({}) NOT IN ({})").format(place.keys("t"), _listed(touched))
            statement = sql.SQL(
                "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT t.tableoid AS part, t.ctid AS place FROM {} t WHERE {}{}"
            )
            self.connection.execute(
                statement.format(sql.Identifier(self.stages[name]), place.source, ours, others)
            )
            self.outlooks[name].removed = self._count(name)
            self._expect_ours(name, some)
            known = [key for one in some for key in one.keys or ()]
            if place.key and known:
                query = sql.SQL("SELECT {} FROM {} t WHERE NOT {} AND ({}) IN ({})").format(
                    place.keys("t"), place.source, ours, place.keys("t"), _listed(known)
                )
                self.outlooks[name].changed = tuple(sorted(self.connection.execute(query).fetchall()))

    def _expect_ours(self, name: str, some: Sequence[Wrote]) -> None:
        """Refuse when the server was put back to an earlier state and counts its transactions a second time."""
        found, place = self.outlooks[name].removed, self.places[name]
        if any(one.keys is None for one in some):
            ours = 2 * found >= self.outlooks[name].recorded or not found
        else:
            known = [key for one in some for key in one.keys or ()]
            query = sql.SQL(
                "SELECT count(*) FROM {} t JOIN {} g ON t.tableoid = g.part AND t.ctid = g.place"
                " WHERE ({}) NOT IN ({})"
            ).format(
                place.source, sql.Identifier("pg_temp", self.stages[name]), place.keys("t"), _listed(known)
            )
            row = self.connection.execute(query).fetchone()
            ours = row is not None and not row[0]
        if not ours:
            raise GuardrailsError(
                f"rows of {name} that a run did not write bear its mark, as after the server was put back to an earlier "
                "state, so its rows can't be told from yours; remove them by hand, or drop the database"
            )

    def keep_what_is_needed(self) -> None:
        """Take rows off the lists that a row needs which is not on one, until that changes nothing."""
        again = True
        while again:
            again = False
            for key in self.keys:
                kept = self.connection.execute(self._needed(key)).rowcount
                if kept:
                    again = True
                    outlook = self.outlooks[key.parent]
                    outlook.removed -= kept
                    outlook.needed[key.child] = outlook.needed.get(key.child, 0) + kept

    def remove(self) -> None:
        """Delete what is still on the lists: foreign keys are checked when the one statement is over."""
        watched = sorted({*self.wrote, *(key.child for key in self.keys)})
        before = {name: self._rows(name) for name in watched}
        parts, counts = [], []
        for number, (name, stage) in enumerate(self.stages.items()):
            alias = sql.Identifier(f"gone_{number}")
            delete = sql.SQL(
                "{} AS (DELETE FROM {} t USING {} g WHERE t.tableoid = g.part AND t.ctid = g.place RETURNING 1)"
            )
            parts.append(delete.format(alias, self.places[name].source, sql.Identifier("pg_temp", stage)))
            counts.append(sql.SQL("(SELECT count(*) FROM {})").format(alias))
        if not parts:
            return
        row = self.connection.execute(
            sql.SQL("WITH {} SELECT {}").format(sql.SQL(", ").join(parts), sql.SQL(", ").join(counts))
        ).fetchone()
        self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        removed = dict(zip(self.stages, row or (), strict=True))
        for name in watched:
            wanted = self.outlooks[name].removed if name in self.outlooks else 0
            if removed.get(name, 0) != wanted or self._rows(name) < before[name] - wanted:
                raise GuardrailsError(
                    f"a trigger keeps rows of {name} or removes others as well; nothing was removed, do it by hand"
                )

    def _needed(self, key: Pointing) -> sql.Composed:
        child, parent = self.all_places[key.child], self.places[key.parent]
        pairs = [
            sql.SQL("c.{} = p.{}").format(sql.Identifier(ours), sql.Identifier(theirs))
            for ours, theirs in zip(key.columns, key.target_columns, strict=True)
        ]
        pairs += [
            sql.SQL("c.{}::text = {}").format(sql.Identifier(column), sql.Literal(value))
            for column, value in key.when
        ]
        stays = sql.SQL("").format()
        if key.child in self.stages:
            stays = sql.SQL(
                " AND NOT EXISTS (SELECT FROM {} x WHERE x.part = c.tableoid AND x.place = c.ctid)"
            ).format(sql.Identifier("pg_temp", self.stages[key.child]))
        return sql.SQL(
            "DELETE FROM {} g USING {} p, {} c WHERE p.tableoid = g.part AND p.ctid = g.place AND {}{}"
        ).format(
            sql.Identifier("pg_temp", self.stages[key.parent]),
            parent.source,
            child.source,
            sql.SQL(" AND ").join(pairs),
            stays,
        )

    def _count(self, name: str) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("pg_temp", self.stages[name]))
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _rows(self, name: str) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(self.all_places[name].source)
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def _listed(keys: Sequence[tuple[str, ...]]) -> sql.Composed:
    """Return keys as a subquery of texts."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    lists = sql.SQL(", ").join(
        sql.SQL("pg_catalog.unnest({}::text[])").format(sql.Literal(column)) for column in columns
    )
    return sql.SQL("SELECT * FROM ROWS FROM ({}) listed").format(lists)


def named(outlook: Outlook) -> Iterator[str]:
    """Yield in words what stays of a table, and why."""
    if outlook.changed:
        keys = ", ".join("/".join(key) for key in outlook.changed[:_NAMED])
        more = "" if len(outlook.changed) <= _NAMED else f" and {len(outlook.changed) - _NAMED} more"
        yield f"{len(outlook.changed)} changed since: {keys}{more}"
    for child, number in sorted(outlook.needed.items()):
        yield f"{number} needed by other rows of {child}"
    if gone := outlook.gone_or_changed - len(outlook.changed):
        yield f"{gone} no longer there, or changed"
