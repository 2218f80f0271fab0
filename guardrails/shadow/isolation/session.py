"""One connection, one transaction: statements as the owner, and trials as a client that leave no trace."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult

from guardrails.shadow.engine import terminate
from guardrails.shadow.isolation.contracts import Connect

STATEMENT_SECONDS = 5
ALL_SECONDS = 300
_WOULD_NOT_STOP = "a function of the project would not stop, so the trials ended early"
_CANCEL_SECONDS = 6
_TERMINATE_SECONDS = 2
_LOOK_SECONDS = 0.5
_MOST_BYTES = 8 << 20
_CHECK_OPTION = "44000"  # a view WITH CHECK OPTION says no

Row = tuple[str | None, ...]


class Refusal(StrEnum):
    """What kept a statement from its effect."""

    PRIVILEGE = "privilege"
    POLICY = "policy"
    OTHER = "other"


@dataclass(frozen=True)
class Actor:
    """Who asks: the database role, and what the token says."""

    name: str
    role: str
    claims: Mapping[str, object]


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        rows: as text, exactly as the server sent them.
        touched: rows that an UPDATE or DELETE was let through to: oid of the table, row as text.
        inserted: rows that came in: oid of the table, columns as text.
        refusal: None when the statement ran.
        message: of the error.
    """

    rows: tuple[Row, ...] = ()
    changed: int = 0
    touched: frozenset[tuple[int, str]] = frozenset()
    inserted: tuple[tuple[int, Mapping[str, str | None]], ...] = ()
    refusal: Refusal | None = None
    code: str = ""
    message: str = ""
    constraint: str = ""
    column: str = ""


class SessionLostError(Exception):
    """The trials can't go on; the message says why."""


@dataclass
class Session:
    """A connection inside a transaction that is rolled back in the end.

    Attributes:
        path: the search path of a client of the API; what is written here names every schema, but
            the project's own functions may count on it.
        begun: number of the transaction; rows that it wrote have this one or a later one as their xmin.
        recorder: name of the trigger's function and of the table of what it saw, drawn by lot.
    """

    connection: psycopg.Connection
    path: str
    begun: int
    recorder: str = field(default_factory=lambda: f"guardrails_{secrets.token_hex(8)}")
    latest: float = field(default_factory=lambda: time.monotonic() + ALL_SECONDS)
    busy_since: float | None = None

    def owner(self, statement: str) -> tuple[Row, ...]:
        """Run a statement as the owner of the project's objects, to whom no policy applies."""
        with self._deadline():
            return _rows(self.connection.execute(statement.encode()))

    def read(self, statement: str) -> tuple[Row, ...]:
        """Read as the owner; what can't be read has no rows."""
        try:
            return self.owner(f"SAVEPOINT reading; {statement}; RELEASE reading")
        except psycopg.Error as error:
            if self.connection.closed:
                raise SessionLostError(_WOULD_NOT_STOP) from error
            self.owner("ROLLBACK TO reading; RELEASE reading")
            return ()

    def kept(self, statement: str, claims: Mapping[str, object] | None = None) -> Outcome:
        """Run a statement as the owner; what it did stays, unless it failed."""
        outcome = self._run(f"SAVEPOINT kept; {self._set({}, claims or {})}", statement)
        end = "ROLLBACK TO kept; RELEASE kept" if outcome.refusal else "RELEASE kept"
        self.owner(f"{end}; SET LOCAL search_path = ''")
        return outcome

    def attempt(
        self,
        actor: Actor,
        statement: str,
        *,
        through: tuple[int, str] | None = None,
        first: str = "",
        writes: bool = False,
    ) -> Outcome:
        """Run a statement as a client, look at what it did, and undo it.

        Args:
            actor: the client.
            statement: what it sends.
            through: the one row that an UPDATE or DELETE really changes; all others are only noted.
            first: what the owner does before.
            writes: all that it writes is really written, and noted.
        """
        prelude = "SAVEPOINT attempt"
        outcome = Outcome()
        if first:
            outcome = self._run(f"{prelude}; {self._set({self._through: '*'}, actor.claims)}", first)
            prelude = ""
        seen = ""
        if not outcome.refusal:
            target = "+" if writes else f"{through[0]}:{through[1]}" if through else ""
            settings = self._set({self._through: target, "role": actor.role}, actor.claims)
            outcome = self._run(f"{prelude}; {settings}", statement, immediate=True)
            seen = "" if outcome.refusal else f"SELECT relation, content, new FROM pg_temp.{self.recorder};"
        role = "" if outcome.refusal else "SET LOCAL ROLE NONE;"
        noted = self.owner(f"{role} {seen} ROLLBACK TO attempt; RELEASE attempt")
        touched = frozenset((int(one or 0), content) for one, content, _ in noted if content is not None)
        inserted = tuple((int(one or 0), _texts(new)) for one, _, new in noted if new is not None)
        return replace(outcome, touched=touched, inserted=inserted)

    def _run(self, prelude: str, statement: str, *, immediate: bool = False) -> Outcome:
        if time.monotonic() > self.latest:
            raise SessionLostError(f"the trials took longer than {ALL_SECONDS} seconds, so they ended early")
        try:
            with self._deadline():
                self.connection.execute(prelude.encode())
                if immediate and statement.startswith("SELECT"):
                    return self._looked(statement)
                cursor = self.connection.execute(statement.encode())
                outcome = Outcome(_rows(cursor), max(cursor.rowcount, 0))
                if immediate and statement.startswith("INSERT"):
                    self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                return outcome
        except psycopg.Error as error:
            if self.connection.closed:
                raise SessionLostError(_WOULD_NOT_STOP) from error
            return _refused(error)

    def _looked(self, statement: str) -> Outcome:
        """Read what a client gets, row by row, and no more of it than can be looked at."""
        rows: list[Row] = []
        left = _MOST_BYTES
        with self.connection.cursor() as cursor:
            for _ in cursor.stream(statement.encode()):
                assert cursor.pgresult is not None
                rows += _values(cursor.pgresult)
                left -= sum(len(value) for value in rows[-1] if value) + 1
                if left < 0:
                    return Outcome(refusal=Refusal.OTHER, message="it gives more than can be looked at")
        return Outcome(tuple(rows), len(rows))

    def _set(self, more: Mapping[str, str], claims: Mapping[str, object]) -> str:
        # Whatever an ALTER DATABASE or an earlier function has set: `row_security = off` would turn a
        # row that a policy hides into an error that looks like a refusal.
        settings = {
            "search_path": self.path,
            "row_security": "on",
            "storage.allow_delete_query": "true",  # as the Storage API sets it before it deletes
            "statement_timeout": f"{STATEMENT_SECONDS}s",
            "request.jwt.claims": json.dumps(claims),
            "request.jwt.claim.sub": str(claims.get("sub", "")),
            "request.jwt.claim.role": str(claims.get("role", "")),
            **more,
        }
        calls = (
            f"pg_catalog.set_config({literal(name)}, {literal(value)}, true)"
            for name, value in settings.items()
        )
        return f"SET LOCAL ROLE NONE; SELECT {', '.join(calls)}"

    @property
    def _through(self) -> str:
        return f"{self.recorder}.through"

    def watch(self, over: threading.Event) -> None:
        """Stop what lifts its own statement_timeout, and end the session of what won't be cancelled."""
        cancelled: float | None = None
        while not over.wait(_LOOK_SECONDS):
            since = self.busy_since
            if since is None or time.monotonic() - since < _CANCEL_SECONDS:
                continue
            if cancelled != since:
                cancelled = since
                with suppress(psycopg.Error):
                    self.connection.cancel()
            elif time.monotonic() - since > _CANCEL_SECONDS + _TERMINATE_SECONDS:
                terminate(self.connection)

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        self.busy_since = time.monotonic()
        try:
            yield
        finally:
            self.busy_since = None


