"""A folder, or a file, that may hold migrations -> their histories.

A history is what one tool runs, in its order, out of one folder. A file in it that can't be read stays
in its place as `Unreadable`: it must neither hide the others nor pass unseen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from guardrails.files import following_once, read_text, real, show
from guardrails.kept_files import made_of
from guardrails.layouts import (
    NESTED,
    Key,
    Listing,
    order_of,
    other_database,
    parts_of,
    refused_by,
    sort_key,
    switches,
    tool_of,
    transactions_of,
    undo_names,
)
from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.lint.values import dataclass, field
from guardrails.sections import IN_SECTIONS, Tool, has_statement, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")

WAYS_BACK = frozenset({"down", "rollback", "rollbacks", "undo", "revert"})
NOT_SEARCHED = frozenset({"node_modules", "vendor", "venv", "dist", "build", "target", "site-packages"})
_DEEPEST = 8
_MOST_FOLDERS = 20_000
# Where everybody may write, so that a file there speaks for no project: as `tempfile` knows them, which takes
# its time to import.
_SHARED = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108
# Where numbered SQL files are taken for migrations although no part of the path speaks of migrations.
_HOMES = frozenset(
    {"db", "sql", "database", "schema", "schemas", "deltas", "versions", "changes", "changelog"}
)


@dataclass(frozen=True)
class Unreadable:
    """A file that is a migration by its name and place, and the sentence that says why it can't be read."""

    path: str
    reason: str


Source = MigrationFile | Unreadable
Layout = tuple[Tool, Path]


