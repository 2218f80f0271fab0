"""How many tools run at once, whoever called them and whether they still wait."""

from __future__ import annotations

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR


class RunningCalls:
    """A middleware that refuses a call when too many run."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = 0

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a message through, or refuse it."""
        if ctx.method != "tools/call":
            return await call_next(ctx)
        if self._running >= self._most:
            raise MCPError(code=INTERNAL_ERROR, message="the server is busy; call again in a moment")
        self._running += 1
        try:
            return await call_next(ctx)
        finally:
            self._running -= 1