@contextmanager
def session(connect: Connect, exposed_schemas: frozenset[str]) -> Iterator[Session]:
    """Open a session whose every effect is undone at the end of the block."""
    path = ", ".join(map(identifier, [*sorted(exposed_schemas), "extensions"]))
    with connect() as connection:
        connection.autocommit = True
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        connection.execute("SET LOCAL search_path = ''; SET LOCAL lock_timeout = '2s'")
        # A migration may have made it another one for every session; triggers would rest then.
        connection.execute(
            "SELECT pg_catalog.set_config(name, 'origin', true) FROM pg_catalog.pg_settings "
            "WHERE name OPERATOR(pg_catalog.=) 'session_replication_role'::pg_catalog.text "
            "AND setting OPERATOR(pg_catalog.<>) 'origin'::pg_catalog.text"
        )
        number = connection.execute("SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text").fetchone()
        opened = Session(connection, path, int(number[0]) if number else 0)
        over = threading.Event()
        watch = threading.Thread(target=opened.watch, args=(over,), daemon=True)
        watch.start()
        try:
            yield opened
        finally:
            over.set()
            watch.join()
            if not connection.closed:
                connection.execute("ROLLBACK")


def identifier(*names: str) -> str:
    """Return names quoted and joined by dots."""
    return sql.Identifier(*names).as_string(None)


def literal(value: str | None) -> str:
    """Return a text quoted for SQL."""
    return "NULL" if value is None else sql.Literal(value).as_string(None).strip()


def _rows(cursor: psycopg.Cursor[object]) -> tuple[Row, ...]:
    """Return the last rows that came, of one statement or of several sent together."""
    result = None
    more: bool | None = True
    while more:
        if cursor.description is not None:
            result = cursor.pgresult
        more = cursor.nextset()
    if result is None:
        return ()
    return tuple(_values(result))


def _values(result: PGresult) -> Iterator[Row]:
    for row in range(result.ntuples):
        yield tuple(
            None if (value := result.get_value(row, column)) is None else value.decode("utf-8", "replace")
            for column in range(result.nfields)
        )


def _texts(row: str) -> dict[str, str | None]:
    return {
        name: value if isinstance(value, str | None) else json.dumps(value)
        for name, value in json.loads(row).items()
    }


def _refused(error: psycopg.Error) -> Outcome:
    diagnosis = error.diag
    refusal = Refusal.OTHER
    # A function that raises 42501 itself has a context, and another source in the server.
    if error.sqlstate == _CHECK_OPTION and diagnosis.source_function == "ExecWithCheckOptions":
        refusal = Refusal.POLICY
    elif error.sqlstate == "42501" and not diagnosis.context:
        match diagnosis.source_function:
            case "ExecWithCheckOptions":
                refusal = Refusal.POLICY
            case "aclcheck_error" | "aclcheck_error_col":
                refusal = Refusal.PRIVILEGE
    return Outcome(
        refusal=refusal,
        code=error.sqlstate or "",
        message=diagnosis.message_primary or str(error).strip().partition("\n")[0],
        constraint=diagnosis.constraint_name or "",
        column=diagnosis.column_name or "",
    )