@dataclass(frozen=True)
class History:
    """The migrations of one folder.

    Attributes:
        files: in the order in which `tool` runs them.
        left_out: by path, why an SQL file beside them is no part of what runs.
    """

    tool: Tool
    folder: Path
    files: tuple[Source, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def readable(self) -> tuple[MigrationFile, ...]:
        return tuple(file for file in self.files if isinstance(file, MigrationFile))


def read_folder(folder: Path, root: Path) -> tuple[History, ...]:
    """Return every history of migrations in a folder that the user named, or below it.

    Args:
        folder: where to look.
        root: what the paths of the files are given from.

    Raises:
        GuardrailsError: it is missing, can't be read, holds no migrations, or too many folders.
    """
    if not folder.is_dir():
        raise GuardrailsError(f"there is no folder {show(folder, root)}: check the path")
    histories = search(real(folder), root)
    if not histories:
        raise GuardrailsError(
            f"{show(folder, root)} holds no SQL migrations: name the folder that does, or the files"
        )
    return histories


def read_file(
    path: Path, root: Path, layout: Layout | None = None, *, text: str | None = None
) -> MigrationFile:
    """Return one migration that the user named, whether its tool would run it or not.

    Args:
        path: the file.
        root: what its path is given from.
        layout: `layout_around` of the file, when that is known: it reads all files of the folder.
        text: what it holds, when that is known; None: it is read.

    Raises:
        GuardrailsError: it is missing, no regular file, forbidden, too large, not UTF-8 text, or refused by its tool.
    """
    sql = read_text(path, root) if text is None else text
    tool, folder = layout or layout_around(path)
    if text is None and tool in IN_SECTIONS:
        why = refused_by(tool, _listing(folder, folder, folder)).get(path.name)
        if why is not None:
            raise GuardrailsError(why)
    return _migration(tool, folder, name_of(tool, Path(os.path.abspath(path)).as_posix()), root, sql)  # noqa: PTH100


def history_around(path: Path, root: Path) -> History:
    """Return the history of the folder that a file stands in, empty when there is no such folder."""
    tool, folder = layout_around(path)
    if not folder.is_dir():
        return History(tool, folder, ())
    return _history(tool, _listing(folder, root, folder), root)


def upwards(folder: Path) -> list[Path]:
    """Return a folder and those above it that may be the top of its project, nearest first."""
    ends = _once(("ends", folder.anchor), lambda: _ends(folder.anchor))
    folders = [folder]
    for above in folder.parents:
        if (folders[-1] / ".git").exists() or folders[-1] in ends or above in ends:
            break
        folders.append(above)
    return folders


def _ends(anchor: str) -> frozenset[Path]:
    """Return the folders that are above every project."""
    # `Path.home` fails for a user without a home; `expanduser` then gives no real path, which is none's end.
    home = Path(os.path.expanduser("~"))  # noqa: PTH111
    shared = {*_SHARED, *filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP")))}
    return frozenset({Path(anchor), real(home), *(real(Path(place)) for place in shared)})


def search(top: Path, root: Path, *, below: bool = True) -> tuple[History, ...]:
    """Return the histories in a folder and below it; one of unnumbered files only when there is no other.

    Raises:
        GuardrailsError: the folder can't be read, or holds too many others to look through.
    """
    return _once(("search", top, root, below), lambda: tuple(_searched(top, root, below)))


def sort_keys(history: History) -> tuple[Key, ...]:
    """Return what the tool sorts the readable files of a history by, in their order."""
    tool = history.tool

    def keys() -> tuple[History, tuple[Key, ...]]:
        found = tuple(sort_key(tool, name_of(tool, file.path)) for file in history.readable)
        return history, found  # with the history, so that the identity of its files stays theirs

    return _once(("keys", id(history.files)), keys)[1]


def _searched(top: Path, root: Path, below: bool) -> Iterator[History]:
    found = searched = 0
    pending = [(real(top), 0)]
    while pending:
        folder, depth = pending.pop()
        searched += 1
        if searched > _MOST_FOLDERS:
            raise GuardrailsError(
                f"{show(top, root)} holds more than {_MOST_FOLDERS} folders: name the one of the migrations"
            )
        listing = _listing(folder, root, top) if depth == 0 else _listing_if_allowed(folder, root, top)
        tool = tool_of(listing)
        if tool is not None and _is_history(tool, listing, top):
            found += 1
            yield _history(tool, listing, root)
        if below and depth < _DEEPEST:
            names = [name for name in listing.folders if _is_searched(name, tool, listing, top)]
            pending += [(folder / name, depth + 1) for name in reversed(names)]
    if not found and (tool := tool_of(listing := _listing(real(top), root, top))) is not None:
        yield _history(tool, listing, root)


def _is_history(tool: Tool, listing: Listing, top: Path) -> bool:
    """Tell migrations from other numbered SQL files (examples, tests, queries) by where they stand."""
    if tool not in {Tool.PLAIN, Tool.SQLX}:
        return True
    here = real(Path(listing.place))
    if not any(name[0].isdigit() for name in listing.files):
        return "migrat" in here.name.lower()
    parts = (real(top).name, *here.relative_to(real(top)).parts)
    return here == real(top) or here.name.lower() in _HOMES or any("migrat" in part.lower() for part in parts)


def _is_searched(name: str, tool: Tool | None, listing: Listing, top: Path) -> bool:
    path = Path(listing.place) / name
    if name.startswith(".") or name in NOT_SEARCHED or name in WAYS_BACK or path.is_symlink():
        return False
    if tool in NESTED and NESTED[tool] in listing.folders[name]:
        return False
    return other_database(path.relative_to(real(top)).parts) is None


def _listing_if_allowed(folder: Path, root: Path, top: Path) -> Listing:
    """List a folder that was only met on the way; a database's own data often stand in a closed one."""
    try:
        return _listing(folder, root, top)
    except GuardrailsError:
        if "migrat" in folder.name.lower():
            raise
        return Listing(folder, (), {}, lambda _: None)


@contextmanager
def read_once() -> Iterator[None]:
    """Read each folder once while this lasts, however many files are asked about."""
    before = _met.set({})
    try:
        with following_once():
            yield
    finally:
        _met.reset(before)


_met: ContextVar[dict[tuple[object, ...], Any] | None] = ContextVar("met", default=None)


def _once(key: tuple[object, ...], read: Callable[[], T]) -> T:
    met = _met.get()
    if met is None:
        return read()
    if key not in met:
        met[key] = read()
    found: T = met[key]
    return found


def _listing(folder: Path, root: Path, top: Path) -> Listing:
    return _once(("listing", folder, root, top), lambda: _listed(folder, root, top))


def _listed(folder: Path, root: Path, top: Path) -> Listing:
    try:
        with os.scandir(folder) as entries:
            folders = {entry.name: _is_folder(entry) for entry in entries}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuardrailsError(f"the folder {show(folder, root)} can't be read: {reason}") from error
    names = sorted(folders)

    @cache
    def text(name: str) -> str | None:
        try:
            return _text(folder / name, root, top)
        except GuardrailsError:
            return None

    return Listing(
        place=folder,
        files=tuple(name for name in names if not folders[name] and _is_sql(name)),
        folders={name: _sql_in(folder / name) for name in names if folders[name]},
        text=text,
        rust=any((above / "Cargo.toml").is_file() for above in upwards(folder)),
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _is_sql(name: str) -> bool:
    return name.lower().endswith(".sql") and not name.startswith(".")


def _sql_in(folder: Path) -> tuple[str, ...]:
    return tuple(name for name in ("up.sql", "migration.sql") if os.path.lexists(folder / name))


def _history(tool: Tool, listing: Listing, root: Path) -> History:
    return _once(("history", tool, listing.place, root), lambda: _ordered(tool, listing, root))


def _ordered(tool: Tool, listing: Listing, root: Path) -> History:
    order = order_of(tool, listing)
    folder = Path(listing.place)
    refused = refused_by(tool, listing)
    files = tuple(
        Unreadable(show(folder / name, root), refused[name])
        if name in refused
        else _source(tool, folder, name, root)
        for name in order.forwards
    )
    return History(
        tool, folder, files, {show(folder / name, root): why for name, why in order.left_out.items()}
    )


def _source(tool: Tool, folder: Path, name: str, root: Path) -> Source:
    beside = switches(tool, name)
    names = (name, *undo_names(tool, name), *([beside] if beside else ()))
    paths = [os.path.join(folder, one) for one in names]  # noqa: PTH118
    if os.path.islink(os.path.dirname(paths[0])):  # noqa: PTH114, PTH120
        return _read_source(tool, folder, name, root)
    return made_of((tool, folder, name, root), paths, lambda: _read_source(tool, folder, name, root))


def _read_source(tool: Tool, folder: Path, name: str, root: Path) -> Source:
    try:
        return _migration(tool, folder, name, root, _text(folder / name, root, folder))
    except GuardrailsError as error:
        return Unreadable(show(folder / name, root), str(error))


def _text(path: Path, root: Path, top: Path) -> str:
    """Read a file that was found, not named: a link must not make something else a migration."""
    if os.path.islink(path) or os.path.islink(os.path.dirname(path)):  # noqa: PTH114, PTH120
        where = real(path)
        if not where.is_relative_to(real(root)) and not where.is_relative_to(real(top)):
            raise GuardrailsError(
                f"{show(path, root)} is a link that leads out of the project: replace it by the file"
            )
    return read_text(path, root)


def _migration(tool: Tool, folder: Path, name: str, root: Path, sql: str) -> MigrationFile:
    timestamp, called = parts_of(tool, name)
    halves = sections(tool, sql)
    down = sql[slice(*halves.down)] if halves and halves.down else _undo(tool, folder, name, root)
    return MigrationFile(
        path=show(folder / name, root),
        timestamp=timestamp,
        name=called,
        sql=sql,
        up=halves.up if halves else None,
        has_rollback=has_statement(down),
        transactions=transactions_of(tool, sql, _switched(tool, folder, name, root)),
        down=down,
    )


def _switched(tool: Tool, folder: Path, name: str, root: Path) -> str:
    beside = switches(tool, name)
    if beside is None or not os.path.lexists(os.path.join(folder, beside)):  # noqa: PTH118
        return ""
    try:
        return _text(folder / beside, root, folder)
    except GuardrailsError:
        return ""


def _undo(tool: Tool, folder: Path, name: str, root: Path) -> str:
    """Return the text of the file that undoes a migration, empty when there is none that can be read."""
    for undo in undo_names(tool, name):
        if os.path.lexists(os.path.join(folder, undo)):  # noqa: PTH118
            try:
                return read_text(folder / undo, root)
            except GuardrailsError:
                return ""
    return ""


def layout_around(path: Path) -> Layout:
    """Return the tool that a file's neighbours speak for, and the folder that its names count from.

    It is the same for all files of a folder.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100
    for above in (folder.parent, folder):
        try:
            tool = tool_of(_listing(above, above, above))
        except GuardrailsError:
            continue
        if tool is not None and (tool in NESTED) == (above != folder):
            return tool, above
    return Tool.PLAIN, folder


def name_of(tool: Tool, path: str) -> str:
    """Return a migration's name as its tool sees it: with its folder where there is one for each."""
    folder, _, name = path.rpartition("/")
    if tool in NESTED:
        return f"{folder.rpartition('/')[2]}/{name}" if folder else name
    return name
