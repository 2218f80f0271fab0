"""A verification -> Markdown for a pull request: the verdict first, long parts folded away.

Names and messages are written so that they neither break a table nor become markup, a mention, or a
command of the CI system that prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from guardrails.lint.report.plain import literal, plain
from guardrails.shadow.contracts import Verification, Verified
from guardrails.shadow.report import sentences
from guardrails.shadow.report.drawing import draw
from guardrails.shadow.report.text import harmless

_MOST = 100
_FENCES = re.compile(r"`{3,}")
_SIGNS = {"added": "+", "removed": "-", "changed": "!"}


def render(verification: Verification) -> str:
    """Return the report."""
    return "\n".join(map(harmless, _lines(verification)))


def _lines(verification: Verification) -> Iterator[str]:
    yield f"## pg-guardrails verify: {literal(sentences.headline(verification))}"
    yield ""
    if verification.stopped is not None:
        yield f"{literal(sentences.place(verification.stopped))}"
        yield ""
        yield f"A way out: {literal(sentences.WAYS_OUT)}."
        yield ""
    if verification.stale:
        yield f"Note: {literal(verification.stale)}."
        yield ""
    if verification.skipped:
        title = f"Left out of the history: {sentences.count(len(verification.skipped), 'statement')}"
        yield from _folded(title, _block(map(sentences.place, verification.skipped), ""))
    for verified in verification.files:
        yield from _file(verified)


def _file(verified: Verified) -> Iterator[str]:
    yield f"### {literal(verified.path)}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| **verdict** | {sentences.MARKS[verified.verdict]} **{verified.verdict}** |"
    for finding in verified.findings:
        yield f"| {finding.severity} {literal(finding.code)} | {literal(finding.message)}<br>{literal(finding.suggestion)} |"
    if verified.failure is None:
        yield f"| schema | {sentences.count(len(verified.difference.changes), 'change')} |"
        yield f"| rollback | {literal(sentences.of_rollback(verified))} |"
        if rows := sentences.of_rows(verified):
            yield f"| rows | {literal(rows)} |"
        yield f"| second run | {literal(sentences.of_repetition(verified))} |"
    else:
        yield f"| stops at | {literal(sentences.place(verified.failure))} |"
    for line in sentences.of_locks(verified):
        yield f"| lock | {literal(line)} |"
    yield ""
    if drawing := list(draw(verified.steps)):
        yield "Locks on tables that were there before, by statement:"
        yield ""
        yield from _block(drawing, "text")
        yield ""
        statements = (f"{step.number}  line {step.line}  {step.text}" for step in verified.steps)
        yield from _folded("The statements", _block(statements, ""))
    if changes := verified.difference.changes:
        yield from _folded(
            "The schema", _block((f"{_SIGNS[one.action]} {one.sql or one}" for one in changes), "diff")
        )
    if verified.rollback is not None and (left := verified.rollback.difference.changes):
        yield from _folded(
            "What the rollback leaves",
            _block((f"{_SIGNS[one.action]} {one.sql or one}" for one in left), "diff"),
        )
    if verified.isolation is not None:
        yield from _folded("Tenants", _block(verified.isolation.lines, "text"))


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"<details><summary>{literal(title)}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _block(lines: Iterable[str], language: str) -> Iterator[str]:
    shown = [plain(line) for line in lines]
    left = len(shown) - _MOST
    shown = [*shown[:_MOST], *([f"… and {left} more"] if left > 0 else [])]
    longest = max((len(found) for line in shown for found in _FENCES.findall(line)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{language}"
    yield from shown
    yield fence
