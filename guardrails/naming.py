"""The names of a folder's migrations and a moment -> the name of the next one, in the style of the last.

Whatever the tool sorts by, the new name sorts after every other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from guardrails.layouts import NESTED, parts_of, sort_key
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.patterns import regex
from guardrails.sections import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_TIMESTAMP = "%Y%m%d%H%M%S"
_MOST_CHARACTERS = 100
_NAME = regex(r"[a-z0-9][a-z0-9_]*")
# A shorter number counts migrations (0001, 0002), a longer one is a time.
_SHORTEST_DATE = 8
_EPOCH = regex(r"1[0-9]{9}")


def next_name(tool: Tool, forwards: Sequence[str], name: str, now: datetime) -> str:
    """Return the name of a new migration, with its folder where the tool keeps one for each.

    Args:
        tool: what will run it.
        forwards: the migrations that are there, in order.
        name: what it is called: `a-z`, `0-9` and `_`.
        now: the moment, in UTC.

    Raises:
        GuardrailsError: the name is not one, or nothing can sort after the last migration.
    """
    if not _NAME.fullmatch(name) or len(name) > _MOST_CHARACTERS:
        raise GuardrailsError(
            f"{name[:_MOST_CHARACTERS]!a} can't name a migration: use up to {_MOST_CHARACTERS} a-z, 0-9, _"
        )
    versioned = [found for found in forwards if parts_of(tool, found)[0]]
    last = versioned[-1] if versioned else None
    new = _named(tool, last, _version(tool, last, now), name)
    if last is not None and sort_key(tool, new) <= sort_key(tool, last):
        raise GuardrailsError(f"no number sorts after {last!a} as {tool} sorts names: rename that migration")
    return new


def _named(tool: Tool, last: str | None, version: str, name: str) -> str:
    if tool in NESTED:
        return f"{version}_{name}/{NESTED[tool]}"
    match tool:
        case Tool.FLYWAY:
            return f"V{version}__{name}.sql"
        case Tool.SQLX | Tool.GOLANG_MIGRATE if last is None or last.endswith(".up.sql"):
            return f"{version}_{name}.up.sql"
        case Tool.PLAIN if last is not None:
            after = last[len(parts_of(tool, last)[0]) :]
            return f"{version}{'-' if after.startswith('-') else '_'}{name}.sql"
    return f"{version}_{name}.sql"


def _version(tool: Tool, last: str | None, now: datetime) -> str:
    if last is None:
        if tool is Tool.FLYWAY:
            return "1"
        return f"{now:%Y-%m-%d-%H%M%S}" if tool is Tool.DIESEL else f"{now:{_TIMESTAMP}}"
    version = parts_of(tool, last)[0]
    if "-" in version:
        return _hyphenated(_after(version.replace("-", ""), now), version)
    # Flyway's 1.27 goes on as 1.28; elsewhere nothing stands before the last number.
    digits = re.split(r"[._]", version)[-1]
    return version.removesuffix(digits) + _after(digits, now)


def _after(last: str, now: datetime) -> str:
    """Return digits of the same kind that are more than the last: the time, else the next number."""
    if _EPOCH.fullmatch(last):
        new = str(int(now.timestamp()))
    elif len(last) >= _SHORTEST_DATE:
        new = f"{now:{_TIMESTAMP}}".ljust(len(last), "0")[: len(last)]
    else:
        new = last
    return new if int(new) > int(last) else str(int(last) + 1).zfill(len(last))


def _hyphenated(digits: str, style: str) -> str:
    """Set hyphens where `style` has them: 2026-07-30-140000-0000."""
    rest = iter(digits)
    return "".join("-" if char == "-" else next(rest) for char in style)
