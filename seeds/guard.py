"""Is this a development database? Decided from what the connection really is, before a row is written.

Unknown means no. A name is no evidence: what counts is the address that it leads to, and what the
server says of itself. Nothing from the environment but the one DSN is used.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guardrails.lint.contracts import GuardrailsError
from seeds.introspect import introspect

_HOSTED = (
    "supabase.co", "supabase.com", "supabase.net", "supabase.in", "amazonaws.com", "neon.tech", "azure.com",
    "cloudsql.com", "googleapis.com", "aivencloud.com", "ondigitalocean.com", "render.com", "railway.app", "rlwy.net",
    "fly.dev", "heroku.com", "herokuapp.com", "timescale.com", "crunchybridge.com", "cockroachlabs.cloud", "prisma.io",
    "tembo.io", "xata.sh", "planetscale.com", "vercel-storage.com",
)  # fmt: skip
_CLOUD_ROLES = (
    "rdsadmin", "rds_superuser", "cloudsqlsuperuser", "cloudsqladmin", "azure_pg_admin", "azuresu", "neon_superuser",
    "alloydbsuperuser", "doadmin", "avnadmin",
)  # fmt: skip
_TAKEN = frozenset(
    {
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "sslmode",
        "gssencmode",
        "require_auth",
        "connect_timeout",
        "application_name",
    }
)
_LEADS_ELSEWHERE = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE")
_STAGES = ("APP_ENV", "NODE_ENV", "RAILS_ENV", "VERCEL_ENV", "ENVIRONMENT", "DJANGO_ENV")
_LIVE = frozenset({"prod", "production", "live", "staging", "stage"})
_MADE_UP = ("example.com", "example.org", "example.net", "test", "localhost", "invalid", "example")
_MARK = "; a database is only filled on this machine: a loopback address or a unix socket"


@dataclass(frozen=True)
class Target:
    """A database that may be looked at; `conninfo` is complete, so that no environment changes it."""

    conninfo: str
    host: str
    address: str | None
    shown: str


@contextmanager
def development_database(dsn: str, environ: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """Connect to a development database; refuse any other, without having written to it.

    Raises:
        GuardrailsError: it is not surely one, with what was seen.
    """
    target = judge(dsn, environ)
    try:
        connection = psycopg.connect(target.conninfo, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise GuardrailsError(f"no connection to {target.shown}: {reason}") from error
    with connection:
        _look_again(connection, target)
        yield connection


def judge(dsn: str, environ: Mapping[str, str]) -> Target:
    """Decide from a DSN and the environment alone.

    Raises:
        GuardrailsError: it leads, or could lead, to another machine.
    """
    for name in _LEADS_ELSEWHERE:
        if environ.get(name):
            raise GuardrailsError(
                f"{name} is set, which leads connections elsewhere than their DSN says; unset it"
            )
    for name in _STAGES:
        if environ.get(name, "").lower() in _LIVE:
            raise GuardrailsError(
                f"{name} is {environ[name]!r}, so this is no development environment; unset it to seed"
            )
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise GuardrailsError(
            "the DSN in the environment can't be read; write it as postgresql://user@localhost:5432/name"
        ) from error
    given = {name: str(value) for name, value in parts.items() if value not in {None, ""}}
    if strange := sorted(set(given) - _TAKEN):
        raise GuardrailsError(f"the DSN sets {', '.join(strange)}, which can lead it elsewhere; leave it out")
    for name in ("dbname", "user"):
        if any(
            word in given.get(name, "").lower().replace("-", "_").split("_")
            for word in ("prod", "production", "live")
        ):
            raise GuardrailsError(
                f"the DSN's {name} is {given[name]!r}, which does not sound like a development database"
            )
    return _target(given)


def _target(given: Mapping[str, str]) -> Target:
    host = given.get("host", "")
    if "," in host or "," in given.get("hostaddr", "") or "," in given.get("port", ""):
        raise GuardrailsError("the DSN names several hosts; name one")
    if not host and not given.get("hostaddr"):
        raise GuardrailsError("the DSN names no host; name localhost, or the folder of a unix socket")
    if any(
        host.rstrip(".").lower() == known or host.rstrip(".").lower().endswith(f".{known}")
        for known in _HOSTED
    ):
        raise GuardrailsError(f"{host} is a hosted database{_MARK}")
    whole = {"port": "5432", **{name: value for name, value in given.items() if name != "hostaddr"}}
    database = given.get("dbname", given.get("user", ""))
    if host.startswith(("/", "@")):
        if given.get("hostaddr"):
            raise GuardrailsError("the DSN names a socket and an address; leave hostaddr out")
        return Target(make_conninfo("", **whole), host, None, f"{database} at {host}")
    port = int(whole["port"]) if whole["port"].isdigit() else 5432
    addresses = [given["hostaddr"]] if given.get("hostaddr") else _addresses(host, port)
    for address in addresses:
        if not _is_loopback(address):
            raise GuardrailsError(f"{host or address} is {address}, which is another machine{_MARK}")
    whole["host"] = host or addresses[0]
    return Target(
        make_conninfo("", **whole, hostaddr=addresses[0]),
        host,
        addresses[0],
        f"{database} at {whole['host']}:{port}",
    )


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise GuardrailsError(f"there is no host {host!r}{_MARK}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _look_again(connection: psycopg.Connection, target: Target) -> None:
    """Refuse a server that says of itself that it is no development database."""
    if target.address is not None and not _is_loopback(connection.info.hostaddr):
        raise GuardrailsError(
            f"the connection went to {connection.info.hostaddr}, another machine; nothing was written"
        )
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        facts = connection.execute(
            "SELECT pg_catalog.pg_is_in_recovery(), (SELECT count(*) FROM pg_catalog.pg_stat_replication),"
            " ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY (%s))",
            (list(_CLOUD_ROLES),),
        ).fetchone()
        assert facts is not None
        recovering, replicas, roles = facts
        if recovering or replicas:
            raise GuardrailsError(
                f"{target.shown} is part of a replicated cluster, as a live database is; nothing was written"
            )
        if roles:
            raise GuardrailsError(
                f"{target.shown} has the role {roles[0]} of a hosted database; nothing was written"
            )
        _refuse_real_people(connection, target)


def _refuse_real_people(connection: psycopg.Connection, target: Target) -> None:
    for table in introspect(connection).tables.values():
        for column in table.columns:
            if (
                "email" not in column.name.lower()
                or column.type.name not in {"text", "varchar", "citext"}
                or column.type.dimensions
            ):
                continue
            query = sql.SQL("SELECT {column} FROM {table} WHERE {column} LIKE '%@%' LIMIT 1000").format(
                column=sql.Identifier(column.name), table=sql.Identifier(table.schema, table.relation)
            )
            try:
                with connection.transaction():
                    found = [str(row[0]) for row in connection.execute(query)]
            except psycopg.Error:
                continue  # what may not be read may not be written either
            real = [address for address in found if not _is_made_up(address)]
            if len(real) > 5:
                raise GuardrailsError(
                    f"{table.name} in {target.shown} holds {len(real)} e-mail addresses that look like people's; nothing was written"
                )


def _is_made_up(address: str) -> bool:
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return any(domain == known or domain.endswith(f".{known}") for known in _MADE_UP)
