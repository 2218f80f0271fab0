"""The installed files of each coding agent -> whether they are read, and whether their hooks block when they fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from guardrails.files import read_text
from guardrails.installing.checks import Check, Status
from guardrails.installing.contracts import Json
from guardrails.installing.harnesses import HARNESSES
from guardrails.installing.harnesses.contracts import Harness, entries, is_ours, words_of
from guardrails.installing.json_text import read_json
from guardrails.lint.contracts import GuardrailsError

AREA = "installed"
_SWITCHES = (".claude/settings.json", ".claude/settings.local.json")


@dataclass(frozen=True)
class Hook:
    """An installed hook of ours: what the harness starts."""

    harness: Harness
    words: tuple[str, ...]


def hooks_of(root: Path) -> tuple[Hook, ...]:
    """Return the hooks of ours that stand in the repository's files, one for each harness."""
    found = []
    for harness in HARNESSES:
        try:
            entry = _entry(harness, _document(root, harness))
        except GuardrailsError:
            continue
        if entry is not None:
            found.append(Hook(harness, words_of(entry, harness.command_key)))
    return tuple(found)


def examine_harnesses(root: Path, home: Path, used: Collection[str]) -> Iterator[Check]:
    """Look at the files of each harness that is in use."""
    for harness in HARNESSES:
        if harness.name in used:
            yield _examined(root, harness)
    yield from _switches(root, home)


def _examined(root: Path, harness: Harness) -> Check:
    set_up = f"pg-guardrails init --for {harness.name}"
    try:
        entry = _entry(harness, _document(root, harness))
    except GuardrailsError as error:
        message = str(error).removesuffix("; mend it first")
        return Check(
            AREA, Status.OFF, f"{harness.title}: {message}, so it is dropped whole", "mend the file by hand"
        )
    if entry is None:
        return Check(AREA, Status.OFF, f"{harness.title}: no hook of ours in {harness.hooks}", set_up)
    if harness.fails_closed is not None:
        key, value = harness.fails_closed
        if entry.get(key) != value:
            return Check(
                AREA,
                Status.OFF,
                f"{harness.title}: a hook that fails lets the command run: {key} is not set in {harness.hooks}",
                set_up,
            )
    where = " and ".join(dict.fromkeys(name for name in (harness.hooks, harness.mcp) if name))
    return Check(AREA, Status.OK, f"{harness.title}: {where}", harness.hint or "")


def _document(root: Path, harness: Harness) -> dict[str, Json]:
    path = root / harness.hooks
    if not path.exists():
        return {}
    return read_json(read_text(path, root), harness.hooks, comments=harness.name == "gemini")


def _entry(harness: Harness, document: dict[str, Json]) -> dict[str, Json] | None:
    ours = (
        entry
        for entry in entries(document, harness.keys)
        if is_ours(words_of(entry, harness.command_key), harness.name)
    )
    return next(ours, None)


def _dropped(title: str, error: GuardrailsError) -> str:
    return f"{title}: {str(error).removesuffix('; mend it first')}, so all of it is ignored"


def _switches(root: Path, home: Path) -> Iterator[Check]:
    """Look for what turns Claude Code's hooks off, or makes it drop a file of settings."""
    places = [(root / name, name) for name in _SWITCHES] + [(home / _SWITCHES[0], f"~/{_SWITCHES[0]}")]
    for path, shown in places:
        if not path.exists():
            continue
        try:
            settings = read_json(read_text(path, root), shown)
        except GuardrailsError as error:
            if shown != _SWITCHES[0]:
                yield Check(
                    AREA, Status.OFF, f"Claude Code: {error}".partition(";")[0], "mend the file by hand"
                )
            continue
        if settings.get("disableAllHooks"):
            yield Check(
                AREA,
                Status.OFF,
                f"Claude Code: {shown} turns all hooks off",
                f"take disableAllHooks out of {shown}",
            )
