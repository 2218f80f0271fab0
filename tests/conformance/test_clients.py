"""The server as clients of other makers and generations meet it, over both transports."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import toolbox

pytestmark = pytest.mark.skipif(
    not toolbox.prepared(), reason="`make conformance` installs the clients that this needs"
)

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
CLIENTS = Path(__file__).with_name("clients")
TOKEN = "0123456789abcdef0123456789abcdef"
DRAFT = {
    "description": "Add posts",
    "purpose": "People write",
    "sql": "CREATE TABLE posts (id uuid PRIMARY KEY);",
}
ACCEPT = {"action": "accept", "content": {"approve": True}}
ANSWERS: dict[str, tuple[dict[str, Any] | None, str, int]] = {
    "yes": (ACCEPT, "written", 1),
    "no": ({"action": "decline"}, "rejected", 0),
    "a client that can't ask": (None, "needs_confirmation", 0),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def url(root: Path) -> Iterator[str]:
    """A server over HTTP that wants a token."""
    environment = {**os.environ, "GUARDRAILS_ROOT": str(root), "GUARDRAILS_MCP_TOKEN": TOKEN}
    command = [SCRIPT, "mcp", "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[1]
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def seen(client: str, era: str, work: dict[str, Any]) -> dict[str, Any]:
    """Run a client in a process of its own, and return what it saw."""
    script = CLIENTS / client
    if script.suffix == ".py":
        command = [str(toolbox.python()), str(script)]
    else:
        # From text, so that packages are looked for in the folder where it runs.
        command = [str(toolbox.node()), "--input-type=module", "--eval", script.read_text(encoding="utf-8")]
    environment = {**toolbox.environment(), "WORK": json.dumps({**work, "draft": DRAFT, "era": era})}
    ran = subprocess.run(
        command,
        env=environment,
        cwd=toolbox.folder(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize(
    ("client", "era"),
    [
        ("typescript_1.mjs", "legacy"),
        ("typescript_2.mjs", "legacy"),
        ("typescript_2.mjs", "modern"),
        ("python_1.py", "legacy"),
    ],
)
def test_only_a_yes_writes_the_file_whoever_asks(
    root: Path, request: pytest.FixtureRequest, client: str, era: str, transport: str, answer: str
) -> None:
    reply, status, files = ANSWERS[answer]
    if transport == "http":
        there = {"url": request.getfixturevalue("url"), "headers": {"Authorization": f"Bearer {TOKEN}"}}
    else:
        environment = {**os.environ, "GUARDRAILS_ROOT": str(root)}
        there = {"command": {"command": SCRIPT, "args": ["mcp"], "env": environment, "cwd": str(root)}}

    met = seen(client, era, {**there, "answer": reply})

    assert {"create_migration", "validate_migration"} <= set(met["tools"])
    assert "db-create-migration" in met["prompts"]
    assert [error["code"] for error in met["validated"]["errors"]] == ["DROP_TABLE"]
    assert met["created"]["status"] == status
    assert met["questions"] == (reply is not None)
    assert len(list((root / "supabase" / "migrations").iterdir())) == files
