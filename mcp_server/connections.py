"""Connections with limits that the HTTP server has none for: how many there are, and how long a silent one stays."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from mcp_server.gate import CLOSING, LIMITS, Limits

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class LimitedConnection(H11Protocol):
    """A connection that is closed when a request's head, or a reader of its answer, takes too long."""

    _head_deadline: asyncio.TimerHandle | None = None
    _unread_deadline: asyncio.TimerHandle | None = None

    @property
    def limits(self) -> Limits:
        """Return what the application allows."""
        limits: Limits = self.app_state[LIMITS]
        return limits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or turn it away."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.write(_FULL)
            transport.close()
            return
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Take what came, and go on waiting if it is no whole head yet."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        super().connection_lost(exc)
        self._forget_head_deadline()
        self._forget_unread_deadline()

    def pause_writing(self) -> None:
        """Give a client that doesn't read its answer some time."""
        super().pause_writing()
        self._unread_deadline = self.loop.call_later(self.limits.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        super().resume_writing()
        self._forget_unread_deadline()

    def shutdown(self) -> None:
        """Begin to end: idle connections close, streams are told to, calls are finished."""
        self.app_state[CLOSING].set()
        super().shutdown()

    def _watch_head(self) -> None:
        cycle: Any = self.cycle
        answering = cycle is not None and not cycle.response_complete
        if answering or self.transport.is_closing():
            self._forget_head_deadline()
        elif self._head_deadline is None:
            self._head_deadline = self.loop.call_later(self.limits.head_s, self.transport.abort)

    def _forget_head_deadline(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _forget_unread_deadline(self) -> None:
        if self._unread_deadline is not None:
            self._unread_deadline.cancel()
            self._unread_deadline = None
