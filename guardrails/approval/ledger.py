"""The records of a project's approvals, and what they say of its working tree."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

from guardrails.approval.places import ledger_of, record_name, rollback_names
from guardrails.approval.reading import MOST_BYTES, parse
from guardrails.approval.records import NEVER_ACKNOWLEDGED, Fault, Record, fault_of
from guardrails.approval.storing import write_whole
from guardrails.files import read_bytes, real, show
from guardrails.histories import name_of
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import Tool


class Standing(StrEnum):
    """What a migration's record says of it as it is now."""

    APPROVED = "approved"
    UNAPPROVED = "unapproved"
    CHANGED = "changed"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Status:
    """A migration of the working tree, and its approval.

    Attributes:
        record_path: where its record is, or would be; absolute.
        problem: why it is not approved, in a sentence; None when it is.
        record: None when there is none that can be read.
    """

    path: str
    record_path: Path
    standing: Standing
    problem: str | None = None
    record: Record | None = None


def rollback_at(tool: Tool, folder: Path, name: str) -> Path | None:
    """Return the file that takes a migration back, None when it has none of its own."""
    names = rollback_names(tool, PurePosixPath(folder.as_posix()), name)
    return next((Path(one) for one in names if os.path.lexists(one)), None)


def read_record(path: Path, top: Path) -> Record | None:
    """Return the record in a file, None when there is no such file.

    Raises:
        GuardrailsError: it can't be read, is no record, or a link.
    """
    if not os.path.lexists(path):
        return None
    if path.is_symlink():
        raise GuardrailsError(f"{show(path, top)} is a link: an approval is a file of its own")
    return parse(read_bytes(path, top, MOST_BYTES), show(path, top))


def write_record(path: Path, record: Record, signature: str | None, top: Path) -> None:
    """Keep a record, and its signature beside it.

    Raises:
        GuardrailsError: the folder leads out of the repository, or can't be written.
    """
    if not real(path.parent).is_relative_to(real(top)):
        raise GuardrailsError(
            f"{show(path.parent, top)} leads out of the repository: make it a folder of its own"
        )
    signed = path.with_name(f"{path.name}.sig")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if signature is None:
            signed.unlink(missing_ok=True)
        else:
            write_whole(signed, signature)
        write_whole(path, record.text)
    except OSError as error:
        raise GuardrailsError(
            f"{show(path, top)} can't be written: {(error.strerror or str(error)).lower()}"
        ) from error


def statuses(
    tool: Tool, folder: Path, paths: Iterable[Path], top: Path, now: datetime | None = None
) -> tuple[Status, ...]:
    """Return the approvals of migrations, in their order.

    Args:
        tool: what runs them.
        folder: which they stand in, or below.
        paths: their files.
        top: of the repository.
        now: the moment at which they have to hold; None: this one.
    """
    at = now or datetime.now(UTC)
    return tuple(_status(tool, folder, path, top, at) for path in paths)


def acknowledged(tool: Tool, folder: Path, paths: Mapping[str, Path], top: Path) -> dict[str, frozenset[str]]:
    """Return the codes of errors that a person accepted, by the name that `paths` gives each migration.

    Only a record that covers a migration's bytes, and those of its rollback, counts.
    """
    found = zip(paths, statuses(tool, folder, paths.values(), top), strict=True)
    return {
        name: frozenset(status.record.acknowledged) - NEVER_ACKNOWLEDGED
        for name, status in found
        if status.standing is Standing.APPROVED and status.record is not None
    }


def _status(tool: Tool, folder: Path, path: Path, top: Path, now: datetime) -> Status:
    place = real(path.parent) / path.name
    shown = show(place, top)
    name = name_of(tool, path.as_posix())
    record_path = Path(ledger_of(PurePosixPath(real(folder).as_posix()))) / record_name(name)
    try:
        record = read_record(record_path, top)
        if record is None:
            return Status(shown, record_path, Standing.UNAPPROVED, "nobody approved it")
        if place != real(folder) / name:
            problem = "it stands in a folder that is a link: what that leads to may change"
            return Status(shown, record_path, Standing.UNREADABLE, problem)
        rollback = rollback_at(tool, real(folder), name)
        migration = place.relative_to(real(top)).as_posix()
        wanted = None if rollback is None else _digest(rollback, top, record.rollback_sha256)
        fault = fault_of(record, migration, _digest(place, top, record.sha256), wanted, now)
    except (GuardrailsError, ValueError) as error:
        return Status(shown, record_path, Standing.UNREADABLE, str(error))
    if fault is None:
        return Status(shown, record_path, Standing.APPROVED, None, record)
    standing = Standing.EXPIRED if fault[0] is Fault.EXPIRED else Standing.CHANGED
    return Status(shown, record_path, standing, fault[1], record)


def _digest(path: Path, top: Path, wanted: str | None) -> str:
    """Return the hash of a file's bytes; only when they are not those wanted is git asked what it would store."""
    if path.is_symlink():
        raise GuardrailsError(f"{show(path, top)} is a link: what it leads to may change")
    digest = hashlib.sha256(read_bytes(path, top)).hexdigest()
    if digest == wanted:
        return digest
    from guardrails.approval.git import Repository  # noqa: PLC0415  (`validate` seldom needs it)

    return Repository(real(top)).stored(path).sha256
