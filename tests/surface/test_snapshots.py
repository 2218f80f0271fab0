"""The whole surface as a client lists it, held by files in `snapshots`; `make snapshots` writes them anew."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_server.server import WRITING_TOOLS
from tests.surface.page import PAGE, written
from tests.surface.support import MODES, Mode, session
from tests.surface.surface import SNAPSHOTS, surface

MOST_BYTES = 18_000
"""Of tools/list: a host may put all of it before the model."""


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_the_surface_is_what_the_snapshot_says(root: Path, mode: Mode, read_only: bool) -> None:
    listed = surface(root, mode, read_only=read_only)

    for name, part in listed.items():
        path = SNAPSHOTS / name
        assert path.read_text() == part, f"{name} differs: look at the change, then run make snapshots"


def test_every_snapshot_is_of_something(root: Path) -> None:
    names = {name for read_only in (False, True) for name in surface(root, "auto", read_only=read_only)}

    assert {path.name for path in SNAPSHOTS.iterdir()} == names


def test_the_examples_of_the_documentation_are_what_the_server_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DATABASE_URL", "GUARDRAILS_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    page = PAGE.read_text()

    assert written(page) == page, "docs/mcp.md differs: look at the change, then run make snapshots"


def test_the_list_of_tools_stays_short(root: Path) -> None:
    listed = json.loads(surface(root, "auto")["tools.json"])

    assert len(json.dumps(listed, separators=(",", ":"))) < MOST_BYTES


def test_read_only_serves_nothing_that_writes_and_no_prompt_that_needs_it(root: Path) -> None:
    async def work(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert not {tool.name for tool in tools} & WRITING_TOOLS
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["db-validate-migration"]
        assert "create_migration" not in (client.instructions or "")
        result = await client.call_tool(
            "create_migration", {"description": "a", "purpose": "b", "sql": "SELECT 1"}
        )
        assert result.is_error

    session(work, root, read_only=True)

    assert not (root / ".guardrails").exists()


def test_the_writing_tools_are_those_that_say_so(root: Path) -> None:
    tools = json.loads(surface(root, "auto")["tools.json"])

    assert {tool["name"] for tool in tools if not tool["annotations"]["readOnlyHint"]} == WRITING_TOOLS


def test_every_argument_is_described_and_bounded(root: Path) -> None:
    for tool in json.loads(surface(root, "auto")["tools.json"]):
        for name, field in tool["inputSchema"]["properties"].items():
            assert field.get("description"), (tool["name"], name)
            assert _is_bounded(field), (tool["name"], name)


def _is_bounded(field: dict[str, Any]) -> bool:
    match field.get("type"):
        case "string":
            return "maxLength" in field
        case "integer":
            return {"minimum"} <= set(field) and bool({"maximum", "exclusiveMaximum"} & set(field))
        case "array":
            return "maxItems" in field
        case "object":
            return "maxProperties" in field
    return field.get("type") == "boolean" or "$ref" in field
