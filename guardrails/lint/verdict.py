"""What was read in a migration -> its `ValidationResult`: what stands, what is allowed, what hides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from guardrails.lint.allow import Allow, allows
from guardrails.lint.contracts import (
    Finding,
    Level,
    Problem,
    Profile,
    Settings,
    Severity,
    ValidationResult,
    position,
)
from guardrails.lint.levels import level_of
from guardrails.lint.rollback import mismatches
from guardrails.lint.rules import RULES
from guardrails.lint.secrets import masked
from guardrails.lint.traversal import Entry, Place, Reading
from guardrails.lint.values import replace

_ABOUT_THE_TEXT = frozenset({"PARSE_ERROR", "DYNAMIC_SQL", "HIDDEN_DESTRUCTIVE"})


def judge(
    reading: Reading,
    settings: Settings,
    approved: frozenset[str],
    given: Sequence[tuple[str, Problem]] = (),
) -> ValidationResult:
    """Settle every entry of a reading, now that all migrations of the change were read.

    Args:
        reading: the migration.
        settings: what the project asks.
        approved: the codes of errors that a human's approval covers.
        given: what only the project's files as a whole show, each with the code of its rule.
    """
    standing = [entry for entry in reading.entries if _stands(entry, reading)]
    standing += _hidden(standing, reading)
    standing += _missing_rollback(reading, settings)
    standing += [
        Entry(RULES[code], problem, problem.offset, Place(reading.statement_at(problem.offset)))
        for code, problem in given
    ]
    standing += _rollback_mismatch(reading)
    asked = list(allows(reading.file.sql))
    targets = {(_carrier_of(allow, reading), allow.code): allow for allow in asked if not allow.fault}
    lines = _Lines(reading)
    findings = [
        _finding(entry, lines, targets.get((entry.place.carrier, entry.rule.code))) for entry in standing
    ]
    used = {(entry.place.carrier, entry.rule.code) for entry in standing}
    findings += [_finding(entry, lines, None) for entry in _misused(asked, used, reading)]
    return _sorted_out(reading.file.path, dict.fromkeys(findings), settings, approved)


def _sorted_out(
    path: str, findings: Iterable[Finding], settings: Settings, approved: frozenset[str]
) -> ValidationResult:
    errors: list[Finding] = []
    warnings: list[Finding] = []
    allowed: list[Finding] = []
    hidden: list[Finding] = []
    for found in sorted(findings, key=lambda finding: (finding.line, finding.column, finding.code)):
        level = level_of(found.code, found.severity, path, settings)
        finding = _at_level(found, level)
        if level is Level.OFF:
            hidden.append(finding)
        elif finding.severity is Severity.ERROR:
            (allowed if finding.code in approved else errors).append(finding)
        else:
            (allowed if finding.requested else warnings).append(finding)
    return ValidationResult(path, not errors, tuple(errors), tuple(warnings), tuple(allowed), tuple(hidden))


def _at_level(finding: Finding, level: Level) -> Finding:
    if level is Level.OFF or level.value == finding.severity.value:
        return finding
    return replace(finding, severity=Severity(level.value), lowered=level is Level.WARNING)


def _stands(entry: Entry, reading: Reading) -> bool:
    if entry.place.body_of is not None and id(entry.place.body_of) in reading.called:
        return False  # it is reported where the function is called
    return entry.problem.unless is None or not entry.problem.unless()


def _hidden(standing: list[Entry], reading: Reading) -> Iterator[Entry]:
    """Name each top-level statement with destruction inside it that a reader of statements won't see."""
    by_carrier: dict[int, list[Entry]] = {}
    for entry in standing:
        worst = entry.problem.severity or entry.rule.severity
        if entry.place.via and worst is Severity.ERROR and entry.rule.code not in _ABOUT_THE_TEXT:
            by_carrier.setdefault(entry.place.carrier, []).append(entry)
    for carrier, entries in by_carrier.items():
        codes = ", ".join(dict.fromkeys(entry.rule.code for entry in entries))
        via = entries[0].place.via
        problem = Problem(
            f"hides {codes} from review, inside {_carrier_in_words(via)}",
            reading.script.statements[carrier].start,
        )
        runs = any(entry.severity is Severity.ERROR for entry in entries)
        yield Entry(RULES["HIDDEN_DESTRUCTIVE"], problem, problem.offset, Place(carrier, via=via, runs=runs))


def _carrier_in_words(via: str | None) -> str:
    kind, _, name = (via or "").partition(":")
    if name:
        return f"the function {name}"
    return {"do": "a DO block", "cron": "a scheduled job"}.get(kind, f"{kind.upper()}")


def _missing_rollback(reading: Reading, settings: Settings) -> Iterator[Entry]:
    expected = settings.rollbacks and reading.file.path not in settings.before_rollbacks
    asked = expected or settings.profile is Profile.STRICT
    if asked and not reading.file.has_rollback and reading.script.statements:
        problem = Problem(
            "nothing undoes this migration: it has no rollback", reading.script.statements[0].start
        )
        yield Entry(RULES["MISSING_ROLLBACK"], problem, problem.offset, Place(0))


def _rollback_mismatch(reading: Reading) -> Iterator[Entry]:
    file, statements = reading.file, reading.script.statements
    if not file.down:
        return
    end = len(file.sql) - len(file.down) if file.sql.endswith(file.down) else len(file.sql)
    for problem in mismatches((one for one in statements if one.start < end), file.down):
        carrier = next(number for number, one in enumerate(statements) if one.start == problem.offset)
        yield Entry(RULES["ROLLBACK_MISMATCH"], problem, problem.offset, Place(carrier))


def _misused(asked: list[Allow], used: set[tuple[int, str]], reading: Reading) -> Iterator[Entry]:
    for allow in asked:
        if allow.fault:
            yield _about(allow, "SUPPRESSION_WITHOUT_REASON", f"this comment allows nothing: {allow.fault}")
            if "_" in allow.code and allow.code not in RULES:
                yield _about(allow, "UNUSED_SUPPRESSION", f"there is no rule {allow.code}")
        elif allow.code not in RULES:
            yield _about(allow, "UNUSED_SUPPRESSION", f"there is no rule {allow.code}")
        elif (_carrier_of(allow, reading), allow.code) not in used:
            yield _about(
                allow, "UNUSED_SUPPRESSION", f"the statement below has no finding {allow.code} to allow"
            )


def _about(allow: Allow, code: str, message: str) -> Entry:
    return Entry(RULES[code], Problem(message, allow.offset), allow.offset, Place(-1))


def _carrier_of(allow: Allow, reading: Reading) -> int:
    return reading.statement_at(allow.offset)


class _Lines:
    """The lines that findings quote, each cleaned of secrets once: a long one may be quoted often."""

    def __init__(self, reading: Reading) -> None:
        self.text = reading.file.sql
        self._secrets = reading.secrets
        self._shown: dict[int, str] = {}

    def at(self, start: int) -> str:
        """Return the line that begins at an offset."""
        if start not in self._shown:
            end = self.text.find("\n", start)
            line = self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")
            self._shown[start] = masked(line, self._secrets)
        return self._shown[start]


def _finding(entry: Entry, lines: _Lines, allow: Allow | None) -> Finding:
    line, column = position(lines.text, entry.offset)
    return Finding(
        code=entry.rule.code,
        severity=entry.severity,
        message=entry.problem.message,
        line=line,
        column=column,
        suggestion=entry.problem.suggestion or entry.rule.suggestion,
        statement=lines.at(entry.offset - column + 1),
        via=entry.place.via,
        will_fail=entry.problem.will_fail,
        requested=allow.reason if allow else None,
    )
