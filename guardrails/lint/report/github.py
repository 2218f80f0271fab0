"""Results -> workflow commands that GitHub's runner turns into annotations, and a job summary in Markdown.

GitHub keeps ten annotations of each kind for a step, so the worst come first and no more are written.
<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from guardrails.lint.contracts import Finding, Severity, ValidationResult
from guardrails.lint.report.plain import literal, plain
from guardrails.lint.report.text import verdict

_MOST_ANNOTATIONS = 10
_MOST_ROWS = 1000  # a summary may have 1 MiB
_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = _IN_DATA | {":": "%3A", ",": "%2C"}


def render(results: Sequence[ValidationResult], *, summarised: bool) -> str:
    """Return the annotations, a line each, and the verdict of the text report as the last line.

    Args:
        results: one for each migration.
        summarised: the job summary shows what is left out here.
    """
    errors, warnings = _by_severity(results, Severity.ERROR), _by_severity(results, Severity.WARNING)
    shown = [*errors[:_MOST_ANNOTATIONS], *warnings[:_MOST_ANNOTATIONS]]
    lines = [_annotation(path, finding) for path, finding in shown]
    if left := len(errors) + len(warnings) - len(shown):
        rest = "the job summary has them" if summarised else "--format text shows them"
        lines.append(f"{left} more have no annotation, of which GitHub keeps ten of a kind: {rest}")
    return "\n".join((*lines, verdict(results)))


def render_summary(results: Sequence[ValidationResult]) -> str:
    """Return the job summary in Markdown: every finding in a table, the errors first."""
    found = [*_by_severity(results, Severity.ERROR), *_by_severity(results, Severity.WARNING)]
    rows = [
        f"| {finding.severity} | {literal(finding.code)} | {literal(path)}:{finding.line} "
        f"| {literal(_message(finding))} | {literal(finding.suggestion)} |"
        for path, finding in islice(found, _MOST_ROWS)
    ]
    table = ["| | Rule | Where | What | Instead |", "|---|---|---|---|---|", *rows] if rows else []
    if left := len(found) - len(rows):
        table += ["", f"{left} more are left out: run pg-guardrails validate to see them."]
    return "\n".join(("## pg-guardrails", "", verdict(results), "", *table, ""))


def _by_severity(results: Sequence[ValidationResult], severity: Severity) -> list[tuple[str, Finding]]:
    return [
        (result.path, finding)
        for result in results
        for finding in (result.errors if severity is Severity.ERROR else result.warnings)
    ]


def _annotation(path: str, finding: Finding) -> str:
    properties = {
        "file": path,
        "line": str(finding.line),
        "col": str(finding.column),
        "title": f"{finding.code} (pg-guardrails)",
    }
    written = ",".join(f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in properties.items())
    text = f"{_message(finding)}\ninstead: {plain(finding.suggestion)}"
    return f"::{finding.severity} {written}::{_escaped(text, _IN_DATA)}"


def _message(finding: Finding) -> str:
    asked = f"\nasked to allow: {finding.requested} — needs a human's approval" if finding.requested else ""
    via = f" (in {finding.via})" if finding.via else ""
    return "\n".join(map(plain, f"{finding.message}{via}{asked}".split("\n")))


def _escaped(text: str, table: dict[str, str]) -> str:
    # Only what the runner itself undoes may stay: a control character would reach the log as it is.
    return "".join(table.get(one, one) for one in "\n".join(map(plain, text.split("\n"))))
