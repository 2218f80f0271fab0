"""The files around an assistant, read and never run, as `decide` asks for them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.agent.contracts import Kept

_MOST_BYTES = 200_000
_MOST_FOLDERS = 400
_FILLED = frozenset(
    {"node_modules", "vendor", "dist", "build", "target", "venv", "__pycache__", "site-packages"}
)


class Surroundings:
    """A machine's files, a repository's memory and an environment.

    It opens files itself and not through `guardrails.files`: what that imports takes longer than a hook may.
    """

    def __init__(self, kept: Callable[[str], Kept], environment: Mapping[str, str]) -> None:
        self._kept = kept
        self._environment = environment

    def text(self, path: str) -> str | None:
        """Return what stands in a file; None when it is missing, no regular file, too large or no text."""
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return None
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except (OSError, ValueError):
            return None
        if len(data) > _MOST_BYTES or b"\0" in data:
            return None
        return data.decode("utf-8", "replace").removeprefix("\ufeff")

    def folders(self, path: str, depth: int) -> tuple[str, ...]:
        """Return a folder and those below it, down to a depth, without what installers fill."""
        found = [path]
        level = [path]
        for _ in range(depth):
            level = [inner for folder in level for inner in _inside(folder)][:_MOST_FOLDERS]
            found += level
        return tuple(found[:_MOST_FOLDERS])

    def kept(self, path: str) -> Kept:
        """Tell whether version control has a file."""
        return self._kept(path)

    def variable(self, name: str) -> str | None:
        """Return a variable of the environment that the assistant's commands inherit."""
        return self._environment.get(name)


def _inside(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and entry.name not in _FILLED
                and not entry.name.startswith(".")
            )
    except OSError:
        return []
