"""The address that somebody names -> sockets that listen there."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError

LOCAL_NAMES = ("127.0.0.1", "[::1]", "localhost")
_FORMS = "as in 127.0.0.1:8765, [::1]:8765, localhost:8765 or unix:/run/user/1000/guardrails.sock"
_BACKLOG = 256


@dataclass(frozen=True)
class Address:
    """Where to listen: IP addresses with a port (0: any that is free), or the path of a Unix socket.

    `local`: only this machine reaches it.
    """

    hosts: tuple[str, ...]
    port: int
    path: Path | None = None

    @property
    def local(self) -> bool:
        """Tell whether only this machine reaches it."""
        return all(ipaddress.ip_address(host).is_loopback for host in self.hosts)

    @property
    def anywhere(self) -> bool:
        """Tell whether it is every address of the machine, so that it names none."""
        return any(ipaddress.ip_address(host).is_unspecified for host in self.hosts)


def address_of(text: str) -> Address:
    """Read an address.

    Raises:
        GuardrailsError: it is none, or has a name that would have to be looked up.
    """
    kind, _, path = text.partition(":")
    if kind == "unix" and path:
        return Address((), 0, Path(path))
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise GuardrailsError(f"{text!r} is no address to serve at; {_FORMS}")
    if host == "localhost":
        return Address(("127.0.0.1", "::1"), int(port))
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        raise GuardrailsError(f"{host!r} is no IP address; {_FORMS}") from None
    if (ip.version == 6) != (bare != host):
        raise GuardrailsError(f"{text!r} is no address to serve at: IPv6 stands in brackets, {_FORMS}")
    return Address((str(ip),), int(port))


def listen(address: Address) -> tuple[socket.socket, ...]:
    """Return sockets that listen at an address, at least one.

    Raises:
        GuardrailsError: it is in use, or can't be had.
    """
    if address.path is not None:
        return (_listen_at_path(address.path),)
    return tuple(_listen_at_hosts(address))


def url(listener: socket.socket) -> str:
    """Return where a client finds a socket, without the path."""
    name = listener.getsockname()
    if isinstance(name, str):
        return f"unix:{name} as http://localhost"
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return f"http://{host}:{name[1]}"


def _listen_at_hosts(address: Address) -> Iterator[socket.socket]:
    port = address.port
    for number, host in enumerate(address.hosts):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = None
        try:
            # The protocol is named, since asyncio turns off Nagle's algorithm only where it can tell that it is TCP.
            listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            if listener is not None:
                listener.close()
            if number and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                continue  # localhost on a machine without IPv6
            raise GuardrailsError(_why(error, host, port)) from error
        port = listener.getsockname()[1]
        yield listener


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} of {host} is in use; name another one, or end what listens there"
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return f"{host} is no address of this machine"
        case errno.EACCES | errno.EPERM:
            return f"port {port} may not be taken by this user; name one above 1023"
    return f"can't listen at {host}, port {port}: {(error.strerror or str(error)).lower()}"


def _listen_at_path(path: Path) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise GuardrailsError("this system has no Unix sockets; name an address and a port")
    _remove_if_abandoned(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # nobody but the user may connect, from the first moment on
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise GuardrailsError(f"can't listen at {path}: {(error.strerror or str(error)).lower()}") from error
    finally:
        os.umask(before)
    return listener


def _remove_if_abandoned(path: Path) -> None:
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return
    if not is_socket:
        raise GuardrailsError(f"{path} is there and no socket; name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError as error:
            raise GuardrailsError(f"{path} is there already: {(error.strerror or '').lower()}") from error
        else:
            raise GuardrailsError(f"{path} is in use; name another path, or end what listens there")
