"""One approval: a record, and whether it covers a migration.

What is signed, and what a later record of the same migration names as `previous`, is the canonical form:
sorted keys, no spaces, UTF-8, a line feed at the end.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

VERSION = 1
NEVER_ACKNOWLEDGED = frozenset({"PARSE_ERROR"})
"""Codes that no approval lifts: what can't be read never passes."""

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_CLOCKS_DIFFER_BY = timedelta(hours=1)


class Method(StrEnum):
    """How a person said yes: at a terminal, or with a signature as well."""

    TTY = "tty"
    SSH = "ssh"


class Verdict(StrEnum):
    """What validation had said when a person was asked. `ACKNOWLEDGED`: errors, which they named one by one."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True)
class Validator:
    """What judged the migration before it was approved; a check judges again and never relies on it.

    Attributes:
        policy_sha256: hash of the settings it was judged by.
        findings_sha256: hash of what was found.
    """

    name: str
    version: str
    policy_sha256: str
    verdict: Verdict
    findings_sha256: str


@dataclass(frozen=True)
class Record:
    """A person's yes to exactly these bytes.

    Attributes:
        repository: where it was approved, for readers; None when that has no remote.
        migration: path from the top of the repository.
        sha256: of the migration's bytes as git stores them.
        rollback_sha256: the same of what takes it back, None when that is no file of its own.
        acknowledged: codes of errors that the person accepted.
        environments: where it may run.
        approver: who said yes, as an address or a name.
        previous: hash of the record that this one took the place of.
    """

    repository: str | None
    migration: str
    sha256: str
    rollback_sha256: str | None
    validator: Validator
    acknowledged: tuple[str, ...]
    environments: tuple[str, ...]
    approver: str
    method: Method
    approved_at: datetime
    expires_at: datetime | None
    previous: str | None

    @property
    def canonical(self) -> bytes:
        text = json.dumps(self._data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f"{text}\n".encode()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def text(self) -> str:
        """The file that holds it."""
        return json.dumps(self._data(), indent=2, ensure_ascii=False) + "\n"

    def _data(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "repository": self.repository,
            "migration": self.migration,
            "sha256": self.sha256,
            "rollback_sha256": self.rollback_sha256,
            "validator": asdict(self.validator),
            "acknowledged": list(self.acknowledged),
            "decision": "approved",
            "environments": list(self.environments),
            "approver": self.approver,
            "method": str(self.method),
            "approved_at": written(self.approved_at),
            "expires_at": None if self.expires_at is None else written(self.expires_at),
            "previous": self.previous,
        }


class Fault(StrEnum):
    """Why a record does not cover a migration."""

    OTHER_FILE = "other_file"
    CHANGED = "changed"
    ROLLBACK = "rollback"
    EXPIRED = "expired"


def fault_of(
    record: Record, migration: str, sha256: str, rollback_sha256: str | None, now: datetime
) -> tuple[Fault, str] | None:
    """Say why a record does not cover a migration as it is now; None when it does."""
    if record.migration != migration:
        return Fault.OTHER_FILE, f"its record approves another file, {record.migration}"
    if record.sha256 != sha256:
        return Fault.CHANGED, f"was changed after {record.approver} approved it"
    if record.rollback_sha256 != rollback_sha256:
        what = "is no file any more" if rollback_sha256 is None else "was changed or added"
        return Fault.ROLLBACK, f"its rollback {what} after {record.approver} approved it"
    if record.approved_at > now + _CLOCKS_DIFFER_BY:
        return Fault.EXPIRED, f"its approval is dated in the future, {written(record.approved_at)}"
    if record.expires_at is not None and record.expires_at <= now:
        return Fault.EXPIRED, f"its approval ended at {written(record.expires_at)}"
    return None


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime(MOMENT)
