"""The nouns of a review. Names, SQL and messages in them come from the project: data, to be shown as such."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guardrails.approval.ledger import Status
from guardrails.lint.contracts import ValidationResult
from guardrails.shadow.contracts import Verification


class Kind(StrEnum):
    """What is reviewed: what would be written, or what stands in the project."""

    DRAFT = "draft"
    MIGRATION = "migration"


class Tone(StrEnum):
    """How a person should take a fact."""

    GOOD = "good"
    PLAIN = "plain"
    CARE = "care"
    BAD = "bad"


@dataclass(frozen=True)
class Fact:
    """A line of the summary: `Locks`, `writes wait on 1 table`, and what stands behind it."""

    label: str
    value: str
    tone: Tone
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Earlier:
    """Another version of the same migration; `label` says in words which."""

    label: str
    sql: str


@dataclass(frozen=True)
class Review:
    """All that a person is shown before they answer.

    Attributes:
        title: what the migration does, else its name.
        path: where its SQL stands, relative to the project.
        sql: the text as it is, or would be written.
        result: what validation says of it.
        command: how a person says yes at a terminal.
        sha256: of a migration's bytes; of a draft's SQL and rollback together.
        added: what was completed, in words.
        rollback: the SQL that takes it back, "" when there is none.
        earlier: what it can be compared with.
        approval: of a migration in a repository.
        verification: what a disposable database showed of it, None when nobody asked.
        draft_id: names a draft.
    """

    kind: Kind
    title: str
    path: str
    sql: str
    result: ValidationResult
    command: str
    sha256: str
    purpose: str = ""
    dependencies: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rollback: str = ""
    earlier: Earlier | None = None
    approval: Status | None = None
    verification: Verification | None = None
    draft_id: str = ""
