"""Two types -> what a value of the one suffers on becoming the other.

Source: <https://www.postgresql.org/docs/current/datatype.html>, <https://www.postgresql.org/docs/current/sql-altertable.html>;
what is silent and what is refused was tried on PostgreSQL 15 and 18.
"""

from __future__ import annotations

from enum import StrEnum

from guardrails.lint.objects import Type


class Cast(StrEnum):
    SAFE = "safe"  # no value changes and no row is rewritten
    CUTS = "cuts"  # some values lose a part of themselves, without an error
    REFUSES = "refuses"  # some values don't fit, and then PostgreSQL refuses the statement
    OTHER = "other"


_NAMES = {"serial": "int4", "bigserial": "int8", "smallserial": "int2", "serial4": "int4", "serial8": "int8"}
_NAMES |= {"serial2": "int2", "decimal": "numeric"}
_INTEGERS = {"int2": 2, "int4": 4, "int8": 8}
_FLOATS = {"float4": 4, "float8": 8}
_TEXTS = frozenset({"text", "varchar", "bpchar"})
_CLOCKS = frozenset({"timestamp", "timestamptz", "time", "timetz", "interval"})
_PARTS_LOST = frozenset({
    ("timestamp", "date"), ("timestamptz", "date"), ("timestamp", "time"), ("timestamptz", "time"),
    ("timestamptz", "timetz"), ("timetz", "time"), ("inet", "cidr"),
    ("interval", "time"), ("text", "name"), ("varchar", "name"), ("bpchar", "name"),
})  # fmt: skip


def cast(old: Type | None, new: Type | None, *, explicit: bool = False) -> Cast:
    """Judge turning every value of one type into another.

    Args:
        old: None when it is not known.
        new: None when only the server can tell.
        explicit: by a cast, which cuts a string that is too long where an assignment refuses it.
    """
    if old is None or new is None:
        return Cast.OTHER
    was, now = _NAMES.get(old.name, old.name), _NAMES.get(new.name, new.name)
    if old.array or new.array:
        return Cast.SAFE if old == new else Cast.OTHER
    if (was == now and old.modifiers == new.modifiers) or (was, now) == ("cidr", "inet"):
        return Cast.SAFE
    if now in _TEXTS:
        return _into_text(was, now, old.modifiers, new.modifiers, explicit=explicit)
    if was == now and was in _CLOCKS:
        return Cast.SAFE if _at_least(new.modifiers, old.modifiers) else Cast.CUTS
    if (was, now) in _PARTS_LOST:
        return Cast.CUTS
    if was == now == "varbit":
        fits = _at_least(new.modifiers, old.modifiers)
        return Cast.SAFE if fits else Cast.CUTS if explicit else Cast.REFUSES
    return _number(was, now, old.modifiers, new.modifiers)


def _into_text(was: str, now: str, old: tuple[int, ...], new: tuple[int, ...], *, explicit: bool) -> Cast:
    if was not in _TEXTS:
        return Cast.OTHER
    longest = new or ((1,) if now == "bpchar" and was != "bpchar" and explicit else ())
    if not longest:
        return Cast.SAFE if was != "bpchar" and now != "bpchar" else Cast.OTHER
    if old and was != "text" and old[0] <= longest[0]:
        return Cast.SAFE if was == now == "varchar" else Cast.OTHER
    return Cast.CUTS if explicit else Cast.REFUSES


def _number(was: str, now: str, old: tuple[int, ...], new: tuple[int, ...]) -> Cast:
    if was == now == "numeric":
        return _numeric(old, new)
    if was in _INTEGERS and now in _INTEGERS:
        return Cast.REFUSES if _INTEGERS[now] < _INTEGERS[was] else Cast.OTHER
    if was == "numeric" and now in _INTEGERS:
        whole = len(old) > 0 and _scale(old) <= 0
        return Cast.OTHER if whole else Cast.CUTS
    if was == "numeric" and now in _FLOATS:
        return Cast.CUTS
    if was in _FLOATS and (
        now in _INTEGERS or _FLOATS.get(now, 9) < _FLOATS[was] or (now == "numeric" and new)
    ):
        return Cast.CUTS
    return Cast.OTHER


def _numeric(old: tuple[int, ...], new: tuple[int, ...]) -> Cast:
    if not new:
        return Cast.SAFE
    if not old or _scale(new) < _scale(old):
        return Cast.CUTS
    if new[0] - _scale(new) < old[0] - _scale(old):
        return Cast.REFUSES
    return Cast.SAFE if _scale(new) == _scale(old) else Cast.OTHER


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0


def _at_least(new: tuple[int, ...], old: tuple[int, ...]) -> bool:
    return not new or (bool(old) and new[0] >= old[0])
