"""`validate_migration`: what is dangerous in SQL or in a file of the project."""

from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult

from commands.validate import validate_paths, validate_text
from guardrails.lint.contracts import GuardrailsError, Profile
from guardrails.project import find_project
from mcp_server.answers import inside, reads, result, telling
from mcp_server.models import Validation


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="Validate a migration", annotations=reads("Validate a migration"))
    async def validate_migration(
        sql: str = "", path: str = "", profile: Profile = Profile.RECOMMENDED
    ) -> Annotated[CallToolResult, Validation]:
        """Validate SQL, or a migration file of the project by its path: errors block, warnings inform, each says what to write instead."""

        def run() -> Validation:
            if bool(sql.strip()) == bool(path):
                raise GuardrailsError("give either sql or path")
            if path:
                target = inside(root, path)
                (result, *_) = validate_paths([target], find_project(root).root, profile=profile).files
            else:
                result = validate_text(sql, root, path="<sql>", profile=profile)
            step = (
                "Nothing blocks it."
                if result.valid
                else "Mend the errors as their suggestions say, and validate again."
            )
            return Validation.of(result, step)

        validation = await anyio.to_thread.run_sync(partial(telling, run))
        return result(
            validation,
            f"{len(validation.errors)} errors, {len(validation.warnings)} warnings. {validation.next_step}",
        )
