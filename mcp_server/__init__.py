"""The MCP face of the commands: a thin adapter."""
