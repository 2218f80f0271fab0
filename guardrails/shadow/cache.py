"""Data folders of stopped servers, kept in the user's cache: each is one file with its own hash.

A file appears at once and whole, by a rename, so a tool may be killed at any moment. One that is torn, was
changed, or that others could have written is removed and made again. The hash tells accidents: whoever may
write to the user's own cache may also write to the user's own programs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_MAGIC = b"pg-guardrails shadow 1\n"
_HASH_BYTES = 32
_MOST_BYTES = 1 << 30
_MOST_SECONDS = 30 * 24 * 3600
_WAIT_SECONDS = 60
# What a server writes for itself while it runs, and maps of free and visible pages, which it makes again
# where they are missing: every third file of a data folder.
_LEFT_OUT = ("postmaster.pid", "postmaster.opts", "_fsm", "_vm")


def key_of(*parts: str | bytes) -> str:
    """Return a name for what these parts decide; no two lists of parts share one."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """Return the folder, made if need be and of nobody else's; None: this account can't have one."""
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    chosen = os.environ.get(name, "")
    base = Path(chosen) if Path(chosen).is_absolute() else Path(usual).expanduser()
    folder = base / "pg-guardrails" / "shadow"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except (OSError, RuntimeError):
        return None
    if not stat.S_ISDIR(found.st_mode) or not _is_ours(found) or not os.access(folder, os.W_OK):
        return None
    return folder


def store(folder: Path, key: str, data: Path, note: Mapping[str, str]) -> None:
    """Keep the data folder of a stopped server, with a note; a full disk only means that nothing is kept."""
    import fcntl  # noqa: PLC0415  (there is none on Windows, where no shadow runs)

    with contextlib.suppress(OSError):
        folders, files = [], []
        for place in sorted(data.rglob("*")):
            name = place.relative_to(data).as_posix()
            if place.is_dir():
                folders.append(name)
            elif not place.name.endswith(_LEFT_OUT):
                files.append((name, place.stat().st_size))
        header = json.dumps({"key": key, "note": dict(note), "folders": folders, "files": files}).encode()
        body = bytearray(len(header).to_bytes(8, "big") + header)
        for name, size in files:
            content = (data / name).read_bytes()
            if len(content) != size:
                return
            body += content
        descriptor, unfinished = tempfile.mkstemp(prefix="unfinished-", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # others see by it that somebody still writes
                file.write(_MAGIC + hashlib.sha256(body).digest())
                file.write(body)
                file.flush()
                Path(unfinished).replace(folder / key)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        tidy(folder, keep=key)


def restore(folder: Path, key: str, data: Path, account: int | None) -> dict[str, str] | None:
    """Lay out a kept data folder in the empty folder `data`; return its note.

    None: nothing is kept under this key, or it could not be trusted and is removed.

    The files belong to `account` from then on; None: to whoever writes them.
    """
    path = folder / key
    try:
        body = _content(path)
        length = int.from_bytes(body[:8], "big")
        header = json.loads(bytes(body[8 : 8 + length]))
        _expect(header["key"] == key)
        note = {str(name): str(value) for name, value in header["note"].items()}
        folders = [_below(name) for name in header["folders"]]
        files = [(_below(name), int(size)) for name, size in header["files"]]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        path.unlink(missing_ok=True)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    _lay_out(body[8 + length :], data, folders, files, account)
    return note


def _below(name: str) -> str:
    _expect(not name.startswith("/") and ".." not in name.split("/"))
    return name


def _expect(claim: bool) -> None:
    if not claim:
        raise ValueError


def _content(path: Path) -> memoryview:
    """Return what follows the hash.

    Raises:
        ValueError: it is not what was written.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or not _is_ours(found):
            raise ValueError
        whole = memoryview(file.read())
    start = len(_MAGIC) + _HASH_BYTES
    if whole[: len(_MAGIC)] != _MAGIC or hashlib.sha256(whole[start:]).digest() != whole[len(_MAGIC) : start]:
        raise ValueError
    return whole[start:]


def _lay_out(
    content: memoryview, data: Path, folders: list[str], files: list[tuple[str, int]], account: int | None
) -> None:
    root = str(data)
    for name in folders:
        os.mkdir(f"{root}/{name}", 0o700)  # noqa: PTH102  (a thousand files: pathlib takes as long as writing them)
    offset = 0
    for name, size in files:
        descriptor = os.open(f"{root}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, content[offset : offset + size])
            if account is not None:
                os.fchown(descriptor, account, account)
        finally:
            os.close(descriptor)
        offset += size
    if account is not None:
        for name in folders:
            os.chown(f"{root}/{name}", account, account)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make what all need; the kernel frees the lock of one that dies.

    Whoever waited for a minute goes on all the same: making it twice is only slow.
    """
    import fcntl  # noqa: PLC0415  (there is none on Windows, where no shadow runs)

    with (folder / "lock").open("wb") as file:
        latest = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < latest:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.05)
        yield


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that died were writing; whoever still writes has a lock on it."""
    import fcntl  # noqa: PLC0415

    for path in folder.glob("unfinished-*"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def tidy(folder: Path, keep: str = "") -> None:
    """Remove what was not used for a month, and the oldest above 1 GB."""
    now = time.time()
    entries = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            found = path.lstat()
            if path.name not in {keep, "lock"} and not path.name.startswith("unfinished-"):
                entries.append((found.st_mtime, found.st_size, path))
    left = _MOST_BYTES - ((folder / keep).stat().st_size if keep else 0)
    for used, size, path in sorted(entries, reverse=True):
        left -= size
        if left < 0 or now - used > _MOST_SECONDS:
            path.unlink(missing_ok=True)


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
