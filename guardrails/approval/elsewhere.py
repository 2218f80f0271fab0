"""A change -> the ways by which other SQL would run than was looked at, or SQL from where nobody looked.

Links, submodules, folders and names that some file systems or tools take for those of migrations, new folders
of migrations, and attributes that make git write other bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from guardrails.approval import attributes
from guardrails.approval.change import Change, Refusal, record_path
from guardrails.approval.git import LINK
from guardrails.approval.places import USUAL_FOLDERS, ledger_of
from guardrails.files import escape
from guardrails.project import Tool

_NUMBERED = re.compile(r"(?:[VU]?\d+\D.*|R__.*)\.sql", re.IGNORECASE)
_ANY_LANGUAGE = re.compile(r"\d+_.*\.(?:up|down)\..+", re.DOTALL)
_NEVER_DEPLOYED = re.compile(
    r"(?:^|/)(?:tests?|testdata|__tests__|spec|fixtures?|examples?|samples?|docs?|node_modules|vendor|third_party)/",
    re.IGNORECASE,
)


def refusals(change: Change) -> Iterator[Refusal]:
    """Yield each such way that a change brings."""
    yield from _names(change)
    yield from _submodules(change)
    if not change.allow_guard_changes:
        yield from _new_folders(change)
        yield from _attributes(change)


def _folders(change: Change) -> dict[str, Tool]:
    return {
        str(one.folder): one.tool for taken in (change.head, change.base) for one in taken.migrations.values()
    }


def _names(change: Change) -> Iterator[Refusal]:
    folders = _folders(change)
    spelt = {_folded(folder): folder for folder in folders}
    ledgers = {str(ledger_of(PurePosixPath(folder))) for folder in folders}
    for path, entry in change.head.entries.items():
        if not change.is_new(path) or path in change.head.migrations:
            continue
        parent, _, name = path.rpartition("/")
        sql = name.lower().endswith(".sql")
        if entry.mode == LINK:
            if "migrat" in name.lower() or path in folders or (parent in folders and sql):
                message = "is a link where migrations are looked for: commit the files themselves"
                yield Refusal(path, "link", message)
            elif parent in ledgers and name.endswith(".json"):
                yield Refusal(path, "link", "is a link: the record of an approval is a file of its own")
        elif sql and spelt.get(_folded(parent), parent) != parent:
            yield Refusal(
                path,
                "place",
                f"stands in {escape(spelt[_folded(parent)])} wherever names that look alike are the same: move it there",
            )
        elif parent in folders and sql and not name.endswith(".sql"):
            message = "is a migration wherever upper and lower case are the same: let its name end in .sql"
            yield Refusal(path, "place", message)
        elif folders.get(parent) is Tool.GOLANG_MIGRATE and not sql and _ANY_LANGUAGE.fullmatch(name):
            message = "would be run by golang-migrate, whatever its name ends in: let it end in .sql"
            yield Refusal(path, "place", message)


def _folded(path: str) -> str:
    """Return what file systems make of a path that know no case, no other form of a letter and no invisible ones."""
    shown = (char for char in unicodedata.normalize("NFKC", path) if unicodedata.category(char) != "Cf")
    return "".join(shown).casefold()


def _submodules(change: Change) -> Iterator[Refusal]:
    folders = _folders(change)
    places = {_folded(place) for one in folders for place in (one, str(ledger_of(PurePosixPath(one))))}
    before = change.base.submodules.items() | change.fork.submodules.items()
    for path, commit in change.head.submodules.items():
        folded = _folded(path)
        if (path, commit) not in before and any(
            f"{place}/".startswith(f"{folded}/") or folded.startswith(f"{place}/") for place in places
        ):
            message = "is a submodule where migrations are looked for: commit the files themselves"
            yield Refusal(path, "link", message)


def _new_folders(change: Change) -> Iterator[Refusal]:
    """Name a folder of migrations that is no part of the project, and that the base branch does not have."""
    known = {str(PurePosixPath(path).parent) for path in change.base.entries if path.endswith(".sql")}
    known |= _folders(change).keys()
    spelt = set(map(_folded, known))
    root = change.head.project.root.relative_to(change.head.place.resolve()).as_posix()
    seen: set[str] = set()
    for path in change.head.entries:
        folder = _folder_of_migrations(path)
        if (
            folder is None
            or folder in seen
            or _folded(folder) in spelt
            or not (root == "." or path.startswith(f"{root}/"))
            or any(place.startswith(f"{folder}/") for place in known)
            or not change.is_new(path)
        ):
            continue
        seen.add(folder)
        yield Refusal(
            path,
            "place",
            f"begins the folder of migrations {escape(folder)}, where this check does not look: an owner has it checked "
            "on its own, and then runs this check with --allow-guard-changes",
        )


def _folder_of_migrations(path: str) -> str | None:
    place = PurePosixPath(path)
    if _NEVER_DEPLOYED.search(path) or not path.lower().endswith(".sql"):
        return None
    if place.parent.name.lower() in USUAL_FOLDERS and _NUMBERED.fullmatch(place.name):
        return str(place.parent)
    if place.name in {"migration.sql", "up.sql"} and place.parent.parent.name.lower() in USUAL_FOLDERS:
        return str(place.parent.parent)
    return None


def _attributes(change: Change) -> Iterator[Refusal]:
    files = [*change.head.migrations, *(record_path(one) for one in change.head.migrations.values())]
    for path, entry in change.head.entries.items():
        if path.rpartition("/")[2].lower() != attributes.NAME or not change.is_new(path):
            continue
        old = change.base.entries.get(path)
        before = set(attributes.effects(path, change.bytes_of(old), files)) if old else set()
        for attribute, file in dict(
            one for one in attributes.effects(path, change.bytes_of(entry), files) if one not in before
        ).items():
            yield Refusal(
                path,
                "attribute",
                f"gives {escape(file)} the attribute {attribute}, by which others get something else than was approved, or "
                "don't see it: take that out, or an owner looks at it and runs the check with --allow-guard-changes",
            )
