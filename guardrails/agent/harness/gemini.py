"""Gemini CLI. It can't ask, so an `ask` is a `deny`. <https://geminicli.com/docs/hooks/reference>"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent.contracts import Event, Other, Verdict
from guardrails.agent.harness.contracts import (
    Answer,
    Asked,
    Harness,
    MalformedError,
    as_json,
    reason_of,
    refused,
)
from guardrails.agent.harness.tool_calls import events_of, folder_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.agent.contracts import Decision


def read(data: Mapping[str, object]) -> Asked:
    name = text_of(data, "hook_event_name")
    if not name:
        raise MalformedError("the input names no event")
    events: tuple[Event, ...] = (Other(name),)
    if name in {"BeforeTool", "AfterTool"}:
        events = events_of(
            data.get("tool_name"), data.get("tool_input"), folder_of(data), after=name == "AfterTool"
        )
    return Asked(name, events)


def decided(_name: str, decision: Decision) -> Answer:
    if decision.verdict is Verdict.PASS:
        return Answer("{}")
    return Answer(as_json({"decision": "deny", "reason": reason_of(decision)}))


def told(name: str, text: str, blocks: bool) -> Answer:
    if blocks:
        return Answer(as_json({"decision": "deny", "reason": text}))
    return Answer(as_json({"hookSpecificOutput": {"hookEventName": name, "additionalContext": text}}))


HARNESS = Harness(read, decided, told, refused)
