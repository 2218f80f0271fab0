"""Two commits -> why what was changed between them must not be merged: the gate that CI holds.

Trust comes from the base branch: its policy, its allowed signers and its configuration. A record is never
believed: its hash is compared, its signature verified, its verdict reached anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from guardrails.approval import elsewhere
from guardrails.approval.change import Change, Refusal, record_path
from guardrails.approval.evidence import approval_of
from guardrails.approval.git import Entry
from guardrails.approval.guard_files import changed_guard_files
from guardrails.approval.places import ledger_of
from guardrails.approval.records import NEVER_ACKNOWLEDGED, Record
from guardrails.approval.snapshot import Migration
from guardrails.files import escape
from guardrails.histories import Unreadable
from guardrails.layouts import sort_key
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import Tool

# Tools that keep one row for each version. Prisma keeps the whole name, and of a plain runner nothing is known.
_BY_VERSION = frozenset(Tool) - {Tool.PRISMA, Tool.PLAIN}


def refusals(change: Change) -> Iterator[Refusal]:
    """Yield every reason to refuse a change; none: it may be merged."""
    yield from _guard(change)
    yield from _missing(change)
    yield from _layouts(change)
    for migration in change.head.migrations.values():
        yield from _migration(change, migration)
    yield from _records(change)
    yield from elsewhere.refusals(change)


def new_migrations(change: Change) -> tuple[Migration, ...]:
    """Return the migrations that a change brings, and that need an approval."""
    return tuple(one for path, one in change.head.migrations.items() if change.is_new(path))


def _guard(change: Change) -> Iterator[Refusal]:
    if change.allow_guard_changes:
        return
    for path, what in changed_guard_files(change.fork.entries, change.head.entries, change.bytes_of):
        if change.head.entries.get(path) == change.base.entries.get(path):
            continue
        yield Refusal(
            path,
            "guard_file",
            f"was {what}, and it is a part of the guard: an owner approves that apart from migrations, "
            "and then runs the check with --allow-guard-changes",
        )


def _missing(change: Change) -> Iterator[Refusal]:
    """Name what is gone from the migrations: deleted, renamed, or put where its tool does not look."""
    brought = {one.entry.oid: one.path for one in new_migrations(change)}
    for path, old in change.fork.migrations.items():
        if path in change.head.migrations or (
            path not in change.base.entries and path not in change.head.entries
        ):
            continue
        if path in change.head.entries:
            yield Refusal(
                path,
                "deleted",
                f"is no migration any more as {old.tool} finds them: put back what was changed around it",
            )
        elif old.entry.oid in brought:
            yield Refusal(
                path,
                "renamed",
                f"was renamed to {escape(brought[old.entry.oid])}: a merged migration keeps its name",
            )
        else:
            yield Refusal(
                path, "deleted", "was deleted: a merged migration stays, a new one takes back what it did"
            )


def _migration(change: Change, migration: Migration) -> Iterator[Refusal]:
    path = migration.path
    if not change.is_new(path):
        yield from _rollback_of_merged(change, migration)
        return
    if not change.brings(path) and not migration.repeatable:
        yield Refusal(
            path, "changed", "was changed after it was merged: put it back, and write a new migration"
        )
        return
    if migration.linked is not None:
        yield Refusal(path, "link", "is a link: commit the file itself")
        return
    if isinstance(migration.source, Unreadable):
        yield Refusal(path, "finding", f"can't be read, so it never passes: {migration.source.reason}")
        return
    yield from _order(change, migration)
    record, faults = approval_of(change, migration)
    yield from (Refusal(path, kind, sentence) for kind, sentence in faults)
    yield from _findings(change, migration, record if not faults else None)


def _order(change: Change, migration: Migration) -> Iterator[Refusal]:
    if not migration.version:
        return
    key = sort_key(migration.tool, migration.name)
    beside = [one for one in _beside(change, migration) if one.path != migration.path and one.version]
    later = [
        one for one in beside if not change.brings(one.path) and sort_key(migration.tool, one.name) > key
    ]
    if later:
        last = max(later, key=lambda one: sort_key(migration.tool, one.name))
        yield Refusal(
            migration.path,
            "reordered",
            f"runs before {escape(last.path)}, which was merged already: give it a later version, and approve it again",
        )
    same = [one.path for one in beside if one.version.lstrip("0") == migration.version.lstrip("0")]
    if same and migration.tool in _BY_VERSION:
        message = f"has the same version as {escape(same[0])}: give it one of its own"
        yield Refusal(migration.path, "reordered", message)


def _beside(change: Change, migration: Migration) -> Iterator[Migration]:
    """Yield what will stand in the folder after the merge: the head's migrations, and those that only the base has."""
    for one in change.head.migrations.values():
        if one.folder == migration.folder:
            yield one
    for path, one in change.base.migrations.items():
        if (
            one.folder == migration.folder
            and path not in change.head.entries
            and path not in change.fork.entries
        ):
            yield one


