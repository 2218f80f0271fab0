"""Short texts by key, kept in the user's own cache folder from one run to the next.

All that belongs to one project is on one shelf, a file. It appears whole, by a rename, so that of two processes
the later one's stays and nobody reads half of one. What was torn, was changed by anybody who doesn't have the
key of this user, or lies where others may write is as if it were not there.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from _blake2 import blake2b  # `hashlib` loads OpenSSL first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 256 * 1024 * 1024
_MOST_ON_A_SHELF = 32 * 1024 * 1024
_MOST_DAYS = 30
_DAY_S = 24 * 3600
_KEY = "key"
_KEY_BYTES = 32
_SUFFIX = ".shelf"


def folder_of_the_user() -> str | None:
    """Return the folder of shelves, made if need be and of nobody else's; None: this account can't have one."""
    windows = sys.platform == "win32"
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/AppData/Local" if windows else "~/.cache"
    chosen = os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME", "")
    base = chosen if os.path.isabs(chosen) else os.path.expanduser(usual)  # noqa: PTH111, PTH117
    folder = os.path.join(base, "pg-guardrails", "findings")  # noqa: PTH118
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        found = os.lstat(folder)
    except OSError:
        return None
    return folder if stat.S_ISDIR(found.st_mode) and _is_ours(found) else None


class Shelf:
    """The texts of one project, each with the day on which it was last asked for."""

    def __init__(self, folder: str, name: str, today: int) -> None:
        self._path = os.path.join(folder, blake2b(name.encode(), digest_size=16).hexdigest() + _SUFFIX)  # noqa: PTH118
        self._folder = folder
        self._today = today
        self._key = _key_in(folder)
        self._lines = dict(self._read())
        self._used: dict[bytes, bytes] = {}
        self._is_new = False

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key: printable ASCII without a line's end."""
        line = self._lines.get(key.encode())
        if line is None:
            return None
        day, _, text = line.partition(b" ")
        self._used[key.encode()] = text
        self._is_new = self._is_new or day != b"%d" % self._today
        return text

    def put(self, texts: Mapping[str, str]) -> None:
        for key, text in texts.items():
            self._used[key.encode()] = text.encode("ascii")
            self._is_new = True

    def save(self) -> None:
        """Write the shelf if there is anything new on it; what can't be written is not kept."""
        if not self._is_new or self._key is None:
            return
        stamp = b"%d " % self._today
        lines = {key: stamp + text for key, text in self._used.items()}
        left = _MOST_ON_A_SHELF
        kept = []
        for key, line in (*lines.items(), *(one for one in self._lines.items() if one[0] not in lines)):
            left -= len(key) + len(line) + 2
            if left < 0:
                break
            if self._today - int(line.partition(b" ")[0]) <= _MOST_DAYS:
                kept.append(key + b" " + line)
        with contextlib.suppress(OSError):
            _tidy(self._folder)
            _replace(self._path, self._signed(b"\n".join(kept)))

    def _read(self) -> list[tuple[bytes, bytes]]:
        if self._key is None:
            return []
        data = _content(self._path)
        body = data[2 * _KEY_BYTES + 1 :]
        if not body or data != self._signed(body):
            return []
        parted = (line.partition(b" ") for line in body.split(b"\n"))
        return [(key, rest) for key, _, rest in parted]

    def _signed(self, body: bytes) -> bytes:
        assert self._key is not None
        return blake2b(body, key=self._key, digest_size=_KEY_BYTES).hexdigest().encode() + b"\n" + body


def _key_in(folder: str) -> bytes | None:
    """Return the key of this user, which nobody else reads, made at first."""
    path = os.path.join(folder, _KEY)  # noqa: PTH118
    key = _content(path)
    if len(key) != _KEY_BYTES:
        with contextlib.suppress(OSError):
            _replace(path, os.urandom(_KEY_BYTES))
        key = _content(path)  # perhaps another process was later
    return key if len(key) == _KEY_BYTES else None


def _content(path: str) -> bytes:
    """Return what a file of this user's holds, nothing where it is none, or others may write to it."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or not _is_ours(found) or found.st_size > 2 * _MOST_ON_A_SHELF:
            return b""
        return opened.read()


def _replace(path: str, data: bytes) -> None:
    unfinished = f"{path}.{os.urandom(8).hex()}"
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
        os.replace(unfinished, path)  # noqa: PTH105
    except OSError:
        os.unlink(unfinished)  # noqa: PTH108
        raise


def _tidy(folder: str) -> None:
    """Remove shelves that nobody asked for in a month, what was left unfinished, and the oldest of too many."""
    from time import time  # noqa: PLC0415

    with os.scandir(folder) as entries:
        found = [(entry.stat(follow_symlinks=False), entry) for entry in entries if entry.name != _KEY]
    left = _MOST_BYTES
    for status, entry in sorted(found, key=lambda one: -one[0].st_mtime):
        age = time() - status.st_mtime
        left -= status.st_size
        unfinished = not entry.name.endswith(_SUFFIX) and age > _DAY_S
        if left < 0 or age > _MOST_DAYS * _DAY_S or unfinished:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)  # noqa: PTH108


def _is_ours(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
