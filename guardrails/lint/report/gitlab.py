"""Results -> GitLab's code quality report.

<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.lint.contracts import Finding, Severity, ValidationResult
from guardrails.lint.report.data import as_json
from guardrails.lint.report.fingerprint import fingerprints
from guardrails.lint.report.plain import plain
from guardrails.lint.rules import FAMILY

_ERRORS = {"destructive": "blocker", "security": "blocker"}
_WARNINGS = {
    "destructive": "major",
    "security": "major",
    "locking": "major",
    "style": "info",
}


def render(results: Sequence[ValidationResult]) -> str:
    """Return the report as JSON: a list of what stands; what is allowed or hidden is not in it."""
    issues = []
    for result in results:
        known = fingerprints(result)
        issues += [_issue(result.path, finding, known[finding]) for finding in result.findings]
    return as_json(issues, indent=1)


def _issue(path: str, finding: Finding, fingerprint: str) -> dict[str, object]:
    asked = f" Asked to allow: {plain(finding.requested)}." if finding.requested else ""
    return {
        "description": f"{plain(finding.message)}.{asked} Instead: {plain(finding.suggestion)}",
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _severity(finding),
        "location": {"path": path.removeprefix("./"), "lines": {"begin": finding.line}},
    }


def _severity(finding: Finding) -> str:
    family = FAMILY.get(finding.code, "")
    if finding.severity is Severity.ERROR:
        return _ERRORS.get(family, "critical")
    return "critical" if finding.will_fail else _WARNINGS.get(family, "minor")
