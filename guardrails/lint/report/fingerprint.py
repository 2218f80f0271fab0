"""Results -> a fingerprint for each finding, the same as long as it is the same finding."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from guardrails.lint.contracts import Finding, ValidationResult


def fingerprints(result: ValidationResult) -> Mapping[Finding, str]:
    """Return 40 hexadecimal digits for each finding of a file, whether it stands, is allowed or hidden.

    They are made of the path, the code, the message and the text of the line, not of where the line
    stands; several findings that share all of that are told apart by their order.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    made: dict[Finding, str] = {}
    everything = (*result.errors, *result.warnings, *result.allowed, *result.hidden)
    for finding in sorted(everything, key=lambda finding: (finding.line, finding.column, finding.code)):
        same = (finding.code, finding.message, " ".join(finding.statement.split()))
        seen[same] += 1
        text = "\0".join((result.path, *same, str(seen[same])))
        made[finding] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return made
