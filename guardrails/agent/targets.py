"""Which database a command is aimed at: this machine's, another one's, or nobody said."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Target(Enum):
    LOCAL = "a database of this machine"
    REMOTE = "a database of another machine"
    OPEN = "a database that only shows when the command runs"
    UNSAID = "a database that the command does not name"


_HERE = re.compile(
    r"(?:localhost|127(?:\.\d+){1,3}|::1|0:0:0:0:0:0:0:1|0\.0\.0\.0|/[^,]*|\.|)", re.IGNORECASE
)
_URL = re.compile(
    r"(?:jdbc:)?(?:postgres(?:ql)?|pg|postgis|pgsql|psql|cockroachdb|redshift|timescaledb|prisma(?:\+postgres)?|edgedb|gel)(?:\+\w+)?://"
    r"(?:[^@/\s]*@)?(?P<hosts>[^/?\s]*)(?P<rest>\S*)",
    re.IGNORECASE,
)
_PLAIN_JDBC = re.compile(r"jdbc:postgresql:(?!//)", re.IGNORECASE)
_PAIR = re.compile(
    r"(?:^|[\s;&?])(host|hostaddr|service|server|data source)\s*=\s*'?([^\s;&']*)", re.IGNORECASE
)
_NAMES_URL = re.compile(
    r"(?:^|_)(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|DIRECT|SHADOW|ATLAS|FLYWAY|LIQUIBASE|GOOSE|SUPABASE|SQLALCHEMY)\w*(?:URL|URI|DSN|DBSTRING|CONNECTION\w*)$"
)
_NAMES_HOST = re.compile(
    r"(?:^|_)(?:PG|DB_?|DATABASE_?|POSTGRES_?|POSTGRESQL_?|RDS_?)HOST(?:ADDR|NAME)?$|^PGSERVICE$"
)
_REMOTE_FLAGS = frozenset({"--linked", "--project-ref", "--remote", "--production", "--prod"})


def target_of(words: Sequence[str], variables: Mapping[str, str]) -> Target:
    """Return what the words and the variables of a command spell out; of several targets the farthest counts."""
    found = list(_said(words, variables))
    for target in (Target.REMOTE, Target.OPEN, Target.LOCAL):
        if target in found:
            return target
    return Target.UNSAID


def of_text(text: str) -> Target:
    """Return the target that an address or a connection string spells out."""
    if url := _URL.search(text):
        hosts = [_host(part) for part in url["hosts"].split(",")]
        hosts += [value for name, value in _PAIR.findall(url["rest"]) if name.lower() in {"host", "hostaddr"}]
        return _nearest(hosts) if UNKNOWN not in url["hosts"].rpartition("@")[2] else Target.OPEN
    if _PLAIN_JDBC.search(text):
        return Target.LOCAL
    pairs = [(name.lower(), value) for name, value in _PAIR.findall(text)]
    if any(name == "service" for name, _ in pairs):
        return Target.REMOTE
    if pairs:
        return _nearest([value for _, value in pairs])
    return Target.UNSAID


def of_host(host: str) -> Target:
    if UNKNOWN in host:
        return Target.OPEN
    return _nearest(host.split(","))


def _nearest(hosts: Iterable[str]) -> Target:
    known = list(hosts)
    if any(UNKNOWN in host for host in known):
        return Target.OPEN
    return Target.LOCAL if all(_HERE.fullmatch(host) for host in known) else Target.REMOTE


def _host(part: str) -> str:
    place = part.replace("%2F", "/").replace("%2f", "/")
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place if place.startswith("/") else place.partition(":")[0]


def _said(words: Sequence[str], variables: Mapping[str, str]) -> Iterator[Target]:
    own = words[: words.index("--")] if "--" in words else words
    for place, word in enumerate(own):
        name, sign, value = word.partition("=")
        if name in _REMOTE_FLAGS and value != "false":
            yield Target.REMOTE
        elif word in {"--local", "--local=true"}:
            yield Target.LOCAL
        following = value if sign else own[place + 1] if place + 1 < len(own) else ""
        if re.fullmatch(
            r"--?(?:db-?url|database-?url|database|url|uri|dsn|db|conn\w*(?:-string)?|postgresUrl|schema-url|target|to)|-u|-d",
            name,
            re.IGNORECASE,
        ):
            spelled = of_text(following)
            if spelled is not Target.UNSAID:
                yield spelled
            elif UNKNOWN in following:
                yield Target.OPEN
            elif name == "--db-url":
                yield Target.REMOTE
        elif name in {"--host", "--hostname", "--db-host", "--dbhost"}:
            yield of_host(following)
        elif name.isidentifier() and sign and _NAMES_HOST.search(name):
            yield of_host(value)
        elif (spelled := of_text(word)) is not Target.UNSAID:
            yield spelled
    for name, value in variables.items():
        if _NAMES_HOST.search(name):
            yield Target.REMOTE if name == "PGSERVICE" and value else of_host(value)
        elif _NAMES_URL.search(name) or "://" in value:
            spelled = of_text(value)
            if spelled is not Target.UNSAID:
                yield spelled
            elif UNKNOWN in value and _NAMES_URL.search(name):
                yield Target.OPEN
