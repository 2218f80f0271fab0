"""A disposable PostgreSQL of our own: started here, spoken to by one private socket, removed at the end.

Nothing takes a host, a port or a connection string, so nothing can be pointed at a database of the
user's. Foreign SQL runs as `postgres`, which is no superuser, and the superuser never connects to a
database that foreign SQL has touched. PostgreSQL 18 is what the embedded package brings; versions
before 16 are refused, since there CREATEROLE may grant itself the right to run programs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.binaries import find_binaries, readable_by_others

LOGIN = "postgres"
_ROOT = "guardrails_root"
_PREFIX = "pg-guardrails-"
_NOBODY = 65534
_SQL = Path(__file__).parent / "sql"
_START_SECONDS = 30
_STOP_SECONDS = 10
_LONGEST_SOCKET = 90  # the system's limit is 104 to 108 bytes, file name included
_PR_SET_PDEATHSIG = 1
_TRUSTED = ("vector", "moddatetime", "pg_stat_statements", "earthdistance")
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "12",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "max_parallel_workers": "0",
    "max_logical_replication_workers": "0",
    "temp_file_limit": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


class Platform(StrEnum):
    """What a database comes with before the first migration."""

    PLAIN = "plain"
    SUPABASE = "supabase"


@dataclass
class Server:
    """A running server of ours.

    Attributes:
        folder: everything of it, removed with it.
        nonce: what its `cluster_name` says, so that no other server is taken for it.
    """

    folder: Path
    socket: Path
    nonce: str
    process: subprocess.Popen[bytes]
    root_password: str = field(repr=False)
    password: str = field(repr=False)
    databases: int = 0

    def database(self, platform: Platform = Platform.PLAIN) -> str:
        """Make an empty database and return how to connect to it, as a login that is no superuser."""
        self.databases += 1
        name = f"shadow_{self.databases}"
        with self._connect_as_root("postgres") as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(LOGIN)))
        with self._connect_as_root(name) as connection:
            connection.execute(sql.SQL((_SQL / f"{platform}.sql").read_text(encoding="utf-8")))
        return self._conninfo(name, LOGIN, self.password)

    def copy(self, conninfo: str) -> str:
        """Make a database that is as another one is now, and return how to connect to it.

        Args:
            conninfo: of a database of this server, to which nobody is connected.
        """
        self.databases += 1
        source, name = _database_of(conninfo), f"shadow_{self.databases}"
        with self._connect_as_root("postgres") as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(
                statement.format(sql.Identifier(name), sql.Identifier(LOGIN), sql.Identifier(source))
            )
            # A template gives neither its rights nor its settings, such as the search_path of Supabase.
            connection.execute(
                "INSERT INTO pg_db_role_setting SELECT new.oid, s.setrole, s.setconfig FROM pg_db_role_setting s "
                "JOIN pg_database old ON old.oid = s.setdatabase AND old.datname = %s "
                "JOIN pg_database new ON new.datname = %s",
                (source, name),
            )
            connection.execute(
                "UPDATE pg_database new SET datacl = old.datacl FROM pg_database old "
                "WHERE old.datname = %s AND new.datname = %s",
                (source, name),
            )
        return self._conninfo(name, LOGIN, self.password)

    def drop(self, conninfo: str) -> None:
        """Remove a database of this server, also while somebody is connected to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_database_of(conninfo)))
        with self._connect_as_root("postgres") as connection:
            connection.execute(statement)

    def end(self) -> None:
        """End it at once, whatever it is doing: what waits for it gets an error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)

    def _conninfo(self, database: str, user: str, password: str) -> str:
        return make_conninfo(
            host=str(self.socket),
            port=5432,
            dbname=database,
            user=user,
            password=password,
            passfile=os.devnull,
        )

    @contextmanager
    def _connect_as_root(self, database: str) -> Iterator[psycopg.Connection]:
        with _without_libpq_environment():
            connection = psycopg.connect(self._conninfo(database, _ROOT, self.root_password), autocommit=True)
        with connection:
            row = connection.execute("SHOW cluster_name").fetchone()
            if row is None or row[0] != self.nonce:
                raise GuardrailsError(
                    "another server answered in place of the embedded PostgreSQL; nothing was done"
                )
            yield connection


@contextmanager
def disposable_server() -> Iterator[Server]:
    """Start a PostgreSQL in a temporary folder; when the block ends, it and the folder are gone.

    Raises:
        GuardrailsError: it is not installed, or does not start.
    """
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_short_temporary_folder()))
    process: subprocess.Popen[bytes] | None = None
    try:
        account = _NOBODY if _is_root() else None
        folder.chmod(0o755 if account else 0o700)
        server = _start(folder, account)
        process = server.process
        yield server
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, account: int | None) -> Server:
    binaries = find_binaries() if account is None else readable_by_others(find_binaries(), folder)
    for part in ("data", "socket", "share"):
        (folder / part).mkdir(mode=0o700)
    _gather_extensions(binaries, folder / "share" / "extension")
    passwords = folder / "share" / "password"
    root_password, password, nonce = (secrets.token_hex(16) for _ in range(3))
    passwords.write_text(root_password, encoding="ascii")
    if account is not None:
        for place in (folder / "data", folder / "socket", *(folder / "share").rglob("*"), folder / "share"):
            os.chown(place, account, account)
    _run_initdb(binaries, folder, passwords, account)
    passwords.unlink()
    process = _spawn(binaries, folder, nonce, account)
    server = Server(folder, folder / "socket", nonce, process, root_password, password)
    try:
        _wait(server)
        with server._connect_as_root("postgres") as connection:  # noqa: SLF001
            roles = (_SQL / "roles.sql").read_text(encoding="utf-8")
            connection.execute(sql.SQL(roles))
            alter = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(alter.format(sql.Identifier(LOGIN), sql.Literal(password)))
    except BaseException:
        _stop(process)
        raise
    return server


def _gather_extensions(binaries: Path, target: Path) -> None:
    """Put the stand-ins beside the real modules that a project's own role may install on Supabase."""
    shutil.copytree(_SQL / "extension", target)
    for name in _TRUSTED:
        for file in (binaries / "share" / "extension").glob(f"{name}[.-]*"):
            shutil.copyfile(file, target / file.name)
        with (target / f"{name}.control").open("a", encoding="utf-8") as control:
            control.write("trusted = true\n")


