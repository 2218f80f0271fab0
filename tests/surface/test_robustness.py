"""Whatever a client sends and whatever became of the project: one sentence comes back, and the server lives on."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from tests.surface.support import MODES, SCRIPT, Mode, answering, call, data, draft, over_stdio, session, text

HUGE = "a" * (2 * 1024 * 1024)
DEEP: Any = []
for _ in range(100):  # the SDK drops a line that is nested deeper than 200
    DEEP = [DEEP]
TABLE = {"name": "t", "columns": [{"name": "a", "type": "text"}]}
NASTY: dict[str, tuple[str, dict[str, Any]]] = {
    "no arguments": ("create_migration", {}),
    "wrong types": ("create_migration", {"description": 1, "purpose": [], "sql": {}}),
    "huge SQL": ("create_migration", draft(sql=f"SELECT '{HUGE}';")),
    "a huge description": ("create_migration", draft(description=HUGE)),
    "a NUL in SQL": ("create_migration", draft(sql="SELECT 1;\0 DROP TABLE a;")),
    "a NUL in a description": ("create_migration", draft(description="a\0b")),
    "a NUL in a column": ("create_migration", draft(tables=[{**TABLE, "name": "a\0b"}])),
    "deep tables": ("create_migration", draft(tables=DEEP)),
    "many tables": ("create_migration", draft(tables=[TABLE] * 101)),
    "an unknown field": ("create_migration", draft(tables=[{**TABLE, "run": "now"}])),
    "a table without columns": ("create_migration", draft(sql="", tables=[{"name": "t"}])),
    "text for tables": ("create_migration", draft(tables="orders")),
    "dependencies that lead out": ("create_migration", draft(dependencies=["../../etc/passwd"])),
    "many dependencies": ("create_migration", draft(dependencies=["a"] * 101)),
    "huge SQL to validate": ("validate_migration", {"sql": HUGE}),
    "a NUL to validate": ("validate_migration", {"sql": "SELECT 1;\0"}),
    "a number to validate": ("validate_migration", {"sql": 5}),
    "a path that leads out": ("validate_migration", {"path": "../../../etc/passwd"}),
    "an absolute path": ("validate_migration", {"path": "/etc/passwd"}),
    "a path with a NUL": ("validate_migration", {"path": "a\0b"}),
    "a path without end": ("validate_migration", {"path": "a/" * 2000}),
    "a long name": ("validate_migration", {"path": "a" * 300}),
    "an unknown profile": ("validate_migration", {"sql": "SELECT 1", "profile": "lax"}),
    "a negative skip": ("validate_migration", {"skip": -1}),
    "a huge skip": ("list_migrations", {"skip": 10**30}),
    "a fraction": ("list_migrations", {"skip": 1.5}),
    "verify: a path that leads out": ("verify_migration", {"path": "../x.sql"}),
    "verify: a link that leads out": ("verify_migration", {"path": "supabase/migrations/9_link.sql"}),
    "validate: a link that leads out": ("validate_migration", {"path": "supabase/migrations/9_link.sql"}),
    "approvals: a link that leads out": ("approval_status", {"path": "supabase/migrations/9_link.sql"}),
    "a link in a circle": ("validate_migration", {"path": "supabase/circle.sql"}),
    "verify: a baseline that leads out": ("verify_migration", {"baseline": "/etc/passwd"}),
    "verify: an unknown detail": ("verify_migration", {"details": ["everything"]}),
    "verify: too many details": ("verify_migration", {"details": ["locks"] * 100}),
    "seed: a negative count": ("seed_dev", {"user_count": -1}),
    "seed: a huge count": ("seed_dev", {"user_count": 10**12}),
    "seed: no number": ("seed_dev", {"user_count": "many"}),
    "seed: an unknown locale": ("seed_dev", {"locale": "xx_XX"}),
    "seed: a locale that is a path": ("seed_dev", {"locale": "../../../../etc"}),
    "seed: no counts": ("seed_dev", {"rows": {"a": "b"}}),
    "seed: negative counts": ("seed_dev", {"rows": {"a": -5}}),
    "seed: a negative seed": ("seed_dev", {"seed": -1}),
    "seed_test: a negative count": ("seed_test", {"user_count": -1}),
    "an unknown rule": ("explain_rule", {"code": "../../secret"}),
    "a huge rule": ("explain_rule", {"code": HUGE}),
    "an unknown tool": ("apply_migration", {"path": "a.sql"}),
    "a tool without a name": ("", {}),
}


@pytest.fixture
def nasty(root: Path) -> Path:
    (root / "supabase/migrations/9_link.sql").symlink_to("/etc/passwd")
    (root / "supabase/circle.sql").symlink_to("circle.sql")
    return root


def assert_one_sentence(result: CallToolResult) -> None:
    assert result.is_error, result.structured_content
    said = text(result)
    assert said
    assert len(said) < 3000
    assert "Traceback" not in said
    assert "root:" not in said
    assert "itself failed" not in said
    assert said.count("\n") in {0, 3}  # three where it stands between markers


@pytest.mark.parametrize("mode", MODES)
def test_nasty_input_ends_in_one_sentence_and_the_server_lives_on(nasty: Path, mode: Mode) -> None:
    async def run() -> None:
        async with over_stdio(nasty, mode, answering("accept")) as client:
            for what, (tool, arguments) in NASTY.items():
                try:
                    assert_one_sentence(await client.call_tool(tool, arguments))
                except AssertionError as error:
                    raise AssertionError(what) from error
            assert data(await client.call_tool("validate_migration", {"sql": "SELECT 1;"}))["valid"]

    anyio.run(run)

    assert [path.name for path in (nasty / "supabase/migrations").iterdir()] == ["9_link.sql"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "uri",
    [
        "guardrails://rules/NO_SUCH",
        "guardrails://rules/..%2F..%2Fsecret",
        "guardrails://migrations/..%2F..%2F..%2Fetc%2Fpasswd",
        "guardrails://migrations/%2Fetc%2Fpasswd",
        "guardrails://migrations/a%00b",
        "guardrails://migrations/%ED%A0%80",
        "guardrails://nothing",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_resource_is_refused_in_a_sentence(nasty: Path, mode: Mode, uri: str) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        assert "root:" not in str(refused.value)
        assert "itself failed" not in str(refused.value)
        assert (await client.list_resources()).resources

    session(work, nasty, mode)


@pytest.mark.parametrize("mode", MODES)
def test_prompts_with_nasty_arguments_are_refused_in_a_sentence(nasty: Path, mode: Mode) -> None:
    async def work(client: Client) -> None:
        for name, arguments in (
            ("no-such-prompt", {}),
            ("db-create-migration", {"arguments": "a\0b"}),
            ("db-create-migration", {"arguments": HUGE}),
            ("db-create-migration", {"unknown": "x"}),
        ):
            with pytest.raises(MCPError) as refused:
                await client.get_prompt(name, arguments)
            assert len(str(refused.value)) < 500
            assert "\n" not in str(refused.value)
        assert (await client.get_prompt("db-create-migration", {})).messages

    session(work, nasty, mode)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
TOOLS = ("create_migration", "validate_migration", "list_migrations", "approval_status", "explain_rule")
FIELDS = ("description", "purpose", "sql", "tables", "dependencies", "path", "profile", "skip", "code", "x")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(
        st.tuples(st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(FIELDS), JSON)), max_size=20
    )
)
def test_any_arguments_get_a_result_or_a_sentence(
    root: Path, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    async def work(client: Client) -> None:
        for tool, arguments in calls:
            result = await client.call_tool(tool, arguments)
            assert "itself failed" not in text(result)
            if result.is_error:
                assert_one_sentence(result)

    session(work, root)


def test_half_a_character_is_refused(root: Path) -> None:
    for arguments in (draft(sql="SELECT '\ud800';"), draft(description="\udfff")):
        result = call(root, "create_migration", arguments)
        assert_one_sentence(result)
        assert "half a character" in text(result)


@pytest.fixture
def gone(root: Path) -> Iterator[Path]:
    """A project whose folder vanishes while the server runs."""
    project = root / "project"
    (project / "supabase/migrations").mkdir(parents=True)
    yield project
    shutil.rmtree(project, ignore_errors=True)


EVERY_TOOL = {
    "create_migration": draft(),
    "validate_migration": {"sql": "SELECT 1;"},
    "list_migrations": {},
    "approval_status": {},
    "explain_rule": {"code": "DROP_TABLE"},
}


@pytest.mark.parametrize("mode", MODES)
def test_a_folder_that_vanishes_is_no_end_of_the_server(gone: Path, mode: Mode) -> None:
    async def run() -> None:
        async with over_stdio(gone, mode, answering("accept")) as client:
            assert data(await client.call_tool("list_migrations", {}))["count"] == 0
            shutil.rmtree(gone)
            for tool, arguments in EVERY_TOOL.items():
                result = await client.call_tool(tool, arguments)
                assert "itself failed" not in text(result), tool
                if result.is_error:
                    assert_one_sentence(result)
            (gone / "supabase/migrations").mkdir(parents=True)
            assert data(await client.call_tool("list_migrations", {}))["count"] == 0

    anyio.run(run)


def test_a_project_that_is_not_there_is_named(tmp_path: Path) -> None:
    for tool in ("create_migration", "list_migrations"):
        result = call(tmp_path / "nowhere", tool, EVERY_TOOL[tool], answer=answering("accept"))
        assert "itself failed" not in text(result)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(root: Path) -> None:
    (root / "supabase/migrations").chmod(0o500)
    root.chmod(0o500)
    try:
        assert_one_sentence(call(root, "create_migration", draft(), answer=answering("accept")))
        assert data(call(root, "validate_migration", {"sql": "SELECT 1;"}))["valid"]
    finally:
        root.chmod(0o700)


def test_a_file_in_the_place_of_a_folder_is_named(root: Path) -> None:
    (root / ".guardrails").write_text("")

    assert_one_sentence(call(root, "create_migration", draft(), answer=answering("accept")))


def test_lines_that_are_no_requests_do_not_end_the_server(root: Path) -> None:
    about = {"name": "a-host", "version": "1"}
    started = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": about}
    lines = [
        "",
        "no JSON",
        "[]",
        '"\\ud800"',
        "[" * 10_000,
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": started}),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"explain_rule","arguments":{"code":"\\ud800"}}}',
        json.dumps({"jsonrpc": "2.0", "id": 8, "method": "no/such", "params": {}}),
        json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
    ]
    with subprocess.Popen(
        [SCRIPT, "mcp"],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("".join(f"{line}\n" for line in lines))
        process.stdin.flush()
        answers: dict[object, Any] = {}
        while 2 not in answers:
            answer = json.loads(process.stdout.readline())
            answers[answer.get("id")] = answer
        process.stdin.close()
        logged = process.stderr.read()

    assert answers[2]["result"]["tools"]
    assert "error" in answers[8]
    assert "Traceback" not in logged


@pytest.mark.parametrize("mode", MODES)
def test_the_log_of_the_server_holds_no_secret(root: Path, mode: Mode, tmp_path: Path) -> None:
    secret = "hunter2-of-production"
    environment = {
        **os.environ,
        "GUARDRAILS_ROOT": str(root),
        "DATABASE_URL": f"postgresql://postgres:{secret}@127.0.0.1:1/x",
        "PGPASSWORD": secret,
    }
    log = tmp_path / "log"

    async def run() -> str:
        with log.open("w") as errors:
            parameters = StdioServerParameters(command=SCRIPT, args=["mcp"], env=environment, cwd="/")
            async with Client(stdio_client(parameters, errlog=errors), mode=mode) as client:
                refused = await client.call_tool("seed_dev", {})
                assert refused.is_error
                return text(refused)

    said = anyio.run(run)

    assert secret not in said + log.read_text()
    assert "127.0.0.1" in said
