"""The review page's side of MCP: what a host with Apps gets, and who can answer a draft through it."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import CallToolResult, ElicitResult, TextContent, TextResourceContents

from commands.review.page import app_page
from guardrails.approval.tickets import LIFETIME_S, Tickets
from guardrails.lint.contracts import GuardrailsError
from mcp_server.review import META, URI
from mcp_server.server import build_server

Mode = Literal["auto", "legacy"]
MODES: list[Mode] = ["auto", "legacy"]
APPS = [advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})]
SQL = "CREATE TABLE public.notes (id uuid PRIMARY KEY);"
DRAFT = {"description": "Add notes", "purpose": "People write them down", "sql": SQL}
Work = Callable[[Client], Awaitable[None]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path


def migrations(root: Path) -> list[Path]:
    return sorted((root / "supabase" / "migrations").iterdir())


def connected(
    root: Path, work: Work, *, mode: Mode = "auto", apps: bool = True, answer: Any = None, **given: bool
) -> None:
    async def run() -> None:
        server = build_server(root, **given)
        extensions = APPS if apps else None
        async with Client(server, mode=mode, extensions=extensions, elicitation_callback=answer) as client:
            await work(client)

    anyio.run(run)


async def drafted(client: Client, **changed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draft, and return what the model gets and what the page gets."""
    result = await client.call_tool("create_migration", {**DRAFT, **changed})
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content, (result.meta or {}).get(META, {})


async def key_of(client: Client) -> str:
    (content,) = (await client.read_resource(URI)).contents
    assert isinstance(content, TextResourceContents)
    return content.text.split('name="pg-guardrails-key" content="')[1].split('"')[0]


async def ticket_of(client: Client, **changed: str) -> dict[str, str]:
    created, meta = await drafted(client, **changed)
    return {
        "draft_id": created["draft_id"], "code": meta["ticket"]["code"], "page": await key_of(client)
    }  # fmt: skip


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


