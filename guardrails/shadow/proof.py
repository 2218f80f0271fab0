"""A history and the migrations after it -> what a disposable PostgreSQL showed of each.

The history must replay as it stands, or what is said of a migration would be about another database. Then
each migration runs once under the eyes of the tracer; a copy shows what a second run does; and another
one, with rows in it, what is left after the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from pglast import ast

from guardrails.lint.contracts import MigrationFile, Severity
from guardrails.lint.fold import fold
from guardrails.lint.parsing import parse
from guardrails.shadow.contracts import (
    RAN_TOO_LONG,
    Change,
    Failure,
    Finding,
    Repetition,
    Rollback,
    Section,
    Verdict,
    Verification,
    Verified,
)
from guardrails.shadow.engine import Server, connect
from guardrails.shadow.running import run_file
from guardrails.shadow.snapshot import Snapshot, compare, compare_rows, rows_of, take_snapshot
from guardrails.shadow.trace import Tracer

Fill = Callable[[str], None]
"""Writes made-up rows into the database of a connection string, or leaves it as it is."""
Isolate = Callable[[str, str], Section]
"""Tells which rows of others a tenant reaches, from how to connect to the database before and after; it may write to both."""

_NAMED = 3
_ABOUT_ROWS = ("22", "23")
# What is wrong whatever statements of the history are missing: its syntax, a transaction around it, a double.
_SURE = frozenset({"42601", "25001", "55P04", "42701", "42P07", "42710", "42723", "42P06", "42P16"})
_ALREADY_THERE = frozenset({"42P06", "42710"})
_ROLE_IN_USE = "2BP01"


@dataclass(frozen=True)
class Plan:
    """What is to be verified.

    Attributes:
        files: the history and the migrations, in the order in which they run.
        wanted: the paths of those to verify; the others are history.
        baseline: a schema dump that stands in the place of the history before the first of them.
        tolerant: leave out statements of the history that fail, and say so.
        unread: files of the history that could not be read, and so do not run.
    """

    files: tuple[MigrationFile, ...]
    wanted: frozenset[str]
    baseline: MigrationFile | None = None
    tolerant: bool = False
    unread: tuple[Failure, ...] = ()

    @property
    def history(self) -> tuple[MigrationFile, ...]:
        """Return what runs before the first migration to verify."""
        return self.files[: self.first] if self.baseline is None else (self.baseline,)

    @property
    def first(self) -> int:
        """Return the place of the first migration to verify among the files."""
        places = (number for number, file in enumerate(self.files) if file.path in self.wanted)
        return next(places, len(self.files))


@dataclass(frozen=True)
class Replayed:
    """What came of a history.

    Attributes:
        ran: how many of its files ran.
        skipped: statements that did not.
        stopped: the one that ended it.
    """

    ran: int = 0
    skipped: tuple[Failure, ...] = ()
    stopped: Failure | None = None


@dataclass(frozen=True)
class Tools:
    """What a proof makes use of besides the database.

    Attributes:
        fill: None: only the rows that the history writes are there.
        isolate: None: nothing is said of tenants.
        told: gets the share that is done, 0 to 1, and what runs now.
    """

    fill: Fill | None = None
    isolate: Isolate | None = None
    told: Callable[[float, str], None] = field(default=lambda _share, _what: None)


def replay_history(database: str, plan: Plan, tools: Tools, done: int = 0) -> Replayed:
    """Run what comes before the first migration to verify.

    Args:
        database: connects to one in which the first `done` files of the history ran.
        plan: what to run.
        tools: who is told of it.
        done: how many files need not run.
    """
    if plan.unread and not plan.tolerant and plan.baseline is None:
        return Replayed(0, stopped=plan.unread[0])
    skipped: list[Failure] = []
    for number, file in enumerate(plan.history[done:], done):
        tools.told(number / max(len(plan.files), 1), file.path)
        if file is plan.baseline:
            skipped += _baseline(database, file)
            continue
        ran = run_file(database, file, tolerant=plan.tolerant)
        if ran.failure is not None and not plan.tolerant:
            return Replayed(number, stopped=ran.failure)
        skipped += ran.failures
    return Replayed(len(plan.history), tuple(skipped))


def prove(
    server: Server, database: str, plan: Plan, tools: Tools, replayed: Replayed | None = None
) -> Verification:
    """Verify the wanted migrations, and replay what stands between them.

    Args:
        server: on which copies are made.
        database: connects to a database of it.
        plan: what to run.
        tools: what else is needed.
        replayed: what came of the history, if it ran in the database already.
    """
    before = replayed or replay_history(database, plan, tools)
    if before.stopped is not None:
        return _stopped(before.stopped, (), before.ran, database)
    done = list(plan.history)
    skipped = [*plan.unread, *before.skipped]
    verified: list[Verified] = []
    passed = 0 if plan.baseline is not None else len(done)
    for number, file in enumerate(plan.files[plan.first :], plan.first):
        tools.told(number / len(plan.files), file.path)
        if file.path in plan.wanted:
            one = _Proof(server, database, file, tools, tuple(done)).verified(
                gaps=bool(skipped), last=file is plan.files[-1]
            )
            verified.append(one)
            if one.failure is not None:
                break
        else:
            ran = run_file(database, file, tolerant=plan.tolerant)
            if ran.failure is not None and not plan.tolerant:
                return _stopped(ran.failure, tuple(verified), passed, database)
            skipped += ran.failures
            passed += 1
        done.append(file)
    return Verification(
        _worst(verified, reserved=bool(skipped)),
        tuple(verified),
        reason="" if verified else "there is no migration to verify",
        replayed=passed,
        skipped=tuple(skipped),
        baseline=plan.baseline.path if plan.baseline else "",
        server=_version(database),
    )


def _stopped(failure: Failure, verified: tuple[Verified, ...], replayed: int, database: str) -> Verification:
    return Verification(
        Verdict.NOT_PROVED,
        verified,
        reason=f"the history before it does not replay: it stops at {_place(failure)}",
        replayed=replayed,
        stopped=failure,
        server=_version(database),
    )


@dataclass
class _Proof:
    """One migration under proof; `before` are the files that ran already."""

    server: Server
    database: str
    file: MigrationFile
    tools: Tools
    before: tuple[MigrationFile, ...]

    def verified(self, *, gaps: bool, last: bool) -> Verified:
        former = take_snapshot(self.database)
        with self._base() as base, self._former() as earlier:
            tracer = Tracer(self.database, self.file, lambda: fold(self.before))
            ran = run_file(self.database, self.file, observer=tracer)
            steps = tuple(tracer.steps)
            if ran.failure is not None:
                unsure = gaps and ran.failure.sqlstate not in _SURE
                unsure = unsure or ran.failure.sqlstate in RAN_TOO_LONG
                verdict = Verdict.NOT_PROVED if unsure else Verdict.REFUTED
                refused = () if unsure else (_does_not_apply(ran.failure),)
                return Verified(self.file.path, verdict, ran.failure, steps=steps, findings=refused)
            latter = take_snapshot(self.database)
            repetition = self._repeated(latter)
            isolation = self._isolation(earlier)
            rollback, on_rows = self._rolled_back(base, former, last=last)
        findings = (*_findings(rollback), *(isolation.findings if isolation else ()))
        errors = any(finding.severity is Severity.ERROR for finding in findings)
        verdict = Verdict.REFUTED if errors else Verdict.RESERVATIONS if findings or gaps else Verdict.PROVED
        return Verified(
            self.file.path,
            verdict,
            on_rows=on_rows,
            steps=steps,
            difference=compare(former, latter),
            rollback=rollback,
            repetition=repetition,
            isolation=isolation,
            findings=findings,
        )

    @contextmanager
    def _copy(self) -> Iterator[str]:
        copy = self.server.copy(self.database)
        try:
            yield copy
        finally:
            if self.server.process.poll() is None:
                self.server.drop(copy)

    def _repeated(self, once: Snapshot) -> Repetition:
        with self._copy() as copy:
            ran = run_file(copy, self.file)
            return Repetition(ran.failure, compare(once, take_snapshot(copy)))

    @contextmanager
    def _former(self) -> Iterator[str | None]:
        """Give the database as it is before the migration, where somebody asks for tenants."""
        if self.tools.isolate is None:
            yield None
            return
        with self._copy() as copy:
            yield copy

    def _isolation(self, earlier: str | None) -> Section | None:
        if self.tools.isolate is None or earlier is None:
            return None
        with self._copy() as copy:
            return self.tools.isolate(earlier, copy)

    @contextmanager
    def _base(self) -> Iterator[str | None]:
        """Give the database as it is before the migration, where there are rows to take through it and back."""
        if self.tools.fill is None and not rows_of(self.database):
            yield None
            return
        with self._copy() as copy:
            if self.tools.fill is not None:
                self.tools.fill(copy)
            yield copy

    def _rolled_back(
        self, base: str | None, former: Snapshot, *, last: bool
    ) -> tuple[Rollback | None, Failure | None]:
        """Take the migration back where there were rows before it, else where there are none."""
        held = {} if base is None else rows_of(base)
        ran = run_file(base, self.file) if base is not None and held else None
        failure = ran.failure if ran is not None else None
        on_rows = failure if failure and failure.sqlstate[:2] in _ABOUT_ROWS else None
        if not self.file.has_rollback:
            return None, on_rows
        if base is not None and ran is not None and failure is None:
            return self._undone(base, former, held), on_rows
        if last:  # nobody needs the database any more
            return self._undone(self.database, former, {}), on_rows
        with self._copy() as copy:
            return self._undone(copy, former, {}), on_rows

    def _undone(self, database: str, former: Snapshot, held: dict[str, tuple[int, str]]) -> Rollback:
        undo = replace(self.file, path=f"rollback of {self.file.path}", sql=self.file.down, up=None)
        failure = run_file(database, undo).failure
        if failure is not None:
            if failure.sqlstate == _ROLE_IN_USE and _drops_roles(undo):
                return Rollback(
                    unknown="it drops a role, which other databases of the same server may still name"
                )
            return Rollback(failure)
        rows = compare_rows(held, rows_of(database)) if held else ()
        compared = sum(number for number, _ in held.values())
        return Rollback(None, compare(former, take_snapshot(database)), rows, compared)


def _drops_roles(file: MigrationFile) -> bool:
    return any(isinstance(one.node, ast.DropRoleStmt) for one in parse(file.sql).statements)


def _baseline(database: str, file: MigrationFile) -> Iterator[Failure]:
    """Run a dump as psql does, which goes on after an error; its own lines for psql are no SQL."""
    lines = file.sql.split("\n")
    for failure in run_file(database, file, tolerant=True).failures:
        for_psql = lines[failure.line - 1].startswith("\\") if failure.line <= len(lines) else False
        if failure.sqlstate not in _ALREADY_THERE and not for_psql:
            yield failure


def _does_not_apply(failure: Failure) -> Finding:
    return Finding(
        "DOES_NOT_APPLY",
        Severity.ERROR,
        f"PostgreSQL refuses it at {_place(failure)}: {failure.message}",
        "Mend the statement; nothing after it ran.",
    )


def _findings(rollback: Rollback | None) -> Iterator[Finding]:
    if rollback is None:
        return
    if rollback.failure is not None:
        yield Finding(
            "ROLLBACK_MISMATCH",
            Severity.ERROR,
            f"the rollback stops at line {rollback.failure.line}: {rollback.failure.message}",
            "Mend the rollback, so that it runs after the migration.",
        )
    if rollback.difference:
        yield Finding(
            "ROLLBACK_MISMATCH",
            Severity.ERROR,
            f"after the rollback the schema is not what it was: {_listed(rollback.difference.changes)}",
            "Let the rollback undo all that the migration does.",
        )
    if rollback.rows:
        tables = ", ".join(one.table for one in rollback.rows[:_NAMED])
        more = f" and {len(rollback.rows) - _NAMED} more" if len(rollback.rows) > _NAMED else ""
        yield Finding(
            "ROLLBACK_LOSES_ROWS",
            Severity.WARNING,
            f"after the rollback the rows of {tables}{more} are not what they were",
            "Keep what the migration overwrites or drops until nobody needs it, or say that it can't be undone.",
        )
    if rollback.unknown:
        yield Finding(
            "ROLLBACK_UNTRIED",
            Severity.WARNING,
            f"the rollback could not be tried: {rollback.unknown}",
            "Try it by hand on a database of your own.",
        )


def _listed(changes: Sequence[Change]) -> str:
    words = {"added": "is left", "removed": "is missing", "changed": "is changed"}
    named = ", ".join(f"{one.kind} {one.name} {words[one.action]}" for one in changes[:_NAMED])
    return f"{named} and {len(changes) - _NAMED} more" if len(changes) > _NAMED else named


def _place(failure: Failure) -> str:
    return f"{failure.path}:{failure.line}:{failure.column}"


def _worst(verified: Sequence[Verified], *, reserved: bool) -> Verdict:
    if not verified:
        return Verdict.NOT_PROVED
    order = (Verdict.REFUTED, Verdict.NOT_PROVED, Verdict.RESERVATIONS, Verdict.PROVED)
    worst = min((one.verdict for one in verified), key=order.index)
    return Verdict.RESERVATIONS if worst is Verdict.PROVED and reserved else worst


def _version(database: str) -> str:
    try:
        with connect(database) as connection:
            return str(connection.info.parameter_status("server_version") or "")
    except psycopg.OperationalError:
        return ""
