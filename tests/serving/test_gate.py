"""What a request has to pass before the protocol reads it."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp.server.mcpserver import Context, MCPServer

from mcp_server.gate import Limits
from mcp_server.http import Serving
from mcp_server.server import build_server
from tests.serving.support import (
    LEGACY,
    MODERN,
    ask,
    call,
    connect,
    legacy,
    listing,
    modern,
    served,
    session,
    until_closed,
)

TOKEN = "0123456789abcdef0123456789abcdef"
STARTS = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


@pytest.fixture
def port(root: Path) -> Iterator[int]:
    with served(build_server(root)) as port:
        yield port


@pytest.fixture
def guarded(root: Path) -> Iterator[int]:
    with served(build_server(root), Serving(token=TOKEN)) as port:
        yield port


class Waiting:
    """A server with a tool that works until it is let go, or its caller leaves."""

    def __init__(self, root: Path) -> None:
        self.server: MCPServer = build_server(root)
        self.begun = threading.Event()
        self.left = threading.Event()
        self.go = threading.Event()

        @self.server.tool(structured_output=False)
        async def wait(ctx: Context) -> str:
            """Wait."""
            self.begun.set()
            try:
                while not self.go.is_set():
                    await ctx.report_progress(0)
                    await anyio.sleep(0.01)
            finally:
                self.left.set()
            return "waited"

    @contextlib.contextmanager
    def called(self, port: int) -> Iterator[list[str]]:
        """Call the tool, and wait until it works; what it said is there at the end."""
        said: list[str] = []

        def work() -> None:
            said.append(call(port, "wait", {}).result["content"][0]["text"])

        thread = threading.Thread(target=work)
        thread.start()
        assert self.begun.wait(30)
        try:
            yield said
        finally:
            self.go.set()
            thread.join(30)


def test_a_page_of_another_site_reaches_nothing(port: int) -> None:
    body, headers = modern("tools/list")

    rebound = ask(port, body=body, **headers, Host="evil.example:8765")
    foreign = ask(port, body=body, **headers, Origin="https://evil.example")
    local = ask(port, body=body, **headers, Host="localhost:9000", Origin="http://localhost:9000")

    assert (rebound.status, foreign.status, local.status) == (421, 403, 200)
    assert session(port, Host="evil.example").status == 421
    assert ask(port, body=body, **headers, Host="localhost:[").status < 500


@pytest.mark.parametrize(
    "given", [None, "Basic abc", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}0", "Bearer ", "Bearer é"]
)
def test_without_the_token_nothing_is_served(guarded: int, given: str | None) -> None:
    body, headers = modern("tools/list")

    reply = ask(guarded, body=body, **headers, Authorization=given)

    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith('Bearer realm="pg-guardrails"')
    assert ("invalid_token" in reply.headers["www-authenticate"]) == (given or "").startswith("Bearer")
    assert TOKEN not in reply.body.decode()


def test_with_the_token_everything_is(guarded: int) -> None:
    body, headers = modern("tools/list")

    assert ask(guarded, body=body, **headers, Authorization=f"Bearer {TOKEN}").result["tools"]
    assert session(guarded, Authorization=f"bearer {TOKEN}").status == 200


def test_other_paths_say_so_with_and_without_a_token(guarded: int) -> None:
    for path in ("/", "/mcp/", "/.well-known/oauth-protected-resource"):
        assert ask(guarded, "GET", path).status == 404


BODY, HEADERS = modern("tools/list")
WRONG: dict[str, tuple[str, bytes | None, dict[str, str | None], int]] = {
    "no JSON": ("POST", b"{nonsense", {}, 400),
    "no JSON, newer era": ("POST", b"{nonsense", HEADERS, 400),
    "no UTF-8": ("POST", b'{"jsonrpc": "2.0", "id": 1, "method": "\xff"}', {}, 400),
    "nothing": ("POST", b"", {}, 400),
    "nested without end": ("POST", b"[" * 100_000, HEADERS, 400),
    "nested without end, older era": ("POST", b"[" * 100_000, {}, 400),
    "a number without end": ("POST", b"9" * 10_000, HEADERS, 400),
    "a batch": ("POST", b"[" + BODY + b"]", {}, 400),
    "a batch, newer era": ("POST", b"[" + BODY + b"]", HEADERS, 400),
    "no JSON-RPC": ("POST", b'{"hello": "world"}', {}, 400),
    "an answer to nothing": ("POST", b'{"jsonrpc": "2.0", "id": 7, "result": {}}', HEADERS, 400),
    "no content type": ("POST", BODY, {**HEADERS, "Content_Type": None}, 400),
    "another content type": ("POST", BODY, {**HEADERS, "Content_Type": "text/plain"}, 400),
    "nothing that it may answer with": ("POST", BODY, {**HEADERS, "Accept": "text/html"}, 406),
    "an unknown revision": ("POST", BODY, {**HEADERS, "MCP_Protocol_Version": "1999-01-01"}, 400),
    "a method that the header denies": ("POST", BODY, {**HEADERS, "Mcp_Method": "prompts/list"}, 400),
    "an unknown session": ("POST", legacy("tools/list"), {"Mcp_Session_Id": "0" * 32}, 404),
    "an unknown session's end": ("DELETE", None, {"Mcp_Session_Id": "0" * 32}, 404),
    "a stream of no session": ("GET", None, {"MCP_Protocol_Version": LEGACY}, 400),
    "a stream of the newer era": ("GET", None, {"MCP_Protocol_Version": MODERN}, 405),
    "no session and no beginning": ("POST", legacy("tools/list"), {}, 400),
    "another method of HTTP": ("PUT", BODY, {}, 405),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_and_the_server_goes_on(port: int, wrong: str) -> None:
    method, body, headers, status = WRONG[wrong]

    reply = ask(port, method, body=body, **headers)

    assert reply.status == status
    assert b"Traceback" not in reply.body
    assert listing(port).status == 200


def test_bodies_and_heads_have_a_limit(root: Path) -> None:
    with served(build_server(root), Serving(limits=Limits(body_bytes=50_000))) as port:
        body, headers = modern("tools/list", {"padding": "x" * 50_000})
        declared = ask(port, body=body, **headers)
        with connect(port) as connection:
            connection.sendall(
                STARTS.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked") + b"\r\n"
            )
            connection.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n8000\r\n" + b" " * 0x8000 + b"\r\n")
            undeclared = connection.recv(4096)
        with connect(port) as whole, connect(port) as endless:
            whole.sendall(STARTS + b"X: " + b"y" * 20_000 + b"\r\n\r\n")
            endless.sendall(STARTS + b"X: " + b"y" * 20_000)
            heads = whole.recv(4096), endless.recv(4096)

        assert declared.status == 413
        assert undeclared.startswith(b"HTTP/1.1 413 ")
        assert heads[0].startswith(b"HTTP/1.1 431 ")
        assert heads[1].startswith(b"HTTP/1.1 400 ")
        assert listing(port).status == 200


def test_who_sends_too_slowly_is_sent_away(root: Path) -> None:
    with served(build_server(root), Serving(limits=Limits(head_s=0.2, body_s=0.2))) as port:
        with connect(port) as silent, connect(port) as half_a_head, connect(port) as half_a_body:
            half_a_head.sendall(STARTS)
            half_a_body.sendall(STARTS + b"\r\n{")

            assert until_closed(silent) == b""
            assert until_closed(half_a_head) == b""
            assert until_closed(half_a_body).startswith(b"HTTP/1.1 408 ")
        assert listing(port).status == 200


def test_a_request_that_its_sender_left_in_the_middle_is_not_served(root: Path) -> None:
    waiting = Waiting(root)
    body, headers = modern("tools/call", {"name": "wait", "arguments": {}})
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    with served(waiting.server) as port:
        with connect(port) as connection:
            connection.sendall(
                STARTS.replace(b"100", b"%d" % (len(body) + 1)) + head.encode() + b"\r\n" + body
            )

        assert listing(port).status == 200
        assert not waiting.begun.is_set()


def test_a_second_head_that_never_ends_is_cut_off_too(root: Path) -> None:
    slow = Serving(limits=Limits(head_s=0.2))
    with served(build_server(root), slow) as port, connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        first = connection.recv(4096)
        connection.sendall(STARTS)

        assert first.startswith(b"HTTP/1.1 404 ")
        assert b"HTTP/1.1" not in until_closed(connection)


def test_more_connections_than_fit_are_told_to_come_again(root: Path) -> None:
    with served(build_server(root), Serving(limits=Limits(connections=2))) as port:
        with connect(port) as first, connect(port) as second:
            for one in (first, second):
                one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert one.recv(4096).startswith(b"HTTP/1.1 404 ")
            with connect(port) as third:
                refused = until_closed(third)

        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in refused
        while ask(port, "GET", "/").status == 503:
            pass  # the server takes a moment to see that they left


def test_more_calls_than_fit_are_told_to_come_again_and_answers_pass(root: Path) -> None:
    waiting = Waiting(root)
    with served(waiting.server, Serving(limits=Limits(calls=1))) as port:
        opened = session(port).headers["mcp-session-id"]
        with waiting.called(port) as said:
            refused = listing(port)
            note = json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled"}).encode()
            noted = ask(port, body=note, MCP_Protocol_Version=MODERN)
            # What a person answers to a call that waits for them must not wait for that call.
            yes = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"action": "accept"}}).encode()
            answered = ask(port, body=yes, Mcp_Session_Id=opened)

            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert (noted.status, answered.status) == (202, 202)
        assert said == ["waited"]
        assert listing(port).status == 200


def test_a_caller_who_leaves_ends_the_call_and_frees_its_place(root: Path) -> None:
    waiting = Waiting(root)
    with served(waiting.server, Serving(limits=Limits(calls=1))) as port:
        body, headers = modern("tools/call", {"name": "wait", "arguments": {}})
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join(
            [
                "POST /mcp HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json",
                "Accept: application/json, text/event-stream", f"Content-Length: {len(body)}", *lines, "", "",
            ]
        )  # fmt: skip
        with connect(port) as connection:
            connection.sendall(head.encode() + body)
            assert waiting.begun.wait(30)

        assert waiting.left.wait(30)
        while listing(port).status == 503:
            pass


def test_calls_of_the_older_era_that_were_left_count_until_they_end(root: Path) -> None:
    waiting = Waiting(root)
    with served(waiting.server, Serving(limits=Limits(running=1))) as port:
        opened = session(port).headers["mcp-session-id"]
        wait = legacy("tools/call", {"name": "wait", "arguments": {}})
        with connect(port) as connection:
            connection.sendall(
                f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMcp-Session-Id: {opened}\r\n"
                f"Accept: application/json, text/event-stream\r\nContent-Length: {len(wait)}\r\n\r\n".encode()
                + wait
            )
            assert waiting.begun.wait(30)
        refused = call(port, "list_migrations", {})
        waiting.go.set()
        assert waiting.left.wait(30)

        assert "the server is busy" in refused.message["error"]["message"]
        while "error" in call(port, "list_migrations", {}).message:
            pass


def test_who_never_reads_the_answers_is_cut_off(root: Path) -> None:
    body, headers = modern("tools/list")
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    request = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{head}"
        f"Accept: application/json, text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    with served(build_server(root), Serving(limits=Limits(unread_s=0.2))) as port, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.settimeout(30)

        with pytest.raises(ConnectionError):
            deaf.sendall(request * 20_000)
        assert listing(port).status == 200


def test_sessions_have_a_limit_and_make_room_when_they_end_or_are_left(root: Path) -> None:
    with served(build_server(root), Serving(limits=Limits(sessions=2, idle_session_s=0.3))) as port:
        first, second = session(port), session(port)
        full = session(port)
        ended = ask(port, "DELETE", Mcp_Session_Id=first.headers["mcp-session-id"])
        third = session(port)

        assert (second.status, full.status, full.headers["retry-after"]) == (200, 503, "1")
        assert (ended.status, third.status) == (200, 200)
        assert ask(port, "DELETE", Mcp_Session_Id=first.headers["mcp-session-id"]).status == 404
        while session(port).status == 503:
            pass  # until one of the others has been left long enough


def test_streams_have_places_of_their_own(root: Path) -> None:
    with served(build_server(root), Serving(limits=Limits(streams=1))) as port:
        opened = session(port).headers["mcp-session-id"]
        head = f"GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: {opened}\r\n\r\n"
        with connect(port) as stream:
            stream.sendall(head.encode())
            begun = stream.recv(4096)
            body, headers = modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
            refused = ask(port, body=body, **headers)

            assert begun.startswith(b"HTTP/1.1 200 ")
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert listing(port).status == 200
