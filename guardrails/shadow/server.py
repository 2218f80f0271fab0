"""One running server of ours: started under its supervisor, spoken to by its private socket, stopped.

Nothing takes a host, a port or a connection string of the user's. `connect` answers only to servers that
this process started and that still run, asks the server by SCRAM to prove that it knows the password which
was made up for it, and compares the nonce that it was started with.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guardrails.libpq import without_environment
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.binaries import Installation
from guardrails.shadow.platform import Platform, database_sql, server_sql
from guardrails.shadow.supervisor import Order

LOGIN = "postgres"
INSPECTOR = "guardrails_inspector"
ROOT = "guardrails_root"
ADMIN_DATABASE = "template1"
FIRST_DATABASE = "postgres"
_START_SECONDS = 30
_STOP_SECONDS = 30
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "16",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "restart_after_crash": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_wal_size": "512MB",
    "max_worker_processes": "0",
    "max_parallel_workers": "0",
    "max_logical_replication_workers": "0",
    "max_locks_per_transaction": "256",
    "temp_file_limit": "512MB",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
_SETTINGS_SINCE = {17: {"max_notify_queue_pages": "64"}, 18: {"io_method": "sync"}}
_CONTROL_PATH_SINCE = 18


@dataclass(frozen=True)
class Limits:
    """What a server may use before it is ended.

    Attributes:
        memory_bytes: address space of each of its processes.
        disk_bytes: of its folder, all databases and logs included.
        cpu_seconds: of each process.
        seconds: from its start to its end.
    """

    memory_bytes: int = 1536 << 20
    disk_bytes: int = 2 << 30
    file_bytes: int = 1 << 30
    cpu_seconds: int = 900
    seconds: float = 1800


@dataclass
class Server:
    """A running server of ours.

    Attributes:
        folder: everything of it, removed with it.
        nonce: what its `cluster_name` says, so that no other server is taken for it.
        process: its supervisor, which ends when the server has ended.
        platforms: those that have a template.
    """

    folder: Path
    socket: Path
    nonce: str
    process: subprocess.Popen[bytes]
    root_password: str = field(repr=False)
    password: str = field(repr=False)
    databases: int = 0
    platforms: set[Platform] = field(default_factory=set)

    def database(self, platform: Platform = Platform.PLAIN) -> str:
        """Make an empty database and return how to connect to it, as a login that is no superuser."""
        if platform not in self.platforms:
            self.make_template(platform)
        return self._make_database(template(platform))

    def copy(self, conninfo: str) -> str:
        """Make a copy of a database to which nobody is connected, and return how to connect to it."""
        source = str(conninfo_to_dict(conninfo)["dbname"])
        made = self._make_database(source)
        with self.connect_as_root(ADMIN_DATABASE) as connection:
            connection.execute(
                "UPDATE pg_database made SET datacl = source.datacl FROM pg_database source "
                "WHERE source.datname = %s AND made.datname = %s",
                (source, str(conninfo_to_dict(made)["dbname"])),
            )
        return made

    def make_template(self, platform: Platform) -> None:
        """Make the database that others of this platform are copied from; foreign SQL can't connect to it."""
        name = sql.Identifier(template(platform))
        with self.connect_as_root(ADMIN_DATABASE) as connection:
            connection.execute(sql.SQL(server_sql(platform)))
            if template(platform) != ADMIN_DATABASE:
                made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
                connection.execute(made.format(name))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        with self.connect_as_root(template(platform)) as connection:
            connection.execute("SET search_path = public")
            try:
                connection.execute(sql.SQL(database_sql(platform)))
            except psycopg.errors.FeatureNotSupported as error:
                raise GuardrailsError(
                    f"this PostgreSQL {connection.info.parameter_status('server_version')} can't stand in for Supabase: "
                    f"{error.diag.message_primary}. That needs 18 or newer with its contrib modules; "
                    "without shadow.postgres_bin the embedded one is used"
                ) from error
        self.platforms.add(platform)

    def drop(self, conninfo: str) -> None:
        """Remove a database and end who is still connected to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        with self.connect_as_root(ADMIN_DATABASE) as connection:
            connection.execute(statement.format(sql.Identifier(str(conninfo_to_dict(conninfo)["dbname"]))))

    def inspector(self, conninfo: str) -> str:
        """Return how to connect to the same database as a login that owns nothing and finds no name by itself."""
        name = str(conninfo_to_dict(conninfo)["dbname"])
        # What foreign SQL set for the database gives way to the options of a connection.
        options = "-c search_path= -c statement_timeout=0 -c lock_timeout=0 -c client_encoding=UTF8"
        return make_conninfo(self.conninfo(name, INSPECTOR, self.password), options=options)

    def stop_reason(self) -> str | None:
        """Return why the server was ended before its time, as the end of a sentence; None: it was not."""
        try:
            return (self.folder / "stopped").read_text(encoding="utf-8")
        except OSError:
            return None

    def conninfo(self, database: str, user: str, password: str) -> str:
        return make_conninfo(
            host=str(self.socket),
            port=5432,
            dbname=database,
            user=user,
            password=password,
            passfile=os.devnull,
            sslmode="disable",
            gssencmode="disable",
            require_auth="scram-sha-256",
            application_name="pg-guardrails",
        )

    @contextmanager
    def connect_as_root(self, database: str) -> Iterator[psycopg.Connection]:
        """Connect as the superuser, to one of the databases that foreign SQL can't connect to."""
        if database not in map(template, Platform):
            raise ValueError(database)
        conninfo = make_conninfo(
            self.conninfo(database, ROOT, self.root_password), options="-c search_path=pg_catalog"
        )
        with contextlib.ExitStack() as opened:
            yield self._patiently(conninfo, opened)

    def _patiently(self, conninfo: str, opened: contextlib.ExitStack) -> psycopg.Connection:
        """Connect, and try again for a while: it may be starting, or be out of what a session took just now."""
        latest = time.monotonic() + _START_SECONDS
        while True:
            try:
                return opened.enter_context(connect(conninfo, autocommit=True))
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > latest:
                    raise GuardrailsError(
                        f"the embedded PostgreSQL does not answer: {self.stop_reason() or self._last_words() or error}"
                    ) from error
            time.sleep(0.01)

    def _last_words(self) -> str:
        log = (self.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return log[-1] if log else ""

    def terminate(self, backend: int) -> None:
        """End a session; if it does not end, the server with it."""
        try:
            with self.connect_as_root(ADMIN_DATABASE) as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 3000)", (backend,))
                left = connection.execute(
                    "SELECT FROM pg_stat_activity WHERE pid = %s", (backend,)
                ).fetchone()
        except (psycopg.Error, GuardrailsError):
            self._tell(b"kill\n")
        else:
            if left is not None:
                self._tell(b"kill\n")

    def renew_passwords(self) -> None:
        """Undo what an earlier run on the same data folder did to the passwords of its logins."""
        with self.connect_as_root(ADMIN_DATABASE) as connection:
            for name in (LOGIN, INSPECTOR):
                statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Literal(self.password)))

    def stop(self) -> None:
        """Ask it to write everything to its data folder and end.

        Raises:
            GuardrailsError: it did not.
        """
        _running.pop(str(self.socket), None)
        self._tell(b"stop\n")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_SECONDS)
        self.end()
        if (self.folder / "data" / "postmaster.pid").exists() or self.stop_reason() is not None:
            raise GuardrailsError(
                f"the embedded PostgreSQL does not stop: {self.stop_reason() or 'it was killed'}"
            )

    def end(self) -> None:
        """End it at once: nothing in it is worth keeping."""
        _running.pop(str(self.socket), None)
        with contextlib.suppress(OSError):
            self._orders.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def _orders(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def _tell(self, order: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._orders.write(order)
            self._orders.flush()

    def _make_database(self, source: str) -> str:
        self.databases += 1
        name = FIRST_DATABASE if self.databases == 1 else f"shadow_{self.databases}"
        with self.connect_as_root(ADMIN_DATABASE) as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
            names = map(sql.Identifier, (name, LOGIN, source))
            connection.execute(statement.format(*names))
            # Also where foreign SQL takes the right from everybody.
            statement = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(INSPECTOR)))
            # Settings of a database don't come along with a copy of it.
            connection.execute(
                "INSERT INTO pg_db_role_setting SELECT made.oid, setrole, setconfig "
                "FROM pg_db_role_setting JOIN pg_database source ON source.oid = setdatabase, pg_database made "
                "WHERE source.datname = %s AND made.datname = %s",
                (source, name),
            )
        return self.conninfo(name, LOGIN, self.password)


