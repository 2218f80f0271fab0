"""Regular expressions and LIKE patterns of PostgreSQL -> Python's.

What PostgreSQL writes otherwise is put into Python's words (its documentation, "Regular Expression Details").
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence

from seeds.checks.contracts import Pattern, PatternKind

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
    "print": " -~",
    "graph": "!-~",
    "cntrl": r"\x00-\x1f",
}
_ESCAPES = {"\\m": r"\b", "\\M": r"\b", "\\y": r"\b", "\\Y": r"\B"}


def python_regex(pattern: Pattern) -> re.Pattern[str] | None:
    """Return a pattern as Python's, to be searched for in a text; None where it can't be read."""
    flags = re.IGNORECASE if pattern.kind in {PatternKind.REGEX_ANY_CASE, PatternKind.LIKE_ANY_CASE} else 0
    match pattern.kind:
        case PatternKind.REGEX | PatternKind.REGEX_ANY_CASE:
            text, more = _options(_translated(pattern.text))
            flags |= more
        case PatternKind.SIMILAR:
            text = f"^(?:{_from_similar(pattern.text)})$"
        case _:
            text, flags = f"^{_from_like(pattern.text)}$", flags | re.DOTALL
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError):
        return None


def _options(text: str) -> tuple[str, int]:
    found = re.match(r"(?:\*\*\*:)?\(\?([bceimnpqstwx]+)\)", text)
    if found is None:
        return text.removeprefix("***:"), 0
    flags = re.IGNORECASE if "i" in found[1] else 0
    return text[found.end() :], flags | (re.VERBOSE if "x" in found[1] else 0)


def _translated(text: str) -> str:
    for name, characters in _CLASSES.items():
        text = text.replace(f"[:{name}:]", characters)
    text = text.replace("[[:<:]]", r"\b").replace("[[:>:]]", r"\b")
    return re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0]), text, flags=re.DOTALL)


def _from_like(text: str) -> str:
    """Return a LIKE pattern as a regular expression; a backslash takes the meaning from what follows."""
    return "".join(
        ".*" if part == "%" else "." if part == "_" else re.escape(part.removeprefix("\\") or part)
        for part in re.findall(r"\\.|.", text, flags=re.DOTALL)
    )


def _from_similar(text: str) -> str:
    parts = []
    inside = False
    for part in re.findall(r"\\.|.", text, flags=re.DOTALL):
        inside = part == "[" or (inside and part != "]")
        plain = {"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$"}
        parts.append(part if inside else plain.get(part, part))
    return "".join(parts)


def matcher(patterns: Sequence[Pattern]) -> Callable[[str], bool] | None:
    """Return a function that tells whether a text passes all patterns; None if one can't be read."""
    found = [(python_regex(pattern), pattern.negated) for pattern in patterns]
    if any(regex is None for regex, _ in found):
        return None
    searches = [(regex.search, negated) for regex, negated in found if regex is not None]
    if len(searches) == 1 and not searches[0][1]:
        search = searches[0][0]
        return lambda text: search(text) is not None
    return lambda text: all((search(text) is None) is negated for search, negated in searches)
