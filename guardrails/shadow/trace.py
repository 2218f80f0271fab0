"""Each statement of a migration -> the locks it takes, and the tables it rewrites or reads through.

Asked after each statement in its own session, before its transaction ends. Only what was there before
the migration counts: nobody waits for a table that nobody else can see yet. Files that PostgreSQL wrote
anew have another `relfilenode`, and it counts scans of empty tables as well, so no rows are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from pglast import ast
from psycopg.pq import TransactionStatus

from guardrails.lint.contracts import MigrationFile, position
from guardrails.lint.locks import LockMode, locks_of
from guardrails.lint.parsing import Parsed
from guardrails.lint.schema import Schema
from guardrails.lint.session import refuses_transaction
from guardrails.shadow.contracts import Held, Step
from guardrails.shadow.engine import connect

_SHOWN = 90
_TABLES = frozenset("rpmf")
_CHANGES_ROWS = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt, ast.SelectStmt, ast.DoStmt,
                 ast.CallStmt, ast.CreateTableAsStmt, ast.ExplainStmt, ast.ExecuteStmt)  # fmt: skip
# No operator and no function of theirs can be shadowed by the migration's search_path, and names come as bytes,
# whatever client_encoding the migration set.
_RELATIONS = b"""
SELECT c.oid, pg_catalog.convert_to(n.nspname::pg_catalog.text, 'UTF8'::pg_catalog.name),
  pg_catalog.convert_to(c.relname::pg_catalog.text, 'UTF8'::pg_catalog.name),
  pg_catalog.convert_to(c.relkind::pg_catalog.text, 'UTF8'::pg_catalog.name), pg_catalog.pg_relation_filenode(c.oid), pg_catalog.pg_stat_get_xact_numscans(c.oid), i.indrelid
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
"""
_LOCKS = b"""
SELECT relation, pg_catalog.convert_to(mode, 'UTF8'::pg_catalog.name) FROM pg_catalog.pg_locks
WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
  AND granted AND locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text
"""


class _Relation(NamedTuple):
    name: str
    kind: str
    file: int | None
    scans: int
    index_of: int | None


class Tracer:
    """Looks on while a migration runs; `steps` has what was seen so far."""

    def __init__(self, conninfo: str, file: MigrationFile, schema: Callable[[], Schema]) -> None:
        """Take down what is there before.

        Args:
            conninfo: of the database.
            file: the migration that is about to run.
            schema: gives the schema before it, for statements that can't be looked into.
        """
        self.steps: list[Step] = []
        self._file = file
        self._schema = schema
        with connect(conninfo, autocommit=True) as connection:
            self._there = _relations(connection)
        self._seen = self._there
        self._held: dict[int, LockMode] = {}

    def began(self, connection: psycopg.Connection) -> None:
        """Count from here: a new transaction holds no lock yet.

        In the transaction itself it would be too late: SET TRANSACTION must come before any query.
        """
        self._held = {}
        connection.execute(b"SELECT pg_catalog.pg_stat_force_next_flush()")
        self._seen = _relations(connection)

    def ran(self, connection: psycopg.Connection, statement: Parsed) -> None:
        """Take down what a statement did, in the transaction that it ran in."""
        inside = connection.info.transaction_status == TransactionStatus.INTRANS
        if inside and isinstance(statement.node, ast.VariableSetStmt):
            now, locks = self._seen, self._held
        else:
            with _without_timeout(connection):
                now, locks = _relations(connection), _locks(connection)
        both = [oid for oid in now if oid in self._there and oid in self._seen]
        rewritten = [oid for oid in both if now[oid].file != self._seen[oid].file]
        tables = {oid for oid in rewritten if now[oid].kind in _TABLES}
        rebuilt = [
            oid for oid in rewritten if now[oid].index_of is not None and now[oid].index_of not in tables
        ]
        read = [oid for oid in both if now[oid].kind in _TABLES and now[oid].scans > self._seen[oid].scans]
        node = statement.node
        self.steps.append(
            Step(
                len(self.steps) + 1,
                position(self._file.sql, statement.start).line,
                _short(self._file.sql[statement.start : statement.end]),
                tuple(self._sampled(locks) if inside else self._documented(node)),
                self._names(tables),
                self._names(rebuilt),
                () if isinstance(node, _CHANGES_ROWS) else self._names(read),
            )
        )
        self._seen = now

    def _names(self, oids: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self._there[oid].name for oid in oids))

    def _sampled(self, locks: dict[int, LockMode]) -> Iterator[Held]:
        for oid in sorted(locks, key=lambda one: self._there[one].name if one in self._there else ""):
            if oid in self._there and self._there[oid].kind in _TABLES:
                before = self._held.get(oid)
                stronger = before is None or locks[oid].strength > before.strength
                yield Held(self._there[oid].name, locks[oid], taken=stronger)
        self._held = locks

    def _documented(self, node: ast.Node) -> Iterator[Held]:
        if refuses_transaction(node):
            names = {one.name for one in self._there.values() if one.kind in _TABLES}
            for lock in locks_of(node, self._schema()):
                full = ".".join(lock.table if len(lock.table) > 1 else ("public", *lock.table))
                if full in names:
                    yield Held(full, lock.mode, taken=True, sampled=False)


@contextmanager
def _without_timeout(connection: psycopg.Connection) -> Iterator[None]:
    """Let no timeout that the migration set end a question of ours, and leave its settings as they are."""
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        yield
        return
    connection.execute(b"SAVEPOINT guardrails_look")
    connection.execute(b"SET LOCAL statement_timeout = 0")
    yield
    connection.execute(b"ROLLBACK TO guardrails_look")
    connection.execute(b"RELEASE guardrails_look")


def _relations(connection: psycopg.Connection) -> dict[int, _Relation]:
    return {
        oid: _Relation(f"{schema.decode()}.{name.decode()}", kind.decode(), file, scans, index_of)
        for oid, schema, name, kind, file, scans, index_of in connection.execute(_RELATIONS).fetchall()
        if not schema.startswith(b"pg_")
    }


def _locks(connection: psycopg.Connection) -> dict[int, LockMode]:
    """Return the strongest lock that this session holds on each relation."""
    strongest: dict[int, LockMode] = {}
    for oid, name in connection.execute(_LOCKS).fetchall():
        mode = _MODES[name.decode()]
        known = strongest.get(oid)
        if known is None or mode.strength > known.strength:
            strongest[oid] = mode
    return strongest


_MODES = {f"{mode.title().replace(' ', '')}Lock": mode for mode in LockMode}
"""PostgreSQL's names of locks in `pg_locks`: AccessExclusiveLock."""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
