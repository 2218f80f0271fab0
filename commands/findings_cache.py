"""Findings that were found before, for the same files after the same history under the same settings.

What the linter says of a file depends on the texts of the files before it, on the settings, on the habits of
the whole project and on the linter itself: all that is in the key. Where a finding waits for the end of the
history ("is row level security on by then?"), the texts of all later files are in it as well. So there is
nothing to invalidate: what changed has another key, and what nobody asks for goes after a month.

It is off where `CI` is set, since many runners share what they cache, and on again with GUARDRAILS_CACHE=1.
"""

from __future__ import annotations

import os
import sys
from _blake2 import blake2b  # `hashlib` loads OpenSSL first
from collections.abc import Iterable, Sequence
from enum import StrEnum
from re import Pattern

from guardrails.lint.contracts import (
    Finding,
    Habit,
    MigrationFile,
    Severity,
    ValidationResult,
)
from guardrails.lint.habits import habits_of
from guardrails.lint.values import NamedTuple, replace
from guardrails.shelves import Shelf, folder_of_the_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from commands.jobs import Job
    from guardrails.lint.engine import Judged

_FORM = "1"
_KEY_BYTES = 16


class _Link(NamedTuple):
    """A history up to one of its files: the digest of all that was said so far, and the habits in it."""

    digest: bytes
    habits: frozenset[Habit]


class _Keys(NamedTuple):
    """The keys of one file's result: where it is settled in the file itself, and where at the end."""

    alone: str
    at_the_end: str


class FindingsCache:
    """The findings of the projects that a run is about."""

    def __init__(self, folder: str, today: int) -> None:
        self._folder = folder
        self._today = today
        self._shelves: dict[str, Shelf] = {}
        self._tool = _identity_of_the_tool()
        self._digests: dict[int, tuple[MigrationFile, bytes]] = {}
        self._habits: dict[bytes, frozenset[Habit]] = {}
        self._links: dict[tuple[bytes, int, bool], _Link] = {}

    def found(self, job: Job) -> dict[str, ValidationResult]:
        """Return by path the results of a job that are known."""
        shelf = self._shelf(job)
        known = {path: _text_at(shelf, keys) for path, keys in self._keys(job).items()}
        from json import loads  # noqa: PLC0415

        texts = {path: text for path, text in known.items() if text}
        read = loads(b"[" + b",".join(texts.values()) + b"]")
        return {path: _result(path, data) for path, data in zip(texts, read, strict=True)}

    def keep(self, job: Job, judged: Iterable[Judged]) -> None:
        """Keep the results of a job."""
        from json import dumps  # noqa: PLC0415

        keys = self._keys(job)
        shelf = self._shelf(job)
        for one in judged:
            mine = keys[one.result.path]
            text = dumps(_data(one.result), separators=(",", ":"))
            shelf.put({mine.alone: "", mine.at_the_end: text} if one.at_the_end else {mine.alone: text})

    def save(self) -> None:
        for shelf in self._shelves.values():
            shelf.save()

    def _shelf(self, job: Job) -> Shelf:
        if job.place not in self._shelves:
            self._shelves[job.place] = Shelf(self._folder, job.place, self._today)
        return self._shelves[job.place]

    def _keys(self, job: Job) -> dict[str, _Keys]:
        links = [*self._chain(job)]
        habits = links[-1].habits if links else frozenset()
        asked = replace(job.settings, habits=job.settings.habits | habits)
        common = _digest(self._tool, _spelt(asked).encode())
        keys = {}
        for file, link in zip(job.files, links, strict=True):
            if file.path in job.wanted:
                approved = _spelt(job.approved.get(file.path, frozenset())).encode()
                alone = _digest(common, link.digest, approved)
                keys[file.path] = _Keys(alone.hex(), _digest(alone, links[-1].digest).hex())
        return keys

    def _chain(self, job: Job) -> Iterable[_Link]:
        link = _Link(b"", frozenset())
        for file in job.files:
            wanted = file.path in job.wanted
            key = (link.digest, id(file), wanted)
            if key not in self._links:
                own = self._digest_of(file)
                habits = link.habits | self._habits_of(file, own, job)
                self._links[key] = _Link(_digest(link.digest, own, b"+" if wanted else b"-"), habits)
            link = self._links[key]
            yield link

    def _digest_of(self, file: MigrationFile) -> bytes:
        if id(file) not in self._digests:
            texts = (file.path, file.timestamp, file.name, str(file.up), str(file.transactions))
            digest = _digest(
                *(text.encode("utf-8", "surrogatepass") for text in (*texts, file.sql, file.down)),
                b"+" if file.has_rollback else b"-",
            )
            self._digests[id(file)] = (file, digest)  # with the file, so that its identity stays its own
        return self._digests[id(file)][1]

    def _habits_of(self, file: MigrationFile, digest: bytes, job: Job) -> frozenset[Habit]:
        if digest not in self._habits:
            shelf = self._shelf(job)
            key = _digest(self._tool, b"habits", digest).hex()
            text = shelf.get(key)
            if text is None:
                self._habits[digest] = habits_of([file])
                shelf.put({key: ",".join(sorted(habit.name for habit in self._habits[digest]))})
            else:
                self._habits[digest] = frozenset(Habit[name] for name in text.decode().split(",") if name)
        return self._habits[digest]


