"""The server over Streamable HTTP: both eras of the protocol at `/mcp`, from one process or several.

Several processes share the listening sockets and the keys that seal a question, so the answer may come to any of them.
A client of the older era holds a session in one process's memory: with several there are no sessions, and such a
client can't ask its person, so nothing is written for it.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from types import FrameType
from typing import NoReturn

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.request_state import RequestStateSecurity
from mcp.server.transport_security import TransportSecuritySettings
from sse_starlette.sse import AppStatus
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from commands.keeping import keep_what_is_read
from guardrails.lint.contracts import GuardrailsError
from mcp_server.addresses import LOCAL_NAMES, Address, listen, url
from mcp_server.connections import LimitedConnection
from mcp_server.gate import Gate, Limits
from mcp_server.logs import log_on_stderr
from mcp_server.running import RunningCalls
from mcp_server.server import build_server

PATH = "/mcp"
MOST_WORKERS = 16


@dataclass(frozen=True)
class Serving:
    """How to serve: `names` are those by which clients reach an address that isn't local, without a port."""

    names: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    workers: int = 1
    read_only: bool = False
    limits: Limits = field(default_factory=Limits)


def serve_http(address: Address, serving: Serving) -> int:
    """Serve until a signal says to end, and return the exit code.

    Raises:
        GuardrailsError: the address can't be had, or would be open to others without a token or a name.
    """
    if not address.local and serving.token is None:
        raise GuardrailsError(
            "others than this machine would reach that address, so it needs a token: "
            "--token-file FILE, or GUARDRAILS_MCP_TOKEN in the environment"
        )
    if address.anywhere and not serving.names:
        raise GuardrailsError("say by which name clients reach this machine: --allow-host NAME")
    if not 1 <= serving.workers <= MOST_WORKERS:
        raise GuardrailsError(f"--workers is a number from 1 to {MOST_WORKERS}")
    listeners = listen(address)
    try:
        return run(
            listeners,
            partial(_application, _names(address, serving), serving, secrets.token_bytes(32)),
            serving,
        )
    finally:
        if address.path is not None:
            address.path.unlink(missing_ok=True)


def application(server: MCPServer, names: tuple[str, ...], serving: Serving) -> Gate:
    """Return a server as an ASGI application, behind its gate.

    Args:
        server: what answers.
        names: those by which clients may call this machine, besides the local ones; without a port.
        serving: how it is served.
    """
    # It would cut calls together with streams; the gate ends streams only.
    AppStatus.enable_automatic_graceful_drain = False
    hosts = [host for name in (*LOCAL_NAMES, *names) for host in (name, f"{name}:*")]
    origins = TransportSecuritySettings(
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")],
    )
    limits = serving.limits
    server.middleware.append(RunningCalls(limits.running))
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=serving.workers > 1,
        max_request_body_size=limits.body_bytes,
        max_sessions=limits.sessions,
        session_idle_timeout=limits.idle_session_s,
        transport_security=origins,
    )
    return Gate(app, PATH, origins, serving.token, limits)


def run(listeners: tuple[socket.socket, ...], build: Callable[[], Gate], serving: Serving) -> int:
    """Say where, and serve what `build` returns, in this process or in several, until a signal says to end."""
    for listener in listeners:
        print(f"serving {url(listener)}{PATH}", flush=True)  # noqa: T201
    # uvicorn raises the signal again after it has ended in order; an order that was followed is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ended)
    config = configure(build, serving)
    if config.workers > 1:
        # A new interpreter would look for modules in the working folder first, which is the user's repository.
        os.environ["PYTHONSAFEPATH"] = "1"
        workers = _Workers(config, list(listeners))
        workers.run()
        return 2 if any(one.exitcode == STARTUP_FAILURE for one in workers.processes) else 0
    server = uvicorn.Server(config)
    server.run(list(listeners))
    return 0 if server.started else 2


def _names(address: Address, serving: Serving) -> tuple[str, ...]:
    return (*serving.names, *(f"[{host}]" if ":" in host else host for host in address.hosts))


def configure(build: Callable[[], Gate], serving: Serving) -> uvicorn.Config:
    """Return how what `build` returns is served."""
    return uvicorn.Config(
        build,
        factory=True,
        workers=serving.workers,
        loop="asyncio",
        http=LimitedConnection,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=serving.limits.head_bytes,
        timeout_keep_alive=serving.limits.keep_alive_s,
        timeout_graceful_shutdown=serving.limits.shutdown_s,
        timeout_worker_healthcheck=60,
    )


def _application(names: tuple[str, ...], serving: Serving, key: bytes) -> Gate:
    """Build the application in the process that serves it."""
    log_on_stderr()
    keep_what_is_read()
    _end_with_parent()
    server = build_server(read_only=serving.read_only, rounds=RequestStateSecurity(keys=[key]))
    return application(server, names, serving)


class _Workers(Multiprocess):
    def terminate_all(self) -> None:
        """End the workers, and don't hold on to what comes meanwhile: nobody would ever take it."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def _ended(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _end_with_parent() -> None:
    """End in order when the process that started this one is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
