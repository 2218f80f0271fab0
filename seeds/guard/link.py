"""A live connection -> whether it leads straight to a server of this machine, and what its certificate says.

A tunnel, a proxy or a container's network opens a connection of its own to the server. So the server
sees another port as its client's than ours has, and that holds on every system.
"""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import sys
from pathlib import Path

import psycopg

from seeds.guard.addresses import HOSTED, same

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_SOL_LOCAL, _LOCAL_PEERPID = 0, 2
_SECONDS = 3.0
_SYSTEM: str = sys.platform


def is_direct(connection: psycopg.Connection) -> bool:
    """Tell whether a TCP connection ends at the server itself: both ends know it by the same four numbers."""
    row = connection.execute(
        "SELECT pg_catalog.host(pg_catalog.inet_client_addr()), pg_catalog.inet_client_port(),"
        " pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port()"
    ).fetchone()
    if row is None or None in row:
        return False
    ours = socket.socket(fileno=connection.fileno())
    try:
        here, there = ours.getsockname(), ours.getpeername()
    finally:
        ours.detach()
    return same(here[0], row[0]) and here[1] == row[1] and same(there[0], row[2]) and there[1] == row[3]


def is_our_server_behind_socket(connection: psycopg.Connection) -> bool:
    """Tell whether the process that listens on a unix socket is the one that serves this session.

    The listener is PostgreSQL's first process, and the session's is a child of it. For a forwarded
    socket the listener is the forwarder, and for a container neither can be seen.
    """
    row = connection.execute("SELECT pg_catalog.pg_backend_pid(), pg_catalog.inet_server_addr()").fetchone()
    listener = _listener(connection.fileno())
    return row is not None and row[1] is None and bool(listener) and _parent_of(int(row[0])) == listener


def hosted_certificate(address: str, port: int) -> str | None:
    """Return the hosted service that a server's certificate names; None: it has none, or names none.

    The connection of a session is not asked, since a DSN can keep TLS out of it.
    """
    try:
        with socket.create_connection((address, port), _SECONDS) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != b"S":
                return None
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # it is read, not trusted
            with context.wrap_socket(plain) as wrapped:
                data = wrapped.getpeercert(binary_form=True) or b""
    except OSError:
        return None
    # Names stand in a certificate as they are, in ASCII, whatever field holds them.
    lowered = data.lower()
    return next((name for name in HOSTED if f".{name}".encode() in lowered), None)


def _listener(descriptor: int) -> int:
    """Return the process that listens on the other end, 0 when the system does not tell."""
    ours = socket.socket(fileno=descriptor)
    try:
        if _SYSTEM == "linux":
            size = struct.calcsize("3i")
            return int(struct.unpack("3i", ours.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[0])
        if _SYSTEM == "darwin":
            return int(ours.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID))
    except OSError:
        return 0
    finally:
        ours.detach()
    return 0


def _parent_of(process: int) -> int | None:
    """Return the parent of a process of this machine, None when it is not seen."""
    stat = Path("/proc") / str(process) / "stat"
    try:
        if _SYSTEM == "linux":
            return int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        done = subprocess.run(
            ["ps", "-o", "ppid=", "-p", str(process)],  # noqa: S607
            capture_output=True, text=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
        return int(done.stdout)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None
