"""What a migration is for -> the comment at its top, and the whole file around its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guardrails.lint.report.plain import plain

_CREATED = "-- Created: "
_LABELS = ("-- Migration: ", "-- Purpose: ", "-- Dependencies: ")
_NO_DEPENDENCIES = "none"


@dataclass(frozen=True)
class Described:
    """What the header of a migration says of it; empty where it has none."""

    description: str = ""
    purpose: str = ""
    dependencies: tuple[str, ...] = ()


def header(description: str, purpose: str, dependencies: Sequence[str]) -> str:
    """Return the lines that a draft begins with; whatever the words hold, they stay inside a comment."""
    return (
        f"-- Migration: {_one_line(description)}\n"
        f"-- Purpose: {_one_line(purpose)}\n"
        f"-- Dependencies: {', '.join(map(_one_line, dependencies)) or _NO_DEPENDENCIES}\n"
    )


def described(text: str) -> Described:
    """Return what a migration's header says, read from the comments before its first statement."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if line.strip() and not line.startswith("--"):
            break
        for label in _LABELS:
            if line.startswith(label):
                found.setdefault(label, line.removeprefix(label).strip())
    description, purpose, listed = (found.get(label, "") for label in _LABELS)
    names = () if listed == _NO_DEPENDENCIES else tuple(filter(None, map(str.strip, listed.split(","))))
    return Described(description, purpose, names)


def with_moment(body: str, at: datetime) -> str:
    """Return a draft as it is written: with the moment of writing in its header."""
    lines = body.split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith("-- Dependencies: "))
    lines.insert(place + 1, f"{_CREATED}{at:%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(lines)


def without_moment(text: str) -> str:
    """Return a written migration as the draft that it came from."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith(_CREATED):
            return "\n".join(lines[:number] + lines[number + 1 :])
    return text


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))
