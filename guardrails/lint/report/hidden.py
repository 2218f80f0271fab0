"""Results -> what the project's configuration keeps from blocking, so that no format is silent about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from guardrails.lint.contracts import ValidationResult


def hidden_by_code(results: Sequence[ValidationResult]) -> Counter[str]:
    """Return how many findings of each code the configuration turned off."""
    return Counter(finding.code for result in results for finding in result.hidden)


def lowered_by_code(results: Sequence[ValidationResult]) -> Counter[str]:
    """Return how many errors of each code the configuration made warnings, allowed ones too."""
    warnings = (finding for result in results for finding in (*result.warnings, *result.allowed))
    return Counter(finding.code for finding in warnings if finding.lowered)


def told(results: Sequence[ValidationResult]) -> str | None:
    """Return one sentence for a person, None when nothing was hidden or lowered."""
    hidden, lowered = hidden_by_code(results), lowered_by_code(results)
    parts = [f"hides {_findings(hidden)}"] if hidden else []
    if lowered:
        parts.append(f"makes warnings of errors: {_listed(lowered)}")
    return f"the configuration {' and '.join(parts)}" if parts else None


def _findings(counts: Counter[str]) -> str:
    return f"{counts.total()} finding{'' if counts.total() == 1 else 's'}: {_listed(counts)}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {number}" for code, number in sorted(counts.items()))
