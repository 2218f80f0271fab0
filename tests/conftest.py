"""What all tests have in common, and a terminal of a person's own, for tests of what is asked there."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from guardrails.approval.terminal import AGENT_MARKS

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
# The person's process descends from nobody here: whoever runs the tests may be an assistant.
LAUNCHER = """
import fcntl, os, signal, sys, termios
terminal, result = int(sys.argv[1]), int(sys.argv[2])
starter = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == starter:
    pass
os.setsid()
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
process = os.fork()
if process == 0:
    for number in range(3):
        os.dup2(terminal if number or sys.argv[3] == "typed" else os.open(os.devnull, os.O_RDONLY), number)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.argv[4], sys.argv[4:])
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.close(terminal)
os.write(result, str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())
"""

AtATerminal = Callable[..., tuple[str, int]]


@pytest.fixture(autouse=True)
def nothing_is_kept_of_what_tests_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_NO_CACHE", "1")


@pytest.fixture
def at_a_terminal() -> AtATerminal:
    """Run the script as a person does, and answer its questions: `(what the question holds, the answer)`.

    `fed`: standard input is not the terminal, as in a pipe.
    """

    def run(
        folder: Path,
        arguments: Sequence[str],
        *answers: tuple[str, str],
        marks: Mapping[str, str] | None = None,
        fed: bool = False,
    ) -> tuple[str, int]:
        kept = {name: value for name, value in os.environ.items() if name not in AGENT_MARKS}
        terminal, theirs = pty.openpty()
        ended, result = os.pipe()
        subprocess.run(
            [
                sys.executable, "-c", LAUNCHER, str(theirs), str(result), "fed" if fed else "typed", SCRIPT, *arguments
            ],
            cwd=folder, env={**kept, **(marks or {})}, pass_fds=(theirs, result), check=True,
        )  # fmt: skip
        os.close(theirs)
        os.close(result)
        shown, waiting, asked_from = b"", list(answers), 0
        while True:
            try:
                block = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                break
            if not block:
                break
            shown += block
            if waiting and waiting[0][0].encode() in shown[asked_from:]:
                asked_from = len(shown)
                os.write(terminal, waiting.pop(0)[1].encode())
        code = int(os.read(ended, 16))
        os.close(terminal)
        os.close(ended)
        return shown.decode(errors="replace"), code

    return run
