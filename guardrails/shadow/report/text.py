"""A verification -> text for people: the verdict first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrails.lint.report.plain import plain
from guardrails.shadow.contracts import RAN_TOO_LONG, Change, Verdict, Verification, Verified
from guardrails.shadow.report import sentences
from guardrails.shadow.report.drawing import draw

_COLOURS = {
    Verdict.PROVED: "32;1",
    Verdict.RESERVATIONS: "33;1",
    Verdict.REFUTED: "31;1",
    Verdict.NOT_PROVED: "33;1",
}
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_MOST = 60


def render(verification: Verification, *, colour: bool = False) -> str:
    """Return the report; its first line is the verdict."""
    head = plain(sentences.headline(verification))
    if colour:
        head = f"\x1b[{_COLOURS[verification.verdict]}m{head}\x1b[0m"
    return "\n".join((head, *map(harmless, map(plain, _lines(verification)))))


def harmless(line: str) -> str:
    """Return a line that no runner of a CI system takes for a command of its own (`::error::`)."""
    found = len(line) - len(line.lstrip())
    return f"{line[:found]}\\x3a{line[found + 1 :]}" if line[found:].startswith("::") else line


def _lines(verification: Verification) -> Iterator[str]:
    if verification.stopped is not None:
        yield f"  {sentences.place(verification.stopped)}"
        yield f"  a way out: {sentences.WAYS_OUT}"
    if verification.stale:
        yield f"  note: {verification.stale}"
    if verification.skipped:
        yield f"  left out of the history: {sentences.count(len(verification.skipped), 'statement')}"
        yield from _most([f"    {sentences.place(one)}" for one in verification.skipped])
    for verified in verification.files:
        yield ""
        yield from _file(verified)


def _file(verified: Verified) -> Iterator[str]:
    yield f"{verified.path}: {verified.verdict}"
    for finding in verified.findings:
        yield f"  {finding.severity} {finding.code}: {finding.message}"
        yield f"    instead: {finding.suggestion}"
    if verified.failure is not None and not verified.findings:
        yield f"  stops at {sentences.place(verified.failure)}"
        if verified.failure.sqlstate not in RAN_TOO_LONG:
            yield "  what is missing may be in a statement of the history that was left out"
    if drawing := list(draw(verified.steps)):
        yield "  locks on tables that were there before, by statement"
        yield from (f"    {line}" for line in drawing)
        yield from (f"  {line}" for line in sentences.of_locks(verified))
    if verified.failure is not None:
        return
    yield f"  schema: {_changes(verified.difference.changes)}"
    yield from _most([f"    {_SIGNS[one.action]} {one.sql or one}" for one in verified.difference.changes])
    yield f"  rollback: {sentences.of_rollback(verified)}"
    if verified.rollback is not None:
        yield from _most(
            [f"    {_SIGNS[one.action]} {one.sql or one}" for one in verified.rollback.difference.changes]
        )
    if rows := sentences.of_rows(verified):
        yield f"  rows: {rows}"
    yield f"  second run: {sentences.of_repetition(verified)}"
    if verified.isolation is not None:
        yield "  tenants"
        yield from (f"    {line}" for line in verified.isolation.lines)


def _changes(changes: Sequence[Change]) -> str:
    return sentences.count(len(changes), "change") if changes else "unchanged"


def _most(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"    … and {len(lines) - _MOST} more"