def _findings(change: Change, migration: Migration, record: Record | None) -> Iterator[Refusal]:
    named = frozenset(record.acknowledged) if record else frozenset()
    allowed = change.policy_of(migration).acknowledge
    covered = (named if allowed is None else named & allowed) - NEVER_ACKNOWLEDGED
    result = change.judge(change.head, migration, covered)
    lines: dict[str, list[int]] = {}
    for finding in result.errors:
        lines.setdefault(finding.code, []).append(finding.line)
    for code, where in lines.items():
        at = f"line {where[0]}" + (f" and {len(where) - 1} more" if len(where) > 1 else "")
        if code in NEVER_ACKNOWLEDGED:
            why = "which nobody can accept"
        elif code in named:
            why = "which the policy of the base branch lets nobody accept"
        else:
            why = "which its approval does not cover" if record else "which no approval covers"
        yield Refusal(migration.path, "finding", f"has the error {code} at {at}, {why}")


def _rollback_of_merged(change: Change, migration: Migration) -> Iterator[Refusal]:
    """Hold what takes back an approved migration to its approval, when this change touches it."""
    entry = change.head.entries.get(record_path(migration))
    rollback = change.head.rollback_of(migration)
    if (
        entry is None
        or rollback == change.fork.rollback_of(migration)
        or rollback == change.base.rollback_of(migration)
    ):
        return
    try:
        record = change.record_in(entry)
    except GuardrailsError:
        return  # `_records` says so when the change brought it
    if record.rollback_sha256 != (None if rollback is None else change.sha256_of(rollback)):
        yield Refusal(
            migration.path,
            "rollback",
            "its rollback was changed after it was approved: put it back, or a person approves it again",
        )


def _records(change: Change) -> Iterator[Refusal]:
    """Look at each record that the change brings or takes away, and that is not a new migration's."""
    ledgers = {
        str(ledger_of(one.folder))
        for snapshot in (change.head, change.base, change.fork)
        for one in snapshot.migrations.values()
    }
    owners = {record_path(one): one for one in change.head.migrations.values()}
    paths = change.head.entries.keys() | change.fork.entries.keys()
    for path in sorted(
        path for path in paths if str(PurePosixPath(path).parent) in ledgers and path.endswith(".json")
    ):
        owner = owners.get(path)
        if path not in change.head.entries:
            if path in change.base.entries:
                yield Refusal(path, "record", "was deleted: the record of an approval stays")
            continue
        sig = f"{path}.sig"
        signed_anew = sig in change.head.entries and change.is_new(sig)
        if not change.is_new(path) and not signed_anew and not _lost(change, sig):
            continue
        if owner is None:
            yield Refusal(path, "record", _orphan(change, change.head.entries[path]))
        elif not change.is_new(owner.path):
            _, faults = approval_of(change, owner)
            yield from (Refusal(path, kind, sentence) for kind, sentence in faults)


def _lost(change: Change, path: str) -> bool:
    return path in change.fork.entries and path in change.base.entries and path not in change.head.entries


def _orphan(change: Change, entry: Entry) -> str:
    try:
        return f"approves {change.record_in(entry).migration}, which is no migration beside it: remove it"
    except GuardrailsError as error:
        return f"belongs to no migration, and is no record: {error}"


def _layouts(change: Change) -> Iterator[Refusal]:
    """Name a folder that would be read as another tool's: then other files in it are the migrations."""
    tools = {one.folder: one.tool for one in change.base.migrations.values()}
    for folder, tool in {one.folder: one.tool for one in change.head.migrations.values()}.items():
        before = tools.get(folder, tool)
        if before is not tool and not change.allow_guard_changes:
            yield Refusal(
                str(folder),
                "layout",
                f"looks like the migrations of {tool}, and in the base branch like those of {before}: "
                "an owner looks at that, and then runs the check with --allow-guard-changes",
            )
