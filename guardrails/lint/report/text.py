"""Results -> text for people: grouped by file, each finding with its source line and a caret.

Short by default: of many findings of one code the first few are shown whole, the others a line each,
and a table at the end counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from guardrails.lint.contracts import Finding, Severity, ValidationResult
from guardrails.lint.patterns import regex
from guardrails.lint.report.plain import plain
from guardrails.lint.rules import RULES
from guardrails.lint.values import dataclass, field

_WIDEST_SOURCE = 160
_WIDEST_SUGGESTION = 240
_MOST_WHOLE = 3
_MANY = 10
_NOT_A_TAB = regex(r"[^\t]")
_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1"}


def render(results: Sequence[ValidationResult], *, colour: bool = False, verbose: bool = False) -> str:
    """Return the report; its last line says whether the validation passed.

    Args:
        results: one for each migration.
        colour: for a terminal that shows it.
        verbose: each finding whole, with what its rule is about.
    """
    report = _Report(colour=colour, verbose=verbose)
    parts = [report.file(result) for result in results if result.findings or result.allowed]
    return "\n".join((*parts, *report.summary(), verdict(results, colour=colour)))


def render_file(result: ValidationResult) -> str:
    """Return the findings of one file, each whole, without a verdict."""
    return _Report(colour=False, verbose=False, most_whole=len(tuple(result.findings))).file(result)


def verdict(results: Sequence[ValidationResult], *, colour: bool = False) -> str:
    """Return the last line, and above it how many warnings there are when nothing blocks."""
    errors = sum(len(result.errors) for result in results)
    warnings = sum(len(result.warnings) for result in results)
    failed = sum(not result.valid for result in results)
    if failed:
        line = f"✗ Validation failed: {_count(errors, 'error')} in {_count(failed, 'file')}"
        return _painted(line, "31;1", colour=colour)
    noted = f"{_count(warnings, 'warning')} in {_count(len(results), 'file')}\n" if warnings else ""
    return noted + _painted("✓ Validation passed", "32;1", colour=colour)


@dataclass
class _Report:
    """What was shown so far, which decides how much of the next finding is."""

    colour: bool
    verbose: bool
    most_whole: int = _MOST_WHOLE
    seen: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def file(self, result: ValidationResult) -> str:
        findings = sorted(result.findings, key=lambda finding: (finding.line, finding.column))
        lines = [line for finding in findings for line in self._finding(result.path, finding)]
        lines += [
            f"{_where(result.path, finding)}: allowed {finding.code}: {plain(finding.requested or 'approved')}"
            for finding in result.allowed
        ]
        return "\n".join(lines) + "\n"

    def summary(self) -> Iterator[str]:
        """Count the findings by code, where there are many or not each was shown whole."""
        if self.seen.total() <= _MANY and not self._shortened:
            return
        counted = sorted(
            self.seen.items(), key=lambda one: (one[0][0] is not Severity.ERROR, -one[1], one[0][1])
        )
        width = max(len(code) for _, code in self.seen)
        for (severity, code), number in counted:
            label = _painted(f"{severity:<7} {code:<{width}}", _COLOURS[severity], colour=self.colour)
            yield f"{number:>5}  {label}  {_summary_of(code)}"
        more = "" if self.verbose else "; --verbose shows each finding whole"
        yield f"pg-guardrails rules CODE explains a rule{more}\n"

    @property
    def _shortened(self) -> bool:
        return not self.verbose and any(number > self.most_whole for number in self.seen.values())

    def _finding(self, path: str, finding: Finding) -> Iterator[str]:
        self.seen[finding.severity, finding.code] += 1
        number = self.seen[finding.severity, finding.code]
        via = f" (in {plain(finding.via)})" if finding.via else ""
        label = _painted(f"{finding.severity} {finding.code}", _COLOURS[finding.severity], colour=self.colour)
        yield f"{_where(path, finding)}: {label}: {plain(finding.message)}{via}"
        if finding.requested:
            yield f"  asked to allow: {plain(finding.requested)} — needs a human's approval"
        if number > self.most_whole and not self.verbose:
            return
        yield from _source(finding)
        suggestion = plain(finding.suggestion)
        yield f"  instead: {suggestion if self.verbose else _shortened(suggestion)}"
        if self.verbose:
            yield from _explained(finding)


def _source(finding: Finding) -> Iterator[str]:
    number = str(finding.line)
    start = max(0, finding.column - _WIDEST_SOURCE // 2)
    source = plain(finding.statement[start : start + _WIDEST_SOURCE])
    indent = _NOT_A_TAB.sub(" ", plain(finding.statement[start : finding.column - 1]))
    yield f"  {number} | {source}"
    yield f"  {' ' * len(number)} | {indent}^"


def _explained(finding: Finding) -> Iterator[str]:
    yield f"  why: {_summary_of(finding.code)}"
    if finding.via:
        yield f"  where: it runs from inside {plain(finding.via)}, which this line defines, starts or calls"
    if finding.will_fail:
        yield "  PostgreSQL refuses this statement, so the migration can't be applied"
    if finding.lowered:
        yield "  an error by itself; the project's configuration makes it a warning"
    yield f"  more: pg-guardrails rules {finding.code}"


def _summary_of(code: str) -> str:
    return RULES[code].summary if code in RULES else ""


def _shortened(text: str) -> str:
    if len(text) <= _WIDEST_SUGGESTION:
        return text
    return text[:_WIDEST_SUGGESTION].rpartition(" ")[0] + " …"


def _where(path: str, finding: Finding) -> str:
    shown = plain(path)
    # A line that begins with "::" is a command to GitHub's runner.
    shown = f"./{shown}" if shown.lstrip().startswith("::") else shown
    return f"{shown}:{finding.line}:{finding.column}"


def _painted(text: str, paint: str, *, colour: bool) -> str:
    return f"\x1b[{paint}m{text}\x1b[0m" if colour else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
