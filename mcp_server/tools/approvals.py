"""`approval_status`: what a person approved; nothing here approves."""

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult

from commands.approvals import list_approvals
from guardrails.approval.ledger import Standing, Status
from mcp_server.answers import MOST_LISTED, inside, reads, result, telling, untrusted
from mcp_server.models import ApprovalOut, ApprovalsOut


def add(server: MCPServer, root: Path) -> None:
    @server.tool(title="Say what is approved", annotations=reads("Say what is approved"))
    async def approval_status(path: str = "") -> Annotated[CallToolResult, ApprovalsOut]:
        """Say whether a person approved a migration of the project as it is now; without a path, of all. Approves nothing."""

        def run() -> ApprovalsOut:
            target = inside(root, path) if path else None
            statuses = list_approvals(root, target).statuses
            waiting = [one for one in statuses if one.standing is not Standing.APPROVED]
            return ApprovalsOut(
                count=len(statuses),
                approved=len(statuses) - len(waiting),
                migrations=[ApprovalOut.of(one, _problem(one)) for one in statuses[-MOST_LISTED:]],
                next_step=_approval_step(waiting, one=bool(path)),
            )

        found = await anyio.to_thread.run_sync(partial(telling, run))
        return result(found, f"{found.approved} of {found.count} approved. {found.next_step}")


def _problem(status: Status) -> str | None:
    """Return why a migration is not approved; what stands in its record may be quoted in it."""
    quotes = status.standing in {Standing.UNREADABLE, Standing.CHANGED}
    return untrusted(status.problem) if status.problem and quotes else status.problem


def _approval_step(waiting: Sequence[Status], *, one: bool) -> str:
    if not waiting:
        return "Nothing waits for an approval. CI checks it again, against the base branch."
    path = shlex.quote(waiting[-1].path) if one else "PATH"
    which = "" if one else " Only migrations that are new on this branch need it."
    return f"The human runs `pg-guardrails approve {path}` in a terminal of their own. Do not run it.{which}"
