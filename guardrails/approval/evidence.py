"""A new migration's record, as the head of a change has it -> what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.approval.change import Change, record_path
from guardrails.approval.git import LINK
from guardrails.approval.places import ledger_of
from guardrails.approval.policy import SIGNERS, Policy
from guardrails.approval.reading import parse
from guardrails.approval.records import Method, Record, fault_of
from guardrails.approval.signatures import fault_of_signature
from guardrails.approval.snapshot import Migration
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError

_MOST_SIGNATURE_BYTES = 64 * 1024


def approval_of(change: Change, migration: Migration) -> tuple[Record | None, list[tuple[str, str]]]:
    """Return the record of a migration, and what is wrong with it."""
    if migration.linked is not None:
        return None, [("link", "is a link: commit the file itself")]
    entry = change.head.entries.get(record_path(migration))
    if entry is None:
        return None, [
            ("unapproved", f"is not approved: a person runs pg-guardrails approve {escape(migration.path)}")
        ]
    try:
        record = change.record_in(entry)
    except GuardrailsError as error:
        return None, [("record", str(error))]
    return record, list(_faults(change, migration, record))


def _faults(change: Change, migration: Migration, record: Record) -> Iterator[tuple[str, str]]:
    rollback = change.head.rollback_of(migration)
    if rollback is not None and rollback.mode == LINK:
        yield "link", f"its rollback {escape(rollback.path)} is a link: commit the file itself"
    fault = fault_of(
        record,
        migration.path,
        change.sha256_of(migration.entry),
        None if rollback is None else change.sha256_of(rollback),
        change.now,
    )
    if fault is not None:
        yield fault[0], f"{fault[1]}: a person approves it again"
    policy = change.policy_of(migration)
    for name in dict.fromkeys((*policy.environments, *change.environments)):
        if name not in record.environments:
            yield (
                "environment",
                f"its approval is not for {escape(name)}: a person approves it with --environment {escape(name)}",
            )
    yield from _signature(change, migration, record, policy)
    yield from _chain(change, migration, record)


def _signature(
    change: Change, migration: Migration, record: Record, policy: Policy
) -> Iterator[tuple[str, str]]:
    entry = change.head.entries.get(f"{record_path(migration)}.sig")
    if entry is None:
        if policy.require_signature or record.method is Method.SSH:
            why = (
                "the policy of the base branch asks for it"
                if policy.require_signature
                else "its record says so"
            )
            yield "signature", f"its approval has to be signed, as {why}: approve it with --sign KEY"
        return
    trusted = change.trusted(migration, SIGNERS)
    if not trusted:
        path = ledger_of(migration.folder) / SIGNERS
        yield "signature", f"its approval is signed, but the base branch has no {path} to verify it with"
        return
    signature = change.bytes_of(entry)
    if entry.mode == LINK or len(signature) > _MOST_SIGNATURE_BYTES:
        yield "signature", "the signature of its approval is none"
        return
    fault = fault_of_signature(record, signature, b"\n".join(map(change.bytes_of, trusted)))
    if fault is not None:
        yield (
            "signature",
            f"the signature of its approval is not one of {record.approver} as the base branch knows them ({fault})",
        )


def _chain(change: Change, migration: Migration, record: Record) -> Iterator[tuple[str, str]]:
    """Demand that a record which takes the place of a merged one says so, through those between them."""
    path = record_path(migration)
    old = change.fork.entries.get(path)
    if old is None or old == change.head.entries[path]:
        return
    with_hash: dict[str, Record] = {}
    for data in (
        change.bytes_of(old),
        *change.repository.versions(change.fork.commit, change.head.commit, path),
    ):
        try:
            one = parse(data, path)
        except GuardrailsError:
            continue
        with_hash[one.digest] = one
    try:
        wanted = change.record_in(old).digest
    except GuardrailsError:
        return  # nobody can name a record that can't be read
    seen: set[str] = set()
    previous = record.previous
    while previous is not None and previous != wanted and previous in with_hash and previous not in seen:
        seen.add(previous)
        previous = with_hash[previous].previous
    if previous != wanted:
        yield (
            "record",
            "its record takes the place of a merged one without naming it: put that back, and approve it again",
        )
