"""The review page's side of MCP: what a host with Apps gets, and who can answer a draft through it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import CallToolResult, ElicitResult, TextContent, TextResourceContents

from commands.review.page import app_page
from guardrails.approval.tickets import LIFETIME_S, Tickets, answer_of
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


@dataclass(frozen=True)
class Shown:
    """What a page knows of a draft that it shows."""

    draft_id: str
    code: str
    key: str
    sha256: str

    def answer(self, decision: str, **changed: str) -> dict[str, str]:
        """Return the arguments of its answer; `changed`: as one would make them who lacks something."""
        made = replace(self, **changed)
        answer = answer_of(made.key, made.code, decision, made.draft_id, made.sha256)
        return {"draft_id": self.draft_id, "decision": decision, "answer": answer}


async def shown(client: Client, **changed: str) -> Shown:
    created, meta = await drafted(client, **changed)
    key = await key_of(client)
    return Shown(created["draft_id"], meta["ticket"]["code"], key, meta["review"]["sha256"])


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


@pytest.mark.parametrize("mode", MODES)
def test_an_approval_on_the_page_writes_the_file(root: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        result = await client.call_tool("decide_draft", page.answer("approve"))

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
        page = await shown(client)
        given = {**page.answer("reject"), "reason": " call it\n memos "}
        result = await client.call_tool("decide_draft", given)

        assert result.structured_content is not None
        assert result.structured_content["reason"] == "call it memos"
        assert migrations(root) == []

    connected(root, work)


@pytest.mark.parametrize("first", ["approve", "reject"])
def test_a_code_answers_once(root: Path, first: str) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        await client.call_tool("decide_draft", page.answer(first))
        before = migrations(root)
        again = await client.call_tool("decide_draft", page.answer("approve"))

        assert again.is_error
        assert "can't answer" in text(again)
        assert migrations(root) == before

    connected(root, work)


@pytest.mark.parametrize(
    "lacking",
    [
        {"code": ""}, {"code": "0" * 48}, {"key": ""}, {"key": "0" * 48}, {"draft_id": "0" * 12},
        {"sha256": "0" * 64},
    ],
)  # fmt: skip
def test_whoever_lacks_one_of_the_secrets_can_not_answer(root: Path, lacking: dict[str, str]) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        result = await client.call_tool("decide_draft", page.answer("approve", **lacking))

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


@pytest.mark.parametrize("answer", ["", "0" * 64, "\u00e9"])
def test_what_is_no_answer_at_all_is_refused(root: Path, answer: str) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        result = await client.call_tool("decide_draft", {**page.answer("approve"), "answer": answer})

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


@pytest.mark.parametrize("made_for", ["reject", "prove"])
def test_an_answer_is_good_for_its_own_decision_only(root: Path, made_for: str) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        given = {**page.answer(made_for), "decision": "approve"}
        result = await client.call_tool("decide_draft", given)

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_a_code_is_good_for_its_own_draft_only(root: Path) -> None:
    async def work(client: Client) -> None:
        one = await shown(client)
        other = await shown(client, sql="CREATE TABLE public.others (id uuid PRIMARY KEY);")
        result = await client.call_tool("decide_draft", one.answer("approve", code=other.code))

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_a_draft_that_was_changed_after_it_was_shown_is_not_written(root: Path) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        stored = root / ".guardrails" / "drafts" / f"{page.draft_id}.json"
        stored.write_text(stored.read_text().replace("notes", "users"))
        result = await client.call_tool("decide_draft", page.answer("approve"))

        assert result.is_error
        assert migrations(root) == []

    connected(root, work)


def test_drafting_again_ends_the_code_of_the_older_page(root: Path) -> None:
    async def work(client: Client) -> None:
        old = await shown(client)
        new = await shown(client)
        refused = await client.call_tool("decide_draft", old.answer("approve"))
        taken = await client.call_tool("decide_draft", new.answer("approve"))

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
        async with Client(server, extensions=APPS) as host:
            page = await shown(host)
        async with Client(server) as model:
            result = await model.call_tool("decide_draft", page.answer("approve"))

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
    answer = answer_of(tickets.key, code, "approve", "0" * 12, "hash")
    now[0] = LIFETIME_S - 1

    assert tickets.check("0" * 12, "approve", answer) == "hash"

    now[0] = LIFETIME_S
    with pytest.raises(GuardrailsError, match="can't answer"):
        tickets.take("0" * 12, "approve", answer)


def test_a_proof_from_the_page_comes_back_to_it_and_leaves_the_code_good(root: Path) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        given = page.answer("prove")
        del given["decision"]
        proved = await client.call_tool("prove_draft", given)
        decided = await client.call_tool("decide_draft", page.answer("approve"))

        assert (proved.meta or {})[META]["review"]["proof"]["verdict"] == "proved"
        assert decided.structured_content is not None
        assert decided.structured_content["status"] == "written"

    connected(root, work)


def test_a_migration_that_was_verified_is_shown_without_a_way_to_answer(root: Path) -> None:
    (root / "supabase" / "migrations" / "20260101000000_notes.sql").write_text(SQL)

    async def work(client: Client) -> None:
        result = await client.call_tool("verify_migration", {})
        meta = (result.meta or {})[META]

        assert meta["state"] == "seen"
        assert "ticket" not in meta
        assert meta["review"]["proof"]["verdict"] == "proved"

    connected(root, work)


@pytest.mark.parametrize(
    ("decision", "events"),
    [
        ("approve", ["confirmed", "migration_written", "rollback_written"]),
        ("reject", ["declined"]),
    ],
)
def test_what_a_human_answers_on_the_page_is_recorded(root: Path, decision: str, events: list[str]) -> None:
    async def work(client: Client) -> None:
        page = await shown(client)
        await client.call_tool("decide_draft", page.answer(decision))

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
