"""The values that planning, writing and taking out pass to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Form(StrEnum):
    """How a file takes up what we add.

    `WHOLE` is a file of our own; the others belong to the user too. `JSONC` is JSON whose reader allows comments.
    `LINES` takes a block between two comments with `#`, `MARKDOWN` one between two of HTML, `TOML` tables at its
    end, and `PRE_COMMIT` an entry below `repos`.
    """

    WHOLE = "whole"
    JSON = "json"
    JSONC = "jsonc"
    LINES = "lines"
    MARKDOWN = "markdown"
    TOML = "toml"
    PRE_COMMIT = "pre-commit"


@dataclass(frozen=True)
class Wanted:
    """What one file is to hold: `text` is a whole file, a JSON object, or the lines of a block.

    Attributes:
        path: from the top of the repository, with `/`.
        instead: the whole text of the file where there is none yet, when that is more than `text`.
    """

    path: str
    form: Form
    text: str
    instead: str | None = None

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{self.path} leads out of the repository")


@dataclass(frozen=True)
class Insertion:
    """Text that is put in at an offset, in characters, of the text before it."""

    at: int
    text: str


@dataclass(frozen=True)
class Addition:
    """A value added to a JSON text: members of the object, or elements of the list, at a path of keys."""

    path: tuple[str, ...]
    value: Json


@dataclass(frozen=True)
class Installed:
    """What was written into one file, as the record keeps it: never a word of the user's own.

    Attributes:
        before: SHA-256 of the file's bytes before, None when there was no file.
        after: SHA-256 of its bytes after.
        insertions: by their place in the text after, so that cutting them gives the text before; none for a
            file that was made.
    """

    path: str
    form: Form
    before: str | None
    after: str
    insertions: tuple[Insertion, ...] = ()
    additions: tuple[Addition, ...] = ()


@dataclass(frozen=True)
class Record:
    """What stands in `.guardrails/installed.json`.

    Attributes:
        parts: the harnesses and pipelines that were set up.
        folders: those that were made, outer ones first.
    """

    parts: tuple[str, ...] = ()
    files: tuple[Installed, ...] = ()
    folders: tuple[str, ...] = ()

    @property
    def made(self) -> frozenset[str]:
        """What was not there before: it is no sign of what the repository uses."""
        return frozenset((*self.folders, *(file.path for file in self.files if file.before is None)))


@dataclass(frozen=True)
class Change:
    """One file, before and after: None stands for no file.

    Attributes:
        added: the lines that a merge puts in, to show: a line of the user's own could hold a password.
    """

    path: str
    before: bytes | None
    after: bytes | None
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What would be written.

    Attributes:
        changes: in the order to show them, the record last; none when nothing is to do.
        notes: sentences on what stays as it is, and what a person has to do.
    """

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    record: Record = field(default_factory=Record)
