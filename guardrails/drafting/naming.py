"""A description in words -> the name of a file that is safe everywhere."""

from __future__ import annotations

import unicodedata

_LONGEST = 60
_RESERVED_BY_WINDOWS = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def file_name_of(description: str) -> str:
    """Return a description in snake case: only `a-z`, `0-9` and `_`, at most 60 characters, never empty."""
    folded = unicodedata.normalize("NFKD", description).encode("ascii", "ignore").decode().lower()
    words = "".join(character if character.isalnum() else " " for character in folded).split()
    name = ""
    for word in words:
        longer = f"{name}_{word}" if name else word
        if len(longer) > _LONGEST:
            break
        name = longer
    name = name or "_".join(words)[:_LONGEST]
    if not name:
        return "migration"
    return f"migration_{name}"[:_LONGEST] if name[0].isdigit() or name in _RESERVED_BY_WINDOWS else name
