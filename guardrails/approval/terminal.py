"""Asking a person: on the terminal itself, never on a standard input that a program may feed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

AGENT_MARKS = (
    "AI_AGENT", "CLAUDECODE", "CLAUDE_CODE", "CLAUDE_CODE_ENTRYPOINT", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX",
    "CODEX_CI", "CODEX_THREAD_ID", "ANTIGRAVITY_AGENT", "AUGMENT_AGENT", "OPENCODE_CLIENT", "COPILOT_ALLOW_ALL",
)  # fmt: skip
_TERMINAL = "CONIN$" if os.name == "nt" else "/dev/tty"
_OUTPUT = "CONOUT$" if os.name == "nt" else "/dev/tty"


def refuse_agents(environ: Mapping[str, str], command: str) -> None:
    """Refuse to ask where an assistant is at the keyboard.

    This stops an assistant that does not set out to cheat, no more: a program can make a terminal.

    Raises:
        GuardrailsError: a mark of a coding agent is set.
    """
    mark = next((name for name in AGENT_MARKS if environ.get(name)), None)
    if mark is not None:
        raise GuardrailsError(
            f"{mark} is set, so this is an assistant's shell; a person runs this in a terminal of their own: {command}"
        )


def ask(text: str, question: str, command: str) -> bool:
    """Show a text and a question on the terminal; only `y` or `yes` is a yes.

    Raises:
        GuardrailsError: there is no terminal.
    """
    shown = "\n".join(map(plain, text.split("\n"))) + f"\n{plain(question)} [y/N] "
    try:
        with (
            Path(_TERMINAL).open(encoding="utf-8", errors="replace") as keyboard,
            Path(_OUTPUT).open("w", encoding="utf-8", errors="replace") as screen,
        ):
            screen.write(shown)
            screen.flush()
            answer = keyboard.readline()
    except KeyboardInterrupt:
        return False
    except OSError as error:
        raise GuardrailsError(
            f"there is no terminal to ask at; a person runs this in one: {command}"
        ) from error
    return answer.strip().lower() in {"y", "yes"}
