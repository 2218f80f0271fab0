"""How a human's answer reaches a draft, whatever the host can do; and what is remembered of it."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    METHOD_NOT_FOUND,
    ElicitResult,
    ErrorData,
    Implementation,
    InputRequiredResult,
)

from commands.approve import approve
from commands.confirm import confirm
from commands.create import draft_migration
from guardrails.approval.terminal import AGENT_MARKS
from guardrails.audit import FILE, MOST_BYTES, OLDER, Event, Means, Origin, at_terminal, record
from mcp_server.server import build_server
from tests.surface.support import (
    MODES,
    SCRIPT,
    SQL,
    Mode,
    answering,
    call,
    data,
    draft,
    migrations,
    over_stdio,
    session,
    text,
)


def remembered(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / FILE).read_text().splitlines()]


def events(root: Path) -> list[tuple[str, str]]:
    return [(one["event"], one["means"]) for one in remembered(root)]


@pytest.mark.parametrize("mode", MODES)
def test_a_yes_is_remembered_with_who_asked_and_what_was_written(root: Path, mode: Mode) -> None:
    async def run() -> dict[str, Any]:
        async with Client(
            build_server(root),
            mode=mode,
            elicitation_callback=answering("accept"),
            client_info=Implementation(name="a-host", version="1.2"),
        ) as client:
            return data(await client.call_tool("create_migration", draft()))

    created = anyio.run(run)

    assert events(root) == [
        ("draft_written", "call"),
        ("asked", "elicitation"),
        ("confirmed", "elicitation"),
        ("migration_written", "elicitation"),
        ("rollback_written", "elicitation"),
    ]
    lines = remembered(root)
    assert {(one["client"], one["client_version"], one["tool"]) for one in lines} == {
        ("a-host", "1.2", "create_migration")
    }
    assert lines[3]["file"] == created["path"]
    assert lines[3]["sha256"] == hashlib.sha256((root / created["path"]).read_bytes()).hexdigest()
    assert all(datetime.fromisoformat(one["time"]).tzinfo == UTC for one in lines)
    assert "CREATE TABLE" not in (root / FILE).read_text()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("answer", "last"), [("decline", "declined"), ("cancel", "unanswered"), ("unticked", "declined")]
)
def test_anything_but_a_yes_is_remembered_as_such(root: Path, mode: Mode, answer: Any, last: str) -> None:
    answered = answering("accept", approve=False) if answer == "unticked" else answering(answer)

    call(root, "create_migration", draft(), mode, answered)

    assert [event for event, _ in events(root)] == ["draft_written", "asked", last]


MALFORMED = {
    "nothing": {},
    "a text": {"approve": "certainly"},
    "another field": {"confirmed": True},
    "a list": {"approve": ["yes"]},
    "null": {"approve": None},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("content", MALFORMED)
def test_an_answer_that_does_not_fit_writes_nothing(root: Path, mode: Mode, content: str) -> None:
    async def answer(_context: Any, _params: Any) -> ElicitResult:
        return ElicitResult.model_construct(action="accept", content=MALFORMED[content])

    async def work(client: Client) -> None:
        try:
            result = await client.call_tool("create_migration", draft())
        except MCPError:
            return
        assert result.is_error

    session(work, root, mode, answer)

    assert migrations(root) == []
    assert "migration_written" not in dict(events(root))


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_fails_to_ask_writes_nothing(root: Path, mode: Mode) -> None:
    async def answer(_context: Any, _params: Any) -> ErrorData:
        return ErrorData(code=METHOD_NOT_FOUND, message="Method not found")

    async def work(client: Client) -> None:
        with pytest.raises(MCPError):
            await client.call_tool("create_migration", draft())
        assert data(await client.call_tool("list_migrations", {}))["count"] == 0

    session(work, root, mode, answer)

    assert migrations(root) == []


def test_a_host_that_only_opens_pages_gets_the_command_for_a_terminal(root: Path) -> None:
    about = {"name": "a-host", "version": "1"}
    capabilities = {"elicitation": {"url": {}}}
    started = {"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": about}
    called = {"name": "create_migration", "arguments": draft()}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": started},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": called},
    ]
    with subprocess.Popen(
        [SCRIPT, "mcp"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{json.dumps(line)}\n" for line in lines))
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()

    created = answers[1]["result"]["structuredContent"]
    assert created["status"] == "needs_confirmation"
    assert "can only open pages" in created["next_step"]
    assert migrations(root) == []


@pytest.mark.parametrize("mode", MODES)
def test_who_asks_twice_for_the_same_gets_the_same_draft(root: Path, mode: Mode) -> None:
    first = data(call(root, "create_migration", draft(), mode))
    second = data(call(root, "create_migration", draft(), mode, answering("decline")))
    other = data(call(root, "create_migration", draft(purpose="Another one"), mode))

    assert first["draft_id"] == second["draft_id"] != other["draft_id"]
    assert [event for event, _ in events(root)].count("draft_written") == 2


@pytest.mark.parametrize("mode", MODES)
def test_what_is_written_already_is_not_asked_about_again(root: Path, mode: Mode) -> None:
    call(root, "create_migration", draft(), mode, answering("accept"))

    again = data(call(root, "create_migration", draft(), mode, answering("decline")))

    assert again["status"] == "already_written"
    assert [again["path"]] == [f"supabase/migrations/{name}" for name in migrations(root)]
    assert [event for event, _ in events(root)].count("asked") == 1


async def asked_for(client: Client) -> tuple[str | None, dict[str, ElicitResult]]:
    """Return the state of a first round, and a yes to all that it asks."""
    asked = await client.session.call_tool("create_migration", draft(), allow_input_required=True)
    assert isinstance(asked, InputRequiredResult)
    assert asked.input_requests
    yes = ElicitResult(action="accept", content={"approve": True})
    return asked.request_state, dict.fromkeys(asked.input_requests, yes)


def test_an_approved_round_that_is_played_again_writes_nothing_new(root: Path) -> None:
    async def work(client: Client) -> None:
        state, responses = await asked_for(client)
        given = {"input_responses": responses, "request_state": state}
        first = await client.session.call_tool("create_migration", draft(), **given)
        again = await client.session.call_tool("create_migration", draft(), **given)
        with pytest.raises(MCPError, match="requestState"):
            await client.session.call_tool(
                "create_migration", draft(sql="CREATE TABLE other (id int);"), **given
            )
        assert [data(one)["status"] for one in (first, again)] == ["written", "already_written"]

    session(work, root, "auto", answering("cancel"))

    assert len(migrations(root)) == 1


def test_an_answer_without_a_question_is_no_yes(root: Path) -> None:
    async def work(client: Client) -> None:
        _, responses = await asked_for(client)
        again = await client.session.call_tool(
            "create_migration", draft(), input_responses=responses, allow_input_required=True
        )
        assert isinstance(again, InputRequiredResult)

    session(work, root, "auto", answering("cancel"))

    assert migrations(root) == []


@pytest.mark.parametrize("mode", MODES)
def test_two_hosts_at_once_write_one_file(root: Path, mode: Mode) -> None:
    statuses: list[str] = []

    async def one() -> None:
        async with over_stdio(root, mode, answering("accept")) as client:
            statuses.append(data(await client.call_tool("create_migration", draft()))["status"])

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)

    anyio.run(run)

    assert set(statuses) <= {"written", "already_written"}
    assert "written" in statuses
    assert len(migrations(root)) == 1


def person(_text: str, _question: str, _command: str) -> bool:
    return True


@pytest.fixture
def at_own_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrails.approval.terminal.agent_above", lambda: None)
    for mark in AGENT_MARKS:
        monkeypatch.delenv(mark, raising=False)


@pytest.mark.usefixtures("at_own_terminal")
def test_the_command_line_writes_into_the_same_record(root: Path) -> None:
    made = draft_migration(root, "Add posts", "People write", sql=SQL)
    confirm(root, made.id, environ={}, asked=lambda *_: False)
    confirm(root, made.id, environ={}, asked=person)

    assert events(root) == [
        (name, "terminal")
        for name in ("draft_written", "declined", "confirmed", "migration_written", "rollback_written")
    ]
    assert [one["tool"] for one in remembered(root)] == ["create", *["confirm"] * 4]


@pytest.mark.usefixtures("at_own_terminal")
def test_an_approval_and_a_no_to_one_are_remembered(root: Path) -> None:
    path = root / "supabase/migrations/20250101000000_a.sql"
    path.write_text(
        "CREATE TABLE public.a (id int PRIMARY KEY);\nALTER TABLE public.a ENABLE ROW LEVEL SECURITY;\n"
    )
    for command in (["init", "-q"], ["config", "user.email", "ada@example.com"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    approve(root, path, environ={}, answered=lambda *_: "no")
    approve(root, path, environ={}, answered=lambda *_: sha256[:8])

    assert [(one["event"], one["tool"], one["sha256"]) for one in remembered(root)] == [
        ("declined", "approve", sha256),
        ("approved", "approve", sha256),
    ]


def test_the_record_is_no_part_of_the_repository(root: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    call(root, "create_migration", draft())

    left = subprocess.run(
        ["git", "status", "--short", "--untracked-files=all"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )

    assert (root / FILE).is_file()
    assert left.stdout == ""


ORIGIN = Origin(Means.CALL, "a", "host\n\u202e\x1b", "v" * 1000)


def test_a_line_is_bounded_and_holds_nothing_that_moves_a_cursor(root: Path) -> None:
    assert record(root, ORIGIN, Event.ASKED, file="x" * 5000)

    (line,) = (root / FILE).read_text().splitlines()
    assert len(line) < 1500
    assert line.isprintable()
    assert json.loads(line)["client"] == "host\\n\\u202e\\x1b"


def test_a_torn_line_stays_alone(root: Path) -> None:
    (root / ".guardrails").mkdir()
    (root / FILE).write_text('{"time": "2026-01')

    assert record(root, ORIGIN, Event.ASKED)

    torn, whole = (root / FILE).read_text().splitlines()
    assert torn == '{"time": "2026-01'
    assert json.loads(whole)["event"] == "asked"


def test_a_full_record_makes_room_and_keeps_the_one_before(root: Path) -> None:
    (root / ".guardrails").mkdir()
    (root / FILE).write_text("x" * (MOST_BYTES - 10) + "\n")

    assert record(root, ORIGIN, Event.ASKED)
    assert record(root, ORIGIN, Event.DECLINED)

    assert (root / OLDER).stat().st_size < MOST_BYTES
    assert [one["event"] for one in remembered(root)] == ["asked", "declined"]


WRITER = """
import sys
from pathlib import Path
from guardrails.audit import Event, at_terminal, record
for number in range(200):
    assert record(Path(sys.argv[1]), at_terminal("create"), Event.ASKED, file="x" * 300)
