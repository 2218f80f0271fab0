"""Results -> JUnit's XML: a test suite for each file, a test case for each rule that speaks in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from xml.etree import ElementTree as ET

from guardrails.lint.contracts import Finding, Severity, ValidationResult
from guardrails.lint.patterns import regex
from guardrails.lint.report.plain import plain

_NOT_IN_XML = regex("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Sequence[ValidationResult]) -> str:
    """Return the document. Errors fail their test case, warnings are its output, what is allowed is skipped."""
    suites = [_suite(result) for result in results]
    total = {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in _COUNTED}
    root = ET.Element("testsuites", {"name": "pg-guardrails", **total})
    root.extend(suites)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}'


_COUNTED = ("tests", "failures", "errors", "skipped")


def _suite(result: ValidationResult) -> ET.Element:
    allowed = frozenset(result.allowed)
    cases = [
        _case(result.path, code, findings, allowed)
        for code, findings in _by_code((*result.errors, *result.warnings, *result.allowed)).items()
    ] or [ET.Element("testcase", {"classname": _text(result.path), "name": "validate", "time": "0"})]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": 0,
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    suite = ET.Element(
        "testsuite",
        {"name": _text(result.path), **{name: str(number) for name, number in counts.items()}, "time": "0"},
    )
    suite.extend(cases)
    return suite


def _case(path: str, code: str, findings: Sequence[Finding], allowed: Collection[Finding]) -> ET.Element:
    attributes = {"classname": _text(path), "name": code, "file": _text(path), "line": str(findings[0].line)}
    case = ET.Element("testcase", {**attributes, "time": "0"})
    standing = [finding for finding in findings if finding not in allowed]
    errors = [finding for finding in standing if finding.severity is Severity.ERROR]
    text = "\n".join(_line(path, finding) for finding in findings)
    if errors:
        failure = ET.SubElement(case, "failure", {"type": code, "message": _text(errors[0].message)})
        failure.text = text
    elif standing:
        ET.SubElement(case, "system-out").text = text
    else:
        reason = findings[0].requested or "approved"
        ET.SubElement(case, "skipped", {"message": _text(f"allowed: {reason}")})
    return case


def _line(path: str, finding: Finding) -> str:
    asked = f"\n  asked to allow: {finding.requested}" if finding.requested else ""
    where = f"{path}:{finding.line}:{finding.column}"
    lines = f"{where}: {finding.severity}: {finding.message}{asked}\n  instead: {finding.suggestion}"
    return "\n".join(map(_text, lines.split("\n")))


def _by_code(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.code, []).append(finding)
    return grouped


def _text(text: str) -> str:
    """Return text that XML can hold; it has no way to write most control characters."""
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", plain(text))