@pytest.mark.parametrize("mode", MODES)
def test_an_approval_on_the_page_writes_the_file(root: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        result = await client.call_tool("decide_draft", {**ticket, "decision": "approve"})

        assert result.structured_content is not None
        assert result.structured_content["status"] == "written"
        assert SQL in (root / result.structured_content["path"]).read_text()
        assert len(migrations(root)) == 1

    connected(root, work, mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_draft_waits_for_the_page_where_there_is_no_other_way_to_ask(root: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        created, meta = await drafted(client)

        assert created["status"] == "needs_confirmation"
        assert "review page" in created["next_step"]
        assert f"pg-guardrails confirm {created['draft_id']}" in created["next_step"]
        assert meta["state"] == "open"
        assert migrations(root) == []

    connected(root, work, mode=mode)


def test_a_rejection_writes_nothing_and_carries_what_the_human_said(root: Path) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        given = {**ticket, "decision": "reject", "reason": " call it\n memos "}
        result = await client.call_tool("decide_draft", given)

        assert result.structured_content is not None
        assert result.structured_content["reason"] == "call it memos"
        assert migrations(root) == []

    connected(root, work)


@pytest.mark.parametrize("first", ["approve", "reject"])
def test_a_code_answers_once(root: Path, first: str) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        await client.call_tool("decide_draft", {**ticket, "decision": first})
        before = migrations(root)
        again = await client.call_tool("decide_draft", {**ticket, "decision": "approve"})

        assert again.is_error
        assert "can't answer" in text(again)
        assert migrations(root) == before

    connected(root, work)


@pytest.mark.parametrize(
    "forged",
    [
        {"code": ""}, {"code": "0" * 48}, {"page": ""}, {"page": "0" * 48}, {"draft_id": "0" * 12},
        {"draft_id": "../../etc"}, {"code": "\u00e9"},
    ],
)  # fmt: skip
def test_whoever_lacks_one_of_the_codes_can_not_answer(root: Path, forged: dict[str, str]) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        result = await client.call_tool("decide_draft", {**ticket, **forged, "decision": "approve"})

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_a_code_is_good_for_its_own_draft_only(root: Path) -> None:
    async def work(client: Client) -> None:
        one = await ticket_of(client)
        other = await ticket_of(client, sql="CREATE TABLE public.others (id uuid PRIMARY KEY);")
        result = await client.call_tool("decide_draft", {**one, "code": other["code"], "decision": "approve"})

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_a_draft_that_was_changed_after_it_was_shown_is_not_written(root: Path) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        stored = root / ".guardrails" / "drafts" / f"{ticket['draft_id']}.json"
        stored.write_text(stored.read_text().replace("notes", "users"))
        result = await client.call_tool("decide_draft", {**ticket, "decision": "approve"})

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_drafting_again_ends_the_code_of_the_older_page(root: Path) -> None:
    async def work(client: Client) -> None:
        old = await ticket_of(client)
        new = await ticket_of(client)
        refused = await client.call_tool("decide_draft", {**old, "decision": "approve"})
        taken = await client.call_tool("decide_draft", {**new, "decision": "approve"})

        assert refused.is_error
        assert not taken.is_error

    connected(root, work)


@pytest.mark.parametrize("mode", MODES)
def test_a_client_without_apps_sees_no_page_no_code_and_no_tool_of_the_page(root: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        created, meta = await drafted(client)
        tools = [tool.name for tool in (await client.list_tools()).tools]
        resources = [str(one.uri) for one in (await client.list_resources()).resources]

        assert meta == {}
        assert "pg-guardrails confirm" in created["next_step"]
        assert not {"decide_draft", "prove_draft"} & {*tools}
        assert URI not in resources

    connected(root, work, mode=mode, apps=False)


def test_a_client_without_apps_can_not_answer_even_with_the_codes(root: Path) -> None:
    server = build_server(root)

    async def run() -> None:
        async with Client(server, extensions=APPS) as page:
            ticket = await ticket_of(page)
        async with Client(server) as model:
            result = await model.call_tool("decide_draft", {**ticket, "decision": "approve"})

            assert result.is_error
            assert "only the review page" in text(result)
            assert migrations(root) == []

    anyio.run(run)


@pytest.mark.parametrize("mode", MODES)
def test_the_page_and_its_tools_are_declared_as_the_extension_asks(root: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name: tool.meta or {} for tool in (await client.list_tools()).tools}
        (page,) = [one for one in (await client.list_resources()).resources if str(one.uri) == URI]
        (content,) = (await client.read_resource(URI)).contents

        assert tools["create_migration"] == {"ui": {"resourceUri": URI}}
        assert tools["decide_draft"] == {"ui": {"resourceUri": URI, "visibility": ["app"]}}
        assert page.mime_type == content.mime_type == APP_MIME_TYPE
        assert page.meta is not None
        assert page.meta["ui"]["csp"] == {
            "connectDomains": [], "resourceDomains": [], "frameDomains": [], "baseUriDomains": []
        }  # fmt: skip

    connected(root, work, mode=mode)


def test_nothing_that_a_model_reads_of_a_draft_holds_a_code(root: Path) -> None:
    async def work(client: Client) -> None:
        result = await client.call_tool("create_migration", DRAFT)
        code = (result.meta or {})[META]["ticket"]["code"]
        key = await key_of(client)
        whole = json.dumps(result.model_dump(mode="json"))
        read = text(result) + json.dumps(result.structured_content)

        assert code not in read
        assert key not in whole

    connected(root, work)


def test_a_question_that_was_answered_leaves_the_page_nothing_to_answer(root: Path) -> None:
    async def yes(_context: Any, _params: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"approve": True})

    async def work(client: Client) -> None:
        created, meta = await drafted(client)

        assert created["status"] == "written"
        assert meta["state"] == "answered"
        assert "ticket" not in meta

    connected(root, work, answer=yes)


def test_a_question_that_nobody_answered_can_be_answered_on_the_page(root: Path) -> None:
    async def nobody(_context: Any, _params: Any) -> ElicitResult:
        return ElicitResult(action="cancel")

    async def work(client: Client) -> None:
        _, meta = await drafted(client)

        assert meta["state"] == "open"

    connected(root, work, answer=nobody)


def test_a_draft_with_errors_can_not_be_approved(root: Path) -> None:
    async def work(client: Client) -> None:
        created, meta = await drafted(client, sql="DROP TABLE users;")

        assert created["status"] == "has_errors"
        assert meta["state"] == "errors"
        assert "ticket" not in meta

    connected(root, work)


def test_a_server_that_only_reads_has_no_tool_for_the_page(root: Path) -> None:
    async def work(client: Client) -> None:
        tools = [tool.name for tool in (await client.list_tools()).tools]

        assert not {"decide_draft", "prove_draft", "create_migration"} & {*tools}

    connected(root, work, read_only=True)


def test_a_code_ends_after_its_time() -> None:
    now = [0.0]
    tickets = Tickets(clock=lambda: now[0])
    code = tickets.open("0" * 12, "hash")
    now[0] = LIFETIME_S - 1

    assert tickets.check("0" * 12, code, tickets.key) == "hash"

    now[0] = LIFETIME_S
    with pytest.raises(GuardrailsError, match="can't answer"):
        tickets.take("0" * 12, code, tickets.key)


@pytest.mark.parametrize(
    ("decision", "events"),
    [
        ("approve", ["confirmed", "migration_written", "rollback_written"]),
        ("reject", ["declined"]),
    ],
)
def test_what_a_human_answers_on_the_page_is_recorded(root: Path, decision: str, events: list[str]) -> None:
    async def work(client: Client) -> None:
        ticket = await ticket_of(client)
        await client.call_tool("decide_draft", {**ticket, "decision": decision})

    connected(root, work)
    lines = map(json.loads, (root / ".guardrails" / "audit.jsonl").read_text().splitlines())
    recorded = [line for line in lines if line["means"] == "review_page"]

    assert [line["event"] for line in recorded] == ["asked", *events]
    assert {line["tool"] for line in recorded} == {"decide_draft"}
    assert SQL not in (root / ".guardrails" / "audit.jsonl").read_text()


def test_the_page_reaches_its_host_byte_for_byte(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word of the page that is a secret elsewhere is not taken out of it: its policy holds a hash of it."""
    monkeypatch.setenv("PGPASSWORD", "review")
    seen: list[str] = []

    async def work(client: Client) -> None:
        (content,) = (await client.read_resource(URI)).contents
        assert isinstance(content, TextResourceContents)
        seen.append(content.text.replace(await key_of(client), ""))

    connected(root, work)

    assert seen == [app_page("")]