def opened() -> FindingsCache | None:
    """Return the cache of this user, None where there can't be one."""
    from time import time  # noqa: PLC0415

    folder = folder_of_the_user()
    return FindingsCache(folder, int(time()) // 86_400) if folder else None


def _text_at(shelf: Shelf, keys: _Keys) -> bytes | None:
    text = shelf.get(keys.alone)
    return shelf.get(keys.at_the_end) if text == b"" else text


def _digest(*parts: bytes) -> bytes:
    """Return what tells these parts from all others; no two lists of parts share one."""
    digest = blake2b(digest_size=_KEY_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _identity_of_the_tool() -> bytes:
    """Return what changes with the linter's own files, those of the parser's library, and Python."""
    from pglast import parser  # noqa: PLC0415

    import guardrails.lint  # noqa: PLC0415

    library = os.stat(parser.__file__)  # noqa: PTH116
    seen = [f"{_FORM} {sys.version} {parser.__file__} {library.st_size} {library.st_mtime_ns}"]
    folders = [*guardrails.lint.__path__]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    status = entry.stat()
                    seen.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
    return _digest(*(line.encode("utf-8", "surrogateescape") for line in sorted(seen)))


def _spelt(value: Any) -> str:
    """Spell out a setting so that equal ones, and only those, read the same."""
    match value:
        case frozenset():
            return f"{{{','.join(sorted(map(_spelt, value)))}}}"
        case tuple():
            return f"({','.join(map(_spelt, value))})"
        case Pattern():
            return repr((value.pattern, value.flags))
        case StrEnum():
            return repr(value.value)
        case _ if hasattr(value, "__value_fields__"):
            return f"<{','.join(_spelt(getattr(value, name)) for name in value.__value_fields__)}>"
        case _:
            return repr(value)


def _data(result: ValidationResult) -> list[Any]:
    kinds = (result.errors, result.warnings, result.allowed, result.hidden)
    return [result.valid, *([_row(finding) for finding in kind] for kind in kinds)]


def _row(finding: Finding) -> list[Any]:
    return [getattr(finding, name) for name in _COLUMNS]


_COLUMNS = Finding.__match_args__


def _result(path: str, data: Sequence[Any]) -> ValidationResult:
    valid, *kinds = data
    errors, warnings, allowed, hidden = (tuple(map(_finding, kind)) for kind in kinds)
    return ValidationResult(path, valid, errors, warnings, allowed, hidden)


def _finding(row: Sequence[Any]) -> Finding:
    code, severity, *rest = row
    return Finding(code, Severity(severity), *rest)
