"""A project and a commit that it left -> which of its migrations are new, and which old ones were touched.

The project as the commit had it is written to a folder of our own and read like any other, so that both
sides agree on what a migration is and in what order it runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from guardrails.config import Config, load_config
from guardrails.files import MOST_BYTES, real, show
from guardrails.git import Base, Entry, Repository, object_name, repository_at
from guardrails.histories import History, Source, Unreadable, name_of
from guardrails.layouts import sort_key
from guardrails.lint.contracts import GuardrailsError, MigrationFile, Problem, Profile, Settings
from guardrails.lint.values import dataclass, replace
from guardrails.project import Project, find_project
from guardrails.sections import Tool

EDITED = "APPLIED_MIGRATION_EDITED"

# What says where a project begins and what runs its migrations, beside the migrations themselves.
_READ = (".sql", ".toml")
_SIGNS = frozenset({"package.json", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts"})


@dataclass(frozen=True)
class Change:
    """What changed in one history.

    Attributes:
        history: as it stands in the working tree.
        new: the paths of its files to judge: those that the base has not, or has otherwise.
        gone: files that the base has and the working tree has not, without their text.
        problems: by path, what was done to an old migration, or is wrong with a new one's place.
    """

    history: History
    new: frozenset[str]
    gone: tuple[MigrationFile, ...]
    problems: Mapping[str, tuple[tuple[str, Problem], ...]]


@dataclass(frozen=True)
class Changes:
    """What changed in a project since it left another branch.

    Attributes:
        settings: what the base's configuration asks.
    """

    project: Project
    base: Base
    changes: tuple[Change, ...]
    settings: Settings

    def no_looser(self, settings: Settings) -> Settings:
        """Return settings of the working tree that ask no less than those of the base.

        A change must not switch off what would block it: that counts once it is on the base.
        """
        base = self.settings
        strict = Profile.STRICT in {settings.profile, base.profile}
        return replace(
            settings,
            profile=Profile.STRICT if strict else settings.profile,
            exposed_schemas=settings.exposed_schemas | base.exposed_schemas,
            rollbacks=settings.rollbacks or base.rollbacks,
            before_rollbacks=frozenset() if base.rollbacks else settings.before_rollbacks,
            least=base.levels,
        )


def changes_since(start: Path, ref: str | None = None) -> Changes:
    """Return what is new in the project around `start` against the merge base of HEAD and `ref`.

    Whether a file is tracked, staged or neither makes no difference: what stands in the folder counts.

    Raises:
        GuardrailsError: there is no git, no such commit, or no migrations.
    """
    project = find_project(start)
    repository = repository_at(project.root)
    base = repository.merge_base(ref)
    inside = real(project.root).relative_to(repository.top)
    now = load_config(project.root)
    before, settings = _read(repository, base.commit, inside, now)
    latest = before if base.tip == base.commit else _read(repository, base.tip, inside, now)[0]
    changes = _compared(project, repository.top, before, latest, base)
    return Changes(project, base, tuple(changes), settings)


@dataclass(frozen=True)
class _Old:
    """A migration of the base; `object` is git's name for its bytes."""

    source: Source
    tool: Tool
    folder: str
    object: str

    @property
    def repeatable(self) -> bool:
        return self.tool is Tool.FLYWAY and PurePosixPath(self.source.path).name.startswith("R__")


def _read(repository: Repository, commit: str, inside: Path, now: Config) -> tuple[dict[str, _Old], Settings]:
    """Return the migrations of a commit by their paths from the top, and what its configuration asks."""
    entries = [entry for entry in repository.entries(commit) if _matters(entry)]
    with _written(repository, entries, inside) as (top, root):
        try:
            config = load_config(root)
        except GuardrailsError:  # it is broken there, and this change may mend it
            config = replace(now, settings=Settings())
        if config.migrations is not None:  # git keeps no folder that is empty
            (root / config.migrations).mkdir(parents=True, exist_ok=True)
        keyed = _keyed(find_project(root, config), top, {entry.path: entry.object for entry in entries})
    prefix = "" if inside == Path() else f"{inside.as_posix()}/"
    return {key: old for key, old in keyed.items() if key.startswith(prefix)}, config.settings


@contextmanager
def _written(repository: Repository, entries: Sequence[Entry], inside: Path) -> Iterator[tuple[Path, Path]]:
    """Write files of a commit, and give the folders of the repository and of the project as it has them."""
    with TemporaryDirectory(prefix="pg-guardrails-") as folder:
        top = real(Path(folder)) / "base"
        (top / ".git").mkdir(parents=True)
        root = top / inside
        root.mkdir(parents=True, exist_ok=True)
        small = [entry for entry in entries if entry.size <= MOST_BYTES and entry.path.endswith(_READ)]
        for entry, data in repository.contents(small):
            _placed(top, entry).write_bytes(data)
        for entry in set(entries) - set(small):
            path = _placed(top, entry)
            path.touch()
            os.truncate(path, entry.size)  # takes no room, and is refused as the original would be
        yield top, root


