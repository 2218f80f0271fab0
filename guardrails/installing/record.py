"""`.guardrails/installed.json`: what was written where, so that exactly that can be taken out again.

It goes into git with the files it speaks of, and holds our own text and hashes, never a word of the user's.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from guardrails.files import escape, read_text
from guardrails.installing.contracts import Addition, Form, Insertion, Installed, Record
from guardrails.lint.contracts import GuardrailsError

PATH = ".guardrails/installed.json"
_VERSION = 1


def read_record(root: Path) -> Record | None:
    """Return what was installed, None where nothing was.

    Raises:
        GuardrailsError: the record can't be read, or speaks of files outside the repository.
    """
    path = root / PATH
    if not path.exists():
        return None
    try:
        data = json.loads(read_text(path, root))
        if data["version"] != _VERSION:
            raise GuardrailsError(f"{PATH} was written by another version of pg-guardrails; use that one")
        return Record(
            tuple(map(_text, data["parts"])),
            tuple(map(_installed, data["files"])),
            tuple(map(_inside, data["folders"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GuardrailsError(
            f"{PATH} can't be read ({escape(str(error))}); take it from git again, or delete it and take out by hand what init wrote"
        ) from error


def written(record: Record) -> bytes:
    data = {
        "about": "Written by pg-guardrails init, read by uninstall. Keep it in git.",
        "version": _VERSION,
        "parts": list(record.parts),
        "files": [{**asdict(file), "form": str(file.form)} for file in record.files],
        "folders": list(record.folders),
    }
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _installed(data: dict[str, object]) -> Installed:
    match data:
        case {
            "path": str(path),
            "form": str(form),
            "before": str() | None as before,
            "after": str(after),
            "insertions": list(insertions),
            "additions": list(additions),
        }:
            return Installed(
                _inside(path),
                Form(form),
                before,
                after,
                tuple(Insertion(_place(one["at"]), _text(one["text"])) for one in insertions),
                tuple(Addition(tuple(map(_text, one["path"])), one["value"]) for one in additions),
            )
    raise ValueError("an entry is not one")


def _inside(path: object) -> str:
    pure = PurePosixPath(_text(path))
    if pure.is_absolute() or ".." in pure.parts or pure.parts[:1] in {(), (".git",)}:
        raise ValueError(f"{pure} is no path in the repository")
    return pure.as_posix()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _place(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is no place")
    return value
