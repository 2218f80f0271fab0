"""A server over HTTP in a thread of the tests, and requests to it as bytes, so that they may be wrong in any way."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer

from mcp_server.addresses import address_of, listen
from mcp_server.http import PATH, Serving, application, configure

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
CAPABLE = {"elicitation": {"form": {}}}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The JSON-RPC message, also if it came as the last event of a stream."""
        text = self.body.decode()
        if "text/event-stream" in self.headers.get("content-type", ""):
            text = [line for line in text.splitlines() if line.startswith("data: {")][-1].removeprefix(
                "data: "
            )
        message: dict[str, Any] = json.loads(text)
        return message

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.message["result"]
        return result


@contextmanager
def served(server: MCPServer, serving: Serving | None = None, address: str = "127.0.0.1:0") -> Iterator[int]:
    """Serve, and yield the port."""
    serving = serving or Serving()
    listeners = listen(address_of(address))
    running = uvicorn.Server(configure(partial(application, server, (), serving), serving))
    thread = threading.Thread(target=running.run, args=(list(listeners),))
    port = listeners[0].getsockname()[1]
    thread.start()
    try:
        yield port
    finally:
        running.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def ask(
    port: int, method: str = "POST", path: str = PATH, body: bytes | None = None, **headers: str | None
) -> Reply:
    """Send one request on a connection of its own; a header that is None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    given: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    try:
        sent = {name: value for name, value in given.items() if value is not None}
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        return Reply(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


def modern(
    method: str, params: dict[str, Any] | None = None, **capabilities: Any
) -> tuple[bytes, dict[str, str]]:
    """Return a request of the newer era: its body, and the headers that repeat it."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "bytes", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": meta}}
    headers = {"MCP_Protocol_Version": MODERN, "Mcp_Method": method}
    if params and "name" in params:
        headers["Mcp_Name"] = params["name"]
    return json.dumps(message).encode(), headers


def call(port: int, tool: str, arguments: dict[str, Any], rounds: dict[str, Any] | None = None) -> Reply:
    """Call a tool as a client of the newer era that can ask."""
    body, headers = modern("tools/call", {"name": tool, "arguments": arguments, **(rounds or {})}, **CAPABLE)
    return ask(port, body=body, **headers)


def listing(port: int) -> Reply:
    """List the tools, which any server does that is well."""
    body, headers = modern("tools/list")
    return ask(port, body=body, **headers)


def legacy(method: str, params: dict[str, Any] | None = None) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}).encode()


def session(port: int, **headers: str) -> Reply:
    """Open a session of the older era."""
    client = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bytes", "version": "0"}}
    return ask(port, body=legacy("initialize", client), **headers)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def until_closed(connection: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection."""
    seen = b""
    while True:
        try:
            block = connection.recv(4096)
        except ConnectionResetError:
            return seen
        if not block:
            return seen
        seen += block
