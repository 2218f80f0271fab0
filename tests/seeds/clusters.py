"""PostgreSQL servers as people run them: on a port of the loopback address, with a superuser whom it trusts."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from guardrails.shadow.binaries import embedded, find_binaries, readable_by_others

OWNER = "ada"
NOBODY = 65534


@dataclass(frozen=True)
class Cluster:
    """A running server; everybody of this machine may log in as anybody."""

    port: int
    folder: Path

    def dsn(self, database: str = "app", user: str = OWNER) -> str:
        return f"postgresql://{user}:planted-secret@127.0.0.1:{self.port}/{database}"

    def socket_dsn(self, database: str = "app") -> str:
        return f"host={self.folder} port={self.port} user={OWNER} dbname={database}"

    def run(self, *statements: str, database: str = "app") -> None:
        """Run statements as the superuser."""
        with closing(psycopg.connect(self.dsn(database, "root"), autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str, database: str = "app") -> list[tuple[object, ...]]:
        with closing(psycopg.connect(self.dsn(database, "root"), autocommit=True)) as connection:
            return connection.execute(query.encode()).fetchall()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Servers:
    """Makes clusters below one folder and ends them all."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder = folder
        self.running = running
        self.account = NOBODY if os.geteuid() == 0 else None
        self.bin = self._programs()

    def start(self, name: str, *settings: str, data: Path | None = None) -> Cluster:
        place = self.folder / name
        if data is None:
            self._run(
                "initdb",
                "-D",
                str(place),
                "-U",
                "root",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            )
        port = free_port()
        options = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
            "fsync=off",
        ]
        command = [str(self.bin / "postgres"), "-D", str(place)]
        for setting in (*options, "shared_buffers=16MB", "max_connections=20", *settings):
            command += ["-c", setting]
        log = self.running.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command, stdout=log, stderr=log, user=self.account, group=self.account, extra_groups=[] if self.account else None,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, cwd=self.folder,
        )  # fmt: skip
        self.running.callback(process.wait, 30)
        self.running.callback(process.terminate)
        self._wait(process, port)
        return Cluster(port, self.folder)

    def copy(self, cluster: Cluster, name: str) -> Path:
        """Copy a running server by its own means."""
        place = self.folder / name
        self._run(
            "pg_basebackup",
            "-h",
            "127.0.0.1",
            "-p",
            str(cluster.port),
            "-U",
            "root",
            "-D",
            str(place),
            "-R",
            "-c",
            "fast",
        )
        return place

    def program(self, name: str) -> Path:
        return self.bin / name

    def _programs(self) -> Path:
        found = find_binaries()
        return embedded(found if self.account is None else readable_by_others(found, self.folder)).bin

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments], user=self.account, group=self.account, cwd=self.folder, check=False,
            extra_groups=[] if self.account else None, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _wait(self, process: subprocess.Popen[bytes], port: int) -> None:
        for _ in range(3000):
            assert process.poll() is None
            try:
                psycopg.connect(f"host=127.0.0.1 port={port} user=root dbname=postgres").close()
            except psycopg.OperationalError:
                threading.Event().wait(0.01)
            else:
                return
        raise AssertionError(port)


@contextmanager
def forwarding(listening: socket.socket, connect: Callable[[], socket.socket]) -> Iterator[None]:
    """Carry bytes between two ends, as a tunnel or a proxy does."""
    listening.listen()
    ends: list[socket.socket] = [listening]

    def carry(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = connect()
            ends.extend((near, far))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        thread.join()
