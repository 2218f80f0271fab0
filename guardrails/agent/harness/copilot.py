"""Copilot CLI and Copilot's cloud agent. It can't ask, so an `ask` is a `deny`.

The input names no event: one that has a result is about a tool that has run. A tool of an MCP server is called
`server-tool`; Copilot's own have no hyphen.
<https://docs.github.com/en/copilot/reference/hooks-configuration>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent.contracts import Event, Other, Verdict
from guardrails.agent.harness import claude
from guardrails.agent.harness.contracts import (
    MOST_REASON,
    Answer,
    Asked,
    Harness,
    MalformedError,
    as_json,
    reason_of,
)
from guardrails.agent.harness.tool_calls import called, events_of, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.agent.contracts import Decision

_OTHERS = frozenset({"prompt", "source", "reason", "error", "initialPrompt", "stopReason"})


def read(data: Mapping[str, object]) -> Asked:
    if "toolName" not in data:
        if "hook_event_name" in data:  # it runs the hooks of other harnesses too, in their form
            return claude.read(data)
        if _OTHERS & set(data):
            return Asked("", (Other("session"),))
        raise MalformedError("the input names no tool")
    after = "toolResult" in data
    name, given = data["toolName"], data.get("toolArgs")
    events: tuple[Event, ...] = events_of(name, given, folder_of(data), after=after)
    if isinstance(name, str) and "-" in name and not after:
        events = (*called(name, given), *events)
    return Asked("postToolUse" if after else "preToolUse", events)


def decided(_name: str, decision: Decision) -> Answer:
    if decision.verdict is Verdict.PASS:
        return Answer("{}")
    return _denied(reason_of(decision))


def told(_name: str, text: str, _blocks: bool) -> Answer:
    return Answer(as_json({"additionalContext": text}))


def failed(message: str) -> Answer:
    return _denied(f"pg-guardrails: {message[:MOST_REASON]}")


def _denied(reason: str) -> Answer:
    return Answer(as_json({"permissionDecision": "deny", "permissionDecisionReason": reason}))


HARNESS = Harness(read, decided, told, failed)
