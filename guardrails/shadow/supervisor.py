"""A process between the tool and PostgreSQL: starts the server with few rights, and ends it, whatever happens.

Standard input brings one line of JSON, an `Order`, and is the lifeline from then on: `stop` asks for a
clean end, `kill` for one at once, and its own end means that the tool is gone. The server and all its descendants are killed then, and when
the folder grows too large or the time is over; why, stands in the file `stopped`. If this process is killed
itself, the kernel ends the server.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from typing import NoReturn, TypedDict

from guardrails.shadow.sandbox import restrict_calls, restrict_files

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_TURN_SECONDS = 0.1
_PATIENCE_SECONDS = 20
_GRACE_SECONDS = 3


class Order(TypedDict):
    """What to start and within which limits.

    Attributes:
        account: the user and group to become, None: stay.
        sandbox: what it may read, write and execute; None: no sandbox.
    """

    command: list[str]
    environment: dict[str, str]
    folder: str
    account: int | None
    sandbox: dict[str, list[str]] | None
    memory_bytes: int
    file_bytes: int
    disk_bytes: int
    cpu_seconds: int
    seconds: float


class _Child:
    """The server: no signal goes to its number once it was collected, which may be another's then."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.collected = False
        self.code = 1

    def runs(self) -> bool:
        if not self.collected:
            ended, status = os.waitpid(self.number, os.WNOHANG)
            if ended:
                self.collected = True
                self.code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1
        return not self.collected

    def signal(self, number: int) -> None:
        if self.runs():
            _signal(self.number, number)


def main() -> None:
    """Run one server until it ends, or has to."""
    # Without a buffer, so that nothing but the first line is taken from the pipe.
    with open(0, "rb", buffering=0, closefd=False) as orders:
        line = orders.readline()
    if not line.endswith(b"\n"):
        return
    order: Order = json.loads(line)
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    own = os.getpid()
    number = os.fork()
    if number == 0:
        _become(order, own)
    server = _Child(number)
    try:
        reason, tool_is_there = _watch(order, server)
    finally:
        _kill_all(server)
    if reason:
        with open(os.path.join(order["folder"], "stopped"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
            file.write(reason)
    if not tool_is_there:
        shutil.rmtree(order["folder"], ignore_errors=True)
    sys.exit(server.code)


def _become(order: Order, parent: int) -> NoReturn:
    try:
        _limit(order)
        if order["account"] is not None:
            os.setgroups([])
            os.setgid(order["account"])
            os.setuid(order["account"])
        os.umask(0o077)
        os.setsid()
        os.chdir(order["folder"])
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        if sys.platform == "linux":
            # After the change of the account, which would forget it; the parent may be gone by now.
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        if order["sandbox"] is not None:
            restrict_files(**order["sandbox"])
            restrict_calls()
        os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606
    except BaseException as error:  # whatever it was, this process is no supervisor
        os.write(2, f"FATAL:  {error}\n".encode())
    os._exit(1)


def _limit(order: Order) -> None:
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_FSIZE, order["file_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_seconds"]),
        (resource.RLIMIT_NOFILE, 1024),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901
        try:
            resource.setrlimit(kind, (most, most))
        except ValueError:
            if sys.platform == "linux":  # macOS knows no limit of the address space
                raise


def _watch(order: Order, server: _Child) -> tuple[str, bool]:
    """Wait for an end. Return why it had to be, empty if all is well, and whether the tool lives."""
    latest = time.monotonic() + order["seconds"]
    turn = _TURN_SECONDS
    while server.runs():
        if select.select([0], [], [], turn)[0]:
            match os.read(0, 64):
                case b"":
                    return "", False
                case b"stop\n":
                    return _stop(server), True
                case _:
                    return "a statement did not end when its time was over", True
        if time.monotonic() > latest:
            return "it ran for too long", True
        before = time.monotonic()
        if _size(order["folder"], order["disk_bytes"]) > order["disk_bytes"]:
            return f"it filled the {order['disk_bytes'] >> 20} MB of disk that it may have", True
        turn = max(_TURN_SECONDS, 5 * (time.monotonic() - before))
    return "", True


def _stop(server: _Child) -> str:
    latest = time.monotonic() + _PATIENCE_SECONDS
    server.signal(signal.SIGINT)
    while server.runs():
        if time.monotonic() > latest:
            return "it did not end when it was asked to"
        time.sleep(0.005)
    return ""


def _size(folder: str, enough: int) -> int:
    """Return the bytes on disk below a folder; counting ends when they are more than `enough`."""
    total = 0
    folders = [folder]
    while folders and total <= enough:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:  # it was removed just now
            continue
    return total


def _kill_all(server: _Child) -> None:
    """End the server and what came of it; orphans become children of this process."""
    latest = time.monotonic() + _GRACE_SECONDS
    server.signal(signal.SIGQUIT)
    while server.runs() and time.monotonic() < latest:
        time.sleep(0.005)
    server.signal(signal.SIGKILL)
    while server.runs():
        time.sleep(0.005)
    while _reap():
        for process in _descendants(os.getpid()):
            _signal(process, signal.SIGKILL)
        time.sleep(0.005)


def _reap() -> bool:
    """Collect what ended; return whether a child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _descendants(process: int) -> Iterator[int]:
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:  # noqa: PTH123
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _signal(process: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process, number)