def _matters(entry: Entry) -> bool:
    parts = entry.path.split("/")
    if any(part in {"", ".", "..", ".git", "node_modules"} for part in parts):
        return False
    return entry.path.endswith(_READ) or parts[-1] in _SIGNS


def _placed(top: Path, entry: Entry) -> Path:
    path = top / entry.path
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _histories(project: Project) -> list[History]:
    first = History(project.tool, project.migrations, project.files) if project.migrations else None
    return [history for history in (first, *project.others) if history is not None]


def _keyed(project: Project, top: Path, objects: Mapping[str, str]) -> dict[str, _Old]:
    return {
        key: _Old(file, history.tool, show(history.folder, top), objects.get(key, ""))
        for history in _histories(project)
        for file in history.files
        for key in (_key(project, file, top),)
    }


def _key(project: Project, file: Source, top: Path) -> str:
    """Return a path from the top of the repository, the same on both sides."""
    return (PurePosixPath(real(project.root).relative_to(real(top)).as_posix()) / file.path).as_posix()


def _compared(
    project: Project, top: Path, before: Mapping[str, _Old], latest: Mapping[str, _Old], base: Base
) -> Iterator[Change]:
    histories = _histories(project)
    there = {_key(project, file, top) for history in histories for file in history.files}
    gone = {key: old for key, old in before.items() if key not in there and not old.repeatable}
    renamed: set[str] = set()
    for history in histories:
        folder = show(history.folder, top)
        new: set[str] = set()
        problems: dict[str, Problem] = {}
        for file in history.files:
            key = _key(project, file, top)
            old = before.get(key) or latest.get(key)  # what was merged since then is old as well
            if old is not None and _same(old, file, project.root):
                continue
            new.add(file.path)
            if old is not None:
                found = None if old.repeatable else _edited(old.source, file, base)
            elif (origin := _origin(file, gone, renamed, project.root)) is not None:
                renamed.add(origin)
                found = Problem(f"was renamed: {base.ref} has it as {origin}", 0)
            else:
                found = _out_of_order(history.tool, file, folder, latest, base)
            if found is not None:
                problems[file.path] = found
        yield Change(history, frozenset(new), (), {path: ((EDITED, one),) for path, one in problems.items()})
    yield from _removed(project, top, [key for key in gone if key not in renamed], base)


def _removed(project: Project, top: Path, gone: Sequence[str], base: Base) -> Iterator[Change]:
    """Yield one change for all the files that no history has any more."""
    inside = real(project.root).relative_to(top).as_posix()
    files: list[MigrationFile] = []
    problems: dict[str, tuple[tuple[str, Problem], ...]] = {}
    for key in gone:
        path = key if inside == "." else key.removeprefix(f"{inside}/")
        what = "no longer runs" if os.path.lexists(top / key) else "was removed"
        files.append(MigrationFile(path, "", "", "", has_rollback=True))
        problems[path] = ((EDITED, Problem(f"{what}, and {base.ref} has it among its migrations", 0)),)
    if files:
        empty = History(project.tool, project.root, ())
        yield Change(empty, frozenset(), tuple(files), problems)


def _same(old: _Old, now: Source, root: Path) -> bool:
    if isinstance(old.source, MigrationFile) and isinstance(now, MigrationFile):
        return _lines(old.source.sql) == _lines(now.sql)
    return bool(old.object) and object_name(root / now.path, old.object) == old.object


def _edited(old: Source, now: Source, base: Base) -> Problem:
    offset = 0
    if isinstance(old, MigrationFile) and isinstance(now, MigrationFile):
        lines = now.sql.split("\n")
        for line, before in zip(lines, _lines(old.sql), strict=False):
            if line.removesuffix("\r") != before or offset + len(line) >= len(now.sql):
                break
            offset += len(line) + 1
    return Problem(f"was changed here, and {base.ref} has it among its migrations", offset)


def _lines(sql: str) -> list[str]:
    return [line.removesuffix("\r") for line in sql.split("\n")]


def _origin(file: Source, gone: Mapping[str, _Old], renamed: set[str], root: Path) -> str | None:
    return next((key for key, old in gone.items() if key not in renamed and _same(old, file, root)), None)


def _out_of_order(
    tool: Tool, file: Source, folder: str, theirs: Mapping[str, _Old], base: Base
) -> Problem | None:
    numbered = [old.source.path for old in theirs.values() if old.folder == folder and not old.repeatable]
    if isinstance(file, Unreadable) or not numbered:
        return None
    latest = max(numbered, key=lambda path: sort_key(tool, name_of(tool, path)))
    if sort_key(tool, name_of(tool, file.path)) > sort_key(tool, name_of(tool, latest)):
        return None
    after = PurePosixPath(name_of(tool, latest))
    return Problem(
        f"sorts before {after}, which {base.ref} has: a database that is up to date runs it too late or never",
        0,
        "Give it a version that sorts after the latest one of the base.",
    )
