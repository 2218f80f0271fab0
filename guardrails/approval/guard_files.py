"""Files that hold the guard itself: a change of one is the owner's to approve, not the author's.

What a team edits for other reasons too (a workflow, a file of hooks) counts when it speaks of pg-guardrails,
before or after the change.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from guardrails.approval.git import Entry
from guardrails.approval.policy import FILE as POLICY
from guardrails.approval.policy import SIGNERS
from guardrails.config import FILE, PYPROJECT, TABLE

_ALWAYS = re.compile(
    r"(?:.*/)?(?:\.claude/(?:settings[^/]*\.json|hooks/.*)|\.codex/.*|\.cursor/hooks\.json|\.gemini/settings\.json"
    rf"|{re.escape(FILE)}|codeowners|\.guardrails/.*)"
    r"|\.github/hooks/.*|\.github/workflows/db-[^/]*"
    rf"|(?:.*/)?[^/]*approvals/(?:{re.escape(POLICY)}|{re.escape(SIGNERS)})",
    re.IGNORECASE,
)
_IF_NAMED = re.compile(
    r"\.github/(?:workflows|actions)/.*|action\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab/.*\.ya?ml|\.circleci/.*"
    r"|bitbucket-pipelines\.yml|azure-pipelines\.ya?ml|jenkinsfile|\.buildkite/.*"
    r"|(?:.*/)?(?:\.pre-commit-config\.yaml|lefthook\.ya?ml|\.husky/.*|\.mcp\.json|\.cursor/mcp\.json|\.vscode/mcp\.json)",
    re.IGNORECASE,
)
_OURS = re.compile(rb"pg[-_]guardrails", re.IGNORECASE)

Tree = Mapping[str, Entry]


def changed_guard_files(
    before: Tree, after: Tree, bytes_of: Callable[[Entry], bytes]
) -> Iterator[tuple[str, str]]:
    """Yield each guard file that was added, changed or removed, with what happened to it."""
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if _is_guard(path, [bytes_of(entry) for entry in (old, new) if entry and _may_be(path)]):
            yield path, "added" if old is None else "removed" if new is None else "changed"


def _may_be(path: str) -> bool:
    return bool(_IF_NAMED.fullmatch(path)) or path.rpartition("/")[2] == PYPROJECT


def _is_guard(path: str, versions: list[bytes]) -> bool:
    if _ALWAYS.fullmatch(path):
        return True
    if path.rpartition("/")[2] == PYPROJECT:
        tables = [_table(data) for data in versions]
        return any(table is not None for table in tables) and (len(tables) < 2 or tables[0] != tables[1])
    return any(_OURS.search(data) for data in versions)


def _table(data: bytes) -> object:
    """Return what a pyproject.toml says to us; a broken one says itself, if it names us at all."""
    try:
        tool = tomllib.loads(data.decode("utf-8-sig")).get("tool")
    except (ValueError, RecursionError):
        return data if _OURS.search(data) else None
    return tool.get(TABLE.partition(".")[2]) if isinstance(tool, dict) else None
