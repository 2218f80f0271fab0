"""One migration on a disposable database, run as its tool runs it.

What a tool puts round the statements of a file is `Transactions`. Statements are sent one by one, so that
each can be looked at. A text that PostgreSQL gets as a whole is one transaction to it, in which a COMMIT
begins the next one: <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import psycopg
from pglast import ast
from pglast.enums import TransactionStmtKind
from psycopg.errors import AdminShutdown, QueryCanceled
from psycopg.pq import TransactionStatus

from guardrails.lint.contracts import MigrationFile, Transactions, position
from guardrails.lint.parsing import Fault, Parsed, Script, parse
from guardrails.lint.session import Session, refuses_transaction
from guardrails.shadow.contracts import Failure
from guardrails.shadow.engine import connect, deadline

_FILE_SECONDS = 120
_POINT = "guardrails_statement"
_BEGINS = frozenset({TransactionStmtKind.TRANS_STMT_BEGIN, TransactionStmtKind.TRANS_STMT_START})
# Statements that may commit by themselves, and fail inside of a transaction if they do.
_MAY_COMMIT = (ast.CallStmt, ast.DoStmt)
_GIVES_ROWS = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt, ast.ExecuteStmt,
               ast.FetchStmt)  # fmt: skip
_MOST_WORDS = 2000


class Observer(Protocol):
    """Looks on while a file runs, through the connection that it runs on."""

    def began(self, connection: psycopg.Connection) -> None:
        """A transaction is about to begin, or a statement that runs in none."""

    def ran(self, connection: psycopg.Connection, statement: Parsed) -> None:
        """A statement ran; its transaction, if it has one, is still open."""


@dataclass(frozen=True)
class Ran:
    """What came of a file: how many statements ran, and which did not; one failure ends a strict run."""

    statements: int
    failures: tuple[Failure, ...]

    @property
    def failure(self) -> Failure | None:
        return self.failures[0] if self.failures else None


def run_file(
    conninfo: str, file: MigrationFile, *, tolerant: bool = False, observer: Observer | None = None
) -> Ran:
    """Run a migration forwards, on a connection of its own: what a file sets, the next one does not find.

    Args:
        conninfo: of a database that `Server` made.
        file: what to run.
        tolerant: go on after a statement that fails, as if it did not stand there.
        observer: looks on.

    Raises:
        psycopg.Error: the server has ended.
    """
    script = parse(file.sql, file.up)
    if script.faults and not tolerant:
        return Ran(0, tuple(_unread(file, fault) for fault in script.faults[:1]))
    failures = [_unread(file, fault) for fault in script.faults]
    with connect(conninfo, autocommit=True) as connection, deadline(connection, _FILE_SECONDS):
        run = _Run(connection, file, script, tolerant=tolerant, observer=observer)
        try:
            failures += run.all()
        except psycopg.Error as error:  # at the COMMIT: a deferred constraint
            if connection.closed and error.sqlstate is None:
                raise
            failures.append(_failure(file, len(file.sql.rstrip()), error))
    return Ran(run.number, tuple(failures))


class _Run:
    """The statements of a file on their way.

    Attributes:
        wrapped: the tool has a transaction round the file.
        batch: PostgreSQL itself has, so that another one follows upon a COMMIT.
        begun: where the file's own BEGIN stands, whose transaction is open.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        file: MigrationFile,
        script: Script,
        *,
        tolerant: bool,
        observer: Observer | None,
    ) -> None:
        self.connection = connection
        self.file = file
        self.script = script
        self.tolerant = tolerant
        self.observer = observer
        nodes = tuple(statement.node for statement in script.statements)
        self.wrapped = Session(file.transactions, nodes).wrapped
        self.batch = self.wrapped and file.transactions in {Transactions.BATCH, Transactions.ALONE}
        if tolerant and any(map(refuses_transaction, nodes)):
            self.wrapped = self.batch = False
        self.begun: Parsed | None = None
        self.number = 0

    def all(self) -> Iterator[Failure]:
        if self.wrapped:
            self._begin()
        for statement in self.script.statements:
            failure = self._one(statement)
            if failure is None:
                self.number += 1
                continue
            yield failure
            if not self.tolerant or self.connection.closed:
                self._end("ROLLBACK")
                return
        if self.begun is not None and (self.batch or not self.wrapped):
            self._end("ROLLBACK")
            yield self._told(self.begun, "its BEGIN has no COMMIT: what follows it is undone at the end")
        self._end("COMMIT")

    def _end(self, how: str) -> None:
        if not self.connection.closed and self._open:
            self._do(how)

    def _one(self, statement: Parsed) -> Failure | None:
        """Run a statement and return why it did not run, if so."""
        node = statement.node
        if isinstance(node, ast.CopyStmt) and not node.filename:
            return self._told(statement, "COPY from or to psql has no rows here")
        if isinstance(node, ast.TransactionStmt) and self._bounds(node, statement):
            return None
        alone = not self._open and not isinstance(node, ast.TransactionStmt)
        if self.observer is not None and not self._open:
            if not alone or refuses_transaction(node) or isinstance(node, _MAY_COMMIT):
                self.observer.began(self.connection)
            else:
                self._begin()
        saved = self.tolerant and self._open and not isinstance(node, ast.TransactionStmt)
        if saved:
            self._do(f"SAVEPOINT {_POINT}")
        try:
            self._send(node, self.file.sql[statement.start : statement.end])
            if saved:
                self._do(f"RELEASE {_POINT}")
            if self.observer is not None and not isinstance(node, ast.TransactionStmt):
                self.observer.ran(self.connection, statement)
            if alone and self._open:
                self._do("COMMIT")
        except psycopg.Error as error:
            if self.connection.closed and error.sqlstate is None:
                raise  # the server itself has ended
            self._recover()
            return _failure(self.file, statement.start, error)
        if self.batch and not self._open:
            self._begin()  # a COMMIT in the text, or one inside a block of code
        return None

    def _begin(self) -> None:
        if self.observer is not None:
            self.observer.began(self.connection)
        self._do("BEGIN")

    def _bounds(self, node: ast.TransactionStmt, statement: Parsed) -> bool:
        """Follow the file's own transactions; say whether that is all there is to do."""
        if node.kind in _BEGINS:
            self.begun = statement
            return self._open  # PostgreSQL would only warn
        if node.kind in {TransactionStmtKind.TRANS_STMT_COMMIT, TransactionStmtKind.TRANS_STMT_ROLLBACK}:
            self.begun = None
        return False

    def _recover(self) -> None:
        if self.connection.closed:
            return
        if not self.tolerant:
            self._end("ROLLBACK")
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            try:
                self._do(f"ROLLBACK TO {_POINT}")
            except psycopg.Error:
                self._do("ROLLBACK")
        if self.wrapped and not self._open:
            self._begin()

    @property
    def _open(self) -> bool:
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    def _send(self, node: ast.Node, text: str) -> None:
        """Run a statement of the file; rows that it gives are let go one by one, since they may be any number."""
        if not isinstance(node, _GIVES_ROWS):
            self._do(text)
            return
        try:
            with self.connection.cursor() as cursor:
                for _ in cursor.stream(text.encode()):
                    pass
        except psycopg.ProgrammingError as error:
            if error.sqlstate is not None:
                raise  # else it ran, and gave no rows

    def _do(self, text: str) -> None:
        self.connection.execute(text.encode())

    def _told(self, statement: Parsed, message: str) -> Failure:
        return _at(self.file, statement.start, "", message)


def _unread(file: MigrationFile, fault: Fault) -> Failure:
    return _at(file, fault.offset, "42601", fault.message)


def _failure(file: MigrationFile, start: int, error: psycopg.Error) -> Failure:
    # The server itself says so, not a RAISE with its code.
    ended = error.diag.source_function == "ProcessInterrupts"
    if ended and isinstance(error, AdminShutdown):
        return _at(file, start, error.sqlstate or "", f"its file ran for more than {_FILE_SECONDS} seconds")
    if ended and isinstance(error, QueryCanceled):
        return _at(file, start, error.sqlstate or "", "stopped: it ran too long")
    message = error.diag.message_primary or str(error).strip().partition("\n")[0]
    detail = " ".join(filter(None, (error.diag.message_detail, error.diag.context)))
    offset = start + int(error.diag.statement_position or 1) - 1
    return _at(file, offset, error.sqlstate or "", message, detail)


def _at(file: MigrationFile, offset: int, sqlstate: str, message: str, detail: str = "") -> Failure:
    line, column = position(file.sql, offset)
    return Failure(file.path, line, column, sqlstate, _cut(message), _cut(detail))


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS]}…"
