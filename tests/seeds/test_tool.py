"""An assistant seeds over MCP: refusals come back as sentences, and the DSN stays in the environment."""

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

from tests.seeds.clusters import Cluster

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
SECRET = "planted-secret"
SHOP = (
    "SET ROLE ada",
    "CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, name text)",
    "CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL REFERENCES users, title text)",
)


@pytest.fixture
def shop(database: Cluster) -> Cluster:
    database.run(*SHOP)
    return database


def served(root: Path, dsn: str, work: Callable[[Client], Awaitable[None]]) -> str:
    """Let a client of the real server work, and return what the server said on standard error."""

    async def run(said: TextIO) -> None:
        environment = {"DATABASE_URL": dsn, "PATH": "/usr/bin:/bin", "GUARDRAILS_ROOT": str(root)}
        server = StdioServerParameters(command=SCRIPT, args=["mcp"], env=environment, cwd=root)
        async with Client(stdio_client(server, errlog=said)) as client:
            await work(client)

    log = root / "stderr"
    with log.open("w") as said:
        anyio.run(run, said)
    return log.read_text()


def called(root: Path, dsn: str, *calls: tuple[str, dict[str, object]]) -> tuple[list[CallToolResult], str]:
    """Call tools, and return all results with everything that was said as one text."""
    results: list[CallToolResult] = []
    told: list[str] = []

    async def work(client: Client) -> None:
        async def progress(_done: float, _total: float | None, message: str | None) -> None:
            told.append(str(message))

        results.extend(
            [await client.call_tool(tool, given, progress_callback=progress) for tool, given in calls]
        )

    said = served(root, dsn, work)
    return results, "\n".join([*(result.model_dump_json() for result in results), *told, said])


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


def test_a_run_tells_how_far_it_is_and_never_the_dsn(shop: Cluster, tmp_path: Path) -> None:
    (dev, test), everything = called(
        tmp_path, shop.dsn(), ("seed_dev", {"user_count": 5}), ("seed_test", {"user_count": 5})
    )

    assert (dev.is_error, test.is_error) == (False, False)
    assert json.loads(json.dumps(dev.structured_content))["created"]["public.users"] == 5
    assert "public.posts" in everything
    assert SECRET not in everything
    assert f"{shop.port}" not in text(dev)


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://ada:planted-secret@db.abc.supabase.co/app", "db.abc.supabase.co is a hosted database"),
        ("postgresql://ada:planted-secret@127.0.0.1:1/app", "no connection to app at 127.0.0.1:1"),
        ("postgresql://ada:planted-secret@10.0.0.1/app", "which is another machine"),
        ("postgresql://ada:planted@secret:planted-secret@localhost/app", "port is no number"),
        ("postgresql://ada@localhost/app?password=planted-secret&options=-cx%3D1", "sets options"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_secret(tmp_path: Path, dsn: str, said: str) -> None:
    results, everything = called(tmp_path, dsn, ("seed_dev", {}), ("seed_test", {}))

    for result in results:
        assert result.is_error
        assert said in text(result)
    assert "Traceback" not in everything
    assert SECRET not in everything


def test_a_doubt_tells_what_a_person_can_do_and_writes_nothing(shop: Cluster, tmp_path: Path) -> None:
    shop.run("INSERT INTO users SELECT gen_random_uuid(), n || '@gmail.com' FROM generate_series(1, 5) n")

    (result,), _ = called(tmp_path, shop.dsn(), ("seed_dev", {}))

    assert result.is_error
    assert "a person marks it with `pg-guardrails seed mark` in a terminal" in text(result)
    assert shop.rows("SELECT count(*) FROM posts") == [(0,)]


def test_the_configuration_holds_for_an_assistant_too(shop: Cluster, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text("[seeds]\nusers = 4\n[seeds.rows]\nposts = 7\n")

    (result,), _ = called(tmp_path, shop.dsn(), ("seed_dev", {}))

    assert result.structured_content is not None
    assert result.structured_content["created"] == {"public.users": 4, "public.posts": 7}
    assert shop.rows("SELECT count(*) FROM posts") == [(7,)]


def test_a_call_that_is_cancelled_leaves_nothing(shop: Cluster, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        with anyio.CancelScope() as scope:

            async def progress(_done: float, _total: float | None, message: str | None) -> None:
                if "public.posts" in str(message):
                    scope.cancel()

            rows = {"public.posts": 400_000}
            await client.call_tool("seed_dev", {"rows": rows}, progress_callback=progress)
        assert scope.cancelled_caught

    served(tmp_path, shop.dsn(), work)

    while shop.rows("SELECT FROM pg_stat_activity WHERE datname = 'app' AND usename = 'ada'"):
        pass
    assert shop.rows("SELECT count(*) FROM users") == [(0,)]


def test_no_tool_resets_marks_or_takes_a_place_to_write_to(tmp_path: Path) -> None:
    tools: dict[str, set[str]] = {}

    async def work(client: Client) -> None:
        for one in (await client.list_tools()).tools:
            tools[one.name] = set(one.input_schema["properties"])

    served(tmp_path, "", work)

    assert {"seed_dev", "seed_test"} <= tools.keys()
    assert not [name for name in tools if "reset" in name or "mark" in name]
    forbidden = {"dsn", "url", "database", "host", "force", "mark", "confirm", "allow"}
    assert not forbidden & (tools["seed_dev"] | tools["seed_test"])
