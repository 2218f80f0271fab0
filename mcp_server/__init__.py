"""The MCP face of the commands: a thin adapter.

- `server`: `build_server(root, read_only=...)`, the one entry; it calls every `add` below, and `serve` runs it
  over standard input and output.
- `tools/<area>`: the tools of an area, each with `add(server, root)`: `create`, `validate`, `verify`, `seeds`,
  `reading` (migrations and rules), `approvals`.
- `prompts`, `resources`: the same for what is no tool.
- `asking`: whether the human can be asked through the client.
- `answers`: results, errors as sentences, text that is marked as data; `models`: the shapes of arguments and results.
"""
