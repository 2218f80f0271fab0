"""`[rules]` and `[[overrides]]` of a configuration file -> the levels of rules, everywhere or by path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath

from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError, Level, RuleLevel

# What could not be read was not checked, whatever a configuration says of it.
_ALWAYS_ERRORS = frozenset({"PARSE_ERROR"})
_OVERRIDE_KEYS = ("paths", "rules")


def rule_levels(table: Mapping[str, object], source: str) -> tuple[RuleLevel, ...]:
    """Return the levels in their order: those for all files, then each override as it stands in the file.

    Args:
        table: the whole configuration; only `rules` and `overrides` are looked at.
        source: what errors call the file.

    Raises:
        GuardrailsError: a code, a level or a path is none, or a rule can't have that level.
    """
    everywhere = _levels(table["rules"], source, "[rules]", None) if "rules" in table else ()
    return (*everywhere, *_overrides(table.get("overrides", []), source))


def pattern_of(glob: str) -> re.Pattern[str]:
    """Return what matches the paths that a glob stands for.

    The glob is compared with the whole path from the project's root. `*` and `?` stop at `/`, `**` does
    not, `[abc]` and `[!abc]` are one character; what names a folder holds for everything below it.
    """
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^\]/]+\])", glob.rstrip("/"))
    return re.compile("".join(map(_translated, parts)) + "(?:/.*)?", re.DOTALL)


def _translated(part: str) -> str:
    match part:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        negated = part[1] == "!"
        members = "".join("-" if one == "-" else re.escape(one) for one in part[1 + negated : -1])
        return f"[^/{members}]" if negated else f"[{members}]"
    return re.escape(part)


def _overrides(value: object, source: str) -> Iterator[RuleLevel]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise GuardrailsError(f"{source}: overrides is no list of tables: write [[overrides]] above each")
    for number, one in enumerate(value, start=1):
        where = f"override {number}"
        for key in one:
            if key not in _OVERRIDE_KEYS:
                raise GuardrailsError(
                    f'{source}: {where} has an unknown key "{escape(key)}": the keys are paths, rules'
                )
        yield from _levels(
            one.get("rules"), source, f"{where}'s rules", _paths(one.get("paths"), source, where)
        )


def _paths(value: object, source: str, where: str) -> re.Pattern[str]:
    globs = value if isinstance(value, list) else []
    if not globs or not all(isinstance(glob, str) and _is_below(glob) for glob in globs):
        raise GuardrailsError(
            f'{source}: {where} needs "paths", a list of globs from the project\'s root, '
            'as in ["supabase/migrations/2023*"]'
        )
    try:
        return re.compile("|".join(pattern_of(glob).pattern for glob in globs), re.DOTALL)
    except re.error as error:
        raise GuardrailsError(
            f"{source}: {where} has a glob that can't be read: {escape(str(globs))}; mend its brackets"
        ) from error


def _is_below(glob: str) -> bool:
    path = PurePosixPath(glob)
    return bool(glob.strip("/")) and not (
        path.is_absolute() or PureWindowsPath(glob).is_absolute() or ".." in path.parts or "\\" in glob
    )


def _levels(value: object, source: str, where: str, paths: re.Pattern[str] | None) -> tuple[RuleLevel, ...]:
    if not isinstance(value, dict):
        raise GuardrailsError(f'{source}: {where} is no table of codes, as in DROP_TABLE = "warning"')
    return tuple(RuleLevel(*_level(code, level, source, where), paths) for code, level in value.items())


def _level(code: str, value: object, source: str, where: str) -> tuple[str, Level]:
    # They take their time to import, and few configurations name any rule.
    import difflib  # noqa: PLC0415

    from guardrails.lint.rules import RULES  # noqa: PLC0415

    if code not in RULES:
        near = difflib.get_close_matches(code.upper(), RULES, n=1)
        hint = f"did you mean {near[0]}?" if near else "pg-guardrails rules lists them"
        raise GuardrailsError(f"{source}: {where} names the rule {escape(code)}, which is not there: {hint}")
    level = next((level for level in Level if level == value), None)
    if level is None:
        raise GuardrailsError(
            f"{source}: {where} can't make {code} {escape(repr(value))}, it has to be "
            '"off", "warning" or "error"'
        )
    if code in _ALWAYS_ERRORS and level is not Level.ERROR:
        raise GuardrailsError(
            f"{source}: {where} can't make {code} {level}: what can't be read was not checked"
        )
    return code, level
