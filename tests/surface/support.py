"""What the tests of the server share: a project, a client of the SDK in either era, and a person's answer."""

import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, ElicitResult, TextContent, TextResourceContents

from mcp_server.server import build_server

SCRIPT = str(Path(sys.executable).with_name("pg-guardrails"))
SQL = "CREATE TABLE public.posts (id uuid PRIMARY KEY, author uuid REFERENCES auth.users (id));"
WRAPPED = re.compile(r"<untrusted-data-([0-9a-f]{16})>\n(.*?)\n</untrusted-data-\1>", re.DOTALL)
Mode = Literal["auto", "legacy"]
MODES: list[Mode] = ["auto", "legacy"]
Answer = Callable[[Any, Any], Awaitable[ElicitResult]]


def answering(action: Literal["accept", "decline", "cancel"], *, approve: bool = True) -> Answer:
    async def answer(_context: Any, _params: Any) -> ElicitResult:
        content: dict[str, str | int | float | bool | list[str] | None] | None = {"approve": approve}
        return ElicitResult(action=action, content=content if action == "accept" else None)

    return answer


def migrations(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "supabase" / "migrations").iterdir())


def draft(description: str = "Add posts", **given: object) -> dict[str, object]:
    return {"description": description, "purpose": "People write", "sql": SQL, **given}


def session(
    work: Callable[[Client], Awaitable[None]],
    root: Path,
    mode: Mode = "auto",
    answer: Answer | None = None,
    *,
    read_only: bool = False,
) -> None:
    async def run() -> None:
        server = build_server(root, read_only=read_only)
        async with Client(server, mode=mode, elicitation_callback=answer) as client:
            await work(client)

    anyio.run(run)


def call(
    root: Path, tool: str, arguments: dict[str, Any], mode: Mode = "auto", answer: Answer | None = None
) -> CallToolResult:
    results: list[CallToolResult] = []

    async def work(client: Client) -> None:
        results.append(await client.call_tool(tool, arguments))

    session(work, root, mode, answer)
    return results[0]


def data(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


def outside(said: str) -> str:
    """Return what a model may take for our own words: all that stands between no markers."""
    return WRAPPED.sub("", said)


async def read(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


def dsn_of(conninfo: str) -> str:
    """Return the address of a database of our own as a developer's environment has one."""
    return conninfo.replace("passfile=/dev/null", "").strip()


@asynccontextmanager
async def over_stdio(
    root: Path, mode: Mode = "auto", answer: Answer | None = None, **environment: str
) -> AsyncIterator[Client]:
    parameters = StdioServerParameters(
        command=SCRIPT, args=["mcp"], env={**os.environ, "GUARDRAILS_ROOT": str(root), **environment}, cwd="/"
    )
    async with Client(stdio_client(parameters), mode=mode, elicitation_callback=answer) as client:
        yield client
