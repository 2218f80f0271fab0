"""What text and Markdown say of a verification alike, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.shadow.contracts import Failure, Verdict, Verification, Verified
from guardrails.shadow.report.drawing import spans

MARKS = {Verdict.PROVED: "✓", Verdict.RESERVATIONS: "~", Verdict.REFUTED: "✗", Verdict.NOT_PROVED: "?"}
WAYS_OUT = (
    "--baseline FILE takes a schema dump of the database in the place of the history "
    "(pg_dump --schema-only); --tolerant leaves out what fails and says so"
)


def headline(verification: Verification) -> str:
    """Return the verdict, and what it is about, in one line."""
    mark = MARKS[verification.verdict]
    if verification.reason:
        return f"{mark} {verification.verdict}: {verification.reason}"
    one = (
        verification.files[0].path
        if len(verification.files) == 1
        else count(len(verification.files), "migration")
    )
    after = verification.baseline or f"{count(verification.replayed, 'earlier migration')}"
    return f"{mark} {verification.verdict}: {one}, after {after}, on PostgreSQL {verification.server}"


def in_short(verification: Verification) -> str:
    """Return the verdict with all its reasons in one line."""
    reasons = [verification.reason] if verification.reason else []
    if verification.skipped:
        reasons.append(f"{count(len(verification.skipped), 'statement')} of the history left out")
    reasons += [f"{one.code}: {one.message}" for file in verification.files for one in file.findings]
    if not reasons and verification.files:
        reasons = [f"rollback: {of_rollback(file)}" for file in verification.files]
    return f"{verification.verdict} ({'; '.join(reasons)})"


def place(failure: Failure) -> str:
    """Return where a statement stands and what PostgreSQL said, with its code."""
    code = f" ({failure.sqlstate})" if failure.sqlstate else ""
    detail = f" {failure.detail}" if failure.detail else ""
    return f"{failure.path}:{failure.line}:{failure.column}: {failure.message}{code}{detail}"


def of_locks(verified: Verified) -> Iterator[str]:
    """Yield a sentence for each table whose readers or writers wait."""
    for span in spans(verified.steps):
        if not span.mode.blocks_writes:
            continue
        until = f" to {span.last}" if span.last > span.first else ""
        heavy = ""
        if span.heavy:
            which = f"{span.heavy} of them read or write" if span.statements > 1 else "which reads or writes"
            heavy = f", {which} whole tables"
        yield (
            f"{span.table}: {span.mode} at statement {span.first}{until} "
            f"({count(span.statements, 'statement')}{heavy})"
        )
    for step in verified.steps:
        for index in step.rebuilds:
            yield f"{index}: the index is built anew at statement {step.number}"


def of_rollback(verified: Verified) -> str:
    """Return what came of the way back."""
    rollback = verified.rollback
    if rollback is None:
        return "there is none to try"
    if rollback.unknown:
        return f"not tried: {rollback.unknown}"
    if rollback.failure is not None:
        return f"fails: {place(rollback.failure)}"
    if rollback.difference:
        return "the schema is not what it was"
    order = (
        f", the order of columns in {', '.join(rollback.difference.order)} apart"
        if rollback.difference.order
        else ""
    )
    if rollback.rows:
        lost = ", ".join(f"{one.table} ({one.before} → {one.after})" for one in rollback.rows)
        return f"the schema is what it was{order}, but not the rows of {lost}"
    rows = f", and so are {count(rollback.compared, 'row')}" if rollback.compared else ""
    return f"the schema is what it was{order}{rows}"


def of_rows(verified: Verified) -> str:
    """Return where it stops on made-up rows, if it does."""
    if verified.on_rows is None:
        return ""
    return f"made-up rows that the old schema allows stop it at {place(verified.on_rows)}"


def of_repetition(verified: Verified) -> str:
    """Return what a second run does."""
    repetition = verified.repetition
    if repetition is None:
        return "not tried"
    if repetition.failure is not None:
        return f"stops at {place(repetition.failure)}"
    if repetition.difference:
        return f"passes, and changes {count(len(repetition.difference.changes), 'thing')} more"
    return "passes, and changes nothing"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
