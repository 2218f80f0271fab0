"""Results -> text for people: grouped by file, each finding with its source line and a caret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from guardrails.lint.contracts import Finding, Rule, Severity, ValidationResult
from guardrails.lint.report.plain import plain

_WIDEST_SOURCE = 160
_NOT_A_TAB = re.compile(r"[^\t]")
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33"}


def render(results: Sequence[ValidationResult], *, colour: bool = False) -> str:
    """Return the report; its last line says whether the validation passed."""
    parts = [_file(result, colour=colour) for result in results if result.findings or result.allowed]
    return "\n".join((*parts, _verdict(results, colour=colour)))


def _file(result: ValidationResult, *, colour: bool) -> str:
    findings = sorted(result.findings, key=lambda finding: (finding.line, finding.column))
    lines = [line for finding in findings for line in _finding(result.path, finding, colour=colour)]
    lines += [
        f"{_where(result.path, finding)}: allowed {finding.code}: {plain(finding.requested or 'approved')}"
        for finding in result.allowed
    ]
    return "\n".join(lines) + "\n"


def _finding(path: str, finding: Finding, *, colour: bool) -> Iterator[str]:
    via = f" (in {plain(finding.via)})" if finding.via else ""
    label = f"{finding.severity} {finding.code}"
    if colour:
        label = f"\x1b[{_COLOURS[finding.severity]};1m{label}\x1b[0m"
    yield f"{_where(path, finding)}: {label}: {plain(finding.message)}{via}"
    number = str(finding.line)
    start = max(0, finding.column - _WIDEST_SOURCE // 2)
    source = plain(finding.statement[start : start + _WIDEST_SOURCE])
    indent = _NOT_A_TAB.sub(" ", plain(finding.statement[start : finding.column - 1]))
    yield f"  {number} | {source}"
    yield f"  {' ' * len(number)} | {indent}^"
    if finding.requested:
        yield f"  asked to allow: {plain(finding.requested)} (an error waits for a person's approval)"
    yield f"  instead: {plain(finding.suggestion)}"


def _where(path: str, finding: Finding) -> str:
    return f"{plain(path)}:{finding.line}:{finding.column}"


def _verdict(results: Sequence[ValidationResult], *, colour: bool) -> str:
    errors = sum(len(result.errors) for result in results)
    warnings = sum(len(result.warnings) for result in results)
    failed = sum(not result.valid for result in results)
    if failed:
        line = f"✗ Validation failed: {_count(errors, 'error')} in {_count(failed, 'file')}"
        return f"\x1b[31;1m{line}\x1b[0m" if colour else line
    noted = f"{_count(warnings, 'warning')} in {_count(len(results), 'file')}\n" if warnings else ""
    line = "✓ Validation passed"
    return noted + (f"\x1b[32;1m{line}\x1b[0m" if colour else line)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def render_rule(rule: Rule, check: Callable[[str], ValidationResult]) -> str:
    """Return the Markdown page of a rule, each example with what `check` reports on it."""
    return (
        f"# {rule.code}\n\nSeverity: {rule.severity}. Profile: {rule.profile}.\n\n{rule.docs.strip()}\n\n"
        f"**Instead:** {rule.suggestion}\n"
        + "".join(_examples("Reported", rule.bad, check))
        + "".join(_examples("Passes", rule.good, check))
    )


def _examples(title: str, examples: Iterable[str], check: Callable[[str], ValidationResult]) -> Iterator[str]:
    yield f"\n## {title}\n"
    for sql in examples:
        yield f"\n```sql\n{sql}\n```\n"
        result = check(sql)
        if result.findings or result.allowed:
            yield f"\n```text\n{_file(result, colour=False).rstrip()}\n```\n"
