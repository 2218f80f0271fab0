"""A host's name -> the addresses behind it, and what kind of place they are."""

from __future__ import annotations

import ipaddress
import socket

HOSTED = (
    "supabase.co", "supabase.com", "supabase.net", "supabase.in", "amazonaws.com", "amazonaws.com.cn", "neon.tech",
    "neon.build", "azure.com", "cloudsql.com", "googleapis.com", "cloud.goog", "aivencloud.com", "ondigitalocean.com",
    "render.com", "railway.app", "railway.internal", "rlwy.net", "fly.dev", "fly.io", "heroku.com", "herokuapp.com",
    "timescale.com", "crunchybridge.com", "cockroachlabs.cloud", "prisma.io", "prisma-data.net", "tembo.io", "xata.sh",
    "planetscale.com", "psdb.cloud", "vercel-storage.com", "elephantsql.com", "scalegrid.io", "instaclustr.com",
    "appdomain.cloud", "oraclecloud.com", "aliyuncs.com", "tencentcdb.com", "myhuaweicloud.com", "yugabyte.cloud",
    "nhost.run", "koyeb.app", "thenile.dev", "clever-cloud.com", "scalingo.com", "scw.cloud", "vultrdb.com",
    "linodedb.net", "akamaidb.net", "zeabur.com", "ubicloud.com", "upclouddatabases.com",
)  # fmt: skip
_SOCKETS_OF_PROXIES = "/cloudsql/"
# What Docker, Podman and their kin hand out where nobody chose another network.
_OF_CONTAINERS = tuple(
    map(ipaddress.ip_network, ("172.16.0.0/12", "192.168.0.0/16", "10.88.0.0/15", "fd00::/8"))
)


def hosted_service(host: str) -> str | None:
    """Return the service that a host's name, or the folder of its socket, belongs to."""
    if host.startswith("/"):
        return "Cloud SQL" if f"{host}/".startswith(_SOCKETS_OF_PROXIES) else None
    name = host.rstrip(".").lower()
    return next((known for known in HOSTED if name == known or name.endswith(f".{known}")), None)


def addresses(host: str, port: int) -> list[str]:
    """Return every address that a name leads to.

    Raises:
        OSError: it leads to none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_loopback(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def is_of_containers(address: str) -> bool:
    """Tell whether an address lies in a network that engines of containers make by themselves."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in _OF_CONTAINERS)


def same(one: str, other: str) -> bool:
    """Tell whether two texts are one address, however it is written."""
    parsed = _parsed(one)
    return parsed is not None and parsed == _parsed(other)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0].partition("/")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
