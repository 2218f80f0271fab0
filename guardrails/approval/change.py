"""What the gate compares: a base branch, where a change began, and its head; and one reason to refuse it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from guardrails.approval.git import LINK, Entry, Repository
from guardrails.approval.places import ledger_of, record_name
from guardrails.approval.policy import FILE, Policy, parse_policy, strictest
from guardrails.approval.reading import parse
from guardrails.approval.records import Record
from guardrails.approval.snapshot import Migration, Snapshot
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError, ValidationResult

Judge = Callable[[Snapshot, Migration, frozenset[str]], ValidationResult]


@dataclass(frozen=True)
class Refusal:
    """One reason to refuse a change.

    Attributes:
        kind: a word for programs.
        message: a sentence that says what is wrong and the way out.
    """

    path: str
    kind: str
    message: str


@dataclass(frozen=True)
class Change:
    """What is compared.

    Attributes:
        base: the branch that the change is to be merged into, as it is now.
        fork: where the change began; `base` itself when that did not move on.
        head: the change, with the configuration of `base`.
        environments: that an approval has to name besides those of the policy.
        judge: validates a migration of a snapshot, given the codes that its approval covers.
    """

    repository: Repository
    base: Snapshot
    fork: Snapshot
    head: Snapshot
    now: datetime
    judge: Judge
    environments: Sequence[str] = ()
    allow_guard_changes: bool = False
    _bytes: dict[str, bytes] = field(default_factory=dict)

    def bytes_of(self, entry: Entry) -> bytes:
        if entry.oid not in self._bytes:
            self._bytes.update(self.repository.blobs([entry.oid]))
        return self._bytes[entry.oid]

    def sha256_of(self, entry: Entry) -> str:
        return hashlib.sha256(self.bytes_of(entry)).hexdigest()

    def brings(self, path: str) -> bool:
        """Tell whether the change adds a file that was nowhere before."""
        return not any(path in tree.entries or path in tree.migrations for tree in (self.base, self.fork))

    def is_new(self, path: str) -> bool:
        """Tell whether the change brings these bytes: neither its beginning nor the base has them there."""
        migration = self.head.migrations.get(path)
        if migration is not None and migration.linked is not None:
            others = (tree.migrations.get(path) for tree in (self.base, self.fork))
            return migration.linked not in [other.linked for other in others if other]
        entry = self.head.entries[path]
        return not any(entry.holds_same_as(tree.entries.get(path)) for tree in (self.base, self.fork))

    def record_in(self, entry: Entry) -> Record:
        """Return the record that an entry holds.

        Raises:
            GuardrailsError: it is none.
        """
        if entry.mode == LINK:
            raise GuardrailsError(
                f"{escape(entry.path)} is a link: the record of an approval is a file of its own"
            )
        return parse(self.bytes_of(entry), escape(entry.path))

    def trusted(self, migration: Migration, name: str) -> list[Entry]:
        """Return the base branch's file of this name for a migration: its ledger's own, else those of all ledgers.

        So a change that brings a folder of migrations of its own gets no rules of its own.
        """
        own = self.base.entries.get(str(ledger_of(migration.folder) / name))
        if own is not None:
            return [own]
        places = (
            (PurePosixPath(path), entry) for path, entry in self.base.entries.items() if path.endswith(name)
        )
        return [
            entry for path, entry in places if path.name == name and path.parent.name.endswith("approvals")
        ]

    def policy_of(self, migration: Migration) -> Policy:
        """Return what the base branch demands of a migration's approval.

        Raises:
            GuardrailsError: its policy is broken.
        """
        return strictest(
            parse_policy(self.bytes_of(entry), f"{escape(entry.path)} of the base branch")
            for entry in self.trusted(migration, FILE)
        )


def record_path(migration: Migration) -> str:
    return str(ledger_of(migration.folder) / record_name(migration.name))
