"""A project's history on a disposable database: file by file, and what would not run is told.

Each file is one transaction, as the Supabase CLI runs it, unless it holds statements that PostgreSQL
refuses in one, or its own BEGIN and COMMIT: then each statement runs for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from pglast import ast
from psycopg.errors import AdminShutdown, QueryCanceled

from guardrails.lint.contracts import MigrationFile, position
from guardrails.lint.parsing import Parsed, parse
from guardrails.shadow.engine import connect, deadline

_STATEMENT_SECONDS = 30
_FILE_SECONDS = 120
_NEVER_IN_A_TRANSACTION = (ast.CreatedbStmt, ast.DropdbStmt, ast.AlterSystemStmt, ast.CreateTableSpaceStmt)


@dataclass(frozen=True)
class Skipped:
    """A statement that the database refused; `line` is 1-based."""

    path: str
    line: int
    message: str


@dataclass(frozen=True)
class Replayed:
    """What came of a history: the paths of the files that ran, and the statements that did not."""

    applied: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    statements: int


def replay(conninfo: str, files: Sequence[MigrationFile]) -> Replayed:
    """Run a history as far as it goes: a statement that fails is skipped and told, the rest goes on.

    Args:
        conninfo: of a database that `Server.database` made.
        files: the migrations in their order.
    """
    applied: list[str] = []
    skipped: list[Skipped] = []
    statements = 0
    for file in files:
        script = parse(file.sql, file.up)
        skipped += [
            Skipped(file.path, position(file.sql, fault.offset).line, fault.message)
            for fault in script.faults
        ]
        statements += len(script.statements)
        # A connection of its own: what one file sets, the next one does not find.
        with connect(conninfo, autocommit=True) as connection, deadline(connection, _FILE_SECONDS):
            connection.execute(f"SET statement_timeout = '{_STATEMENT_SECONDS}s'".encode())
            skipped += _run(connection, file, script.statements)
        applied.append(file.path)
    return Replayed(tuple(applied), tuple(skipped), statements)


def _run(
    connection: psycopg.Connection, file: MigrationFile, statements: Sequence[Parsed]
) -> Iterator[Skipped]:
    together = not any(_wants_to_be_alone(statement.node) for statement in statements)
    if together:
        connection.execute("BEGIN")
    for statement in statements:
        if isinstance(statement.node, ast.CopyStmt) and not statement.node.filename:
            yield Skipped(
                file.path, position(file.sql, statement.start).line, "COPY from or to psql is left out"
            )
            continue
        text = file.sql[statement.start : statement.end]
        if together:
            connection.execute("SAVEPOINT guardrails")
        try:
            connection.execute(text.encode())
        except psycopg.Error as error:
            line = position(file.sql, statement.start).line
            yield Skipped(file.path, line, _reason(error))
            if connection.closed:
                return
            if together:
                connection.execute("ROLLBACK TO guardrails")
            elif connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                connection.execute("ROLLBACK")
        else:
            if together and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                connection.execute("BEGIN")  # the body of a procedure or of a DO block committed
    if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        connection.execute("COMMIT")


def _wants_to_be_alone(node: ast.Node) -> bool:
    return (
        isinstance(node, (ast.TransactionStmt, ast.VacuumStmt, *_NEVER_IN_A_TRANSACTION))
        or getattr(node, "concurrent", False) is True
    )


def _reason(error: psycopg.Error) -> str:
    if isinstance(error, QueryCanceled):
        return f"stopped after {_STATEMENT_SECONDS} seconds"
    if isinstance(error, AdminShutdown):
        return f"its file ran for more than {_FILE_SECONDS} seconds"
    return error.diag.message_primary or str(error).strip().partition("\n")[0]