_running: dict[str, Server] = {}


def template(platform: Platform) -> str:
    """Return the name of the database that is copied for this platform."""
    return ADMIN_DATABASE if platform is Platform.PLAIN else f"guardrails_template_{platform}"


def start(
    installation: Installation,
    folder: Path,
    *,
    root_password: str,
    limits: Limits,
    account: int | None,
    sandboxed: bool,
    keep_open: int,
) -> Server:
    """Start a server on the folder `data` below `folder`, with a nonce of its own.

    The descriptor `keep_open` stays open in the supervisor too.

    Raises:
        GuardrailsError: it does not start.
    """
    nonce = secrets.token_hex(16)
    order = _order(installation, folder, nonce, limits, account, sandboxed=sandboxed)
    server = Server(
        folder, folder / "socket", nonce, _spawn(order, keep_open), root_password, secrets.token_hex(16)
    )
    _running[str(server.socket)] = server
    try:
        with server.connect_as_root(ADMIN_DATABASE):
            return server
    except BaseException:
        server.end()
        raise


def run_program(command: list[str], folder: Path, *, account: int | None, keep_open: int) -> int:
    """Run a program of PostgreSQL's own to its end, and return its exit code; what it prints goes into `log`.

    It has the supervisor of a server, so that it doesn't outlive the tool either.
    """
    order = _order_of(command, folder, Limits(), account, None)
    with _spawn(order, keep_open) as process:
        return process.wait()  # before the pipe is closed, which would end it


