"""Asking a person: on the terminal itself, never on a standard input that a program may feed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from guardrails.approval.ancestors import agent_above
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

AGENT_MARKS = (
    "AI_AGENT", "CLAUDECODE", "CLAUDE_CODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CURSOR_AGENT",
    "GEMINI_CLI", "CODEX_SANDBOX", "CODEX_CI", "CODEX_THREAD_ID", "ANTIGRAVITY_AGENT", "AUGMENT_AGENT",
    "OPENCODE_CLIENT", "COPILOT_ALLOW_ALL",
)  # fmt: skip
# A person's own terminal in an editor may carry these as well, so they are said and no more.
_DOUBTFUL_MARKS = ("REPL_ID", "CURSOR_EXTENSION_HOST_ROLE", "COPILOT_MODEL", "COPILOT_GITHUB_TOKEN")
_DEVIN = "/opt/.devin"
_TERMINAL = "CONIN$" if os.name == "nt" else "/dev/tty"
_OUTPUT = "CONOUT$" if os.name == "nt" else "/dev/tty"


def refuse_agents(environ: Mapping[str, str], command: str) -> None:
    """Refuse to ask where an assistant is at the keyboard.

    This stops an assistant that does not set out to cheat, no more: a program can make a terminal.

    Raises:
        GuardrailsError: a mark of a coding agent is set, or one is among the processes above.
    """
    mark = next((name for name in AGENT_MARKS if environ.get(name)), None)
    sign = f"{mark} is set" if mark else f"{_DEVIN} is there" if Path(_DEVIN).exists() else None
    if sign is None and (agent := agent_above()):
        sign = f"{agent} started it"
    if sign is not None:
        raise GuardrailsError(
            f"{sign}, so this is an assistant's shell; a person runs this in a terminal of their own: {command}"
        )


def doubts(environ: Mapping[str, str]) -> str | None:
    """Return a sentence for the person where an assistant may be at the keyboard, None otherwise."""
    mark = next((name for name in _DOUBTFUL_MARKS if environ.get(name)), None)
    return f"{mark} is set: if an assistant typed this command, say no." if mark else None


def refuse_without_terminal(command: str) -> None:
    """Refuse where standard input is fed by a program, although a terminal may be reached all the same.

    Raises:
        GuardrailsError: standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise GuardrailsError(f"there is no terminal to ask at; a person runs this in one: {command}")


def ask(text: str, question: str, command: str) -> bool:
    """Show a text and a question on the terminal; only `y` or `yes` is a yes.

    Raises:
        GuardrailsError: there is no terminal.
    """
    return answer(text, f"{question} [y/N]", command).lower() in {"y", "yes"}


def answer(text: str, question: str, command: str) -> str:
    """Show a text and a question on the terminal and return what is typed; "" for Ctrl-C.

    Raises:
        GuardrailsError: there is no terminal.
    """
    shown = "\n".join(map(plain, (*text.split("\n"), question))).lstrip("\n") + " "
    try:
        with (
            Path(_TERMINAL).open(encoding="utf-8", errors="replace") as keyboard,
            Path(_OUTPUT).open("w", encoding="utf-8", errors="replace") as screen,
        ):
            screen.write(shown)
            screen.flush()
            return keyboard.readline().strip()
    except KeyboardInterrupt:
        return ""
    except OSError as error:
        raise GuardrailsError(
            f"there is no terminal to ask at; a person runs this in one: {command}"
        ) from error
