"""Cursor. <https://cursor.com/docs/reference/hooks>  A hook that fails blocks only with `failClosed`."""

from guardrails.installing.contracts import Form, Json, Wanted
from guardrails.installing.harnesses.contracts import PUSH, Harness
from guardrails.installing.setup import Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    return (
        setup.merged(".cursor/mcp.json", "cursor/mcp.json", Form.JSONC),
        setup.merged(".cursor/hooks.json", "cursor/hooks.json"),
        setup.instructions("AGENTS.md"),
    )


def _question(folder: str) -> dict[str, Json]:
    return {
        "conversation_id": "selftest",
        "hook_event_name": "beforeShellExecution",
        "workspace_roots": [folder],
        "command": PUSH,
        "cwd": folder,
        "sandbox": False,
    }


def _denied(answer: Json) -> bool:
    return isinstance(answer, dict) and answer.get("permission") == "deny"


HARNESS = Harness(
    name="cursor",
    title="Cursor",
    signs=(".cursor", ".cursorrules"),
    files=_files,
    hooks=".cursor/hooks.json",
    keys=("hooks", "beforeShellExecution"),
    question=_question,
    denied=_denied,
    mcp=".cursor/mcp.json",
    fails_closed=("failClosed", True),
)
