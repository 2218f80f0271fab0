"""Codex CLI. <https://developers.openai.com/codex/hooks> <https://developers.openai.com/codex/rules>

It runs hooks only in a trusted project and only once each was trusted in `/hooks`; its rules hold from the start.
"""

from guardrails.installing.contracts import Form, Wanted
from guardrails.installing.harnesses.contracts import Harness, asked_as_claude, denied_as_claude
from guardrails.installing.setup import Runner, Setup


def _files(setup: Setup) -> tuple[Wanted, ...]:
    return (
        Wanted(".codex/config.toml", Form.TOML, _server(setup)),
        setup.merged(".codex/hooks.json", "codex/hooks.json"),
        Wanted(".codex/rules/pg-guardrails.rules", Form.WHOLE, setup.template("codex/pg-guardrails.rules")),
        setup.instructions("AGENTS.md"),
    )


def _server(setup: Setup) -> str:
    text = setup.template("codex/config.toml")
    if setup.runner is Runner.INSTALLED:
        return text
    program, *arguments = setup.runner.words(setup.version)
    listed = ", ".join(f'"{word}"' for word in (*arguments, "mcp"))
    return text.replace('"pg-guardrails"\n', f'"{program}"\n').replace('["mcp"]', f"[{listed}]")


HARNESS = Harness(
    name="codex",
    title="Codex",
    signs=(".codex",),
    files=_files,
    hooks=".codex/hooks.json",
    keys=("hooks", "PreToolUse"),
    question=asked_as_claude("Bash"),
    denied=denied_as_claude,
    mcp=".codex/config.toml",
    hint="trust the hook once: start codex here and open /hooks",
)
