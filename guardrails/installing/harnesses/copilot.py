"""Copilot's command line and its cloud agent. <https://docs.github.com/en/copilot/reference/hooks-configuration>

A hook that fails blocks, one that takes too long does not. Hooks run in a trusted folder only.
"""

import json

from guardrails.installing.contracts import Json, Wanted
from guardrails.installing.harnesses.contracts import PUSH, Harness
from guardrails.installing.setup import Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    return (
        setup.merged(".mcp.json", "claude/mcp.json"),
        setup.merged(".github/hooks/pg-guardrails.json", "copilot/hooks.json"),
        setup.instructions("AGENTS.md"),
    )


def _question(folder: str) -> dict[str, Json]:
    return {
        "timestamp": 0,
        "cwd": folder,
        "toolName": "bash",
        "toolArgs": json.dumps({"command": PUSH, "description": "selftest"}),
    }


def _denied(answer: Json) -> bool:
    return isinstance(answer, dict) and answer.get("permissionDecision") == "deny"


HARNESS = Harness(
    name="copilot",
    title="Copilot",
    signs=(".github/hooks", ".github/copilot-instructions.md", ".github/workflows/copilot-setup-steps.yml"),
    files=_files,
    hooks=".github/hooks/pg-guardrails.json",
    keys=("hooks", "preToolUse"),
    question=_question,
    denied=_denied,
    mcp=".mcp.json",
    command_key="bash",
    hint="trust the folder: start copilot here once; copilot -p needs --trust-folder, or no hook runs",
)
