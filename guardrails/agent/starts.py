"""What a command starts, as values, and how the options before it are written."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Text = Callable[[str], str | None]


class Place(IntEnum):
    """Where a command runs; of several the farthest counts."""

    HERE = 0
    CONTAINER = 1  # on this machine, but not in sight
    ELSEWHERE = 2  # on another machine, whose "localhost" is its own


class Inner(NamedTuple):
    """Another command."""

    argv: tuple[str, ...]
    variables: dict[str, str] = {}  # noqa: RUF012  (never changed)
    stdin: str | None = None
    place: Place = Place.HERE
    folder: str = ""


class Script(NamedTuple):
    """Text for a shell."""

    text: str
    stdin: str | None = None
    parameters: tuple[str, ...] = ()
    place: Place = Place.HERE
    folder: str = ""
    name: str = ""


class ScriptFile(NamedTuple):
    """A file that says itself what runs it."""

    path: str
    parameters: tuple[str, ...] = ()
    place: Place = Place.HERE
    folder: str = ""


class Code(NamedTuple):
    """A program in another language.

    Attributes:
        file: its path, "" for one given in the command itself.
        starts: commands that it plainly starts, as text for a shell.
    """

    language: str
    text: str
    file: str = ""
    starts: tuple[str, ...] = ()
    place: Place = Place.HERE
    folder: str = ""


class Opaque(NamedTuple):
    """Something that can't be known."""

    argv: tuple[str, ...]
    why: str
    place: Place = Place.HERE
    folder: str = ""


Start = Inner | Script | ScriptFile | Code | Opaque


class Options(NamedTuple):
    """How a program's options are written.

    Attributes:
        short: letters of options that take a value.
        long: names of long options, or of words with one dash, that take a value.
        skipped: how many words stand between the options and the command.
    """

    short: str = ""
    long: str = ""
    skipped: int = 0


VERSION = re.compile(r"(?<=.)@[\w.^~*><=-]+$")


def name_of(program: str) -> str:
    """Return what a program is called, without its folder, its version and what Windows adds."""
    base = program.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return re.sub(r"\.(?:exe|cmd|bat|ps1|com)$", "", base, flags=re.IGNORECASE)


def quoted(word: str) -> str:
    """Return a word as the text of a shell; what is unknown becomes a variable that nobody sets."""
    return "'" + word.replace("'", "'\\''").replace(UNKNOWN, "'$__unknown'") + "'"


def split(arguments: Sequence[str], options: Options) -> tuple[dict[str, str], list[str]]:
    """Split words into the options that take a value, by name, and the words after all options."""
    given: dict[str, str] = {}
    long, place = options.long.split(), 0
    while place < len(arguments) and arguments[place].startswith("-") and arguments[place] != "-":
        word = arguments[place]
        place += 1
        if word == "--":
            break
        name, sign, value = word.lstrip("-").partition("=")
        if sign:
            given[name] = value
        elif name in long or (len(name) == 1 and name in options.short and not word.startswith("--")):
            given[name] = arguments[place] if place < len(arguments) else ""
            place += 1
        elif (
            not word.startswith("--")
            and (at := next((i for i, char in enumerate(name) if char in options.short), None)) is not None
        ):
            given[name[at]] = name[at + 1 :] or (arguments[place] if place < len(arguments) else "")
            place += 0 if name[at + 1 :] else 1
    return given, list(arguments[place:])


def inner(argv: Sequence[str], place: Place = Place.HERE, stdin: str | None = None) -> tuple[Start, ...]:
    return (Inner(tuple(argv), stdin=stdin, place=place),) if argv else ()