def _run_initdb(binaries: Path, folder: Path, passwords: Path, account: int | None) -> None:
    command = [
        str(binaries / "bin" / "initdb"),
        f"--pgdata={folder / 'data'}",
        f"--username={_ROOT}",
        f"--pwfile={passwords}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    ]
    done = subprocess.run(
        command, env=_environment(), cwd=folder, capture_output=True, check=False, **_account(account)
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise GuardrailsError(
            f"the embedded PostgreSQL can't make its data folder: {reason[-1] if reason else 'no reason given'}"
        )


def _spawn(binaries: Path, folder: Path, nonce: str, account: int | None) -> subprocess.Popen[bytes]:
    settings = {
        **_SETTINGS,
        "unix_socket_directories": str(folder / "socket"),
        "cluster_name": nonce,
        "extension_control_path": f"{folder / 'share'}:$system",
    }
    command = [str(binaries / "bin" / "postgres"), "-D", str(folder / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            env=_environment(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent(),  # noqa: PLW1509  (one system call, prepared before the fork)
            **_account(account),
        )


def _wait(server: Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with server._connect_as_root("postgres"):  # noqa: SLF001
                return
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                log = (
                    (server.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
                )
                raise GuardrailsError(
                    f"the embedded PostgreSQL does not start: {log[-1] if log else error}"
                ) from error
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth keeping
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a child does first, so that the kernel stops it when the tool is killed."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)

    return ask


def _database_of(conninfo: str) -> str:
    return str(conninfo_to_dict(conninfo)["dbname"])


def _account(account: int | None) -> dict[str, Any]:
    return {} if account is None else {"user": account, "group": account, "extra_groups": []}


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _short_temporary_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual.encode()) + 45 < _LONGEST_SOCKET else "/tmp"  # noqa: S108  (mkdtemp is private)


def _remove_leftovers() -> None:
    """Remove the folders of tools that were killed before they could."""
    for folder in Path(_short_temporary_folder()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            if owner.isdigit() and folder.stat().st_uid == os.geteuid() and not _is_alive(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _without_libpq_environment() -> Iterator[None]:
    """Hide PGHOSTADDR and its kin while a connection is made: they would lead it elsewhere."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PG")}
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextmanager
def connect(conninfo: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """Connect to a database that `Server.database` made, whatever the environment says."""
    with _without_libpq_environment():
        connection = psycopg.connect(conninfo, autocommit=autocommit)
    with connection:
        yield connection
