"""A project in which no migrations are found -> the SQL files in it that look like some."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from guardrails.histories import NOT_SEARCHED, WAYS_BACK
from guardrails.lint.patterns import regex

_NUMBERED = regex(r"V?[0-9][^/]*\.sql")
_DEEPEST = 2
_MOST_FOLDERS = 200
_MOST_NAMES = 2_000
_MOST_NAMED = 3


def candidates(root: Path) -> tuple[Path, ...]:
    """Return the first numbered SQL file of each of a few folders up to two levels below a root, from there.

    It only helps to name a folder, so it looks at so many folders and names and no further.
    """
    found: list[Path] = []
    pending = [(Path(), 0)]
    for _ in range(_MOST_FOLDERS):
        if not pending or len(found) == _MOST_NAMED:
            break
        folder, depth = pending.pop(0)
        files, folders = _names(root / folder)
        found += [folder / name for name in files[:1] if depth]
        if depth < _DEEPEST:
            pending += [(folder / name, depth + 1) for name in folders]
    return tuple(found)


def _names(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the numbered SQL files and of the folders that may hold some; none when it is closed."""
    try:
        with os.scandir(folder) as entries:
            known = [
                (entry.name, entry.is_dir(follow_symlinks=False)) for entry in islice(entries, _MOST_NAMES)
            ]
    except OSError:
        return [], []
    files = sorted(name for name, is_folder in known if not is_folder and _NUMBERED.fullmatch(name))
    skipped = NOT_SEARCHED | WAYS_BACK
    return files, sorted(
        name for name, is_folder in known if is_folder and name[0] != "." and name not in skipped
    )
