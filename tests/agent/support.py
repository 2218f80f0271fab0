"""What the tests of the hooks share: an event in Claude Code's form, and what the hook answers to it."""

import json
from pathlib import Path

from commands.hook import hook


def before(tool: str, given: object, folder: Path) -> bytes:
    event = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": given, "cwd": str(folder)}
    return json.dumps(event).encode()


def answer(tool: str, given: object, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Return deny, ask or pass."""
    said = hook("claude", before(tool, given, folder), environment or {})
    assert said.exit_code == 0, said.stderr
    if not said.stdout:
        return "pass"
    return str(json.loads(said.stdout)["hookSpecificOutput"]["permissionDecision"])


def run(command: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    return answer("Bash", {"command": command}, folder, environment)
