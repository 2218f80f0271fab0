"""`pg-guardrails mcp`: serve the tools to an assistant."""

from __future__ import annotations

import argparse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    mcp = commands.add_parser("mcp", help="serve the tools to an assistant over standard input and output")
    mcp.add_argument("--read-only", action="store_true", help="leave out every tool that writes")
    mcp.set_defaults(run=_mcp)


def _mcp(arguments: argparse.Namespace) -> int:
    from mcp_server.server import serve  # noqa: PLC0415

    serve(read_only=arguments.read_only)
    return 0
