"""`pg-guardrails mcp`: serve the tools to an assistant."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands.shell.streams import stdout_set_aside
from guardrails.lint.contracts import GuardrailsError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    mcp = commands.add_parser(
        "mcp", help="serve the tools to an assistant over standard input and output, or over HTTP"
    )
    mcp.add_argument("--read-only", action="store_true", help="leave out every tool that writes")
    mcp.add_argument(
        "--http", metavar="ADDRESS", help="serve over HTTP, as at 127.0.0.1:8765, [::1]:8765 or unix:PATH"
    )
    mcp.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="with --http: clients need the bearer token in this file (or in GUARDRAILS_MCP_TOKEN)",
    )
    mcp.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="with --http: a name or address by which clients reach this machine",
    )
    mcp.add_argument("--workers", metavar="N", type=int, help="with --http: serve from so many processes")
    mcp.set_defaults(run=_mcp)


def _mcp(arguments: argparse.Namespace) -> int:
    if arguments.http is not None:
        return _over_http(arguments)
    if arguments.token_file or arguments.allow_host or arguments.workers is not None:
        raise GuardrailsError("--token-file, --allow-host and --workers are for --http ADDRESS")
    with stdout_set_aside():  # what a library prints while it is imported is no message of the protocol
        from mcp_server.server import build_server, serve  # noqa: PLC0415

        server = build_server(read_only=arguments.read_only)
    serve(server)
    return 0


def _over_http(arguments: argparse.Namespace) -> int:
    from mcp_server.addresses import address_of  # noqa: PLC0415
    from mcp_server.tokens import find_token  # noqa: PLC0415

    address = address_of(arguments.http)
    token = find_token(arguments.token_file)
    from mcp_server.http import Serving, serve_http  # noqa: PLC0415

    return serve_http(
        address,
        Serving(
            names=tuple(arguments.allow_host),
            token=token,
            workers=1 if arguments.workers is None else arguments.workers,
            read_only=arguments.read_only,
        ),
    )
