"""The MCP face of the commands: a thin adapter.

- `server`: `build_server(root, read_only=...)`, the one entry; it calls every `add` below, and `serve` runs it
  over standard input and output.
- `boundary`: the server's edge. Arguments that are no text are refused, and every result, error, resource and
  prompt leaves clean, whatever a tool forgot.
- `tools/<area>`: the tools of an area, each with `add(server, root)`: `create`, `validate`, `verify`, `seeds`,
  `reading` (migrations and rules), `approvals`.
- `prompts`, `resources`, `completions`: the same for what is no tool.
- `quoting`: text of others, marked or escaped; `sentences`: errors as one sentence; `logs`: the log likewise.
- `review`: the review page for hosts with MCP Apps, and the tools that only it may call.
- `asking`: whether the human can be asked through the client; `working`: long work that tells and can be stopped.
- `answers`: what the tools answer with alike; `models`: the shapes of arguments and results.
"""
