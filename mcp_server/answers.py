"""What the tools and resources answer with alike: results, errors, who is on the other side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from mcp_types.version import is_version_at_least
from pydantic import BaseModel, Field

from guardrails.audit import Means, Origin
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project

T = TypeVar("T")
MOST_LISTED = 200
SkipNewest = Annotated[
    int,
    Field(
        ge=0,
        le=1_000_000,
        description="Leave out that many of the newest: those an earlier answer had",
    ),
]
ERA_OF_ROUNDS = "2026-07-28"
MIGRATIONS = "guardrails://migrations"


def inside(root: Path, path: str) -> Path:
    """Return a file of the project by its path from there."""
    target = within(root, path)
    if target.is_dir():
        raise GuardrailsError(f"{path!r} is a folder; name one migration, as list_migrations has them")
    return target


def within(root: Path, path: str) -> Path:
    """Return a file or a folder of the project by its path from there, links followed."""
    base = find_project(root).root
    try:
        target = (base / path).resolve()
        target.is_dir()  # which says of a name that it is too long
    except (OSError, RuntimeError):
        raise GuardrailsError(f"{path[:200]!r} leads nowhere; name a migration of the project") from None
    if not target.is_relative_to(base.resolve()):
        raise GuardrailsError(f"{path!r} is outside the project; name a migration of it")
    return target


def reads(title: str) -> ToolAnnotations:
    return ToolAnnotations(
        title=title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )


def writes(title: str) -> ToolAnnotations:
    """What adds and never changes or removes, and adds nothing when it is called again."""
    return ToolAnnotations(
        title=title, read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )


def result(model: BaseModel, text: str) -> CallToolResult:
    """Return a result: its structure for hosts that pass that on, and the same as lines, below a first one."""
    structure = model.model_dump(mode="json", exclude_none=True)
    return CallToolResult(
        content=[TextContent(type="text", text="\n".join((text, *_lines(structure))))],
        structured_content=structure,
    )


def _lines(structure: Mapping[str, Any]) -> Iterator[str]:
    """Yield a structure as plain lines; text between markers keeps its own."""
    for field, value in structure.items():
        match value:
            case [] | {}:
                continue
            case list():
                yield f"{field}:"
                yield from (f"- {_inline(one)}" for one in value)
            case _:
                yield f"{field}: {_inline(value)}"


def _inline(value: object) -> str:
    match value:
        case dict():
            return "; ".join(
                f"{field}: {_inline(one)}" for field, one in value.items() if one not in ([], {})
            )
        case list():
            return ", ".join(map(_inline, value))
    return str(value)


def part(items: Sequence[T], skip: int, most: int) -> tuple[Sequence[T], int | None]:
    """Return as many items as one answer holds, and how many come after them; None: no more."""
    shown = items[skip : skip + most]
    return shown, max(len(items) - skip - len(shown), 0) or None


def telling(work: Callable[[], T]) -> T:
    """Pass our own sentences on to the model; the SDK hides those of any other exception."""
    try:
        return work()
    except GuardrailsError as error:
        raise ToolError(str(error)) from error


def reading(work: Callable[[], T]) -> T:
    try:
        return work()
    except GuardrailsError as error:
        raise ResourceError(str(error)) from error


def origin(ctx: Context[Any, Any], means: Means, tool: str) -> Origin:
    """Return who called, as the client names itself."""
    params = ctx.session.client_params
    if params is None:
        return Origin(means, tool)
    return Origin(means, tool, params.client_info.name, params.client_info.version)


async def announce_migrations(ctx: Context[Any, Any]) -> None:
    """Tell whoever listens that the project has other migrations than before."""
    await ctx.notify_resources_changed()
    await ctx.notify_resource_updated(MIGRATIONS)
    if not is_version_at_least(ctx.protocol_version or "", ERA_OF_ROUNDS):
        await ctx.session.send_resource_list_changed()
