"""The call of a tool, as any harness names it -> the events that it stands for.

Harnesses load each other's settings and ignore each other's matchers, so every one of them may see the
tools of all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from guardrails.agent.contracts import Command, Edit, Event, Other, Read, ToolCall, Written
from guardrails.agent.harness.contracts import MalformedError

_COMMANDS = ("command", "cmd", "script", "input", "chars")
_PATHS = (
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "notebookPath",
    "target_file",
    "targetFile",
    "absolute_path",
    "filename",
    "old_path",
    "new_path",
    "oldPath",
    "newPath",
    "destination",
    "source",
    "dirPath",
    "uri",
    "target_notebook",
    "paths",
    "files",
    "edits",
    "replacements",
    "operations",
)
_FOLDERS = ("workdir", "cwd", "working_directory", "directory", "dir_path", "workingDirectory")
_SHELL = re.compile(
    r"^(?:bash|sh|zsh|powershell|pwsh|shell|local_?shell|unified_?exec|exec_?command|exec|terminal|monitor|cmd"
    r"|run_?(?:in_?)?(?:terminal|shell|command|cmd)\w*|run_?terminal_?c\w+|execute_?(?:bash|command|shell)\w*|send_?to_?terminal|write_?stdin|shell_?command|create_?and_?run_?task|bash_?(?:tool|exec|command|run|2\d+)\w*)$",
    re.IGNORECASE,
)
_PROCESS = re.compile(
    r"(?:^|_)(?:start|run|execute|exec|spawn|send|interact_with)_(?:\w+_)?(?:process|command|cmd|commands|shell|script|terminal|bash)$|^(?:execute|exec|run)$"
)
_READS_FILES = re.compile(
    r"(?:^|_)(?:read|view|open|get)_(?:\w+_)?(?:file|files|text|contents?)", re.IGNORECASE
)
_PATCH = re.compile(r"apply_?patch|^patch$", re.IGNORECASE)
_PATCHED = re.compile(r"(?m)^\*\*\* (?:Update|Add|Delete) File: (.+)$|^\*\*\* Move to: (.+)$")
_WRITES = re.compile(
    r"write|edit|create|replace|insert|delete|remove|move|rename|str_?replace|patch|save|append|notebook",
    re.IGNORECASE,
)
_READS = re.compile(r"read|view|open|cat|get_?file|grep|search|fetch|attach|glob|list", re.IGNORECASE)


def events_of(name: object, given: object, folder: str, *, after: bool = False) -> tuple[Event, ...]:
    """Return what a tool is about to do, or did.

    Args:
        name: what the harness calls the tool.
        given: its arguments: an object, or an object as JSON in a string.
        folder: where the assistant works.
        after: it has happened already.

    Raises:
        MalformedError: the name or the arguments can't be read.
    """
    if not isinstance(name, str) or not name:
        raise MalformedError("the input names no tool")
    arguments = _object(given)
    place = next(
        (value for key in _FOLDERS if isinstance(value := arguments.get(key), str) and value), folder
    )
    if not place.startswith(("/", "~")) and folder:
        place = f"{folder}/{place}" if place != folder else folder
    if _is_mcp(name):
        return (Other(name),) if after else (ToolCall(name, arguments), *_of_server(name, arguments, place))
    if _PATCH.search(name):
        patch = _command(arguments, ("input", "patch", "command", "diff", "explanation")) or ""
        paths = [one or other for one, other in _PATCHED.findall(patch)] or list(_paths(arguments))
        return _edits([path.strip() for path in paths], place, after=after)
    if isinstance(task := arguments.get("task"), dict):
        arguments = arguments | {
            "command": [str(part) for part in (task.get("command", ""), *_listed(task.get("args")))]
        }
    if _SHELL.match(name):
        command = _command(arguments, _COMMANDS)
        if command is None:
            raise MalformedError(f"the call of {name} holds no command")
        return (Other(name),) if after else (Command(command, place),)
    paths = list(_paths(arguments))
    command = _command(arguments, ("command", "cmd"))
    if paths and _WRITES.search(name) and command not in {"view", "read"}:
        return _edits(paths, place, after=after)
    if after:
        return (Other(name),)
    if paths and (_READS.search(name) or command in {"view", "read"}):
        return tuple(Read(path, place) for path in paths)
    if command is not None and not paths:
        return (Command(command, place),)
    return (Other(name),)


def _of_server(name: str, arguments: dict[str, object], folder: str) -> tuple[Event, ...]:
    """Return what a tool of a server does besides, by its own name: servers offer shells and files as well."""
    tool = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", re.split(r"__|[:/]", name)[-1]).lower()
    paths = _paths(arguments)
    if _SHELL.match(tool) or _PROCESS.search(tool):
        command = _command(arguments, _COMMANDS)
        words = _command(arguments, ("args", "arguments", "argv"))
        return (Command(f"{command} {words or ''}".strip(), folder),) if command else ()
    if paths and _WRITES.search(tool):
        return tuple(Edit(path, folder) for path in paths)
    if paths and _READS_FILES.search(tool):
        return tuple(Read(path, folder) for path in paths)
    return ()


def called(name: str, arguments: object) -> tuple[Event, ...]:
    """Return the call of an MCP tool whose server the name does not tell."""
    return (ToolCall(name, _object(arguments)),)


def text_of(data: Mapping[str, object], *keys: str) -> str:
    """Return the first of some members that is text, "" when none is."""
    return next((value for key in keys if isinstance(value := data.get(key), str)), "")


def folder_of(data: Mapping[str, object]) -> str:
    roots = data.get("workspace_roots")
    first = roots[0] if isinstance(roots, list) and roots and isinstance(roots[0], str) else ""
    return text_of(data, "cwd") or first


def _edits(paths: list[str], folder: str, *, after: bool) -> tuple[Event, ...]:
    if after:
        return (Written(tuple(paths), folder),)
    return tuple(Edit(path, folder) for path in paths)


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else []


def _object(given: object) -> dict[str, object]:
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except ValueError as error:
            raise MalformedError("the arguments of the tool are no JSON") from error
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise MalformedError("the arguments of the tool are no object")
    return given


def _is_mcp(name: str) -> bool:
    return name.startswith(("mcp__", "mcp_", "MCP:")) or "__" in name


def _command(arguments: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        match arguments.get(key):
            case str(text):
                return text
            case [*words] if words and all(isinstance(word, str) for word in words):
                return " ".join("'" + str(word).replace("'", "'\\''") + "'" for word in words)
    return None


def _paths(arguments: Mapping[str, object]) -> list[str]:
    found: list[str] = []
    for key in _PATHS:
        match arguments.get(key):
            case str(text) if text:
                found.append(text.removeprefix("file://"))
            case [*items]:
                for item in items:
                    if isinstance(item, str):
                        found.append(item.removeprefix("file://"))
                    elif isinstance(item, Mapping):
                        found += _paths(item)
    return found
