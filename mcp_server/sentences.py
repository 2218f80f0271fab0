"""An error of ours -> the sentence that a model gets: as it is, or as data where it repeats text of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project
from mcp_server.quoting import clean, is_ordinary_name, told, untrusted

_OURS = (GuardrailsError, OSError, LookupError)
"""What may stand behind an error without having put its own words into it."""


def sentence(error: Exception, root: Path) -> str:
    """Return what an error says, in one sentence; marked as data if a database or a file may speak in it."""
    text = clean(" ".join(str(error).split()))
    if any(not isinstance(cause, _OURS) for cause in _causes(error)) or _names_odd_file(text, root):
        return untrusted(text[:2000])
    return told(text)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _names_odd_file(text: str, root: Path) -> bool:
    """Say whether a path of the project stands in a text whose name reads like a sentence."""
    with suppress(GuardrailsError, OSError):
        project = find_project(root)
        parts = {part for file in project.files for part in Path(file.path).parts}
        return any(clean(part) in text for part in parts if not is_ordinary_name(part))
    return True
