"""The SQL that ships with the shadow, read as package data: from a folder, or from the archive it was imported from."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_PACKAGE = files("guardrails.shadow")
_SPLITTING = ("contracts.py", "parsing.py", "session.py")
"""What in the linter says how a file is cut into statements and transactions."""


def text_of(*names: str) -> str:
    """Return a file below `sql/`."""
    return _PACKAGE.joinpath("sql", *names).read_text(encoding="utf-8")


def decisive() -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of what decides what a history leaves: the SQL, the modules here, what cuts files."""
    splitting = (files("guardrails.lint").joinpath(name) for name in _SPLITTING)
    found = [*_below(_PACKAGE.joinpath("sql")), *_PACKAGE.iterdir(), *splitting]
    for file in sorted(found, key=lambda file: file.name):
        if file.name.endswith((".sql", ".py")):
            yield file.name, file.read_bytes()


def copy_extensions(target: Path) -> None:
    """Write the stand-ins for extensions into a new folder."""
    target.mkdir(parents=True)
    for file in _PACKAGE.joinpath("sql", "extension").iterdir():
        (target / file.name).write_bytes(file.read_bytes())


def _below(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry)
        else:
            yield entry
