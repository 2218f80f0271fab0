"""What a host of MCP Bundles starts, in the environment that uv makes from pyproject.toml beside it."""

from mcp_server.server import build_server, serve

serve(build_server())
