"""An event -> the decision about it. The one entrance to the hooks; it reads files of the project, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.agent import paths
from guardrails.agent.contracts import (
    PASS,
    Command,
    Decision,
    Edit,
    Project,
    Read,
    SettingsChange,
    ToolCall,
    Verdict,
)
from guardrails.agent.judging import judge

if TYPE_CHECKING:
    from guardrails.agent.contracts import Event


def decide(event: Event, project: Project) -> Decision:
    """Return whether something that an assistant is about to do passes, asks a person, or is refused."""
    match event:
        case Command(text=text, folder=folder):
            return judge(text, folder, project)
        case ToolCall(name=name, arguments=arguments):
            from guardrails.agent import mcp_tools  # noqa: PLC0415  (a command needs none of it)

            return mcp_tools.judged(name, arguments)
        case Edit(path=path, folder=folder):
            return paths.changed(path, folder, project, paths.Way.TOOL)
        case Read(path=path, folder=folder):
            return paths.read(path, folder)
        case SettingsChange(source=source):
            return Decision(
                Verdict.DENY,
                f"a change of the assistant's settings ({source})",
                "settings that change while it runs could turn these hooks off",
                "change them before you start the assistant",
                "say which change you need and why; a person makes it",
            )
    return PASS
