"""A path -> the text of one file, or one sentence that says why it can't be read.

Nothing is opened that could block or have an effect (a pipe, a socket, a device), no more is read than
the limit, and the text is UTF-8. A byte order mark is dropped before anything counts offsets, so that
offset 0 is the first character after it; carriage returns stay.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.values import NamedTuple

MOST_BYTES = 8 * 1024 * 1024

_UTF8_MARK = b"\xef\xbb\xbf"
# UTF-32's little-endian mark begins with UTF-16's, so the longer ones are looked for first.
_OTHER_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_text(path: Path, root: Path, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a file.

    Args:
        path: what to read; a link is followed.
        root: what the sentence of an error names the file from.
        most_bytes: a larger file is refused.

    Raises:
        GuardrailsError: it is missing, no regular file, forbidden, too large or not UTF-8 text.
    """
    shown = _Shown(path, root)
    return decode(_bytes_of(path, shown, most_bytes), shown)


def read_bytes(path: Path, root: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return what a file holds, whatever that is; arguments and errors as with `read_text`."""
    return _bytes_of(path, _Shown(path, root), most_bytes)


class _Shown(NamedTuple):
    """A file's name in the sentence of an error; to work it out takes time, and few files have one."""

    path: Path
    root: Path

    def __str__(self) -> str:
        return show(self.path, self.root)


def decode(data: bytes, shown: str | _Shown) -> str:
    """Return the text that bytes hold; `shown` is what the sentence of an error calls them.

    Raises:
        GuardrailsError: they are not UTF-8 text, or more than `MOST_BYTES`.
    """
    if len(data) > MOST_BYTES:
        raise GuardrailsError(
            f"{shown} is larger than {MOST_BYTES // (1024 * 1024)} MiB: split it, or load its data outside the migration"
        )
    for mark, encoding in _OTHER_MARKS:
        if data.startswith(mark):
            raise GuardrailsError(f"{shown} is {encoding} text: save it as UTF-8")
    if (nul := data.find(b"\0")) >= 0:
        raise GuardrailsError(f"{shown} has a NUL at {_place(data, nul)}: save it as UTF-8 text without NULs")
    try:
        return data.removeprefix(_UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        skipped = len(_UTF8_MARK) if data.startswith(_UTF8_MARK) else 0
        place = _place(data, error.start + skipped)
        raise GuardrailsError(f"{shown} is not UTF-8 at {place}: save it as UTF-8") from error


def show(path: Path | str, root: Path) -> str:
    """Return a path for people: with `/`, from `root` when it is below it, nothing that moves a cursor."""
    absolute = os.path.abspath(path)  # noqa: PTH100  (`resolve` would follow the file's own link)
    base = os.path.abspath(root)  # noqa: PTH100
    below = _below(absolute, base)
    if below is None:
        folder, name = os.path.split(absolute)
        below = _below(os.path.join(_followed(folder), name), _followed(base))  # noqa: PTH118
    return escape((absolute if below is None else below).replace(os.sep, "/"))


def _below(path: str, base: str) -> str | None:
    """Return the rest of a path behind that of a folder, None when it is not in there."""
    if path == base:
        return "."
    start = base if base.endswith(os.sep) else base + os.sep
    return path[len(start) :] if path.startswith(start) else None


def escape(text: str) -> str:
    """Return text in which every character that can't be seen, or moves a cursor, is written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def real(path: Path) -> Path:
    """Return where a path leads once every link is followed; a link in a circle is left as it is."""
    return Path(os.path.realpath(path))


@contextmanager
def following_once() -> Iterator[None]:
    """Ask about each folder once while this lasts, whether it is a link."""
    before = _folders.set({})
    try:
        yield
    finally:
        _folders.reset(before)


_MOST_FOLLOWED = 100
"""Folders in one another that are asked about one by one; a path that is deeper is nobody's project."""

_folders: ContextVar[dict[str, str] | None] = ContextVar("folders", default=None)


def real_in_its_folder(path: Path) -> Path:
    """Return what `real` does; under `following_once` only the file's own name is asked about each time."""
    folder, name = os.path.split(path)
    if not folder or name in {"", os.curdir, os.pardir} or os.path.islink(path):  # noqa: PTH114
        return real(path)
    return Path(_followed(folder), name)


def _followed(folder: str) -> str:
    known = _folders.get()
    if known is None or folder.count(os.sep) > _MOST_FOLLOWED:
        return os.path.realpath(folder)
    if folder not in known:
        above, name = os.path.split(folder)
        plain = above and name not in {"", os.curdir, os.pardir} and not os.path.islink(folder)  # noqa: PTH114
        known[folder] = os.path.join(_followed(above), name) if plain else os.path.realpath(folder)  # noqa: PTH118
    return known[folder]


def _bytes_of(path: Path, shown: _Shown, most_bytes: int) -> bytes:
    try:
        # Asked before opening, since opening a device can have an effect, and again after it, since
        # the path may lead elsewhere by then.
        _expect_regular(path.stat().st_mode, shown)
        with open(path, "rb", opener=_open_without_waiting) as file:
            _expect_regular(os.fstat(file.fileno()).st_mode, shown)
            data = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise GuardrailsError(_reason(error, shown)) from error
    if len(data) > most_bytes:
        limit = f"{most_bytes // (1024 * 1024)} MiB" if most_bytes >= 1024 * 1024 else f"{most_bytes} bytes"
        raise GuardrailsError(
            f"{shown} is larger than {limit}: split it, or load its data outside the migration"
        )
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _expect_regular(mode: int, shown: _Shown) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _KINDS if test(mode)), "no regular file")
        raise GuardrailsError(f"{shown} is {kind}, not a file: name one that holds text")


def _reason(error: OSError | ValueError, shown: _Shown) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return f"there is no file {shown}: check the path"
        case PermissionError():
            return f"{shown} can't be read: permission denied; give yourself the right to read it"
        case OSError(errno=errno.ELOOP):
            return f"{shown} is a link that leads back to itself: replace it by the file"
        case OSError(strerror=str(reason)):
            return f"{shown} can't be read: {reason.lower()}; check the path"
        case _:
            return f"there is no file {shown}: a path can't hold a NUL"


def _place(data: bytes, offset: int) -> str:
    return f"byte {offset} on line {data.count(10, 0, offset) + 1}"
