"""A disposable PostgreSQL of our own: started here, spoken to by one private socket, removed at the end.

Nothing takes a host, a port or a connection string, so nothing can be pointed at a database of the
user's. Foreign SQL runs as `postgres`, which is no superuser, and the superuser never connects to a
database that foreign SQL has touched. PostgreSQL 18 is what the embedded package brings; versions
before 16 are refused, since there CREATEROLE may grant itself the right to run programs.

What is made once is kept: an empty cluster with its roles and templates, and for a history its cluster
after it ran. Roles belong to a cluster, so nothing less than all of it is a history's state.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from guardrails.config import ShadowSettings
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.binaries import (
    Installation,
    embedded,
    find_binaries,
    installed,
    reachable_by_others,
    readable_by_others,
)
from guardrails.shadow.cache import alone, cache_folder, key_of, remove_unfinished, restore, store
from guardrails.shadow.platform import Platform
from guardrails.shadow.sandbox import missing
from guardrails.shadow.server import (
    ADMIN_DATABASE,
    FIRST_DATABASE,
    LOGIN,
    ROOT,
    Limits,
    Server,
    as_inspector,
    connect,
    deadline,
    run_program,
    start,
    terminate,
)
from guardrails.shadow.sources import copy_extensions, decisive, text_of

__all__ = [
    "LOGIN",
    "Begun",
    "Limits",
    "Platform",
    "Prepared",
    "Server",
    "as_inspector",
    "connect",
    "deadline",
    "disposable_server",
    "prepared_server",
    "terminate",
]

_PREFIX = "pg-guardrails-"
_NOBODY = 65534
_LONGEST_SOCKET = 90  # the system's limit is 104 to 108 bytes, file name included
_IN_MEMORY = "/dev/shm"  # noqa: S108
_TRUSTED = ("vector", "moddatetime", "pg_stat_statements", "earthdistance")


@dataclass(frozen=True)
class Begun:
    """A server on whose first database a part of a history ran.

    Attributes:
        conninfo: of that database.
        done: how many steps of the history ran before.
        note: what was kept with them.
    """

    server: Server
    conninfo: str
    done: int
    note: str


@dataclass(frozen=True)
class Prepared:
    """A server on whose first database a history ran.

    Attributes:
        conninfo: of that database.
        note: what `fill` returned when the history ran.
        warm: it did not run now, its outcome was kept.
    """

    server: Server
    conninfo: str
    note: str
    warm: bool


@contextmanager
def disposable_server(
    settings: ShadowSettings | None = None,
    limits: Limits | None = None,
    platform: Platform = Platform.PLAIN,
) -> Iterator[Server]:
    """Start a PostgreSQL in a temporary folder; when the block ends, it and the folder are gone.

    It can make databases of every platform; those of `platform` at once.

    Raises:
        GuardrailsError: it is not installed, does not start, or nothing here could contain it.
    """
    with _place(settings or ShadowSettings(), limits or Limits()) as place:
        server = place.start_empty(platform)
        try:
            yield server
        finally:
            server.end()


@contextmanager
def prepared_server(
    platform: Platform,
    history: Sequence[str | bytes],
    fill: Callable[[Begun], str],
    settings: ShadowSettings | None = None,
    limits: Limits | None = None,
) -> Iterator[Prepared]:
    """Start a server on which a history ran, from the longest beginning of it that was kept.

    `history` has for each step all that decides what it makes: name and bytes of a file, settings. `fill`
    runs the steps that did not run yet, and returns a note to keep with all of them; what it raises keeps nothing.

    Raises:
        GuardrailsError: as `disposable_server`.
    """
    with _place(settings or ShadowSettings(), limits or Limits()) as place, ExitStack() as running:
        keys = _keys(place.key, platform, history)
        server, done, note = place.start_longest(keys, platform)
        running.callback(server.end)
        warm = done == len(keys) > 0
        if done == 0:
            server.database(platform)
        if not warm:
            conninfo = server.conninfo(FIRST_DATABASE, LOGIN, server.password)
            note = fill(Begun(server, conninfo, done, note))
            if place.cache is not None and keys:
                server = _kept(server, place, keys[-1], note, platform)
                running.callback(server.end)
        yield Prepared(server, server.conninfo(FIRST_DATABASE, LOGIN, server.password), note, warm=warm)


def _keys(place: str, platform: Platform, history: Sequence[str | bytes]) -> list[str]:
    """Return for each step the key of what is there after it."""
    keys = []
    key = key_of("history", place, platform)
    for step in history:
        key = key_of(key, step)
        keys.append(key)
    return keys


def _kept(server: Server, place: _Place, key: str, note: str, platform: Platform) -> Server:
    """Stop a server, keep its data folder, and start it anew."""
    assert place.cache is not None
    server.stop()
    kept = {"root_password": server.root_password, "note": note, "databases": str(server.databases)}
    store(place.cache, key, place.folder / "data", kept)
    again = place.start(server.root_password, platform)
    again.databases = server.databases
    return again


@dataclass(frozen=True)
class _Place:
    """A folder of ours with everything that a server in it needs.

    Attributes:
        key: what decides how an empty cluster looks, its platform aside.
        lock: a descriptor; the folder belongs to somebody alive while it is open.
    """

    folder: Path
    installation: Installation
    account: int | None
    sandboxed: bool
    cache: Path | None
    key: str
    lock: int
    limits: Limits

    def start(self, root_password: str, platform: Platform) -> Server:
        server = self._start_as_it_is(root_password, self.limits)
        try:
            server.renew_passwords()
        except BaseException:
            server.end()
            raise
        server.platforms |= {Platform.PLAIN, platform}
        return server

    def start_kept(self, key: str, platform: Platform) -> tuple[Server, str] | None:
        """Start from what is kept under this key; what does not start is removed from the cache."""
        note = self._restored(key)
        if note is None:
            return None
        try:
            server = self.start(note["root_password"], platform)
            server.databases = int(note.get("databases", "0"))
        except (GuardrailsError, KeyError):
            assert self.cache is not None
            (self.cache / key).unlink(missing_ok=True)
            self._clear()
            return None
        return server, note.get("note", "")

    def start_longest(self, keys: Sequence[str], platform: Platform) -> tuple[Server, int, str]:
        """Start from what is kept under the last of these keys, else an empty one; say how many steps ran, and the note."""
        for number in range(len(keys), 0, -1):
            kept = self.start_kept(keys[number - 1], platform)
            if kept is not None:
                return kept[0], number, kept[1]
        return self.start_empty(platform), 0, ""

    def start_empty(self, platform: Platform) -> Server:
        """Start a cluster without foreign SQL, whose databases of this platform are copies of one."""
        key = key_of(self.key, platform)
        if self.cache is None:
            return self.start(self._build(platform), platform)
        kept = self.start_kept(key, platform)
        if kept is not None:
            return kept[0]
        with alone(self.cache):
            kept = self.start_kept(key, platform)
            if kept is not None:
                return kept[0]
            root_password = self._build(platform)
            store(self.cache, key, self.folder / "data", {"root_password": root_password})
        return self.start(root_password, platform)

    def _restored(self, key: str) -> dict[str, str] | None:
        if self.cache is None:
            return None
        try:
            return restore(self.cache, key, self.folder / "data", self.account)
        except OSError as error:
            raise GuardrailsError(f"{self.folder.parent} can't be written to: {error.strerror}") from error

    def _clear(self) -> None:
        for place in (self.folder / "data").iterdir():
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()

    def _start_as_it_is(self, root_password: str, limits: Limits) -> Server:
        return start(
            self.installation,
            self.folder,
            root_password=root_password,
            limits=limits,
            account=self.account,
            sandboxed=self.sandboxed,
            keep_open=self.lock,
        )

    def _build(self, platform: Platform) -> str:
        """Make an empty cluster in the data folder, and leave it stopped; return the superuser's password."""
        root_password = secrets.token_hex(16)
        self._run_initdb(root_password)
        server = self._start_as_it_is(root_password, Limits())
        try:
            with server.connect_as_root(ADMIN_DATABASE) as connection:
                for name in ("roles.sql", "own.sql"):
                    connection.execute(sql.SQL(text_of(name)))
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(FIRST_DATABASE)))
            for one in sorted({Platform.PLAIN, platform}):
                server.make_template(one)
            server.stop()
        finally:
            server.end()
        return root_password

    def _run_initdb(self, root_password: str) -> None:
        passwords = self.folder / "password"
        passwords.touch(mode=0o600)
        passwords.write_text(root_password, encoding="ascii")
        if self.account is not None:
            os.chown(passwords, self.account, self.account)
        command = [
            str(self.installation.bin / "initdb"),
            f"--pgdata={self.folder / 'data'}",
            f"--username={ROOT}",
            f"--pwfile={passwords}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--wal-segsize=1",
            "--no-sync",
            "--no-instructions",
        ]
        code = run_program(command, self.folder, account=self.account, keep_open=self.lock)
        passwords.unlink()
        if code:
            said = (self.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise GuardrailsError(
                f"the embedded PostgreSQL can't make its data folder: {said[-1] if said else 'no reason given'}"
            )


@contextmanager
def _place(settings: ShadowSettings, limits: Limits) -> Iterator[_Place]:
    sandboxed = _sandboxed(settings)
    _remove_leftovers()
    with ExitStack() as leaving:
        folder, lock = _own_folder(_fast_folder(limits))
        leaving.callback(os.close, lock)
        leaving.callback(shutil.rmtree, folder, ignore_errors=True)
        account = _NOBODY if os.geteuid() == 0 else None
        folder.chmod(0o711 if account else 0o700)
        installation = _installation(settings, folder, account)
        for part in ("data", "socket"):
            (folder / part).mkdir(mode=0o700)
            if account is not None:
                os.chown(folder / part, account, account)
        _gather_extensions(installation, folder / "share" / "extension")
        cache = cache_folder()
        if cache is not None:
            remove_unfinished(cache)
        yield _Place(folder, installation, account, sandboxed, cache, _key(installation), lock, limits)


def _sandboxed(settings: ShadowSettings) -> bool:
    """Tell whether the system can contain the server.

    Raises:
        GuardrailsError: it can't, and nobody accepted that.
    """
    if sys.platform == "win32":
        raise GuardrailsError("a shadow database needs Linux or macOS; on Windows, run it in WSL")
    lacking = missing()
    if lacking and not settings.accept_weaker:
        raise GuardrailsError(
            f"SQL of a migration can't be contained here: {'; '.join(lacking)}. "
            "`accept_weaker = true` below [shadow] in guardrails.toml runs it all the same, "
            "with PostgreSQL's own privileges and the limits of the system alone"
        )
    return not lacking


def _installation(settings: ShadowSettings, folder: Path, account: int | None) -> Installation:
    if settings.postgres_bin is not None:
        named = installed(settings.postgres_bin)
        if account is not None and not reachable_by_others(named.bin):
            raise GuardrailsError(
                f"{escape(str(named.bin))} can't be entered by the account that a server started by root runs as; "
                "name an installation below folders that others may enter"
            )
        return named
    found = find_binaries()
    return embedded(found if account is None else readable_by_others(found, folder))


def _key(installation: Installation) -> str:
    # The programs may have been copied into the folder of this run; the copy is what was there.
    source = (
        installation.identity.partition(":")[2] if _PREFIX in str(installation.bin) else installation.identity
    )
    return key_of("cluster", source, *(part for named in decisive() for part in named))


def _gather_extensions(installation: Installation, target: Path) -> None:
    """Put the stand-ins beside the real modules that a project's own role may install on Supabase."""
    copy_extensions(target)
    for name in _TRUSTED:
        for file in (installation.share / "extension").glob(f"{name}[.-]*"):
            shutil.copyfile(file, target / file.name)
        control = target / f"{name}.control"
        if control.exists():
            with control.open("a", encoding="utf-8") as opened:
                opened.write("trusted = true\n")
    for place in (target.parent, target, *target.iterdir()):
        place.chmod(0o755 if place.is_dir() else 0o644)


def _own_folder(parent: str) -> tuple[Path, int]:
    """Make a folder, and lock it for as long as the descriptor is open.

    In the moment before it is locked others may take it for left behind; then there is another.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            lock = _locked(folder / "lock")
            if (folder / "lock").exists():
                return folder, lock
            os.close(lock)


def _locked(path: Path) -> int:
    import fcntl  # noqa: PLC0415  (there is none on Windows, which was refused)

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _short_temporary_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual.encode()) + 45 < _LONGEST_SOCKET else "/tmp"  # noqa: S108  (mkdtemp is private)


def _fast_folder(limits: Limits) -> str:
    """Return memory's own file system where it holds all that a server may write several times over.

    A server has hundreds of small files, and a disk under load takes a second for them. Whoever sets TMPDIR
    has chosen already; containers have little there, so what they may use of memory is not asked for.
    """
    usual = _short_temporary_folder()
    try:
        memory = Path("/proc/meminfo").read_text(encoding="ascii")
        available = int(memory.partition("MemAvailable:")[2].split()[0]) << 10
        room = os.statvfs(_IN_MEMORY)
        fits = limits.disk_bytes <= min(room.f_bavail * room.f_frsize, available // 4)
    except (OSError, ValueError, IndexError):
        return usual
    return _IN_MEMORY if fits and usual == "/tmp" and os.access(_IN_MEMORY, os.W_OK) else usual  # noqa: S108


def _remove_leftovers() -> None:
    """Remove the folders of tools that were killed together with their supervisor before these could.

    The kernel frees a lock with the last process that holds it, so a folder whose lock is to be had is nobody's.
    """
    places = map(Path, (_short_temporary_folder(), _IN_MEMORY))
    for folder in (folder for place in places for folder in place.glob(f"{_PREFIX}*")):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                continue
            if not (folder / "lock").exists():
                folder.rmdir()  # it was just made, so there is nothing in it
                continue
            lock = _locked(folder / "lock")
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
