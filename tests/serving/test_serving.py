"""`pg-guardrails mcp --http` as it is started, reached and ended."""

import contextlib
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from mcp.server.request_state import RequestStateSecurity

from commands.cli import main
from mcp_server.addresses import address_of, listen
from mcp_server.server import build_server
from tests.serving.support import (
    LEGACY,
    MODERN,
    Reply,
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

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
SLOW = str(Path(__file__).with_name("slow.py"))
TOKEN = "0123456789abcdef0123456789abcdef"
YES = {"action": "accept", "content": {"approve": True}}
DRAFT = {"description": "Add posts", "purpose": "People write", "sql": "SELECT 1;"}


@contextlib.contextmanager
def started(command: list[str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start a server, and yield it with the addresses that it names; it is gone at the end whatever happens."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline().removeprefix("serving ").strip()
            assert first, process.stderr.read() if process.stderr else ""
            yield process, [first]
        finally:
            process.kill()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].removesuffix("/mcp"))


def call_in_a_session(port: int) -> Reply:
    opened = session(port).headers["mcp-session-id"]
    return ask(port, body=legacy("tools/call", {"name": "wait", "arguments": {}}), Mcp_Session_Id=opened)


@pytest.mark.parametrize(("workers", "era"), [(1, MODERN), (2, MODERN), (1, LEGACY)])
def test_a_server_that_is_told_to_end_finishes_its_calls_and_takes_no_new_ones(
    root: Path, workers: int, era: str
) -> None:
    file = root / "go"
    replies: list[Reply] = []
    with started([sys.executable, SLOW, str(workers), str(file)], root) as (process, (url,)):
        port = port_of(url)
        caller = threading.Thread(
            target=lambda: replies.append(
                call(port, "wait", {}) if era == MODERN else call_in_a_session(port)
            )
        )
        caller.start()
        while not file.with_suffix(".begun").exists():
            pass
        process.send_signal(signal.SIGTERM)
        while True:
            try:
                connect(port).close()
            except ConnectionRefusedError:
                break
            except ConnectionResetError:  # it was just closing
                continue
        still_running = process.poll() is None
        file.touch()
        caller.join(30)
        code = process.wait(30)
        errors = process.stderr.read() if process.stderr else ""

    assert still_running
    assert replies[0].result["content"][0]["text"] == "waited"
    assert code == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_streams_end_when_the_server_does(root: Path, number: signal.Signals) -> None:
    body, headers = modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0"], root) as (process, (url,)):
        connection = http.client.HTTPConnection("127.0.0.1", port_of(url), timeout=30)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(
            "POST", "/mcp", body,
            {**given, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"},
        )  # fmt: skip
        stream = connection.getresponse()
        acknowledged = stream.readline()
        process.send_signal(number)
        rest = stream.read()  # it has an end, and is not torn
        connection.close()
        code = process.wait(30)
        errors = process.stderr.read() if process.stderr else ""

    assert acknowledged.startswith(b"event: message")
    assert b"Traceback" not in rest
    assert (code, errors) == (0, "")


def test_workers_end_with_the_process_that_started_them(root: Path) -> None:
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0", "--workers", "2"], root) as (process, (url,)):
        while listing(port_of(url)).status != 200:
            pass
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()

        _, alive = psutil.wait_procs(workers, timeout=30)

    assert len(workers) >= 2
    assert alive == []


def test_workers_import_nothing_from_the_folder_that_they_work_in(root: Path) -> None:
    for module in ("random", "socket", "uvicorn", "seeds", "multiprocessing"):
        (root / f"{module}.py").write_text("from pathlib import Path\nPath('imported').touch()\n")
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0", "--workers", "2"], root) as (_, (url,)):
        assert listing(port_of(url)).status == 200

    assert not (root / "imported").exists()


def asked(port: int, draft: dict[str, Any]) -> dict[str, Any]:
    result = call(port, "create_migration", draft).result
    assert result["resultType"] == "input_required"
    return result


def answered(port: int, question: dict[str, Any], arguments: dict[str, Any]) -> Reply:
    replies = dict.fromkeys(question["inputRequests"], YES)
    rounds = {"inputResponses": replies, "requestState": question["requestState"]}
    return call(port, "create_migration", arguments, rounds)


def test_a_question_of_one_worker_may_be_answered_at_another(root: Path) -> None:
    servers = [build_server(root, rounds=RequestStateSecurity(keys=[b"k" * 32])) for _ in range(2)]
    with served(servers[0]) as one, served(servers[1]) as other:
        reply = answered(other, asked(one, DRAFT), DRAFT)

    assert reply.result["structuredContent"]["status"] == "written"


def test_an_answer_to_another_question_or_another_server_writes_nothing(root: Path) -> None:
    with served(build_server(root)) as one, served(build_server(root)) as stranger:
        question = asked(one, DRAFT)
        elsewhere = answered(stranger, question, DRAFT)
        swapped = answered(one, question, {**DRAFT, "sql": "SELECT 2;"})
        bare = call(
            one, "create_migration", DRAFT, {"inputResponses": dict.fromkeys(question["inputRequests"], YES)}
        )

    assert elsewhere.message["error"]["message"] == "Invalid or expired requestState"
    assert swapped.message["error"]["message"] == "Invalid or expired requestState"
    assert bare.result["resultType"] == "input_required"
    assert list((root / "supabase" / "migrations").iterdir()) == []


def test_two_processes_answer_and_share_what_seals_a_question(root: Path) -> None:
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0", "--workers", "2"], root) as (_, (url,)):
        port = port_of(url)
        drafts = [{**DRAFT, "description": f"Step {number}"} for number in range(10)]
        replies = [answered(port, asked(port, draft), draft) for draft in drafts]

    assert {reply.result["structuredContent"]["status"] for reply in replies} == {"written"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--http", "8765"], "is no address to serve at"),
        (["--http", "127.0.0.1:http"], "is no address to serve at"),
        (["--http", "127.0.0.1:99999"], "is no address to serve at"),
        (["--http", "::1:8765"], "IPv6 stands in brackets"),
        (["--http", "example.com:8765"], "'example.com' is no IP address"),
        (["--http", "http://127.0.0.1:8765"], "is no IP address"),
        (["--http", ""], "is no address to serve at"),
        (["--http", "203.0.113.7:8765"], "it needs a token"),
        (["--http", "0.0.0.0:8765"], "it needs a token"),
        (["--http", "[::]:8765"], "it needs a token"),
        (["--http", "127.0.0.1:0", "--workers", "0"], "--workers is a number from 1 to 16"),
        (["--http", "unix:/nowhere/at/all.sock"], "can't listen at /nowhere/at/all.sock"),
        (["--workers", "2"], "are for --http ADDRESS"),
        (["--token-file", "token"], "are for --http ADDRESS"),
    ],
)
@pytest.mark.usefixtures("root")
def test_an_address_that_can_not_be_served_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["mcp", *arguments]) == 2

    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.usefixtures("root")
