"""Results -> JSON for programs: the form of `pg-guardrails validate --format json`."""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.lint.contracts import Finding, ValidationResult
from guardrails.lint.report.data import as_json
from guardrails.lint.report.hidden import hidden_by_code, lowered_by_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ALWAYS = ("code", "message", "line", "column", "suggestion")
_WHEN_SET = ("via", "will_fail", "requested", "lowered")


def render(results: Sequence[ValidationResult]) -> str:
    return as_json(as_data(results))


def as_data(results: Sequence[ValidationResult]) -> dict[str, Any]:
    """Return the report as plain data: `valid`, and `files` with `path`, `valid` and their findings.

    `hidden` and `lowered` count by code what the project's configuration turned off, and the errors
    that it made warnings.
    """
    return {
        "valid": all(result.valid for result in results),
        "files": [
            {
                "path": result.path,
                "valid": result.valid,
                "errors": [finding_as_data(finding) for finding in result.errors],
                "warnings": [finding_as_data(finding) for finding in result.warnings],
                "allowed": [finding_as_data(finding) for finding in result.allowed],
            }
            for result in results
        ],
        "hidden": dict(hidden_by_code(results)),
        "lowered": dict(lowered_by_code(results)),
    }


def finding_as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data; what it has nothing to say about is left out."""
    data: dict[str, Any] = {name: getattr(finding, name) for name in _ALWAYS}
    return data | {name: value for name in _WHEN_SET if (value := getattr(finding, name))}
