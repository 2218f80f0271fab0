"""`seed_dev` and `seed_test`: rows into a development database, told as they go, taken back when nobody waits."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from commands.seed import Seeded, seed_dev, seed_test
from guardrails.audit import Means
from mcp_server.answers import origin, result, telling, writes
from mcp_server.models import Seeding
from mcp_server.working import Work, run_watched
from seeds.contracts import MOST_ROWS, Progress, SeedConfig

Count = Annotated[int, Field(ge=0, le=MOST_ROWS)]


def add(server: MCPServer, root: Path) -> None:
    async def run(
        ctx: Context, tool: str, seeding: Callable[..., Seeded], config: SeedConfig
    ) -> CallToolResult:
        caller = origin(ctx, Means.CALL, tool)

        def work(watched: Work) -> Seeded:
            def tell(progress: Progress) -> None:
                share = progress.rows / progress.of_rows if progress.of_rows else 0
                watched.tell(
                    progress.tables_done + share,
                    progress.of_tables,
                    f"{progress.table}: {progress.rows} of {progress.of_rows}",
                )

            return telling(
                partial(seeding, root, config, progress=tell, cancelled=watched.is_stopped, origin=caller)
            )

        seeded = Seeding.of(await run_watched(ctx, work))
        return result(seeded, f"{sum(seeded.created.values())} rows.")

    @server.tool(
        name="seed_dev",
        title="Seed a development database",
        annotations=writes("Seed a development database"),
    )
    async def seed_dev_(
        ctx: Context,
        user_count: Annotated[Count, Field(description="Rows of each table of users")] = 50,
        organization_count: Annotated[
            Count | None,
            Field(description="Rows of each table of organizations; a fifth of the users, if left out"),
        ] = None,
        locale: Annotated[
            str, Field(max_length=20, description="Whose names and places", examples=["de_DE"])
        ] = "en_US",
        seed: Annotated[int, Field(ge=0, lt=2**63, description="Another number makes other rows")] = 0,
        rows: Annotated[
            Mapping[str, int] | None,
            Field(
                max_length=1000,
                description="Rows of single tables, by name",
                examples=[{"public.orders": 500}],
            ),
        ] = None,
    ) -> Annotated[CallToolResult, Seeding]:
        """Seed a development database with realistic rows, up to the counts; refuses any other database. The DSN comes from the environment."""
        config = telling(lambda: SeedConfig(user_count, organization_count, False, locale, seed, rows or {}))
        return await run(ctx, "seed_dev", seed_dev, config)

    @server.tool(name="seed_test", title="Seed test data", annotations=writes("Seed test data"))
    async def seed_test_(
        ctx: Context,
        user_count: Annotated[Count, Field(description="Rows of each table of users")] = 10,
    ) -> Annotated[CallToolResult, Seeding]:
        """Seed test data: the same bytes every time, with users of known ids (test-user-1, test-user-2, test-user-admin)."""
        return await run(ctx, "seed_test", seed_test, telling(lambda: SeedConfig(user_count)))
