"""Claude Code. <https://code.claude.com/docs/en/hooks>

Exit code 0 with JSON answers, exit code 2 blocks with the reason on standard error, and any other code
lets the tool run. `allow` would skip the user's own prompt, so it is never said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent.contracts import Event, Other, SettingsChange, Verdict
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

_BEFORE = frozenset({"PreToolUse", "PermissionRequest"})
_AFTER = frozenset({"PostToolUse"})


def read(data: Mapping[str, object]) -> Asked:
    name = text_of(data, "hook_event_name", "hookEventName")
    if not name:
        raise MalformedError("the input names no event")
    events: tuple[Event, ...] = (Other(name),)
    if name in _BEFORE | _AFTER:
        events = events_of(
            data.get("tool_name"), data.get("tool_input"), folder_of(data), after=name in _AFTER
        )
    elif name == "ConfigChange" and text_of(data, "source") != "skills":
        events = (SettingsChange(text_of(data, "source") or "settings"),)
    return Asked(name, events)


def decided(name: str, decision: Decision) -> Answer:
    if decision.verdict is Verdict.PASS:
        return Answer()
    reason = reason_of(decision)
    if name == "ConfigChange":
        return Answer(as_json({"decision": "block", "reason": reason}))
    if name == "PermissionRequest":
        # It is asked when a person is about to be: only a refusal has to be said.
        if decision.verdict is Verdict.ASK:
            return Answer()
        behavior = {"behavior": "deny", "message": reason}
        return Answer(as_json({"hookSpecificOutput": {"hookEventName": name, "decision": behavior}}))
    word = "deny" if decision.verdict is Verdict.DENY else "ask"
    return Answer(
        as_json(
            {
                "hookSpecificOutput": {
                    "hookEventName": name,
                    "permissionDecision": word,
                    "permissionDecisionReason": reason,
                }
            }
        )
    )


def told(name: str, text: str, blocks: bool) -> Answer:
    if blocks:
        return Answer(as_json({"decision": "block", "reason": text}))
    return Answer(as_json({"hookSpecificOutput": {"hookEventName": name, "additionalContext": text}}))


HARNESS = Harness(read, decided, told, refused)
