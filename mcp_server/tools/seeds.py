"""`seed_dev` and `seed_test`: rows into a development database, told as they go, taken back when nobody waits."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations

from commands.seed import Seeded, seed_dev, seed_test
from mcp_server.answers import result, telling
from mcp_server.models import MOST_FINDINGS, Seeding, TestUserOut
from seeds.contracts import Progress, SeedConfig


def add(server: MCPServer, root: Path) -> None:
    async def run(ctx: Context, seeding: Callable[..., Seeded], config: SeedConfig) -> CallToolResult:
        stopped = threading.Event()

        def tell(progress: Progress) -> None:
            anyio.from_thread.run(
                ctx.report_progress,
                progress.tables_done + (progress.rows / progress.of_rows if progress.of_rows else 0),
                progress.of_tables,
                f"{progress.table}: {progress.rows} of {progress.of_rows}",
            )

        def work() -> Seeded:
            return telling(lambda: seeding(root, config, progress=tell, cancelled=stopped.is_set))

        try:
            seeded = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        finally:
            stopped.set()  # a run that nobody waits for any more rolls itself back
        return result(_seeding(seeded), f"{sum(seeded.result.created.values())} rows in {seeded.where}.")

    writes = {
        "read_only_hint": False,
        "destructive_hint": False,
        "idempotent_hint": True,
        "open_world_hint": False,
    }

    @server.tool(
        name="seed_dev",
        title="Seed a development database",
        annotations=ToolAnnotations(title="Seed a development database", **writes),
    )
    async def seed_dev_(
        ctx: Context,
        user_count: int = 50,
        organization_count: int | None = None,
        locale: str = "en_US",
        seed: int = 0,
        rows: dict[str, int] | None = None,
    ) -> Annotated[CallToolResult, Seeding]:
        """Seed a development database with realistic rows, up to the counts; refuses any other database. The DSN comes from the environment."""
        config = telling(lambda: SeedConfig(user_count, organization_count, False, locale, seed, rows or {}))
        return await run(ctx, seed_dev, config)

    @server.tool(
        name="seed_test",
        title="Seed test data",
        annotations=ToolAnnotations(title="Seed test data", **writes),
    )
    async def seed_test_(ctx: Context, user_count: int = 10) -> Annotated[CallToolResult, Seeding]:
        """Seed test data: the same bytes every time, with users of known ids (test-user-1, test-user-2, test-user-admin)."""
        return await run(ctx, seed_test, telling(lambda: SeedConfig(user_count)))


def _seeding(seeded: Seeded) -> Seeding:
    result = seeded.result
    if not result.success:
        step = "Nothing was written. Mend what the error names, and seed again."
    elif seeded.kept:
        step = "The rows are in the development database."
    else:
        step = (
            "That database is gone again: set DATABASE_URL to a local development database to keep the rows."
        )
    users = [TestUserOut(name=user.name, id=user.id, email=user.email) for user in result.test_users]
    return Seeding(
        success=result.success,
        where=seeded.where,
        created=result.created,
        errors=list(result.errors),
        warnings=[
            *result.warnings,
            *(f"{one.path}:{one.line} did not run: {one.message}" for one in seeded.skipped),
        ][:MOST_FINDINGS],
        duration_ms=result.duration_ms,
        test_users=users or None,
        next_step=step,
    )
