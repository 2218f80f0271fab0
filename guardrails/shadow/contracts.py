"""The nouns of a verification: what ran, what it locked, what it changed, and what came of taking it back.

Names, messages and SQL in them come from the project and its database: data, to be shown as such.
A *line* and a *column* are 1-based.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from guardrails.lint.contracts import Severity
from guardrails.lint.locks import LockMode

RAN_TOO_LONG = frozenset({"57P01", "57014"})
"""PostgreSQL's codes for a session or a statement that somebody ended."""


class Verdict(StrEnum):
    """What a verification came to."""

    PROVED = "proved"
    RESERVATIONS = "with reservations"
    REFUTED = "refuted"
    NOT_PROVED = "not proved"


@dataclass(frozen=True)
class Failure:
    """A statement that the database refused.

    Attributes:
        sqlstate: PostgreSQL's code of the error, "" where the refusal is not PostgreSQL's.
        message: PostgreSQL's own words.
    """

    path: str
    line: int
    column: int
    sqlstate: str
    message: str
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """Something wrong that the database showed; an error refutes, a warning is a reservation."""

    code: str
    severity: Severity
    message: str
    suggestion: str


@dataclass(frozen=True)
class Held:
    """The locks that a session holds on one table when a statement ends.

    Attributes:
        mode: the strongest of them.
        taken: this statement took it; else an earlier one of the same transaction did.
        sampled: seen in `pg_locks`; else known from PostgreSQL's documentation, because the statement
            runs in no transaction that could be looked into.
    """

    table: str
    mode: LockMode
    taken: bool
    sampled: bool = True


@dataclass(frozen=True)
class Step:
    """One statement of the migration, with what it did to tables that were there before.

    Attributes:
        text: the beginning of it on one line.
        held: by table, in their order.
        rewrites: tables whose file PostgreSQL wrote anew.
        rebuilds: indexes whose file it wrote anew, of tables that it did not rewrite.
        scans: tables that it read through. Nothing is said of INSERT, UPDATE, DELETE and queries, for
            which PostgreSQL chooses by how many rows there are.
    """

    number: int
    line: int
    text: str
    held: tuple[Held, ...] = ()
    rewrites: tuple[str, ...] = ()
    rebuilds: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A difference between two schemas.

    Attributes:
        action: "added", "removed" or "changed".
        kind: "table", "column", "policy", …
        details: for a change, what was and what is, by property.
        sql: the change as a line of SQL, to be read and not to be run.
    """

    action: str
    kind: str
    name: str
    details: tuple[tuple[str, str, str], ...] = ()
    sql: str = ""

    def __str__(self) -> str:
        words = "; ".join(f"{what}: {before} → {after}" for what, before, after in self.details)
        return f"{self.action} {self.kind} {self.name}{f' ({words})' if words else ''}"


@dataclass(frozen=True)
class Difference:
    """Two schemas compared; `order` names tables that differ in the order of their columns alone."""

    changes: tuple[Change, ...]
    order: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True)
class Rows:
    """A table whose rows are other than before: how many there were, how many there are."""

    table: str
    before: int
    after: int


@dataclass(frozen=True)
class Rollback:
    """What came of running what undoes the migration.

    Attributes:
        failure: where it stopped, if it did.
        difference: what is other than before the migration.
        rows: tables whose rows are other than before it.
        compared: how many rows there were to lose.
        unknown: why nothing can be said.
    """

    failure: Failure | None = None
    difference: Difference = Difference(())
    rows: tuple[Rows, ...] = ()
    compared: int = 0
    unknown: str = ""

    @property
    def exact(self) -> bool:
        return self.failure is None and not self.difference and not self.rows and not self.unknown


@dataclass(frozen=True)
class Repetition:
    """What running the migration a second time does: it fails, or changes something, or nothing."""

    failure: Failure | None = None
    difference: Difference = Difference(())


@dataclass(frozen=True)
class Section:
    """A part of the report that another proof adds, as the one that tenants are kept apart.

    Attributes:
        findings: errors refute the migration, warnings are reservations.
        lines: the result for people, a line each.
        data: the same for programs.
    """

    findings: tuple[Finding, ...]
    lines: tuple[str, ...]
    data: Mapping[str, object]


@dataclass(frozen=True)
class Verified:
    """All there is to say about one migration.

    Attributes:
        failure: where it stopped, if it did not apply.
        on_rows: where it stopped on a database with made-up rows, if only there. Such rows may be none that a
            real database has.
        rollback: None when there is nothing to undo it with.
    """

    path: str
    verdict: Verdict
    failure: Failure | None = None
    on_rows: Failure | None = None
    steps: tuple[Step, ...] = ()
    difference: Difference = Difference(())
    rollback: Rollback | None = None
    repetition: Repetition | None = None
    isolation: Section | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Verification:
    """What `verify` says.

    Attributes:
        verdict: the worst of all that is in it.
        reason: one sentence, why it is not proved.
        replayed: how many files of the history ran before.
        stopped: where the history itself failed.
        skipped: statements of the history that were left out.
        baseline: the dump that stood in the place of the history.
        server: the version of PostgreSQL that ran it.
        stale: a sentence where that is not the project's own version.
    """

    verdict: Verdict
    files: tuple[Verified, ...] = ()
    reason: str = ""
    replayed: int = 0
    stopped: Failure | None = None
    skipped: tuple[Failure, ...] = ()
    baseline: str = ""
    server: str = ""
    stale: str = ""
