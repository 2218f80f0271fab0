"""What every HTTP request passes before the protocol reads it: where it comes from, whose it is, how much there is of it."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto

import anyio
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp_types import INVALID_REQUEST, ErrorData, JSONRPCError
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSING = "closing"
"""Under this name the application's state holds the event that tells streams to end."""

LIMITS = "limits"
"""And under this one what it allows, for those who keep the connections."""

_BUSY_S = 1
"""After so many seconds a client that was sent away may try again."""


@dataclass(frozen=True)
class Limits:
    """What one process takes at once. Times are in seconds.

    `calls` are those that a client waits for; `running` counts those of the older era too whose client left without a word,
    which go on, since there leaving takes nothing back.
    """

    connections: int = 128
    calls: int = 48
    running: int = 96
    streams: int = 64
    sessions: int = 1_000
    body_bytes: int = 4 * 1024 * 1024
    head_bytes: int = 16 * 1024
    head_s: float = 10
    body_s: float = 30
    unread_s: float = 30
    keep_alive_s: int = 30
    idle_session_s: float = 1_800
    shutdown_s: int = 25


class _Kind(Enum):
    """What a request asks for: an answer, an endless stream, or neither."""

    CALL = auto()
    STREAM = auto()
    NOTE = auto()


class Gate:
    """The application behind its door.

    Answers to the server's own questions, and notifications, always pass: a call that waits for a person must not
    keep that person's answer out.
    """

    def __init__(
        self,
        app: ASGIApp,
        path: str,
        origins: TransportSecuritySettings,
        token: str | None,
        limits: Limits,
    ) -> None:
        self._app = app
        self._path = path
        self._origins = TransportSecurityMiddleware(origins)
        self._token = token
        self._limits = limits
        self._taken: Counter[_Kind] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the application's beginning and end."""
        if scope["type"] == "lifespan":
            scope["state"][CLOSING] = anyio.Event()
            scope["state"][LIMITS] = self._limits
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = await self._stranger(request)
        if refusal is None:
            refusal = await self._admitted(request, receive, send)
        if refusal is not None:
            await refusal(scope, receive, send)

    async def _stranger(self, request: Request) -> Response | None:
        """Say why the sender may not come in, or None."""
        if sum(len(name) + len(value) for name, value in request.headers.raw) > self._limits.head_bytes:
            return _refusal(
                431, f"the headers may have {self._limits.head_bytes} bytes", {"Connection": "close"}
            )
        if refused := await self._origins.validate_request(request):
            return _refusal(refused.status_code, bytes(refused.body).decode())
        if request.scope["path"] != self._path:
            return _refusal(404, f"the server is at {self._path}")
        if self._token is None:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _refusal(
                401, "a bearer token is needed", {"WWW-Authenticate": 'Bearer realm="pg-guardrails"'}
            )
        # As bytes, since only ASCII text is compared in constant time.
        if not hmac.compare_digest(given.strip().encode(), self._token.encode()):
            wrong = 'Bearer realm="pg-guardrails", error="invalid_token"'
            return _refusal(401, "this is not the server's token", {"WWW-Authenticate": wrong})
        return None

    async def _admitted(self, request: Request, receive: Receive, send: Send) -> Response | None:
        """Serve a request, or say why there is no room for it."""
        try:
            with anyio.fail_after(self._limits.body_s):
                body = await self._body(receive)
        except ClientDisconnect:
            return None
        except TimeoutError:
            return _refusal(408, "the request took too long to arrive", {"Connection": "close"})
        if body is None:
            return _refusal(
                413, f"a request may have {self._limits.body_bytes} bytes", {"Connection": "close"}
            )
        kind = _kind(request, body)
        place = self._place(kind)
        if place is None:
            return _refusal(503, "the server is busy", {"Retry-After": str(_BUSY_S)})
        try:
            closing: anyio.Event = request.scope["state"][CLOSING]
            answer = _Answer(send, place)
            await self._app(
                request.scope, _Replay(body, receive, closing if kind is _Kind.STREAM else None), answer
            )
            if closing.is_set():
                await answer.end()
        finally:
            place.leave()
        return None

    async def _body(self, receive: Receive) -> bytes | None:
        """Return the request's body, or None if it is too long.

        Raises:
            ClientDisconnect: the client left before all of it was there.
        """
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)

    def _place(self, kind: _Kind) -> _Place | None:
        """Return a place for a request, or None if all are taken."""
        most = {_Kind.CALL: self._limits.calls, _Kind.STREAM: self._limits.streams}.get(kind)
        return None if most is not None and self._taken[kind] >= most else _Place(self._taken, kind)


class _Place:
    """A request's place among those of its kind."""

    def __init__(self, taken: Counter[_Kind], kind: _Kind) -> None:
        self._taken = taken
        self._kind = kind
        self._held = True
        taken[kind] += 1

    def leave(self) -> None:
        """Make room, the first time."""
        if self._held:
            self._taken[self._kind] -= 1
            self._held = False


class _Replay:
    """The messages of a request whose body was read: the body, then the client's leaving.

    For a stream the server's own end looks like the client's: it then stops waiting for news.
    """

    def __init__(self, body: bytes, receive: Receive, closing: anyio.Event | None) -> None:
        self._first: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive
        self._closing = closing

    async def __call__(self) -> Message:
        if self._first is not None:
            message, self._first = self._first, None
            return message
        if self._closing is None:
            return await self._receive()
        gone: Message = {"type": "http.disconnect"}
        async with anyio.create_task_group() as group:
            group.start_soon(_cancel_at, self._closing, group.cancel_scope)
            gone = await self._receive()
            group.cancel_scope.cancel()
        return gone


async def _cancel_at(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


class _Answer:
    """The messages of an answer on their way out; its place is free before the client can know that it is complete."""

    def __init__(self, send: Send, place: _Place) -> None:
        self._send = send
        self._place = place
        self._open = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._open = True
            if message["status"] == 503:
                MutableHeaders(scope=message).setdefault("Retry-After", str(_BUSY_S))
        elif not message.get("more_body", False):
            self._open = False
            self._place.leave()
        await self._send(message)

    async def end(self) -> None:
        """End an answer that was left open, so that the client sees an end and no torn connection."""
        if self._open:
            await self({"type": "http.response.body", "body": b"", "more_body": False})


def _kind(request: Request, body: bytes) -> _Kind:
    if request.method == "GET":
        return _Kind.STREAM
    if request.method != "POST":
        return _Kind.NOTE
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return _Kind.CALL
    if not isinstance(message, dict):
        return _Kind.CALL
    if message.get("method") == "subscriptions/listen":
        return _Kind.STREAM
    return _Kind.CALL if {"method", "id"} <= message.keys() else _Kind.NOTE


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    error = JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=INVALID_REQUEST, message=why))
    return Response(
        error.model_dump_json(by_alias=True, exclude_unset=True),
        status_code=status,
        headers=headers,
        media_type="application/json",
    )
