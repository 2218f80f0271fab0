"""What is to be known of a coding agent: which files it reads, how it asks its hook, and how the hook says no."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guardrails.installing.contracts import Json, Wanted
from guardrails.installing.setup import PROGRAM, Setup

PUSH = "supabase db push"
"""The made-up command of the self-test; no test runs it, the hook only reads it."""

OR_BLOCK = "|| { echo 'pg-guardrails refused, or is missing' >&2; exit 2; }"
"""What follows a command in a shell, so that a program that is missing or breaks is a refusal too: to the agents that
start it so, 2 is the exit code that says no, and Codex wants a reason with it."""

_OR_BLOCK = tuple(shlex.split(OR_BLOCK))


@dataclass(frozen=True)
class Harness:
    """A coding agent.

    Attributes:
        signs: files and folders, from the top of a repository, that say that it is in use there.
        files: what it needs.
        hooks: the file that names its hook, the keys that lead to the entries for what comes before a tool, and
            the key of the command when it is not `command`.
        question: what it would send to its hook before it runs a command, in a folder.
        denied: whether an answer of the hook, read as JSON, says no.
        settings: more files of its own in which its hooks can be turned off.
        fails_closed: the key and value by which an entry says that a hook that fails blocks; None: it can't.
    """

    name: str
    title: str
    signs: tuple[str, ...]
    files: Callable[[Setup], tuple[Wanted, ...]]
    hooks: str
    keys: tuple[str, ...]
    question: Callable[[str], dict[str, Json]]
    denied: Callable[[Json], bool]
    mcp: str | None = None
    fails_closed: tuple[str, Json] | None = None
    command_key: str = "command"
    hint: str | None = None


def entries(document: Json, keys: tuple[str, ...]) -> Iterator[dict[str, Json]]:
    """Yield the entries of a hook file that name a command, however they are nested below the keys."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    pending = [document]
    while pending:
        match pending.pop(0):
            case list(several):
                pending[:0] = several
            case {"hooks": list(several)}:
                pending[:0] = several
            case dict(entry):
                yield entry


def words_of(entry: dict[str, Json], key: str = "command") -> tuple[str, ...]:
    """Return what an entry starts, as words and without `OR_BLOCK`; empty when it starts nothing that can be told."""
    match entry.get(key), entry.get("args"):
        case str(program), list(arguments):
            return (program, *(str(one) for one in arguments))
        case str(line), _:
            try:
                words = tuple(shlex.split(line))
            except ValueError:
                return ()
            return words[: -len(_OR_BLOCK)] if words[-len(_OR_BLOCK) :] == _OR_BLOCK else words
    return ()


def is_ours(words: tuple[str, ...], harness: str) -> bool:
    """Tell whether words start this program's hook: itself, or by one of the two runners, and nothing else."""
    match words:
        case (program, "hook", name):
            started = program == PROGRAM
        case ("uvx", program, "hook", name):
            started = program == PROGRAM or program.startswith(f"{PROGRAM}@")
        case ("pipx", "run", "--spec", spec, program, "hook", name):
            started = program == PROGRAM and spec.startswith(f"{PROGRAM}==")
        case _:
            return False
    return started and name == harness


def denied_as_claude(answer: Json) -> bool:
    match answer:
        case {"hookSpecificOutput": {"permissionDecision": "deny"}}:
            return True
    return False


def asked_as_claude(tool: str) -> Callable[[str], dict[str, Json]]:
    """Return what an agent of Claude Code's kind sends before it runs a command with a tool."""

    def question(folder: str) -> dict[str, Json]:
        return {
            "session_id": "selftest",
            "cwd": folder,
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": tool,
            "tool_input": {"command": PUSH},
            "tool_use_id": "selftest",
        }

    return question
