"""What a person has typed of an argument -> how it may go on: codes of rules, names of migrations, locales."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import anyio.to_thread
from faker.config import AVAILABLE_LOCALES
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from commands.rules import families
from commands.validate import readable
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.rules import RULES
from guardrails.project import find_project
from mcp_server.answers import MIGRATIONS
from mcp_server.quoting import is_ordinary_name
from mcp_server.resources import RULES as RULES_URI

_MOST = 100


def add(server: MCPServer, root: Path) -> None:
    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]
    async def complete(
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion | None:
        return await anyio.to_thread.run_sync(partial(_completed, root, reference, argument.value))


def _completed(
    root: Path, reference: PromptReference | ResourceTemplateReference, typed: str
) -> Completion | None:
    match reference:
        case ResourceTemplateReference(uri=uri) if uri.startswith(f"{RULES_URI}/"):
            return _matching((*RULES, *families()), typed)
        case ResourceTemplateReference(uri=uri) if uri.startswith(f"{MIGRATIONS}/"):
            return _matching((Path(path).name for path in _paths(root)), typed)
        case PromptReference(name="db-validate-migration"):
            return _matching(_paths(root), typed)
        case PromptReference(name="db-seed-dev"):
            before, space, last = typed.rpartition(" ")
            return (
                _matching((f"{before}{space}{locale}" for locale in AVAILABLE_LOCALES), typed)
                if last
                else None
            )
    return None


def _paths(root: Path) -> list[str]:
    """Return the newest first; a name that reads like a sentence is not offered to anybody."""
    try:
        files = readable(find_project(root).files)
    except GuardrailsError:
        return []
    return [file.path for file in reversed(files) if is_ordinary_name(file.path)]


def _matching(values: Iterable[str], typed: str) -> Completion:
    """Return what begins with the typed text, then what holds it."""
    wanted = typed.casefold()
    found = [value for value in values if wanted in value.casefold()]
    found.sort(key=lambda value: not value.casefold().startswith(wanted))
    return Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST)
