"""`approval_status`: what a person approved; nothing here approves."""

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from commands.approvals import list_approvals
from guardrails.approval.ledger import Standing, Status
from mcp_server.answers import MOST_LISTED, SkipNewest, inside, part, reads, result, telling
from mcp_server.models import ApprovalOut, ApprovalsOut
from mcp_server.quoting import is_ordinary_name


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="Say what is approved", annotations=reads("Say what is approved"))
    async def approval_status(
        path: Annotated[
            str,
            Field(
                max_length=4096,
                description="A migration of the project, from its root; left out: all of them",
                examples=["supabase/migrations/20250101000000_add_orders.sql"],
            ),
        ] = "",
        skip: SkipNewest = 0,
    ) -> Annotated[CallToolResult, ApprovalsOut]:
        """Say whether a person approved a migration of the project as it is now; without a path, of all. Approves nothing."""

        def run() -> ApprovalsOut:
            target = inside(root, path) if path else None
            statuses = list_approvals(root, target).statuses
            waiting = [one for one in statuses if one.standing is not Standing.APPROVED]
            shown, more = part(statuses[::-1], skip, MOST_LISTED)
            return ApprovalsOut(
                count=len(statuses),
                approved=len(statuses) - len(waiting),
                migrations=[ApprovalOut.of(one) for one in shown[::-1]],
                more=more,
                next_step=_step(waiting, one=bool(path)),
            )

        found = await anyio.to_thread.run_sync(partial(telling, run))
        return result(found, f"{found.approved} of {found.count} approved.")


def _step(waiting: Sequence[Status], *, one: bool) -> str:
    if not waiting:
        return "Nothing waits for an approval. CI checks it again, against the base branch."
    named = one and is_ordinary_name(waiting[-1].path)
    path = shlex.quote(waiting[-1].path) if named else "PATH"
    which = "" if one else " Only migrations that are new on this branch need it."
    return f"The human runs `pg-guardrails approve {path}` in a terminal of their own. Do not run it.{which}"
