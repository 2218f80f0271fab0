"""A review -> its verdict and the facts behind it, the same for the page and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commands.review.contracts import Fact, Kind, Review, Tone
from guardrails.approval.ledger import Standing
from guardrails.approval.records import written
from guardrails.lint.locks import LockMode
from guardrails.lint.report.hidden import told
from guardrails.lint.report.plain import plain
from guardrails.lint.report.text import render_file
from guardrails.sections import has_statement
from guardrails.shadow.contracts import Change, Verdict, Verified
from guardrails.shadow.report import sentences
from guardrails.shadow.report.drawing import spans

_MARKS = {Tone.GOOD: "✓", Tone.PLAIN: "·", Tone.CARE: "!", Tone.BAD: "✗"}
_OF_VERDICT = {
    Verdict.PROVED: Tone.GOOD,
    Verdict.RESERVATIONS: Tone.CARE,
    Verdict.REFUTED: Tone.BAD,
    Verdict.NOT_PROVED: Tone.CARE,
}


def headline(review: Review) -> Fact:
    """Return what it comes to, in one line."""
    errors, warnings = len(review.result.errors), len(review.result.warnings)
    verdict = None if review.verification is None else review.verification.verdict
    if not review.result.valid:
        done = "written" if review.kind is Kind.DRAFT else "merged"
        return Fact("Blocked", f"{count(errors, 'error')}, so it can't be {done} as it is", Tone.BAD)
    if verdict is Verdict.REFUTED:
        return Fact("Refuted", "a disposable database showed what is wrong with it", Tone.BAD)
    open_points = [count(warnings, "warning")] if warnings else []
    if verdict in {Verdict.RESERVATIONS, Verdict.NOT_PROVED}:
        open_points.append(f"the proof is {verdict}" if verdict is Verdict.NOT_PROVED else "reservations")
    if open_points:
        return Fact("Look closely", " and ".join(open_points), Tone.CARE)
    if verdict is None:
        return Fact("Nothing found", "no rule speaks against it; it was not run anywhere", Tone.PLAIN)
    return Fact("Nothing found", "no rule speaks against it, and it was proved", Tone.GOOD)


def facts(review: Review) -> tuple[Fact, ...]:
    """Return the summary: validation, proof, locks, schema, rollback, tenants and approval."""
    return tuple(_facts(review))


def summary(review: Review, *, findings: bool = True) -> str:
    """Return the review as text for a terminal, without the SQL itself."""
    return "\n".join(map(plain, _lines(review, findings=findings)))


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def file_of(review: Review) -> Verified | None:
    """Return what was shown of the migration itself, None where nothing ran."""
    return None if review.verification is None else next(iter(review.verification.files), None)


def _lines(review: Review, *, findings: bool) -> Iterator[str]:
    first = headline(review)
    yield f"{_MARKS[first.tone]} {first.label}: {first.value}"
    yield f"  {review.title} ({review.path})"
    if review.purpose:
        yield f"  purpose: {review.purpose}"
    if review.dependencies:
        yield f"  builds on: {', '.join(review.dependencies)}"
    for fact in facts(review):
        yield f"{_MARKS[fact.tone]} {fact.label.lower()}: {fact.value}"
        yield from (f"    {line}" for line in fact.details)
    if review.earlier is not None:
        yield f"· there is another version to compare with: {review.earlier.label}"
    if findings and (review.result.findings or review.result.allowed):
        yield ""
        yield from render_file(review.result).rstrip("\n").split("\n")


def _facts(review: Review) -> Iterator[Fact]:
    yield _validation(review)
    verified = file_of(review)
    yield _proof(review)
    if verified is not None:
        yield _locks(verified)
        if verified.failure is None:
            yield _schema(verified.difference.changes)
    yield _rollback(review, verified)
    if verified is not None and verified.isolation is not None:
        yield _tenants(verified.isolation.data)
    if review.approval is not None:
        yield _approval(review)


def _validation(review: Review) -> Fact:
    result = review.result
    details = [
        *([f"{count(len(result.allowed), 'finding')} allowed"] if result.allowed else []),
        *([hidden] if (hidden := told([result])) else []),
    ]
    named = [
        *([count(len(result.errors), "error")] if result.errors else []),
        *([count(len(result.warnings), "warning")] if result.warnings else []),
    ]
    tone = Tone.BAD if result.errors else Tone.CARE if result.warnings else Tone.GOOD
    return Fact("Validation", ", ".join(named) or "nothing found", tone, tuple(details))


def _proof(review: Review) -> Fact:
    verification = review.verification
    if verification is None:
        return Fact("Proof", "not run", Tone.PLAIN)
    details = [
        *([verification.reason] if verification.reason else []),
        *(
            f"{one.severity} {one.code}: {one.message}"
            for file in verification.files
            for one in file.findings
        ),
        *(
            [f"{count(len(verification.skipped), 'statement')} of the history left out"]
            if verification.skipped
            else []
        ),
        *([verification.stale] if verification.stale else []),
    ]
    return Fact("Proof", str(verification.verdict), _OF_VERDICT[verification.verdict], tuple(details))


def _locks(verified: Verified) -> Fact:
    waiting = [span for span in spans(verified.steps) if span.mode.blocks_writes]
    if not waiting:
        return Fact("Locks", "nobody waits", Tone.GOOD, tuple(sentences.of_locks(verified)))
    reads = [span for span in waiting if span.mode is LockMode.ACCESS_EXCLUSIVE]
    longest = max(span.statements for span in waiting)
    what = f"reads and writes wait on {count(len(reads), 'table')}" if reads else ""
    if others := len(waiting) - len(reads):
        what += f"{' and ' if what else ''}writes {'on ' if reads else 'wait on '}{count(others, 'more table' if reads else 'table')}"
    value = f"{what}, at most {count(longest, 'statement')} long"
    heavy = any(span.heavy for span in waiting)
    return Fact(
        "Locks", value, Tone.CARE if heavy or longest > 1 else Tone.PLAIN, tuple(sentences.of_locks(verified))
    )


def _schema(changes: Sequence[Change]) -> Fact:
    if not changes:
        return Fact("Schema", "unchanged", Tone.PLAIN)
    named = [
        f"{number} {action}"
        for action in ("added", "changed", "removed")
        if (number := sum(change.action == action for change in changes))
    ]
    removed = any(change.action == "removed" for change in changes)
    return Fact("Schema", ", ".join(named), Tone.CARE if removed else Tone.PLAIN)


def _rollback(review: Review, verified: Verified | None) -> Fact:
    if verified is not None and verified.failure is None:
        rollback = verified.rollback
        tone = Tone.GOOD if rollback is not None and rollback.exact else Tone.CARE
        return Fact("Rollback", sentences.of_rollback(verified), tone)
    if not has_statement(review.rollback):
        return Fact("Rollback", "there is none", Tone.CARE)
    return Fact("Rollback", "there is one; it was not tried", Tone.PLAIN)


def _tenants(data: object) -> Fact:
    match data:
        case {"applicable": True, "counts": dict() as counts}:
            tone = Tone.BAD if counts.get("refuted") else Tone.CARE if counts.get("unproved") else Tone.GOOD
            return Fact("Tenants", ", ".join(f"{number} {name}" for name, number in counts.items()), tone)
        case {"reason": str(reason)}:
            return Fact("Tenants", f"not applicable: {reason}", Tone.PLAIN)
    return Fact("Tenants", "not tried", Tone.PLAIN)


def _approval(review: Review) -> Fact:
    status = review.approval
    if status is None or (status.record is None and status.standing is Standing.UNAPPROVED):
        return Fact("Approval", "nobody approved it yet", Tone.PLAIN)
    if status.standing is Standing.APPROVED and status.record is not None:
        by = f"{status.record.approver} at {written(status.record.approved_at)}"
        return Fact("Approval", f"approved by {by}", Tone.GOOD)
    return Fact("Approval", str(status.standing), Tone.CARE, (status.problem,) if status.problem else ())
