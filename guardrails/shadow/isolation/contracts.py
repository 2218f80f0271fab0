"""What the isolation proof is asked and what it answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

import psycopg

Connect = Callable[[], AbstractContextManager[psycopg.Connection]]


class Verdict(StrEnum):
    """What the trial of one command came to; what could not be tried is unproved."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNPROVED = "unproved"


class Command(StrEnum):
    """What a client of the API can do to an object."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    CALL = "call"


class Kind(StrEnum):
    """What kind of object was tried."""

    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    FUNCTION = "function"


class Link(StrEnum):
    """What a tenant column leads to."""

    USER = "user"
    ORGANISATION = "organisation"
    PARENT = "parent"


@dataclass(frozen=True)
class IsolationSettings:
    """What a project says about its tenants.

    Attributes:
        exposed_schemas: schemas whose objects clients reach through the API.
        shared: tables whose rows everyone may read, as `schema.table`.
    """

    exposed_schemas: frozenset[str] = frozenset({"public"})
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TenantColumn:
    """A column that tells whose a row is, and what says so.

    Attributes:
        table: `schema.table`.
        source: where this was read, for a reviewer who wants to object.
    """

    table: str
    column: str
    link: Link
    source: str


@dataclass(frozen=True)
class Cell:
    """The verdict on one object, role and command.

    Attributes:
        role: `anon`, `user A` or `user B`.
        reason: why this verdict.
        statement: of a refuted one, what reached the row, as it was run.
        row: of a refuted one, the key of the row.
    """

    name: str
    kind: Kind
    role: str
    command: Command
    verdict: Verdict
    reason: str
    statement: str = ""
    row: str = ""


@dataclass(frozen=True)
class Isolation:
    """What the proof found.

    Attributes:
        applicable: False where the database knows no users; `reason` says why.
        tenancy: which columns tell the tenant.
        notes: what a reader has to know besides.
    """

    applicable: bool
    reason: str = ""
    cells: tuple[Cell, ...] = ()
    tenancy: tuple[TenantColumn, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Verdict, int]:
        """Return how many cells have each verdict."""
        found = Counter(cell.verdict for cell in self.cells)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def refuted(self) -> tuple[Cell, ...]:
        """Return what a tenant could do that it must not."""
        return tuple(cell for cell in self.cells if cell.verdict is Verdict.REFUTED)

    def refuted_beyond(self, before: Isolation) -> tuple[Cell, ...]:
        """Return what is refuted now and was not before a migration: what the migration opened."""
        known = {(cell.name, cell.role, cell.command) for cell in before.refuted}
        return tuple(cell for cell in self.refuted if (cell.name, cell.role, cell.command) not in known)
