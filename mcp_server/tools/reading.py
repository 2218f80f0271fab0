"""`list_migrations` and `explain_rule`: what is there, and why a rule speaks."""

from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult

from commands.rules import explain_rule, rule_named
from commands.validate import readable
from guardrails.project import find_project
from mcp_server.answers import MOST_LISTED, reads, result, telling
from mcp_server.models import Explanation, MigrationOut, Migrations


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="List migrations", annotations=reads("List migrations"))
    async def list_migrations() -> Annotated[CallToolResult, Migrations]:
        """List the project's migrations in the order in which they run."""
        project = await anyio.to_thread.run_sync(partial(telling, lambda: find_project(root)))
        files = readable(project.files)
        listed = [
            MigrationOut(path=file.path, name=file.name, has_rollback=file.has_rollback) for file in files
        ]
        step = "Read one as the resource guardrails://migrations/{filename}."
        if project.migrations is None:
            step = "The project has no migrations yet; create_migration writes the first."
        folder = (
            None if project.migrations is None else project.migrations.relative_to(project.root).as_posix()
        )
        return result(
            Migrations(
                tool=project.tool,
                folder=folder,
                count=len(files),
                migrations=listed[-MOST_LISTED:],
                next_step=step,
            ),
            f"{len(files)} migrations",
        )

    @server.tool(name="explain_rule", title="Explain a rule", annotations=reads("Explain a rule"))
    def explain_rule_(code: str) -> Annotated[CallToolResult, Explanation]:
        """Explain a rule by its code: why it exists, what it reports, what to write instead."""
        text = telling(lambda: explain_rule(code))
        return result(Explanation(code=rule_named(code).code, markdown=text), text)
