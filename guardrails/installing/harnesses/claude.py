"""Claude Code. <https://code.claude.com/docs/en/hooks> <https://code.claude.com/docs/en/permissions>

Without `onFailure` a hook that fails lets the command run, and a settings file with one comma too many is dropped
whole. A matcher with anything but names is an expression: `mcp__.*` takes every MCP tool, `mcp__` none.
"""

from guardrails.installing.contracts import Form, Wanted
from guardrails.installing.harnesses.contracts import Harness, asked_as_claude, denied_as_claude
from guardrails.installing.setup import Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    commands = (Wanted(f".claude/commands/{name}", Form.WHOLE, text) for name, text in setup.commands.items())
    return (
        setup.merged(".mcp.json", "claude/mcp.json"),
        setup.merged(".claude/settings.json", "claude/settings.json"),
        *commands,
        setup.instructions("CLAUDE.md"),
    )


HARNESS = Harness(
    name="claude",
    title="Claude Code",
    signs=(".claude", "CLAUDE.md", ".mcp.json"),
    files=_files,
    hooks=".claude/settings.json",
    keys=("hooks", "PreToolUse"),
    question=asked_as_claude("Bash"),
    denied=denied_as_claude,
    mcp=".mcp.json",
    fails_closed=("onFailure", "block"),
)
