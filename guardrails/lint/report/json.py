"""Results -> JSON for programs: the form of `pg-guardrails validate --format json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from guardrails.lint.contracts import Finding, ValidationResult

_ALWAYS = ("code", "message", "line", "column", "suggestion")
_WHEN_SET = ("via", "will_fail", "requested")


def render(results: Sequence[ValidationResult]) -> str:
    return json.dumps(as_data(results), ensure_ascii=True, separators=(",", ":"))


def as_data(results: Sequence[ValidationResult]) -> dict[str, Any]:
    """Return the report as plain data: `valid`, and `files` with `path`, `valid` and their findings."""
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
    }


def finding_as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data; what it has nothing to say about is left out."""
    data: dict[str, Any] = {name: getattr(finding, name) for name in _ALWAYS}
    return data | {name: value for name in _WHEN_SET if (value := getattr(finding, name))}
