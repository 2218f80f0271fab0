"""Codex CLI: Claude Code's form, but an `ask` would run the command, so it is a `deny`.

<https://developers.openai.com/codex/hooks>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent.contracts import Verdict
from guardrails.agent.harness import claude
from guardrails.agent.harness.contracts import Answer, Harness, refused

if TYPE_CHECKING:
    from guardrails.agent.contracts import Decision


def decided(name: str, decision: Decision) -> Answer:
    if decision.verdict is Verdict.PASS:
        return Answer("{}")
    return claude.decided(name, decision._replace(verdict=Verdict.DENY))


HARNESS = Harness(claude.read, decided, claude.told, refused)
