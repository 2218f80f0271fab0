"""Changes -> files, all of them or none."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath

from guardrails.files import real, show
from guardrails.installing.contracts import Change
from guardrails.lint.contracts import GuardrailsError


def place_in(root: Path, path: str) -> str:
    """Return where a path of the repository really is, from its top, links followed.

    Raises:
        GuardrailsError: a link leads out of the repository or into git's own folder, a folder is in the way, or the
            file may not be written.
    """
    target, top = real(root / path), real(root)
    if not target.is_relative_to(top):
        raise GuardrailsError(f"{path} leads out of the repository through a link; replace the link")
    inside = target.relative_to(top)
    if inside.parts[:1] == (".git",):
        raise GuardrailsError(f"{path} leads into .git through a link; replace the link")
    if target.is_dir():
        raise GuardrailsError(f"{path} is a folder; rename it")
    if target.exists() and not stat.S_IMODE(target.stat().st_mode) & stat.S_IWUSR:
        raise GuardrailsError(f"{path} is read-only; make it writable")
    for above in target.parents:
        if above.exists():
            if not above.is_dir():
                raise GuardrailsError(f"{show(above, root)} is a file, so {path} can't be written; rename it")
            if not os.access(above, os.W_OK | os.X_OK):
                raise GuardrailsError(f"{show(above, root)} is read-only; make it writable")
            break
    return inside.as_posix()


def missing_folders(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that have to be made for files, outer ones first."""
    parents = {parent.as_posix() for path in paths for parent in PurePosixPath(path).parents}
    return tuple(sorted(folder for folder in parents - {"."} if not (root / folder).exists()))


def apply(root: Path, changes: Iterable[Change], folders: Iterable[str] = ()) -> None:
    """Write every change, or put everything back: `folders` are removed afterwards where they are empty.

    Raises:
        GuardrailsError: a file changed since the changes were planned, or can't be written.
    """
    todo = tuple(changes)
    for change in todo:
        if _read(root / place_in(root, change.path)) != change.before:
            raise GuardrailsError(f"{change.path} changed meanwhile; run it again")
    undo: list[tuple[str, Callable[[], object]]] = []
    staged: dict[str, Path] = {}
    path = ""
    try:
        for folder in missing_folders(root, (change.path for change in todo if change.after is not None)):
            path = folder
            (root / folder).mkdir()
            undo.append((folder, (root / folder).rmdir))
        for change in todo:
            path = change.path
            if change.after is not None:
                staged[path] = _stage(root / path, change.after, _mode(root / path))
        for change in todo:
            path = change.path
            undo.append((path, partial(_put_back, root / path, change.before, _mode(root / path))))
            if path in staged:
                staged[path].replace(root / path)
            else:
                (root / path).unlink()
    except BaseException as error:
        for name in staged.values():
            name.unlink(missing_ok=True)
        left = _undone(undo)
        if isinstance(error, OSError):
            reason = (error.strerror or str(error)).lower()
            now = f"take {', '.join(left)} from git again" if left else "everything is as it was"
            raise GuardrailsError(f"{path} can't be written: {reason}; {now}") from error
        raise
    for folder in sorted(folders, key=len, reverse=True):
        place = root / folder
        if place.is_dir() and not place.is_symlink() and not any(place.iterdir()):
            place.rmdir()


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def _stage(path: Path, data: bytes, mode: int | None) -> Path:
    """Write beside a file what is to take its place, with the same rights."""
    name = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with name.open("xb") as file:
            file.write(data)
        if mode is not None:
            name.chmod(mode)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    return name


def _put_back(path: Path, before: bytes | None, mode: int | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    elif _read(path) != before:
        _stage(path, before, mode).replace(path)


def _undone(steps: list[tuple[str, Callable[[], object]]]) -> list[str]:
    """Take steps back, the last first; return the files with which that failed."""
    left = []
    for path, step in reversed(steps):
        try:
            step()
        except OSError:
            left.append(path)
    return left
