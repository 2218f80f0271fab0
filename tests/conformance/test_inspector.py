"""Every method of the server, called by the official Inspector, whose checks of schemas are strict."""

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
    not toolbox.prepared(), reason="`make conformance` installs the Inspector that this needs"
)

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
MIGRATION = "supabase/migrations/20260101000000_posts.sql"
SQL = "CREATE TABLE public.posts (id uuid PRIMARY KEY, title text NOT NULL);\nALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;\n"
CALLS: dict[str, dict[str, Any]] = {
    "create_migration": {
        "description": "Add notes",
        "purpose": "People write",
        "sql": SQL.replace("posts", "notes"),
    },
    "validate_migration": {"path": MIGRATION},
    "verify_migration": {"path": MIGRATION},
    "seed_dev": {"user_count": 2},
    "seed_test": {},
    "list_migrations": {},
    "explain_rule": {"code": "DROP_TABLE"},
    "approval_status": {},
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    (tmp_path / MIGRATION).write_text(SQL)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, root: Path) -> Iterator[list[str]]:
    """The Inspector's words for a server."""
    environment = {**os.environ, "GUARDRAILS_ROOT": str(root)}
    if request.param == "stdio":
        yield [SCRIPT, "mcp", "-e", f"GUARDRAILS_ROOT={root}", "--cwd", str(root)]
        return
    command = [SCRIPT, "mcp", "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield ["--server-url", server.stdout.readline().split()[1]]
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def inspected(target: list[str], era: str, method: str, *more: str) -> dict[str, Any]:
    """Call a method, and return what came of it."""
    ran = subprocess.run(
        [
            toolbox.program("mcp-inspector"), "--cli", *target, "--method", method, "--protocol-era", era,
            "--format", "json", "-q", *more,
        ],
        env=toolbox.environment(), cwd=toolbox.folder(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, (method, more, ran.stdout[-2000:], ran.stderr[-2000:])
    result: dict[str, Any] = json.loads(ran.stdout)
    return result.get("result", result)


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_nothing_in_any_method(target: list[str], era: str) -> None:
    tools = inspected(target, era, "tools/list", "--strict")["tools"]
    assert CALLS.keys() <= {tool["name"] for tool in tools}

    for tool in tools:
        given = json.dumps(CALLS[tool["name"]])
        called = inspected(target, era, "tools/call", "--tool-name", tool["name"], "--tool-args-json", given)
        assert called["structuredContent"], tool["name"]

    for prompt in inspected(target, era, "prompts/list")["prompts"]:
        told = inspected(
            target,
            era,
            "prompts/get",
            "--prompt-name",
            prompt["name"],
            "--prompt-args",
            "arguments=a table of orders",
        )
        assert "a table of orders" in told["messages"][0]["content"]["text"]
    uris = [one["uri"] for one in inspected(target, era, "resources/list")["resources"]]
    templates = inspected(target, era, "resources/templates/list")["resourceTemplates"]
    wanted = {"code": "DROP_TABLE", "filename": Path(MIGRATION).name}
    for uri in [*uris, *(one["uriTemplate"].format_map(wanted) for one in templates)]:
        assert inspected(target, era, "resources/read", "--uri", uri)["contents"][0]["text"]
