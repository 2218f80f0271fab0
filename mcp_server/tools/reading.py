"""`list_migrations` and `explain_rule`: what is there, and why a rule speaks."""

from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from commands.rules import explain_rule, rule_named
from guardrails.project import find_project
from mcp_server.answers import SkipNewest, reads, result, telling
from mcp_server.models import Explanation, Migrations


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="List migrations", annotations=reads("List migrations"))
    async def list_migrations(
        skip: SkipNewest = 0,
    ) -> Annotated[CallToolResult, Migrations]:
        """List the project's migrations in the order in which they run."""
        project = await anyio.to_thread.run_sync(partial(telling, lambda: find_project(root)))
        listed = Migrations.of(project, skip)
        return result(listed, f"{listed.count} migrations.")

    @server.tool(name="explain_rule", title="Explain a rule", annotations=reads("Explain a rule"))
    async def explain_rule_(
        code: Annotated[
            str,
            Field(
                max_length=100,
                description="The code of a rule, as findings have it",
                examples=["DROP_COLUMN"],
            ),
        ],
    ) -> Annotated[CallToolResult, Explanation]:
        """Explain a rule by its code: why it exists, what it reports, what to write instead."""
        text = await anyio.to_thread.run_sync(telling, partial(explain_rule, code))
        step = "Write what its good examples show, and validate again."
        found = rule_named(code)
        return result(Explanation(code=found.code, markdown=text, next_step=step), found.summary)
