"""A folder of the user's -> its project: the migrations, in the order in which their tool runs them.

Files are read, never run or imported. What a tool would not run is named in `History.left_out`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from guardrails.config import Config, configured, load_config
from guardrails.files import real, show
from guardrails.histories import (
    History,
    Layout,
    Source,
    Unreadable,
    history_around,
    layout_around,
    name_of,
    read_file,
    read_folder,
    search,
    sort_keys,
    upwards,
)
from guardrails.layouts import NESTED, sort_key, undo_names
from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.lint.values import dataclass
from guardrails.naming import next_name
from guardrails.sections import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "History",
    "Layout",
    "Project",
    "Source",
    "Tool",
    "Unreadable",
    "find_project",
    "find_root",
    "history_of",
    "layout_around",
    "read_file",
    "read_folder",
]

_USUAL = (
    (Tool.SUPABASE, "supabase/migrations"),
    (Tool.PRISMA, "prisma/migrations"),
    (Tool.FLYWAY, "src/main/resources/db/migration"),
    (Tool.FLYWAY, "db/migration"),
    (Tool.DBMATE, "db/migrations"),
    (Tool.PLAIN, "database/migrations"),
    (Tool.PLAIN, "sql/migrations"),
    (Tool.PLAIN, "migrations"),
)

_PACKAGES = (
    "package.json",
    "go.mod",
    "Cargo.toml",
    "pyproject.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
)


@dataclass(frozen=True)
class Project:
    """A user's repository.

    Attributes:
        tool: what runs its migrations; without any, what would.
        migrations: their folder, None when there is none yet.
        files: in the order in which `tool` runs them.
        rollbacks: at least one migration has a way back.
        others: more folders of migrations, each with a history of its own.
        home: where a new migration goes.
    """

    root: Path
    tool: Tool
    migrations: Path | None
    files: tuple[Source, ...]
    rollbacks: bool
    others: tuple[History, ...] = ()
    home: Path = Path("migrations")

    def next_path(self, name: str, now: datetime) -> Path:
        """Return where a new migration is to be written, so that it runs after all others.

        Args:
            name: what it is called: `a-z`, `0-9` and `_`.
            now: the moment, in UTC.

        Raises:
            GuardrailsError: the name is not one, or it is open in which folder it belongs.
        """
        if self.others:
            folders = ", ".join(show(history.folder, self.root) for history in self.others)
            raise GuardrailsError(
                f"{show(self.home, self.root)} and {folders} all hold migrations: "
                'name the one to write to in guardrails.toml, as in migrations = "db/migrations"'
            )
        return self.home / next_name(
            self.tool, [name_of(self.tool, file.path) for file in self.files], name, now
        )

    def rollback_path(self, migration: Path) -> Path | None:
        """Return where what undoes a migration belongs; None for a section of the same file, or nowhere.

        A project that keeps its rollbacks elsewhere than usual has that followed.
        """
        names = undo_names(self.tool, name_of(self.tool, migration.as_posix()))
        paths = [Path(os.path.normpath(self.home / name)) for name in names]
        habits = (_habit(self, file) for file in reversed(self.files))
        habit = next((place for place in habits if place is not None), 0)
        inside = [path for path in (*paths[habit:], *paths) if path.is_relative_to(self.root)]
        return next(iter(inside), None)


def find_root(start: Path) -> Path:
    """Return the folder that a project begins at, searched from `start` upwards.

    It is the nearest with a configuration of this tool, else with migrations in a usual place, else
    the top of the git repository, else `start`. The search ends at that top, and below the home folder.

    Raises:
        GuardrailsError: `start` is missing.
    """
    folders = upwards(_folder_at(start))
    if (found := next((folder for folder in folders if configured(folder)), None)) is not None:
        return found
    for folder in folders:
        if places := {place for _, name in _USUAL if (place := folder / name).is_dir()}:
            return _holder(folder, places, folders)
    return next((folder for folder in folders if (folder / ".git").exists()), folders[0])


def find_project(start: Path, config: Config | None = None) -> Project:
    """Return the project that a folder, or a file, belongs to.

    Args:
        start: where to look from, upwards.
        config: what the project's files say, when that is known.

    Raises:
        GuardrailsError: `start` is missing, or the configuration is wrong.
    """
    root = find_root(start)
    asked = load_config(root) if config is None else config
    histories = _histories_of(root, asked, _folder_at(start))
    tool, home = _home(root, asked)
    if not histories:
        return Project(root, tool, home if home.is_dir() else None, (), False, home=home)
    first, *others = histories
    rollbacks = any(file.has_rollback for file in first.readable)
    return Project(root, first.tool, first.folder, first.files, rollbacks, tuple(others), first.folder)


def history_of(project: Project, path: Path) -> tuple[MigrationFile, ...]:
    """Return what a tool runs before a migration, which need not exist yet, in order.

    For a file that is no part of the project's histories, that is what stands in its own folder.
    """
    here = real(path)
    known = [History(project.tool, project.migrations, project.files)] if project.migrations else []
    for history in (*known, *project.others):
        above = here.parent.parent if history.tool in NESTED else here.parent
        if above == real(history.folder):
            break
    else:
        history = history_around(path, project.root)
    key = sort_key(history.tool, name_of(history.tool, here.as_posix()))
    return tuple(file for file, own in zip(history.readable, sort_keys(history), strict=True) if own < key)


def _holder(folder: Path, places: set[Path], folders: list[Path]) -> Path:
    """Return the project of migrations in `folder`: supabase/ and db/ belong to what stands above them."""
    for above in folders[folders.index(folder) + 1 :]:
        if any((folder / name).exists() for name in _PACKAGES):
            break
        if places & {above / name for _, name in _USUAL}:
            folder = above
    return folder


def _histories_of(root: Path, config: Config, start: Path) -> list[History]:
    """Return the histories of a project, those in or around `start` first."""
    if config.migrations is not None:
        place = root / config.migrations
        if not place.is_dir():
            raise GuardrailsError(
                f'{config.source} names the folder "{show(place, root)}", which is not there: '
                "make it, or correct the name"
            )
        return _distinct(search(place, root))
    for folder in upwards(start):
        places = [place for _, name in _USUAL if (place := folder / name).is_dir()]
        if found := _distinct(history for place in places for history in search(_inside(place, root), root)):
            return found
        if places:
            return []
        if folder == root:
            break
    # A folder that nobody called a project may be a home folder: it is not searched.
    found = [one for one in _distinct(search(root, root, below=_is_top(root))) if _is_numbered(one)]
    near = [one for one in found if one.folder.is_relative_to(start) or start.is_relative_to(one.folder)]
    return near or found


def _is_numbered(history: History) -> bool:
    """Tell a history from stray SQL files, which nobody named: it has numbers, or its folder says so."""
    return "migrat" in history.folder.name.lower() or any(file.timestamp for file in history.readable)


def _is_top(folder: Path) -> bool:
    return (folder / ".git").exists() or configured(folder)


def _distinct(histories: Iterable[History]) -> list[History]:
    return list({history.folder: history for history in histories}.values())


def _home(root: Path, config: Config) -> tuple[Tool, Path]:
    """Return what is likely to run a project's first migration, and where that goes."""
    if config.migrations is not None:
        tools = (tool for tool, name in _USUAL if config.migrations.endswith(name))
        return next(tools, Tool.PLAIN), root / config.migrations
    if (root / "diesel.toml").is_file():
        return Tool.DIESEL, root / "migrations"
    usual = ((tool, root / name) for tool, name in _USUAL)
    signs = ((tool, root / str(tool) / "migrations") for tool in (Tool.SUPABASE, Tool.PRISMA))
    found = next(((tool, place) for tool, place in usual if place.is_dir()), None)
    found = found or next(((tool, place) for tool, place in signs if place.parent.is_dir()), None)
    return found or (Tool.PLAIN, root / "migrations")


def _inside(place: Path, root: Path) -> Path:
    if not real(place).is_relative_to(real(root)):
        raise GuardrailsError(
            f"{show(place, root)} is a link that leads out of the project: "
            "name the folder that it leads to, or replace the link"
        )
    return real(place)


def _folder_at(start: Path) -> Path:
    if not os.path.lexists(start):
        raise GuardrailsError(f"there is no {show(start, Path.cwd())}: check the path")
    here = real(start)
    return here if here.is_dir() else here.parent


def _habit(project: Project, file: Source) -> int | None:
    """Return at which of the places for an undoing file this migration has one."""
    names = undo_names(project.tool, name_of(project.tool, file.path))
    return next((number for number, name in enumerate(names) if os.path.lexists(project.home / name)), None)
