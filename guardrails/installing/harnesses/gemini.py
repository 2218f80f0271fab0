"""Gemini CLI. <https://geminicli.com/docs/hooks/reference>  Only exit code 2 and its JSON block; time is in milliseconds.

It reads the settings of a folder only when the folder is trusted, and with `--skip-trust` works without them.
"""

from guardrails.installing.contracts import Form, Json, Wanted
from guardrails.installing.harnesses.contracts import PUSH, Harness
from guardrails.installing.setup import Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    return (
        setup.merged(".gemini/settings.json", "gemini/settings.json", Form.JSONC),
        setup.instructions("GEMINI.md"),
    )


def _question(folder: str) -> dict[str, Json]:
    return {
        "session_id": "selftest",
        "cwd": folder,
        "hook_event_name": "BeforeTool",
        "tool_name": "run_shell_command",
        "tool_input": {"command": PUSH},
    }


def _denied(answer: Json) -> bool:
    return isinstance(answer, dict) and answer.get("decision") in {"deny", "block"}


HARNESS = Harness(
    name="gemini",
    title="Gemini CLI",
    signs=(".gemini", "GEMINI.md"),
    files=_files,
    hooks=".gemini/settings.json",
    keys=("hooks", "BeforeTool"),
    question=_question,
    denied=_denied,
    mcp=".gemini/settings.json",
    hint="trust the folder: start gemini here once; with --skip-trust no hook runs",
)
