"""Copilot in VS Code: Claude Code's form, with tools of its own and no matchers.

<https://code.visualstudio.com/docs/agent-customization/hooks>
"""

from guardrails.agent.harness import claude
from guardrails.agent.harness.contracts import Harness, refused

HARNESS = Harness(claude.read, claude.decided, claude.told, refused)
