"""`create_migration`: a draft, a question to the human, and only after their yes a file."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import (
    AcceptedElicitation,
    CancelledElicitation,
    Context,
    DeclinedElicitation,
    Elicit,
    ElicitationResult,
    MCPServer,
    Resolve,
)
from mcp_types import CallToolResult
from pydantic import Field

from commands.create import (
    MOST_SQL,
    Draft,
    Written,
    draft_migration,
    question,
    record_answer,
    write_draft,
    written_before,
)
from guardrails.audit import Event, Means
from mcp_server.answers import announce_migrations, origin, result, telling, writes
from mcp_server.asking import NotAsked, cannot_ask
from mcp_server.models import Approval, Creation, Status, TableIn

_TOOL = "create_migration"
_APPLIED_ELSEWHERE = "It is not applied. The team reviews it in git and its own pipeline applies it."

Description = Annotated[
    str,
    Field(
        max_length=200,
        description="What it does, in a few words; it becomes the name of the file",
        examples=["Add a table of orders"],
    ),
]
Purpose = Annotated[
    str,
    Field(max_length=1000, description="Why it is needed", examples=["Customers want to order"]),
]
Sql = Annotated[
    str,
    Field(
        max_length=MOST_SQL,
        description="The statements, as they should run",
        examples=["ALTER TABLE public.orders ADD COLUMN note text;"],
    ),
]
Tables = Annotated[
    Sequence[TableIn],
    Field(
        max_length=100, description="Tables to create, described instead of written; they come before the SQL"
    ),
]
Dependencies = Annotated[
    Sequence[str],
    Field(max_length=100, description="Earlier migrations that it builds on, as list_migrations names them"),
]


def add(server: MCPServer, root: Path) -> None:
    async def drafted(
        ctx: Context,
        description: str,
        purpose: str,
        sql: str,
        tables: Sequence[TableIn],
        dependencies: Sequence[str],
    ) -> Draft:
        caller = origin(ctx, Means.CALL, _TOOL)

        def draft() -> Draft:
            return draft_migration(
                root,
                description,
                purpose,
                sql=sql,
                tables=[table.spec() for table in tables],
                dependencies=dependencies,
                origin=caller,
            )

        return await anyio.to_thread.run_sync(telling, draft)

    async def remember(ctx: Context, draft: Draft, event: Event) -> None:
        asked = origin(ctx, Means.ELICITATION, _TOOL)
        await anyio.to_thread.run_sync(record_answer, root, draft, asked, event)

    async def ask(
        ctx: Context,
        description: str,
        purpose: str,
        sql: str = "",
        tables: Sequence[TableIn] = (),
        dependencies: Sequence[str] = (),
    ) -> Approval | NotAsked | Elicit[Approval]:
        draft = await drafted(ctx, description, purpose, sql, tables, dependencies)
        if await anyio.to_thread.run_sync(written_before, root, draft):
            return NotAsked(why="it is written already")
        if not draft.result.valid:
            return NotAsked(why="it has errors")
        if why := cannot_ask(ctx):
            return NotAsked(why=why)
        if not ctx.input_responses:  # in rounds, this runs again when the answer is there
            await remember(ctx, draft, Event.ASKED)
        return Elicit(question(draft), Approval)

    async def write(ctx: Context, draft: Draft) -> Written:
        await remember(ctx, draft, Event.CONFIRMED)
        asked = origin(ctx, Means.ELICITATION, _TOOL)
        written = await anyio.to_thread.run_sync(telling, partial(write_draft, root, draft.id, origin=asked))
        if not written.already:
            await announce_migrations(ctx)
        return written

    @server.tool(name=_TOOL, title="Draft a migration", annotations=writes("Draft a migration"))
    async def create_migration(
        ctx: Context,
        description: Description,
        purpose: Purpose,
        answer: Annotated[ElicitationResult[Approval], Resolve(ask)],
        sql: Sql = "",
        tables: Tables = (),
        dependencies: Dependencies = (),
    ) -> Annotated[CallToolResult, Creation]:
        """Draft a migration from SQL or described tables: completed, validated, written only when the human says yes. Never applied."""
        draft = await drafted(ctx, description, purpose, sql, tables, dependencies)
        command = f"pg-guardrails confirm {draft.id}"
        before = await anyio.to_thread.run_sync(written_before, root, draft)
        match answer:
            case _ if before:
                return _creation(draft, Status.ALREADY_WRITTEN, _APPLIED_ELSEWHERE, before)
            case _ if not draft.result.valid:
                step = "Not written. Mend the errors as their suggestions say, and draft it again."
                return _creation(draft, Status.HAS_ERRORS, step)
            case AcceptedElicitation(data=Approval(approve=True)):
                written = await write(ctx, draft)
                status = Status.ALREADY_WRITTEN if written.already else Status.WRITTEN
                return _creation(draft, status, _APPLIED_ELSEWHERE, written)
            case AcceptedElicitation(data=NotAsked(why=why)):
                step = f"Not written: {why}. Show the human the draft; they run `{command}` in a terminal of their own. Do not run it."
                return _creation(draft, Status.NEEDS_CONFIRMATION, step)
            case CancelledElicitation():
                await remember(ctx, draft, Event.UNANSWERED)
                step = f"Not written: nobody answered. The human can run `{command}` in a terminal of their own. Do not run it."
                return _creation(draft, Status.NEEDS_CONFIRMATION, step)
            case AcceptedElicitation() | DeclinedElicitation():
                await remember(ctx, draft, Event.DECLINED)
                step = f"The human said no. Ask what to change. If they did not see a question, they can run `{command}` themselves."
                return _creation(draft, Status.REJECTED, step)
        raise AssertionError(answer)


def _creation(draft: Draft, status: Status, next_step: str, written: Written | None = None) -> CallToolResult:
    return result(Creation.of(draft, status, next_step, written), f"{draft.name}: {status}.")
