"""The server over standard input and output, met with bytes: whatever a client does, only messages come out."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.support import LEGACY

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))


class Wire:
    """A server in a process of its own, and its pipes."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [SCRIPT, "mcp"],
            cwd=root,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.stdin, self.stdout, self.stderr = self.process.stdin, self.process.stdout, self.process.stderr
        self.complaints: list[bytes] = []
        self._listener = threading.Thread(target=lambda: self.complaints.extend(self.stderr))
        self._listener.start()

    def send(self, line: bytes | dict[str, Any]) -> None:
        self.stdin.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
        self.stdin.flush()

    def call(self, number: int, tool: str, **arguments: object) -> None:
        params = {"name": tool, "arguments": arguments}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        return message

    def open(self, **capabilities: object) -> "Wire":
        client = {
            "protocolVersion": LEGACY,
            "capabilities": capabilities,
            "clientInfo": {"name": "raw", "version": "0"},
        }
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client})
        assert self.message()["result"]["serverInfo"]["name"] == "pg-guardrails"
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return self

    def end(self) -> tuple[int, str]:
        """Close what is open, and return the exit code and what was complained of."""
        for stream in (self.stdin, self.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        code = self.process.wait(60)
        self._listener.join(60)
        self.stderr.close()
        return code, b"".join(self.complaints).decode()

    def rest(self) -> list[dict[str, Any]]:
        """Close standard input, and return what still comes."""
        self.stdin.close()
        return [json.loads(line) for line in self.stdout]


@pytest.fixture
def wire(root: Path) -> Iterator[Wire]:
    wire = Wire(root)
    yield wire
    wire.process.kill()
    wire.end()


GARBAGE = {
    "words": b"hello",
    "nothing": b"",
    "no message": b"{}",
    "a batch": b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]',
    "no UTF-8": b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}',
    "NULs": b"\0" * 100,
    "an answer to nothing": b'{"jsonrpc": "2.0", "id": 77, "result": {}}',
    "an id that is none": b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "ping"}',
    "a line that is another one's end": "\u2028".encode(),
    "nesting without end": b"[" * 100_000,
    "a line of sixteen million characters": b"x" * 16_000_000,
    "an unknown notification": b'{"jsonrpc": "2.0", "method": "notifications/nothing"}',
    "the end of a call that never was": b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}}',
}


def test_garbage_is_passed_over(wire: Wire) -> None:
    wire.open()
    for line in GARBAGE.values():
        wire.send(line)
    wire.call(1, "validate_migration", sql="SELECT 1;")

    answers = [wire.message()]
    while answers[-1].get("id") != 1 or "result" not in answers[-1]:
        answers.append(wire.message())
    code, complaints = wire.end()

    assert answers[-1]["result"]["structuredContent"]["valid"]
    assert code == 0
    assert "Traceback" not in complaints


def test_what_begins_before_the_handshake_is_refused_not_fatal(wire: Wire) -> None:
    wire.call(1, "list_migrations")
    refused = wire.message()
    wire.open()

    assert "error" in refused


def test_a_client_that_says_nothing_ends_it(wire: Wire) -> None:
    assert wire.rest() == []
    assert wire.end() == (0, "")


def test_requests_may_come_at_once_and_each_is_answered(wire: Wire) -> None:
    wire.open()
    numbers = range(1, 31)
    for number in numbers:
        wire.call(number, "validate_migration", sql=f"DROP TABLE t{number};")

    answers = {message["id"]: message for message in (wire.message() for _ in numbers)}

    assert answers.keys() == set(numbers)
    for number, answer in answers.items():
        (error,) = answer["result"]["structuredContent"]["errors"]
        assert f"t{number}" in error["message"]


def test_a_client_that_dies_in_the_middle_of_a_call_leaves_nothing_behind(wire: Wire, root: Path) -> None:
    (root / "supabase/migrations/1_a.sql").write_text("CREATE TABLE users (id text PRIMARY KEY, email text);")
    wire.open()
    wire.call(1, "seed_test")

    code, complaints = wire.end()

    assert code == 0
    assert "Traceback" not in complaints


def test_a_client_that_goes_while_the_person_thinks_writes_nothing(wire: Wire, root: Path) -> None:
    wire.open(elicitation={})
    wire.call(1, "create_migration", description="Add posts", purpose="People write", sql="SELECT 1;")
    question = wire.message()
    wire.rest()

    assert question["method"] == "elicitation/create"
    assert wire.end()[0] == 0
    assert list((root / "supabase/migrations").iterdir()) == []


def test_a_call_that_is_taken_back_is_not_answered_and_others_are(wire: Wire) -> None:
    wire.open(elicitation={})
    wire.call(1, "create_migration", description="Add posts", purpose="People write", sql="SELECT 1;")
    question = wire.message()
    wire.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
    # The person's answer comes too late.
    wire.send(
        {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"approve": True}}}
    )
    wire.call(2, "list_migrations")
    answers = [wire.message()]
    while answers[-1].get("id") != 2:
        answers.append(wire.message())

    assert answers[-1]["result"]["structuredContent"]["count"] == 0
    assert 1 not in {answer.get("id") for answer in answers}


def test_what_libraries_print_is_no_message(root: Path, tmp_path: Path) -> None:
    noisy = tmp_path / "noisy"
    noisy.mkdir()
    # The SDK looks for this one while it is imported, and goes on without it.
    (noisy / "rich.py").write_text(
        "import os, warnings\nprint('hello from a library')\nos.write(1, b'and past Python\\n')\n"
        "warnings.warn('deprecated', DeprecationWarning)\nraise ImportError\n"
    )
    wire = Wire(root, PYTHONPATH=str(noisy), PYTHONWARNINGS="always")
    wire.open()
    wire.call(1, "explain_rule", code="DROP_TABLE")
    answer = wire.message()
    rest = wire.rest()
    code, complaints = wire.end()

    assert answer["id"] == 1
    assert rest == []
    assert code == 0
    assert "hello from a library" in complaints
    assert "and past Python" in complaints
