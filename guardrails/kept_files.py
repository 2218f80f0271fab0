"""What was made of files, for as long as they are the same files: for a process that answers many times.

A file is the same when it is the same inode of the same size with the same times of its content and of itself.
Nobody sets the last of these, so a changed file with the times of the old one is a changed one. What was
changed less than two seconds before it was read may change again within a tick of that clock: it is not kept.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from time import time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")

    Identity = tuple[int, ...] | None

_MOST = 20_000
_TICK_NS = 2_000_000_000
_UNSURE = (-1,)

_kept: dict[object, tuple[list[Identity], Any]] | None = None


def keep_files() -> None:
    """Keep what is made of files until the process ends."""
    global _kept  # noqa: PLW0603
    _kept = {} if _kept is None else _kept


def made_of(key: object, paths: Sequence[str], make: Callable[[], T]) -> T:
    """Return what `make` returns, called only if one of the files changed, came or went since the last time.

    Args:
        key: says what is made.
        paths: all files that it is made of, whether they are there or not.
        make: reads them.
    """
    if _kept is None:
        return make()
    before = [_identity(path) for path in paths]
    known = _kept.get(key)
    if known is not None and known[0] == before and _UNSURE not in before:
        made: T = known[1]
        return made
    now = time_ns()
    made = make()
    if not any(one and max(one[-2:]) > now - _TICK_NS for one in before):
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[key] = (before, made)
    return made


def _identity(path: str) -> Identity:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return _UNSURE
    if not stat.S_ISREG(found.st_mode):  # a link may come to lead elsewhere
        return _UNSURE
    return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns
