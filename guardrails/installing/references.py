"""The commands of `.claude/commands` -> whether what they refer to is there, and what they let an assistant do unasked."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from guardrails.files import read_text, real, show
from guardrails.installing.checks import Check, Status
from guardrails.lint.contracts import GuardrailsError

AREA = "commands"
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_RUNNERS = frozenset({"npx", "bunx", "pnpm", "yarn", "exec", "dlx"})
_APPLYING = tuple(
    tuple(phrase.split())
    for phrase in (
        "supabase db push", "supabase db reset", "supabase migration up", "supabase migration repair", "psql",
        "pg_restore", "prisma migrate deploy", "prisma db push", "drizzle-kit push", "drizzle-kit migrate",
        "alembic upgrade", "flyway migrate", "dbmate up", "goose up", "bash", "sh", "pg-guardrails approve",
        "pg-guardrails confirm",
    )
)  # fmt: skip


def examine_commands(root: Path) -> Iterator[Check]:
    """Look at every command below `.claude/commands`."""
    folder = root / ".claude" / "commands"
    paths = sorted(folder.rglob("*.md")) if folder.is_dir() else []
    good = 0
    for path in paths:
        checks = list(_examined(root, path))
        good += not checks
        yield from checks
    if good:
        yield Check(AREA, Status.OK, f"{good} of {len(paths)} commands in .claude/commands are in order")
    if not paths:
        yield Check(AREA, Status.OFF, "there are no commands in .claude/commands", "pg-guardrails init")


def _examined(root: Path, path: Path) -> Iterator[Check]:
    shown = show(path, root)
    try:
        front = _front(read_text(path, root))
    except (GuardrailsError, yaml.YAMLError):
        yield Check(
            AREA, Status.OFF, f"{shown}: its front matter can't be read, so it is ignored", "mend it by hand"
        )
        return
    reference = front.get("riskPolicyRef")
    if isinstance(reference, str) and (why := _broken(root, reference)):
        yield Check(
            AREA,
            Status.OFF,
            f"{shown}: riskPolicyRef {reference}: {why}",
            "pg-guardrails init, or correct the reference",
        )
    tools = front.get("allowed-tools")
    listed = tools if isinstance(tools, list) else re.split(r",\s*", tools) if isinstance(tools, str) else []
    for tool in listed:
        if isinstance(tool, str) and _may_apply(tool.strip()):
            yield Check(
                AREA,
                Status.OFF,
                f"{shown}: allowed-tools lets {tool} run unasked",
                "take it out; allow one subcommand, as in Bash(pg-guardrails validate:*)",
            )


def _may_apply(tool: str) -> bool:
    """Tell a permission that covers a command which changes a database, as `Bash(supabase:*)` does."""
    found = re.fullmatch(r"Bash(?:\((.*)\))?", tool)
    if found is None:
        return tool.startswith("mcp__") and tool.endswith(("apply_migration", "execute_sql", "__*"))
    words = tuple(word for word in (found[1] or "*").replace(":*", " *").split() if word not in _RUNNERS)
    start = tuple(itertools.takewhile(lambda word: word != "*", words))
    return any(
        start[: len(phrase)] == phrase or (len(start) < len(words) and phrase[: len(start)] == start)
        for phrase in _APPLYING
    )


def _front(text: str) -> dict[str, object]:
    if not text.startswith("---"):
        return {}
    front = yaml.safe_load(re.split(r"^---\s*$", text, maxsplit=2, flags=re.MULTILINE)[1])
    return front if isinstance(front, dict) else {}


def _broken(root: Path, reference: str) -> str:
    """Return why a reference leads nowhere, "" when it does not."""
    name, _, anchor = reference.partition("#")
    path = root / name
    if not path.is_file() or not real(path).is_relative_to(real(root)):
        return f"there is no file {name}"
    if not anchor:
        return ""
    text = read_text(path, root)
    if path.suffix == ".json":
        return _missing_key(text, anchor)
    return "" if anchor in anchors(text) else f"{name} has no heading for it"


def _missing_key(text: str, anchor: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return "the file is broken JSON"
    for key in re.split(r"[./]", anchor.strip("/")):
        if not isinstance(value, dict) or key not in value:
            return f"the file has no key {key}"
        value = value[key]
    return ""


def anchors(markdown: str) -> frozenset[str]:
    """Return the names by which GitHub lets a heading be linked to."""
    seen: dict[str, int] = {}
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", markdown.replace("\r\n", "\n"))):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        number = seen.get(name, 0)
        seen[name] = number + 1
        found.add(f"{name}-{number}" if number else name)
    return frozenset(found)
