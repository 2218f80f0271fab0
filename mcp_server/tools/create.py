"""`create_migration`: a draft, a question to the human, and only after their yes a file."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.apps import client_supports_apps
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
from mcp_types import CallToolResult, ToolAnnotations

from commands.create import Draft, draft_migration, question, write_draft
from mcp_server.answers import result, telling
from mcp_server.asking import NotAsked, cannot_ask
from mcp_server.models import MOST_FINDINGS, Approval, Creation, FindingOut, TableIn
from mcp_server.review import TOOL_META, Reviews


def add(server: MCPServer, root: Path, reviews: Reviews) -> None:
    def drafted(
        description: str, purpose: str, sql: str, tables: list[TableIn], dependencies: list[str]
    ) -> Draft:
        return telling(
            lambda: draft_migration(
                root,
                description,
                purpose,
                sql=sql,
                tables=[table.spec() for table in tables],
                dependencies=dependencies,
            )
        )

    async def ask(
        ctx: Context,
        description: str,
        purpose: str,
        sql: str = "",
        tables: list[TableIn] | None = None,
        dependencies: list[str] | None = None,
    ) -> Approval | NotAsked | Elicit[Approval]:
        draft = await anyio.to_thread.run_sync(
            drafted, description, purpose, sql, tables or [], dependencies or []
        )
        if not draft.result.valid:
            return NotAsked(why="it has errors")
        if why := cannot_ask(ctx):
            return NotAsked(why=why)
        return Elicit(question(draft), Approval)

    @server.tool(
        title="Draft a migration",
        annotations=ToolAnnotations(
            title="Draft a migration",
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        meta=TOOL_META,
    )
    async def create_migration(
        ctx: Context,
        description: str,
        purpose: str,
        answer: Annotated[ElicitationResult[Approval], Resolve(ask)],
        sql: str = "",
        tables: list[TableIn] | None = None,
        dependencies: list[str] | None = None,
    ) -> Annotated[CallToolResult, Creation]:
        """Draft a migration from SQL or described tables: completed, validated, written only when the human says yes. Never applied."""
        draft = await anyio.to_thread.run_sync(
            drafted, description, purpose, sql, tables or [], dependencies or []
        )
        created = await answered(ctx, draft, answer)
        meta = await anyio.to_thread.run_sync(
            partial(
                telling, lambda: reviews.of_draft(ctx, draft, status=created.status, told=created.next_step)
            )
        )
        shown = result(created, f"{draft.name}: {created.status}. {created.next_step}")
        return shown if meta is None else shown.model_copy(update={"meta": meta})

    async def answered(ctx: Context, draft: Draft, answer: ElicitationResult[Approval]) -> Creation:
        command = f"pg-guardrails confirm {draft.id}"
        page = client_supports_apps(ctx)
        match answer:
            case _ if not draft.result.valid:
                return _creation(
                    draft,
                    "has_errors",
                    "Not written. Mend the errors as their suggestions say, and draft it again.",
                )
            case AcceptedElicitation(data=Approval(approve=True)):
                written = await anyio.to_thread.run_sync(
                    partial(telling, lambda: write_draft(root, draft.id))
                )
                if not written.already:
                    await ctx.notify_resources_changed()
                return _creation(
                    draft,
                    "already_written" if written.already else "written",
                    "It is not applied. The team reviews it in git and its own pipeline applies it.",
                    path=written.path,
                    rollback_path=written.rollback_path,
                )
            case AcceptedElicitation(data=NotAsked()) | CancelledElicitation() if page:
                step = f"Not written yet: the human decides on the review page beside this answer. Wait for that. If they see none, they run `{command}` in a terminal of their own. Do not run it."
                return _creation(draft, "needs_confirmation", step)
            case AcceptedElicitation(data=NotAsked(why=why)):
                step = f"Not written: {why}. Show the human the draft; they run `{command}` in a terminal of their own. Do not run it."
                return _creation(draft, "needs_confirmation", step)
            case CancelledElicitation():
                step = f"Not written: nobody answered. The human can run `{command}` in a terminal of their own. Do not run it."
                return _creation(draft, "needs_confirmation", step)
            case AcceptedElicitation() | DeclinedElicitation():
                step = f"The human said no. Ask what to change. If they did not see a question, they can run `{command}` themselves."
                return _creation(draft, "rejected", step)
        raise AssertionError(answer)


def _creation(
    draft: Draft,
    status: Any,
    next_step: str,
    *,
    path: str | None = None,
    rollback_path: str | None = None,
) -> Creation:
    return Creation(
        status=status,
        draft_id=draft.id,
        draft_path=draft.path,
        path=path,
        rollback_path=rollback_path,
        added=list(draft.added),
        errors=[FindingOut.of(finding) for finding in draft.result.errors[:MOST_FINDINGS]],
        warnings=[FindingOut.of(finding) for finding in draft.result.warnings[:MOST_FINDINGS]],
        next_step=next_step,
    )
