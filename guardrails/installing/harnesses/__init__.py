"""The coding agents that `init` knows, one module each; a module is one because it binds `HARNESS`."""

from guardrails.installing.harnesses import claude, codex, copilot, cursor, gemini, vscode
from guardrails.installing.harnesses.contracts import Harness

HARNESSES: tuple[Harness, ...] = tuple(
    module.HARNESS for module in (claude, codex, cursor, vscode, copilot, gemini)
)
