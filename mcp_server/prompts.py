"""The prompts of `.claude/commands`, served as they are."""

from collections.abc import Set

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.prompts.base import Prompt, PromptArgument

from commands.prompts import load_prompts


def add(server: MCPServer, left_out: Set[str] = frozenset()) -> None:
    """Add the prompts, save those that need one of the tools which are left out."""
    for prompt in load_prompts():
        if left_out & set(prompt.tools):
            continue

        def text(arguments: str = "", *, body: str = prompt.text) -> str:
            return body.replace("$ARGUMENTS", arguments)

        server.add_prompt(
            Prompt(
                name=prompt.name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    PromptArgument(name="arguments", description=prompt.argument_hint, required=False)
                ],
                fn=text,
                context_kwarg=None,
            )
        )
