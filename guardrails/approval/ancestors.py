"""The processes above this one, and whether a coding agent is among them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

_AGENTS = frozenset(
    {
        "claude",
        "claude-code",
        "codex",
        "gemini",
        "gemini-cli",
        "cursor-agent",
        "copilot",
        "opencode",
        "aider",
        "devin",
    }
)
_ENDINGS = re.compile(r"\.(?:exe|js|mjs|cjs|py)$")
# `node …/@anthropic-ai/claude-code/cli.js`: the file's name says nothing, its folder does.
_IN_PATH = re.compile(r"[/\\](claude-code|gemini-cli|codex|copilot|opencode)[/\\]", re.IGNORECASE)
_RUNS_PROGRAMS = frozenset({"node", "nodejs", "bun", "deno", "python", "python3", "npx", "npm"})
_MOST = 100


def agent_above() -> str | None:
    """Return the name of a coding agent that this process descends from, None when none is seen.

    What can't be asked (another system, no right to look) counts as not seen.
    """
    return next((name for arguments in _ancestors() if (name := _agent(arguments))), None)


def _agent(arguments: list[str]) -> str | None:
    names = [_program(argument) for argument in arguments[:2]]
    if names and names[0] in _AGENTS:
        return names[0]
    runs = bool(names) and re.sub(r"[\d.]+$", "", names[0]) in _RUNS_PROGRAMS
    if runs and len(names) > 1:
        found = _IN_PATH.search(arguments[1])
        return names[1] if names[1] in _AGENTS else found[1].lower() if found else None
    return None


def _program(argument: str) -> str:
    name = PureWindowsPath(argument).name if "\\" in argument else PurePosixPath(argument).name
    return _ENDINGS.sub("", name.lower())


def _ancestors() -> Iterator[list[str]]:
    """Yield the arguments of each process above, nearest first."""
    table = None if Path("/proc/self/stat").exists() else _listed()
    process, seen = os.getppid(), 0
    while process > 0 and seen < _MOST:
        found = _from_proc(process) if table is None else table.get(process)
        if found is None:
            return
        process, arguments = found
        seen += 1
        yield arguments


def _from_proc(process: int) -> tuple[int, list[str]] | None:
    folder = Path("/proc") / str(process)
    try:
        # The name in brackets may hold anything, a bracket too; the parent is the second field after it.
        parent = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        arguments = (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except (OSError, ValueError, IndexError):
        return None
    return parent, arguments


def _listed() -> dict[int, tuple[int, list[str]]]:
    try:
        done = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,args="],  # noqa: S607
            capture_output=True, text=True, errors="replace", check=False, timeout=10
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return {}
    rows = (line.split(None, 2) for line in done.stdout.splitlines())
    return {int(row[0]): (int(row[1]), row[2].split()) for row in rows if len(row) == 3 and row[0].isdigit()}
