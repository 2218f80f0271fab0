"""Something was written, or a person answered -> one JSON line in `.guardrails/audit.jsonl` of the project.

The file is a memory, not a proof: whoever may write the project may write it. It holds no SQL and no
secret, only names, hashes and how something came. Lines are only ever added; a file that is full makes
room by becoming `audit.1.jsonl`, in the place of the one before. What is wrong with the file stops nothing.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

if sys.platform != "win32":
    import fcntl

FOLDER = ".guardrails"
FILE = f"{FOLDER}/audit.jsonl"
OLDER = f"{FOLDER}/audit.1.jsonl"
MOST_BYTES = 1024 * 1024
"""Of each of the two files."""

_LONGEST = 300
_WAIT_S = 1.0
_OPEN = (
    os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)  # a pipe that somebody put there must not block
_log = logging.getLogger(__name__)


class Event(StrEnum):
    """What happened."""

    DRAFT_WRITTEN = "draft_written"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    MIGRATION_WRITTEN = "migration_written"
    ROLLBACK_WRITTEN = "rollback_written"
    APPROVED = "approved"
    SEEDED = "seeded"


class Means(StrEnum):
    """How it came: which way a person was asked, `TERMINAL` for the command line, `CALL` where only a tool was called."""

    ELICITATION = "elicitation"
    TERMINAL = "terminal"
    REVIEW_PAGE = "review_page"
    CALL = "call"


@dataclass(frozen=True)
class Origin:
    """Where something came from.

    Attributes:
        means: how.
        tool: the MCP tool or the command.
        client: the program on the other side of MCP, as it calls itself.
        client_version: of it, as it says.
    """

    means: Means
    tool: str
    client: str | None = None
    client_version: str | None = None


def at_terminal(tool: str) -> Origin:
    return Origin(Means.TERMINAL, tool)


def record(
    root: Path,
    origin: Origin,
    event: Event,
    *,
    file: str | None = None,
    sha256: str | None = None,
    rows: int | None = None,
    at: datetime | None = None,
) -> bool:
    """Add a line; False, and a sentence in the log, where that could not be done.

    Args:
        root: of the project.
        origin: how it came.
        event: what happened.
        file: what was written, or asked about, from the root.
        sha256: of that file's bytes.
        rows: how many were written to a database.
        at: the moment; None: now.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    values = {
        "time": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "event": str(event),
        "means": str(origin.means),
        "tool": origin.tool,
        "client": origin.client,
        "client_version": origin.client_version,
        "file": file,
        "sha256": sha256,
    }
    line = {name: plain(value)[:_LONGEST] for name, value in values.items() if value is not None}
    text = json.dumps(line if rows is None else {**line, "rows": rows}, ensure_ascii=True)
    try:
        _add(root, text.encode() + b"\n")
    except (OSError, GuardrailsError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _log.warning("%s can't be written: %s; what was done is not recorded there", FILE, reason.lower())
        return False
    return True


def _add(root: Path, line: bytes) -> None:
    folder = root / FOLDER
    if not folder.resolve().is_relative_to(root.resolve()):
        raise GuardrailsError(f"{FOLDER} leads out of the project")
    folder.mkdir(exist_ok=True)
    _ignore(folder)
    path = root / FILE
    while True:
        handle = os.open(path, _OPEN, 0o644)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise GuardrailsError("it is no file")
            _lock(handle)
            if not _is_still(path, handle):
                continue  # another process made room meanwhile
            size = os.fstat(handle).st_size
            if size and size + len(line) > MOST_BYTES:
                path.replace(root / OLDER)
                continue
            os.write(handle, line if _is_whole(handle, size) else b"\n" + line)
            return
        finally:
            os.close(handle)


def _ignore(folder: Path) -> None:
    """Keep the record out of git, also where `init` never ran."""
    with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as file:
        file.write("# a record of this working copy\n/audit*.jsonl\n/.gitignore\n")


def _lock(handle: int) -> None:
    """Wait for other processes; the system takes the lock away when the file is closed."""
    if sys.platform == "win32":
        return
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _is_whole(handle: int, size: int) -> bool:
    """Say whether the last line ends; a process that was killed may have left a part of one."""
    if not size:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
