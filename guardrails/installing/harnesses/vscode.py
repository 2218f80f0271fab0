"""VS Code's agent. <https://code.visualstudio.com/docs/agent-customization/hooks>

It reads `.github/hooks` and `.claude/settings.json`, and ignores matchers, so its hook may be asked twice.
"""

from guardrails.installing.contracts import Form, Wanted
from guardrails.installing.harnesses.contracts import Harness, asked_as_claude, denied_as_claude
from guardrails.installing.setup import Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    return (
        setup.merged(".vscode/mcp.json", "vscode/mcp.json", Form.JSONC),
        setup.merged(".github/hooks/pg-guardrails-vscode.json", "vscode/hooks.json"),
        setup.instructions("AGENTS.md"),
    )


HARNESS = Harness(
    name="vscode",
    title="VS Code",
    signs=(".vscode/mcp.json", ".github/copilot-instructions.md"),
    files=_files,
    hooks=".github/hooks/pg-guardrails-vscode.json",
    keys=("hooks", "PreToolUse"),
    question=asked_as_claude("run_in_terminal"),
    denied=denied_as_claude,
    mcp=".vscode/mcp.json",
)
