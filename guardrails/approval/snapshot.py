"""A commit -> its migrations, found as they are found on disk, whatever is checked out.

The files that decide what is a migration are laid out in a folder of our own. Nothing else of the commit is
read, nothing is run, and what a commit says about our configuration can be taken from another commit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from guardrails.approval.git import LINK, SUBMODULE, Entry, Repository
from guardrails.approval.places import rollback_names
from guardrails.config import FILE, PYPROJECT, load_config
from guardrails.files import real, show
from guardrails.histories import name_of
from guardrails.layouts import parts_of
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import History, Project, Source, Tool, find_project, find_root

_CONFIGURATION = frozenset({FILE, PYPROJECT, "config.toml"})
# What tells one migration tool from another, or where a project ends.
_SIGNS = frozenset(
    {"Cargo.toml", "diesel.toml", "package.json", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts"}
)
_NOT_IN_A_PATH = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True)
class Migration:
    """A migration of a commit.

    Attributes:
        path: from the top of the repository.
        folder: that of the migrations, from the top.
        name: as its tool sees it, with its folder where each has one.
        source: what was read of it.
        linked: hash of the bytes that a link leads to, None when the file stands where it is found.
    """

    path: str
    tool: Tool
    folder: PurePosixPath
    name: str
    source: Source
    entry: Entry
    linked: str | None = None

    @property
    def version(self) -> str:
        return parts_of(self.tool, self.name)[0]

    @property
    def repeatable(self) -> bool:
        """It is run again whenever it changes, as Flyway's R__ files are."""
        return self.tool is Tool.FLYWAY and not self.version


@dataclass(frozen=True)
class Snapshot:
    """What a commit holds.

    Attributes:
        entries: its files and links, by path.
        submodules: the commit of each submodule, by path.
        place: where it is laid out.
        migrations: by path, in the order in which they run.
    """

    commit: str
    entries: Mapping[str, Entry]
    submodules: Mapping[str, str]
    place: Path
    project: Project
    migrations: Mapping[str, Migration]

    def rollback_of(self, migration: Migration) -> Entry | None:
        """Return what takes a migration back, None when that is no file of its own."""
        names = rollback_names(migration.tool, migration.folder, migration.name)
        return next((self.entries[name] for name in names if name in self.entries), None)


def take(
    repository: Repository,
    commit: str,
    place: Path,
    within: PurePosixPath,
    configured_by: Mapping[str, Entry] | None = None,
) -> Snapshot:
    """Lay out a commit and find its migrations.

    Args:
        repository: that holds it.
        commit: its full name.
        place: an empty folder for it.
        within: the folder of the repository whose project is meant.
        configured_by: take the configuration from this tree instead.

    Raises:
        GuardrailsError: a path of the commit is none, or a configuration is wrong.
    """
    tree = repository.tree(commit)
    entries = {path: entry for path, entry in tree.items() if entry.mode != SUBMODULE}
    submodules = {path: entry.oid for path, entry in tree.items() if entry.mode == SUBMODULE}
    read = {path: entry for path, entry in entries.items() if _matters(path, entry)}
    if configured_by is not None:
        read = {path: entry for path, entry in read.items() if not _configures(path)}
        read |= {path: entry for path, entry in configured_by.items() if _configures(path)}
    _lay_out(repository, read | _led_to(repository, read, entries), place)
    start = place / within
    while not start.is_dir():
        start = start.parent
    project = _project(start)
    found = {one.path: one for one in _migrations(project, read, real(place))}
    return Snapshot(commit, entries, submodules, place, project, found)


def _led_to(
    repository: Repository, read: Mapping[str, Entry], entries: Mapping[str, Entry]
) -> dict[str, Entry]:
    """Return the files that links lead to, by whatever name."""
    links = [entry for entry in read.values() if entry.mode == LINK]
    found: dict[str, Entry] = {}
    while links:
        texts = repository.blobs(link.oid for link in links)
        targets = {
            os.path.normpath(PurePosixPath(link.path).parent / os.fsdecode(texts[link.oid])) for link in links
        }
        new = {path: entries[path] for path in targets if path in entries and path not in {*read, *found}}
        found |= new
        links = [entry for entry in new.values() if entry.mode == LINK]
    return found


def _matters(path: str, entry: Entry) -> bool:
    name = path.rpartition("/")[2]
    return (
        name.lower().endswith((".sql", ".sql.conf")) or name in _CONFIGURATION | _SIGNS or entry.mode == LINK
    )


def _configures(path: str) -> bool:
    return path.rpartition("/")[2] in _CONFIGURATION


def _lay_out(repository: Repository, entries: Mapping[str, Entry], place: Path) -> None:
    # The top of a project is told by it, and the search upwards ends there.
    (place / ".git").mkdir(parents=True)
    data = repository.blobs(entry.oid for entry in entries.values())
    for path, entry in entries.items():
        if any(part.lower() in _NOT_IN_A_PATH for part in path.split("/")) or "\0" in path:
            raise GuardrailsError(f"a commit holds the path {path!r}, which leads elsewhere: remove it")
        target = place / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.mode == LINK and (leads := _inside(path, os.fsdecode(data[entry.oid]))):
                target.symlink_to(leads)
            else:
                target.write_bytes(data[entry.oid])
        except (OSError, ValueError) as error:
            raise GuardrailsError(f"{path!r} can't be laid out to be checked: {error}") from error


def _inside(path: str, leads: str) -> str | None:
    """Return where a link leads when that is inside the repository, whatever other links do on the way."""
    parts = leads.split("/")
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    inside = ups <= path.count("/") and not any(
        part.lower() in _NOT_IN_A_PATH for part in parts[ups:] if part != "."
    )
    return leads if inside and not leads.startswith("/") and "\0" not in leads else None


def _project(start: Path) -> Project:
    root = find_root(start)
    config = load_config(root)
    if config.migrations is not None:
        # Git knows no empty folder: before the first migration it is not there.
        with suppress(OSError):
            (root / config.migrations).mkdir(parents=True, exist_ok=True)
    return find_project(start, config)


def _migrations(project: Project, entries: Mapping[str, Entry], top: Path) -> Iterator[Migration]:
    shown = {show(top / path, project.root): entry for path, entry in entries.items()}
    histories = list(project.others)
    if project.migrations is not None:
        histories.insert(0, History(project.tool, project.migrations, project.files))
    for history in histories:
        folder = PurePosixPath(real(history.folder).relative_to(top).as_posix())
        for source in history.files:
            yield _migration(history.tool, folder, source, shown, top)


def _migration(
    tool: Tool, folder: PurePosixPath, source: Source, shown: Mapping[str, Entry], top: Path
) -> Migration:
    found = shown.get(source.path)
    if found is None:  # it stands in a folder that is a link
        place = next(above for above in PurePosixPath(source.path).parents if str(above) in shown)
        link = shown[str(place)]
        rest = PurePosixPath(source.path).relative_to(place)
        found = replace(link, path=str(PurePosixPath(link.path) / rest))
    linked = None
    if found.mode == LINK:
        target = top / found.path
        linked = hashlib.sha256(target.read_bytes() if target.is_file() else b"").hexdigest()
    return Migration(found.path, tool, folder, name_of(tool, found.path), source, found, linked)
