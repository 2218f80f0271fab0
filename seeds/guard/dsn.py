"""A DSN and the environment -> the one place that it leads to, or a refusal. Nothing is connected to."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from seeds.guard.addresses import addresses, hosted_service, is_loopback, is_of_containers
from seeds.guard.reasons import Doubt, Reason, doubt, refused

_LEADS_ELSEWHERE = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE")
_STAGES = (
    "APP_ENV", "APP_ENVIRONMENT", "NODE_ENV", "RAILS_ENV", "RACK_ENV", "VERCEL_ENV", "ENVIRONMENT", "DJANGO_ENV",
    "FLASK_ENV", "MIX_ENV", "GO_ENV", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "SPRING_PROFILES_ACTIVE",
    "RAILWAY_ENVIRONMENT_NAME", "ENV",
)  # fmt: skip
_OF_PLATFORMS = ("DYNO", "FLY_MACHINE_ID", "RENDER_SERVICE_ID", "K_REVISION", "AWS_LAMBDA_FUNCTION_NAME")
_LIVE = frozenset({"prod", "production", "prd", "preprod", "live", "staging", "stage", "stg", "uat"})
_LIVE_NAMES = _LIVE - {"stage"} | {"replica"}

# Kept as they are, since they can't lead a connection elsewhere.
_KEPT = (
    "password", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation", "channel_binding", "gssencmode",
    "require_auth", "requirepeer",
)  # fmt: skip
# Left out, since seeding has no use for them.
_DROPPED = (
    "application_name", "fallback_application_name", "client_encoding", "connect_timeout", "keepalives",
    "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
)  # fmt: skip
_TAKEN = frozenset({"host", "hostaddr", "port", "dbname", "user", *_KEPT, *_DROPPED})
# What other clients write into the same URL; libpq would refuse the whole of it.
_OF_OTHER_CLIENTS = frozenset(
    {
        "schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size", "sslaccept",
        "single_use_connections", "uselibpqcompat", "pool_size", "prepared_statements", "serverVersion", "charset",
    }
)  # fmt: skip
_DRIVER = re.compile(r"(postgres(?:ql)?)\+\w+(?=://)")


@dataclass(frozen=True)
class Target:
    """Where a DSN leads.

    Attributes:
        conninfo: complete, so that no environment changes it.
        host: as the DSN says it.
        address: that is dialled; None: a unix socket.
        others: more addresses of the host, dialled where nobody answers at the first.
        where: the database in words.
        doubts: that the DSN alone gives.
    """

    conninfo: str
    host: str
    address: str | None
    port: int
    database: str
    where: str
    doubts: tuple[Doubt, ...] = ()
    others: tuple[str, ...] = ()

    def every(self) -> Iterator[Target]:
        """Yield the target once for each address."""
        yield self
        for address in self.others:
            conninfo = make_conninfo(self.conninfo, hostaddr=address)
            yield replace(self, conninfo=conninfo, address=address, others=())


def target_of(dsn: str, environ: Mapping[str, str], hosts: Collection[str] = ()) -> Target:
    """Decide from a DSN and the environment alone.

    Args:
        dsn: a URL, or libpq's own form.
        environ: the environment, which is only looked at for what makes it no development environment.
        hosts: names of containers that may be looked at too, without a dot.

    Raises:
        Refused: it leads, or could lead, to another machine.
    """
    _expect_development(environ)
    given = _parts(dsn)
    if strange := sorted(set(given) - _TAKEN):
        raise refused(Reason.STRANGE_SETTING, names=", ".join(strange))
    if any("," in given.get(name, "") for name in ("host", "hostaddr", "port")):
        raise refused(Reason.SEVERAL_HOSTS)
    host = given.get("host") or given.get("hostaddr", "")
    if not host:
        raise refused(Reason.NO_HOST)
    if hosted_service(host):
        raise refused(Reason.HOSTED_NAME, host=host)
    port = _port(given.get("port", "5432"))
    user = given.get("user") or _account()
    database = given.get("dbname") or user
    doubts = list(_doubts(given, host, user, database))
    whole = {name: given[name] for name in _KEPT if name in given}
    whole = {
        "gssencmode": "disable",
        **whole,
        "host": host,
        "port": str(port),
        "user": user,
        "dbname": database,
    }
    if host.startswith(("/", "@")):
        if given.get("hostaddr"):
            raise refused(Reason.SOCKET_AND_ADDRESS)
        conninfo = make_conninfo("", **whole, connect_timeout="5", application_name="pg-guardrails")
        return Target(conninfo, host, None, port, database, f"{database} at {host}", tuple(doubts))
    address, *others = _addresses(given, host, port, hosts)
    if not all(map(is_loopback, (address, *others))):
        doubts.append(doubt(Reason.SERVICE))
    conninfo = make_conninfo(
        "", **whole, hostaddr=address, connect_timeout="5", application_name="pg-guardrails"
    )
    where = f"{database} at {host}:{port}"
    return Target(conninfo, host, address, port, database, where, tuple(doubts), tuple(others))


def _expect_development(environ: Mapping[str, str]) -> None:
    for name in _LEADS_ELSEWHERE:
        if environ.get(name):
            raise refused(Reason.LEADS_ELSEWHERE, name=name)
    for name in _STAGES:
        if _LIVE & set(_words(environ.get(name, ""))):
            raise refused(Reason.LIVE_ENVIRONMENT, name=name, value=environ[name])
    for name in _OF_PLATFORMS:
        if environ.get(name):
            raise refused(Reason.LIVE_ENVIRONMENT, name=name, value=environ[name])


def _parts(dsn: str) -> dict[str, str]:
    try:
        found = conninfo_to_dict(_without_other_clients(_DRIVER.sub(r"\1", dsn.strip(), count=1)))
    except (psycopg.Error, UnicodeError):
        # libpq quotes what it could not read, and that may be the password.
        raise refused(Reason.UNREADABLE) from None
    given = {name: str(value) for name, value in found.items() if value not in {None, ""}}
    if "@" in given.get("host", "")[1:] or "@" in given.get("dbname", ""):
        raise refused(Reason.UNREADABLE)  # the rest of a password stands there
    return given


def _without_other_clients(dsn: str) -> str:
    if not dsn.startswith(("postgres://", "postgresql://")):
        return dsn
    url, mark, query = dsn.partition("?")
    left = [pair for pair in query.split("&") if pair.partition("=")[0] not in _OF_OTHER_CLIENTS]
    return f"{url}{mark}{'&'.join(left)}" if left != [""] else url


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise refused(Reason.PORT)  # not said, since it is the password's end where that has a slash
    return int(text)


def _account() -> str:
    """Return the name by which libpq would log in, which it takes from the system and not from $USER."""
    try:
        import pwd  # noqa: PLC0415  (there is none on Windows)

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError, OSError):
        return "postgres"


def _doubts(given: Mapping[str, str], host: str, user: str, database: str) -> Iterator[Doubt]:
    for part, name in (("host", host), ("user", user), ("name", database)):
        if _LIVE_NAMES & set(_words(name)):
            yield doubt(Reason.NAMED_LIVE, part=part, name=name)
    if given.get("sslmode", "").startswith("verify-"):
        yield doubt(Reason.VERIFIED_TLS)


def _words(text: str) -> list[str]:
    """Return the words of a name in lower case: `appProd2` has `app` and `prod`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.rstrip("0123456789") for word in re.split(r"[^a-z0-9]+", apart.lower())]


def _addresses(given: Mapping[str, str], host: str, port: int, hosts: Collection[str]) -> list[str]:
    """Return the addresses to dial; every one that the name leads to must be as good."""
    try:
        found = [given["hostaddr"]] if given.get("hostaddr") else addresses(host, port)
    except OSError as error:
        raise refused(Reason.UNKNOWN_HOST, host=host) from error
    listed = host in hosts and "." not in host and ":" not in host
    for address in found:
        if is_loopback(address) or (listed and is_of_containers(address)):
            continue
        reason = Reason.NOT_A_SERVICE if listed else Reason.OTHER_MACHINE
        raise refused(reason, host=host, address=address)
    return found
