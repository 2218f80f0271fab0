"""Long work in a thread: the client hears how far it is, and when it stops waiting, the work stops too."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context

from guardrails.lint.contracts import GuardrailsError
from mcp_server.quoting import label

T = TypeVar("T")
_EACH_S = 0.05
_MOST_AT_ONCE = 20


class StoppedError(GuardrailsError):
    """Nobody waits for the result any more."""

    def __init__(self) -> None:
        super().__init__("stopped; nothing was written")


class Work:
    """What a piece of work asks and tells while it runs, from whatever thread."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._told: deque[tuple[float, float, str]] = deque(maxlen=_MOST_AT_ONCE)

    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def go_on(self) -> None:
        """Return if somebody waits for the result.

        Raises:
            StoppedError: nobody does.
        """
        if self._stopped.is_set():
            raise StoppedError

    def tell(self, done: float, total: float, what: str) -> None:
        self._told.append((done, total, what))

    def stop(self) -> None:
        self._stopped.set()

    async def pass_on(self, ctx: Context[Any, Any], before: float) -> float:
        """Send what was told since, as long as it goes forward; return how far it is."""
        while self._told:
            done, total, what = self._told.popleft()
            if done > before:
                await ctx.report_progress(done, total, label(what))
                before = done
        return before


async def run_watched(ctx: Context[Any, Any], work: Callable[[Work], T]) -> T:
    """Run work in a thread of its own and return its result; a cancelled call tells it to stop at once."""
    watched = Work()
    results: list[T] = []
    failures: list[Exception] = []
    ended = anyio.Event()

    async def tell() -> None:
        before = -1.0
        while not ended.is_set():
            with anyio.move_on_after(_EACH_S):
                await ended.wait()
            before = await watched.pass_on(ctx, before)

    async with anyio.create_task_group() as group:
        group.start_soon(tell)
        try:
            results.append(await anyio.to_thread.run_sync(work, watched, abandon_on_cancel=True))
        except Exception as failure:
            failures.append(failure)
        finally:
            watched.stop()
            ended.set()
    if failures:
        raise failures[0]
    return results[0]
