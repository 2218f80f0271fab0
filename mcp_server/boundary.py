"""The server's edge: arguments that can't be text are refused, and whatever leaves is clean and short.

Every result, error, resource and prompt passes here, so that no tool can forget it: secrets and hidden
characters are taken out, an error is one sentence, and text of others in it is marked as data.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio.to_thread
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.lowlevel.server import NotificationOptions
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedResourceError,
    UnexpectedToolError,
)
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    TextContent,
    Tool,
)
from pydantic import AnyUrl, ValidationError

from guardrails.lint.contracts import GuardrailsError
from mcp_server.quoting import clean, cleaned, shortened
from mcp_server.sentences import sentence

_log = logging.getLogger("pg-guardrails")
_HALVES = re.compile("[\ud800-\udfff]")
_MOST_FAULTS = 5
_LONGEST_ARGUMENT = 20_000


class GuardedServer(MCPServer[Any]):
    """A server for the project around `root`."""

    def __init__(self, name: str, root: Path, *, title: str, instructions: str, **settings: Any) -> None:
        super().__init__(
            name,
            title=title,
            instructions=instructions,
            version=version("pg-guardrails"),
            log_level="WARNING",
            **settings,
        )
        self.root = root
        # The SDK lets only the caller of this say that a list may change, and it calls it itself.
        self._lowlevel_server.create_initialization_options = partial(  # type: ignore[method-assign]
            self._lowlevel_server.create_initialization_options, NotificationOptions(resources_changed=True)
        )

    async def list_tools(self) -> list[Tool]:
        return [
            tool.model_copy(
                update={
                    "input_schema": _lean(tool.input_schema),
                    "output_schema": tool.output_schema and _lean(tool.output_schema),
                }
            )
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            _refuse_broken_text(arguments)
            answer = await super().call_tool(name, arguments, context)
        except (ToolError, GuardrailsError) as error:
            raise ToolError(await anyio.to_thread.run_sync(self._said, name, error)) from error
        return answer if isinstance(answer, InputRequiredResult) else _clean_result(answer)

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        try:
            contents = await super().read_resource(uri, context)
        except UnexpectedResourceError as error:
            _log.error("a resource could not be read", exc_info=error.__cause__)
            raise ResourceError(_defect(error.__cause__)) from error
        except ResourceNotFoundError as error:
            raise ResourceNotFoundError(
                f"there is no resource {clean(shortened(str(uri), 200))!r}; resources/list has them"
            ) from error
        except ResourceError as error:
            raise ResourceError(await anyio.to_thread.run_sync(self._said, "", error)) from error
        if isinstance(contents, InputRequiredResult):
            return contents
        return [
            replace(one, content=clean(one.content)) if isinstance(one.content, str) else one
            for one in contents
        ]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        try:
            _refuse_broken_text(arguments or {}, _LONGEST_ARGUMENT)
            return await super().get_prompt(name, arguments, context)
        except (ValueError, GuardrailsError) as error:
            raise MCPError(code=INVALID_PARAMS, message=clean(shortened(str(error), 300))) from error

    def _said(self, tool: str, error: Exception) -> str:
        """Return the one sentence that a model gets of an error."""
        if (ours := _ours(error)) is not None:
            return sentence(ours, self.root)
        match error, error.__cause__:
            case _, ValidationError() as faults:
                return clean(f"{tool}: {'; '.join(_faults(faults))}")
            case UnexpectedToolError(), cause:
                _log.error("the tool %s failed", tool, exc_info=cause)
                return _defect(cause)
        return clean(shortened(str(error).removeprefix(f"Error executing tool {tool}: "), 1000))


def _ours(error: BaseException | None) -> GuardrailsError | None:
    """Return the error of ours that an error of the SDK was made from."""
    while error is not None and not isinstance(error, GuardrailsError):
        error = error.__cause__
    return error


def _defect(cause: BaseException | None) -> str:
    kind = "an error" if cause is None else type(cause).__name__
    return f"pg-guardrails itself failed ({kind}); this is a defect of it, and the server's log says more"


def _faults(error: ValidationError) -> Iterator[str]:
    """Yield what is wrong with arguments, without the values."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    for fault in faults[:_MOST_FAULTS]:
        place = shortened(".".join(map(str, fault["loc"])), 100)
        match fault["type"]:
            case "missing":
                yield f"{place} is missing"
            case "extra_forbidden":
                yield f"{place} is no field here"
            case _:
                text = fault["msg"]
                yield f"{place}: {text[:1].lower()}{shortened(text[1:], 200)}"
    if len(faults) > _MOST_FAULTS:
        yield f"and {len(faults) - _MOST_FAULTS} more"


def _refuse_broken_text(value: object, most: int | None = None, place: str = "") -> None:
    """Refuse what is no text that a file or a database could hold.

    Raises:
        GuardrailsError: a NUL, half a character, nesting without end, or too much.
    """
    pending = [(place, value, 0)]
    while pending:
        where, one, depth = pending.pop()
        if depth > 50:
            raise GuardrailsError(f"{_shown(where)} is nested too deeply; describe it flatly")
        match one:
            case str():
                if "\0" in one:
                    raise GuardrailsError(
                        f"{_shown(where)} holds a NUL, which no text in PostgreSQL can; remove it"
                    )
                if _HALVES.search(one):
                    raise GuardrailsError(f"{_shown(where)} holds half a character; send it as UTF-8 text")
                if most is not None and len(one) > most:
                    raise GuardrailsError(f"{_shown(where)} is longer than {most} characters; say it shorter")
            case dict():
                pending += [(where or str(key), part, depth + 1) for key, part in one.items()]
                pending += [(where or "a name", str(key), depth + 1) for key in one]
            case list():
                pending += [(where, part, depth + 1) for part in one]


def _shown(place: str) -> str:
    return clean(shortened(place.encode("utf-8", "backslashreplace").decode(), 60)) or "an argument"


def _clean_result(result: CallToolResult) -> CallToolResult:
    content = [
        part.model_copy(update={"text": clean(part.text)}) if isinstance(part, TextContent) else part
        for part in result.content
    ]
    return result.model_copy(
        update={"content": content, "structured_content": cleaned(result.structured_content)}
    )


def _lean(schema: Any, *, names: bool = False) -> Any:
    """Return a JSON schema without what only costs room; `names`: its keys are those of fields.

    That is titles that repeat a name, and nulls: a field that has none is left out.
    """
    match schema:
        case {"anyOf": [one, {"type": "null"}], **rest} if not names:
            return _lean({**one, **rest})
        case dict():
            return {
                key: _lean(part, names=key in {"properties", "$defs"} and not names)
                for key, part in schema.items()
                if names
                or not ((key == "title" and isinstance(part, str)) or (key == "default" and part is None))
            }
        case list():
            return [_lean(part) for part in schema]
    return schema