"""


def test_processes_that_write_at_once_lose_no_line(root: Path) -> None:
    (root / ".guardrails").mkdir()
    before = MOST_BYTES // 3 - 40_000  # room is made once meanwhile
    (root / FILE).write_text("{}\n" * before)

    processes = [subprocess.Popen([sys.executable, "-c", WRITER, str(root)]) for _ in range(3)]

    assert [process.wait() for process in processes] == [0, 0, 0]
    lines = [line for name in (OLDER, FILE) for line in (root / name).read_text().splitlines()]
    assert len(lines) == before + 600
    assert all(json.loads(line)["event"] == "asked" for line in lines[before:])


def test_a_record_that_another_process_holds_is_waited_for_and_then_left(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert record(root, ORIGIN, Event.ASKED)
    with (root / FILE).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not record(root, ORIGIN, Event.DECLINED)

    assert record(root, ORIGIN, Event.CONFIRMED)
    assert [one["event"] for one in remembered(root)] == ["asked", "confirmed"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("foreign", ["a folder", "a link out", "a pipe", "a link of the folder"])
def test_a_foreign_thing_in_its_place_breaks_no_tool(
    root: Path, foreign: str, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere")
    place = root / FILE
    place.parent.mkdir()
    match foreign:
        case "a folder":
            place.mkdir()
        case "a link out":
            place.symlink_to(outside / "stolen")
        case "a pipe":
            os.mkfifo(place)
        case "a link of the folder":
            place.parent.rmdir()
            place.parent.symlink_to(outside)

    written = record(root, at_terminal("create"), Event.ASKED)

    assert not written
    assert list(outside.iterdir()) == []
    (entry,) = caplog.records
    assert FILE in entry.getMessage()
    assert "\n" not in entry.getMessage()


def test_a_tool_works_where_nothing_can_be_remembered(root: Path) -> None:
    (root / FILE).mkdir(parents=True)

    created = call(root, "create_migration", draft(), answer=answering("accept"))

    assert data(created)["status"] == "written"
    assert "audit" not in text(created)
