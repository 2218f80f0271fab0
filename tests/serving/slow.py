"""Serve with a tool that waits until a file is there: slow.py WORKERS FILE. For tests of how a server ends."""

import sys
from functools import partial
from pathlib import Path

import anyio

from mcp_server.addresses import address_of, listen
from mcp_server.gate import Gate
from mcp_server.http import Serving, application, run
from mcp_server.server import build_server


def build(file: Path, serving: Serving) -> Gate:
    server = build_server()

    @server.tool(structured_output=False)
    async def wait() -> str:
        """Wait for the file, and say when it began."""
        file.with_suffix(".begun").touch()
        while not file.exists():
            await anyio.sleep(0.02)
        await anyio.sleep(1)  # longer than it takes the library of event streams to see that the server ends
        return "waited"

    return application(server, (), serving)


if __name__ == "__main__":
    serving = Serving(workers=int(sys.argv[1]))
    sys.exit(run(listen(address_of("127.0.0.1:0")), partial(build, Path(sys.argv[2]), serving), serving))