@contextmanager
def connect(conninfo: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """Connect to a database that `Server.database` made, whatever the environment says.

    Raises:
        GuardrailsError: it is no running server of this process.
    """
    server = _server_of(conninfo)
    with without_environment():
        connection = psycopg.connect(conninfo, autocommit=True, connect_timeout=_START_SECONDS)
    with connection:
        row = connection.execute("SHOW cluster_name").fetchone()
        if row is None or row[0] != server.nonce:
            raise GuardrailsError(
                "another server answered in place of the embedded PostgreSQL; nothing was done"
            )
        connection.autocommit = autocommit
        yield connection


@contextmanager
def deadline(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """End a session that works for longer than this, and its server if that doesn't help.

    SQL can catch the cancelling of a query and set its own `statement_timeout`, so neither is a limit.
    """
    server = _server_of(connection.info.dsn)
    timer = threading.Timer(seconds, server.terminate, (connection.info.backend_pid,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def terminate(connection: psycopg.Connection) -> None:
    """End the session of a connection, whatever it is doing, and its server if that doesn't help."""
    _server_of(connection.info.dsn).terminate(connection.info.backend_pid)


def as_inspector(conninfo: str) -> str:
    """Return how to connect to a database of ours as the login that may only look at catalogs."""
    return _server_of(conninfo).inspector(conninfo)


def environment() -> dict[str, str]:
    """Return all that a program of PostgreSQL gets to know of the environment."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _server_of(conninfo: str) -> Server:
    parts = conninfo_to_dict(conninfo)
    server = _running.get(str(parts.get("host")))
    if server is None or {"hostaddr", "service"} & parts.keys():
        raise GuardrailsError("this is no running server of the tool's own; it connects to no other")
    return server


def _order(
    installation: Installation,
    folder: Path,
    nonce: str,
    limits: Limits,
    account: int | None,
    *,
    sandboxed: bool,
) -> Order:
    data, socket, share = folder / "data", folder / "socket", folder / "share"
    major = int((data / "PG_VERSION").read_text(encoding="ascii"))
    settings = {**_SETTINGS, "unix_socket_directories": str(socket), "cluster_name": nonce}
    for since, more in _SETTINGS_SINCE.items():
        settings |= more if major >= since else {}
    if major >= _CONTROL_PATH_SINCE:
        settings["extension_control_path"] = f"{share}:$system"
    command = [str(installation.bin / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    sandbox = {
        "readable": [*installation.readable(), str(share)],
        "writable": [str(data), str(socket), os.devnull],
        "executable": installation.executable(),
    }
    return _order_of(command, folder, limits, account, sandbox if sandboxed else None)


def _order_of(
    command: list[str],
    folder: Path,
    limits: Limits,
    account: int | None,
    sandbox: dict[str, list[str]] | None,
) -> Order:
    return {
        "command": command,
        "environment": environment(),
        "folder": str(folder),
        "account": account,
        "sandbox": sandbox,
        "memory_bytes": limits.memory_bytes,
        "file_bytes": limits.file_bytes,
        "disk_bytes": limits.disk_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "seconds": limits.seconds,
    }


def _spawn(order: Order, keep_open: int) -> subprocess.Popen[bytes]:
    # Isolated, so that neither the environment nor the working folder brings modules of its own.
    package = str(Path(__file__).parents[2])
    program = (
        f"import sys; sys.path.append({package!r}); from guardrails.shadow.supervisor import main; main()"
    )
    with Path(order["folder"], "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program],
            env=environment(),
            cwd=order["folder"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(keep_open,),
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
    return process
