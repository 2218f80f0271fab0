"""Results -> SARIF 2.1.0, as GitHub's code scanning and editors read it.

<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from guardrails.lint.contracts import Finding, Rule, Severity, ValidationResult
from guardrails.lint.patterns import regex
from guardrails.lint.report.data import as_json
from guardrails.lint.report.fingerprint import fingerprints
from guardrails.lint.report.plain import plain
from guardrails.lint.rules import FAMILY, RULES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LINK = regex(r"([\\\[\]])")

_Data = dict[str, object]


def render(results: Sequence[ValidationResult], version: str) -> str:
    """Return the log as JSON.

    Args:
        results: one for each migration.
        version: the tool's own, as the log names it.
    """
    found = [
        (result, finding, suppression)
        for result in results
        for finding, suppression in _with_suppressions(result)
    ]
    codes = sorted({finding.code for _, finding, _ in found})
    prints = {id(result): fingerprints(result) for result in results}
    run: _Data = {
        "tool": {
            "driver": {
                "name": "pg-guardrails",
                "version": version,
                "rules": [_rule(RULES[code]) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": [
            {
                "ruleId": finding.code,
                "ruleIndex": codes.index(finding.code),
                "level": finding.severity.value,
                "message": {"text": _message(finding, stands=suppression is None)},
                "locations": [_location(result.path, finding)],
                "partialFingerprints": {"pgGuardrails/v1": prints[id(result)][finding]},
                **({"suppressions": [suppression]} if suppression else {}),
            }
            for result, finding, suppression in found
        ],
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _with_suppressions(result: ValidationResult) -> Iterator[tuple[Finding, _Data | None]]:
    for finding in result.findings:
        yield finding, None
    for finding in result.allowed:
        if finding.severity is Severity.WARNING:
            yield finding, {"kind": "inSource", "justification": plain(finding.requested or "")}
        else:
            yield finding, {"kind": "external", "justification": "a person approved it"}
    for finding in result.hidden:
        yield finding, {"kind": "external", "justification": "the project's configuration turns it off"}


def _rule(rule: Rule) -> _Data:
    _, _, why = rule.docs.strip().partition("\n")
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.code.split("_")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": why.strip() or rule.summary},
        "help": {
            "text": f"{rule.docs.strip()}\n\nInstead: {rule.suggestion}",
            "markdown": f"{rule.docs.strip()}\n\n**Instead:** {rule.suggestion}",
        },
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": [FAMILY[rule.code], "sql", "postgresql"],
            "precision": "high",
            "problem.severity": rule.severity.value,
        },
    }


def _location(path: str, finding: Finding) -> _Data:
    region: _Data = {"startLine": finding.line, "startColumn": finding.column}
    if finding.statement:
        region["snippet"] = {"text": plain(finding.statement)}
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _artifact(path: str) -> _Data:
    encoded = quote(path.replace("\\", "/") if path[1:3] == ":\\" else path, safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    return {"uri": encoded.removeprefix("./"), "uriBaseId": "%SRCROOT%"}


def _message(finding: Finding, *, stands: bool) -> str:
    via = f" (in {finding.via})" if finding.via else ""
    waits = finding.requested if stands else None
    asked = f" Asked to allow: {waits} — needs a human's approval." if waits else ""
    return _without_links(
        f"{plain(finding.message + via)}.{plain(asked)} Instead: {plain(finding.suggestion)}"
    )


def _without_links(text: str) -> str:
    """Return text that no viewer takes for one with links in it (section 3.11.6); what has none stays."""
    return _LINK.sub(r"\\\1", text) if "](" in text else text
