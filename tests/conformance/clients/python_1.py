"""Our server as the Python SDK of the first generation meets it. What to do comes in WORK, what was seen goes out as JSON."""

import asyncio
import json
import os
from contextlib import AsyncExitStack

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import ElicitResult

WORK = json.loads(os.environ["WORK"])


async def main() -> None:
    questions = 0

    async def answer(_context, _params):
        nonlocal questions
        questions += 1
        return ElicitResult(**WORK["answer"])

    async with AsyncExitStack() as stack:
        if "url" in WORK:
            connecting = streamablehttp_client(WORK["url"], headers=WORK["headers"])
        else:
            connecting = stdio_client(StdioServerParameters(**WORK["command"]))
        read, write, *_ = await stack.enter_async_context(connecting)
        session = await stack.enter_async_context(
            ClientSession(read, write, elicitation_callback=answer if WORK.get("answer") else None)
        )
        await session.initialize()
        tools = (await session.list_tools()).tools
        prompts = (await session.list_prompts()).prompts
        validated = await session.call_tool("validate_migration", {"sql": "DROP TABLE users;"})
        created = await session.call_tool("create_migration", WORK["draft"])
    seen = {
        "tools": [tool.name for tool in tools],
        "prompts": [prompt.name for prompt in prompts],
        "validated": validated.structuredContent,
        "created": created.structuredContent or [part.model_dump() for part in created.content],
        "questions": questions,
    }
    print(json.dumps(seen))


asyncio.run(main())
