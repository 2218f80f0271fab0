"""Serve our server together with the suite's fixtures, on any free port of the loopback interface: for `make conformance`."""

from __future__ import annotations

import sys

from fixtures import add

from mcp_server.addresses import address_of, listen
from mcp_server.gate import Gate
from mcp_server.http import Serving, application, run
from mcp_server.server import build_server


def main() -> int:
    """Serve until a signal says to end."""
    serving = Serving()

    def build() -> Gate:
        server = build_server()
        add(server)
        return application(server, (), serving)

    return run(listen(address_of("127.0.0.1:0")), build, serving)


if __name__ == "__main__":
    sys.exit(main())