def test_with_a_token_an_open_address_wants_a_name_and_one_of_this_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDRAILS_MCP_TOKEN", TOKEN)
    assert main(["mcp", "--http", "0.0.0.0:0"]) == 2
    assert "--allow-host NAME" in capsys.readouterr().err
    assert "GUARDRAILS_MCP_TOKEN" not in os.environ

    monkeypatch.setenv("GUARDRAILS_MCP_TOKEN", TOKEN)
    assert main(["mcp", "--http", "203.0.113.7:0"]) == 2
    assert "203.0.113.7 is no address of this machine" in capsys.readouterr().err


@pytest.mark.usefixtures("root")
def test_a_port_in_use_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    (taken,) = listen(address_of("127.0.0.1:0"))
    with taken:
        port = taken.getsockname()[1]

        assert main(["mcp", "--http", f"127.0.0.1:{port}"]) == 2

    assert capsys.readouterr().err == (
        f"error: port {port} of 127.0.0.1 is in use; name another one, or end what listens there\n"
    )


TOKENS = {
    "open to others": (0o644, TOKEN, "chmod 600"),
    "too short": (0o600, "secret\n", "fewer than 24 characters"),
    "no token": (0o600, "two words " * 5, "characters that no bearer token has"),
    "binary": (0o600, "é" * 30, "characters that no bearer token has"),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_that_can_not_be_trusted_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    mode, text, said = TOKENS[kind]
    file = root / "token"
    file.write_text(text)
    file.chmod(mode)

    assert main(["mcp", "--http", "127.0.0.1:0", "--token-file", str(file)]) == 2

    error = capsys.readouterr().err
    assert said in error
    assert text.strip() not in error


@pytest.mark.parametrize("name", ["nothing", "supabase", "pipe"])
def test_a_token_file_that_is_none_is_told(root: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    os.mkfifo(root / "pipe")

    assert main(["mcp", "--http", "127.0.0.1:0", "--token-file", str(root / name)]) == 2

    assert "token's file" in capsys.readouterr().err


def test_a_token_from_a_file_opens_the_server(root: Path) -> None:
    file = root / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    body, headers = modern("tools/list")
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0", "--token-file", str(file)], root) as (
        process,
        (url,),
    ):
        closed = ask(port_of(url), body=body, **headers)
        opened = ask(port_of(url), body=body, **headers, Authorization=f"Bearer {TOKEN}")
        words = psutil.Process(process.pid).cmdline()

    assert (closed.status, opened.status) == (401, 200)
    assert not any(TOKEN in word for word in words)


def test_read_only_holds_over_http_too(root: Path) -> None:
    with started([SCRIPT, "mcp", "--http", "127.0.0.1:0", "--read-only"], root) as (_, (url,)):
        names = {tool["name"] for tool in listing(port_of(url)).result["tools"]}

    assert "validate_migration" in names
    assert not {"create_migration", "seed_dev", "seed_test"} & names


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_is_served_over_ipv6(root: Path) -> None:
    with served(build_server(root), address="[::1]:0") as port:
        body, headers = modern("tools/list")
        connection = http.client.HTTPConnection("::1", port, timeout=30)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(
            "POST", "/mcp", body, {**given, "Content-Type": "application/json", "Accept": "*/*"}
        )
        status = connection.getresponse().status
        connection.close()

    assert status == 200


def request_at(path: Path) -> bytes:
    """Ask for nothing in particular at a Unix socket, and return what comes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(
            f"GET /mcp HTTP/1.1\r\nHost: localhost\r\nMCP-Protocol-Version: {MODERN}\r\nConnection: close\r\n\r\n".encode()
        )
        return until_closed(connection)


def test_a_unix_socket_is_for_its_owner_and_goes_with_the_server(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "s"
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(path))
    with started([SCRIPT, "mcp", "--http", f"unix:{path}"], root) as (process, _):
        reply = request_at(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        second = main(["mcp", "--http", f"unix:{path}"])
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)

    assert reply.startswith(b"HTTP/1.1 405 ")
    assert (mode, second, code) == (0o600, 2, 0)
    assert f"{path} is in use" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.usefixtures("root")
def test_a_file_is_never_taken_for_a_socket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")

    assert main(["mcp", "--http", f"unix:{path}"]) == 2

    assert "no socket" in capsys.readouterr().err
    assert path.read_text() == "mine"
