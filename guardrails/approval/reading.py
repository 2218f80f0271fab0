"""The bytes of a file -> the record of an approval; read with care, since anybody who can write files may have written it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TypeVar

from guardrails.approval.records import MOMENT, VERSION, Method, Record, Validator, Verdict, written
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError

MOST_BYTES = 64 * 1024

_HEX = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_APPROVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+@-]{0,99}")
_MOST_ENTRIES = 200

T = TypeVar("T")


def parse(data: bytes, shown: str) -> Record:
    """Return the record that a file holds; `shown` is what the sentence of an error calls the file.

    Raises:
        GuardrailsError: it is too large, no JSON, has a key twice, or says what can't be.
    """
    fields = _Fields(shown, _json(data, shown))
    fields.expect((*Record.__dataclass_fields__, "version", "decision"))
    validator = _Fields(f"{shown}: validator", fields.value("validator", _table, "an object"))
    validator.expect(tuple(Validator.__dataclass_fields__))
    fields.value(
        "version", lambda value: True if value is not True and value == VERSION else None, str(VERSION)
    )
    fields.value("decision", lambda value: value if value == "approved" else None, '"approved"')
    return Record(
        repository=fields.optional("repository", _line, "one line of text"),
        migration=fields.value("migration", _path, "the path of an SQL file from the top of the repository"),
        sha256=fields.value("sha256", _match(_HEX), "64 hexadecimal digits"),
        rollback_sha256=fields.optional("rollback_sha256", _match(_HEX), "64 hexadecimal digits"),
        validator=Validator(
            name=validator.value("name", _match(_WORD), "a name"),
            version=validator.value("version", _line, "a version"),
            policy_sha256=validator.value("policy_sha256", _match(_HEX), "64 hexadecimal digits"),
            verdict=validator.value("verdict", _one_of(Verdict), f"one of {', '.join(Verdict)}"),
            findings_sha256=validator.value("findings_sha256", _match(_HEX), "64 hexadecimal digits"),
        ),
        acknowledged=fields.value("acknowledged", _list_of(_CODE), "a list of codes of rules"),
        environments=fields.value("environments", _list_of(_WORD), "a list of names"),
        approver=fields.value("approver", _match(_APPROVER), "an address or a name without spaces"),
        method=fields.value("method", _one_of(Method), f"one of {', '.join(Method)}"),
        approved_at=fields.value("approved_at", _moment, "a moment in UTC, as in 2026-01-31T12:00:00Z"),
        expires_at=fields.optional("expires_at", _moment, "a moment in UTC, as in 2026-01-31T12:00:00Z"),
        previous=fields.optional("previous", _match(_HEX), "64 hexadecimal digits"),
    )


def is_approver(text: str) -> bool:
    return _APPROVER.fullmatch(text) is not None


def is_environment(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


def is_path(text: str) -> bool:
    return _path(text) is not None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.strptime(value, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if written(at) == value else None


@dataclass(frozen=True)
class _Fields:
    """An object of a record, with the name by which errors call it."""

    shown: str
    table: dict[str, object]

    def expect(self, keys: tuple[str, ...]) -> None:
        if missing := [key for key in keys if key not in self.table]:
            raise GuardrailsError(f"{self.shown} is no record of an approval: it lacks {', '.join(missing)}")
        if unknown := [key for key in self.table if key not in keys]:
            raise GuardrailsError(f"{self.shown} has an unknown key {escape(unknown[0])[:60]!r}")

    def value(self, key: str, read: Callable[[object], T | None], choices: str) -> T:
        found = read(self.table[key])
        if found is None:
            said = escape(repr(self.table[key]))[:60]
            raise GuardrailsError(f"{self.shown}: {key} can't be {said}, it has to be {choices}")
        return found

    def optional(self, key: str, read: Callable[[object], T | None], choices: str) -> T | None:
        return None if self.table[key] is None else self.value(key, read, f"{choices}, or null")


def _json(data: bytes, shown: str) -> dict[str, object]:
    if len(data) > MOST_BYTES:
        raise GuardrailsError(
            f"{shown} is larger than {MOST_BYTES // 1024} KiB, so it is no record of an approval"
        )
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = escape(str(error))[:80] if isinstance(error, ValueError) else "nested too deeply"
        raise GuardrailsError(f"{shown} can't be read as JSON: {reason}") from error
    if not isinstance(value, dict):
        raise GuardrailsError(f"{shown} is no record of an approval: it has to be a JSON object")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands in it twice")
    return table


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no value of JSON")


def _table(value: object) -> dict[str, object] | None:
    return value if isinstance(value, dict) else None


def _line(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 200 else None


def _path(value: object) -> str | None:
    if not isinstance(value, str) or not value.isprintable() or len(value) > 1000 or "\\" in value:
        return None
    path = PurePosixPath(value)
    named = value.lower().endswith(".sql") and path.as_posix() == value
    return value if named and not path.is_absolute() and ".." not in path.parts else None


def _match(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


def _one_of(choices: type[T]) -> Callable[[object], T | None]:
    return lambda value: next((choice for choice in choices if choice == value), None)  # type: ignore[attr-defined]


def _list_of(pattern: re.Pattern[str]) -> Callable[[object], tuple[str, ...] | None]:
    def read(value: object) -> tuple[str, ...] | None:
        if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
            return None
        fits = all(isinstance(one, str) and pattern.fullmatch(one) for one in value)
        return tuple(value) if fits and len(set(value)) == len(value) else None

    return read
