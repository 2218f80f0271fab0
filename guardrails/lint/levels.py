"""What a project's configuration makes of a finding: as it is, another severity, or hidden."""

from __future__ import annotations

from collections.abc import Iterable

from guardrails.lint.contracts import Level, RuleLevel, Settings, Severity

_BY_WEIGHT = (Level.OFF, Level.WARNING, Level.ERROR)


def level_of(code: str, severity: Severity, path: str, settings: Settings) -> Level:
    """Return what becomes of a finding that would have `severity` by itself.

    Where there is a floor (`Settings.least`), it is the heavier of what both configurations say.
    """
    own = Level(severity.value)
    asked = _last(settings.levels, code, path) or own
    if settings.least is None:
        return asked
    return max(asked, _last(settings.least, code, path) or own, key=_BY_WEIGHT.index)


def switched_on(path: str, settings: Settings) -> frozenset[str]:
    """Return the codes that run in a file because a configuration gives them a severity."""
    on = {Level.WARNING, Level.ERROR}
    return frozenset(
        level.code
        for levels in (settings.levels, settings.least or ())
        for level in levels
        if _last(levels, level.code, path) in on
    )


def _last(levels: Iterable[RuleLevel], code: str, path: str) -> Level | None:
    found = None
    for level in levels:
        if level.code == code and (level.paths is None or level.paths.fullmatch(path)):
            found = level.level
    return found
