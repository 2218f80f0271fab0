"""`validate_migration`: what is dangerous in SQL, in a file of the project, in a folder, or in all of it."""

from functools import partial
from pathlib import Path
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from commands.create import MOST_SQL
from commands.validate import Report, validate_paths, validate_project, validate_text
from guardrails.lint.contracts import GuardrailsError, Profile
from guardrails.project import find_project
from mcp_server.answers import reads, result, telling, within
from mcp_server.models import NO_FILE, Validation
from mcp_server.working import Work, run_watched


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="Validate a migration", annotations=reads("Validate a migration"))
    async def validate_migration(
        ctx: Context,
        sql: Annotated[
            str,
            Field(
                max_length=MOST_SQL,
                description="SQL that stands in no file yet; judged after all migrations of the project",
                examples=["ALTER TABLE public.orders DROP COLUMN note;"],
            ),
        ] = "",
        path: Annotated[
            str,
            Field(
                max_length=4096,
                description="A migration of the project, or a folder of them, from its root; neither this nor sql: all of them",
                examples=["supabase/migrations/20250101000000_add_orders.sql"],
            ),
        ] = "",
        profile: Annotated[
            Profile | None,
            Field(description="What is asked; as the project's configuration says, if left out"),
        ] = None,
        skip: Annotated[
            int,
            Field(
                ge=0, le=1_000_000, description="Leave out that many findings: those an earlier answer had"
            ),
        ] = 0,
    ) -> Annotated[CallToolResult, Validation]:
        """Validate SQL, a migration file or all of them: errors block, warnings inform, each says what to write instead. Changes nothing."""
        report = await run_watched(
            ctx, lambda work: telling(partial(_report, root, sql, path, profile, work))
        )
        validation = Validation.of(report, path or ".", skip)
        return result(validation, validation.counted())


def _report(root: Path, sql: str, path: str, profile: Profile | None, work: Work) -> Report:
    """Judge what was named; the one place where this server validates."""
    if sql.strip() and path:
        raise GuardrailsError("give either sql or path, or neither of them for all migrations")
    if sql.strip():
        judged = validate_text(sql, root, path=NO_FILE, profile=profile)
        return Report(judged.valid, (judged,), root)
    seen = 0

    def told(file: str) -> None:
        nonlocal seen
        work.go_on()
        work.tell(seen := seen + 1, total, file)

    project = find_project(root)
    total = len(project.files)
    if path:
        return validate_paths([within(root, path)], project.root, profile=profile, told=told)
    return validate_project(root, profile=profile, told=told)
