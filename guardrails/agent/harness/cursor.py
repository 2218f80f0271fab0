"""Cursor. Its events are flat, and with `failClosed` it wants an explicit decision each time; its `ask` is
unreliable, so it is a `deny`. <https://cursor.com/docs/reference/hooks>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent.contracts import Command, Event, Other, Read, Verdict, Written
from guardrails.agent.harness.contracts import (
    MOST_REASON,
    Answer,
    Asked,
    Harness,
    MalformedError,
    as_json,
    reason_of,
)
from guardrails.agent.harness.tool_calls import called, events_of, folder_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.agent.contracts import Decision


def read(data: Mapping[str, object]) -> Asked:
    name = text_of(data, "hook_event_name")
    folder = folder_of(data)
    if not name:
        raise MalformedError("the input names no event")
    events: tuple[Event, ...] = (Other(name),)
    match name:
        case "beforeShellExecution":
            command = data.get("command")
            if not isinstance(command, str):
                raise MalformedError("the input holds no command")
            events = (Command(command, folder),)
        case "beforeMCPExecution":
            tool = text_of(data, "tool_name")
            if not tool:
                raise MalformedError("the input names no tool")
            events = called(tool, data.get("tool_input"))
        case "beforeReadFile":
            events = (Read(text_of(data, "file_path"), folder),)
        case "preToolUse" | "postToolUse":
            events = events_of(
                data.get("tool_name"), data.get("tool_input"), folder, after=name == "postToolUse"
            )
        case "afterFileEdit":
            events = (Written((text_of(data, "file_path"),), folder),)
    return Asked(name, events)


def decided(name: str, decision: Decision) -> Answer:
    if decision.verdict is Verdict.PASS:
        return Answer(as_json({"permission": "allow"} if name.startswith(("before", "pre")) else {}))
    return _denied(reason_of(decision))


def told(_name: str, text: str, _blocks: bool) -> Answer:
    return Answer(as_json({"additional_context": text}))


def failed(message: str) -> Answer:
    return _denied(f"pg-guardrails: {message[:MOST_REASON]}")


def _denied(reason: str) -> Answer:
    return Answer(as_json({"permission": "deny", "user_message": reason, "agent_message": reason}))


HARNESS = Harness(read, decided, told, failed)
