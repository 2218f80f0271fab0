"""`pg-guardrails hook`: standard input in, the harness's answer out."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DEADLINE_S = 9.0
"""Less than harnesses wait: one that gives up on a hook lets the command run."""

# What blocks where exit code 2 does not, if all else fails.
_LAST_RESORT = {
    "cursor": '{"permission": "deny"}',
    "copilot": '{"permissionDecision": "deny", "permissionDecisionReason": "pg-guardrails: a problem of its own"}',
}
_USAGE = "usage: pg-guardrails hook {claude,codex,cursor,copilot,vscode,gemini}"
_HELP = f"""{_USAGE}

Answers a coding agent's hook: its JSON is on standard input, and the answer is in the agent's own form.
`pg-guardrails init` sets the hooks up."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from commands.hook import HARNESSES  # noqa: PLC0415

    parser = commands.add_parser("hook", help="answer a coding agent's hook, whose JSON is on standard input")
    parser.add_argument("harness", choices=HARNESSES, help="the agent that asks")
    parser.set_defaults(run=lambda arguments: run([arguments.harness]))


def run(words: Sequence[str]) -> int:
    """Answer one hook; the exit code is the harness's, in which 2 blocks."""
    try:
        from commands.hook import HARNESSES, MOST_BYTES, hook  # noqa: PLC0415

        if words and words[0] in ("-h", "--help"):
            print(_HELP)
            return 0
        if len(words) != 1 or words[0] not in HARNESSES:
            print(f"error: {_USAGE}", file=sys.stderr)
            return 2
        _set_deadline()
        answer = hook(words[0], sys.stdin.buffer.read(MOST_BYTES + 1), os.environ)
        _set_deadline(0)
    except Exception as error:
        print(_LAST_RESORT.get(words[0] if words else "", ""), end="")
        print(f"pg-guardrails: a problem of its own ({type(error).__name__}), so it blocks", file=sys.stderr)
        return 2
    if answer.stdout:
        sys.stdout.buffer.write(answer.stdout.encode("utf-8", "backslashreplace") + b"\n")
    if answer.stderr:
        sys.stderr.buffer.write(answer.stderr.encode("utf-8", "backslashreplace") + b"\n")
    return answer.exit_code


def _set_deadline(seconds: float | None = None) -> None:
    """Have whatever is going on end with a `TimeoutError`, where the system can; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _too_late)
        signal.setitimer(signal.ITIMER_REAL, DEADLINE_S if seconds is None else seconds)


def _too_late(*_: object) -> None:
    raise TimeoutError
