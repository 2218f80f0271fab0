"""Every sentence with which a database is refused, and what there is to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError

MARK_COMMAND = "pg-guardrails seed mark"


@dataclass(frozen=True)
class Certain:
    """What is refused whatever anybody says of the database.

    Attributes:
        seen: what was seen; `{…}` are filled in.
        way_out: what to do, as an order.
    """

    seen: str
    way_out: str


@dataclass(frozen=True)
class Doubtful:
    """What a person's mark lifts; `seen` and `way_out` as with `Certain`, `{where}` aside."""

    seen: str
    way_out: str


_HERE = "name a database on this machine, by a loopback address or a unix socket"
_OTHER = "name another database: no mark makes this one a development database"


class Reason(Enum):
    """Why a database is refused, in the order in which it is found out."""

    LEADS_ELSEWHERE = Certain(
        "{name} is set, which leads connections elsewhere than their DSN says", "unset it"
    )
    LIVE_ENVIRONMENT = Certain(
        "{name} is {value!r}, so this is no development environment", "unset it to seed"
    )
    UNREADABLE = Certain(
        "the DSN in the environment can't be read",
        "write it as postgresql://user@localhost:5432/name, with %40 for an @ and %2F for a / in a password",
    )
    STRANGE_SETTING = Certain("the DSN sets {names}, which can lead it elsewhere", "leave it out")
    SEVERAL_HOSTS = Certain("the DSN names several hosts", "name one")
    NO_HOST = Certain("the DSN names no host", "name localhost, or the folder of a unix socket")
    SOCKET_AND_ADDRESS = Certain("the DSN names a socket and an address", "leave hostaddr out")
    PORT = Certain(
        "the DSN's port is no number from 1 to 65535",
        "write one, as in 5432, and an @, : or / of a password as %40, %3A or %2F",
    )
    HOSTED_NAME = Certain("{host} is a hosted database", _HERE)
    UNKNOWN_HOST = Certain("there is no host {host!r}", _HERE)
    OTHER_MACHINE = Certain("{host} is {address}, which is another machine", _HERE)
    NOT_A_SERVICE = Certain(
        "{host} is listed in [seeds] hosts, but {address} is no address of a container's network", _HERE
    )
    NO_CONNECTION = Certain("no connection to {where}: {why}", "start it, or mend the DSN")
    WENT_ELSEWHERE = Certain("the connection to {where} went to {address}", _HERE)
    UNANSWERED = Certain(
        "{where} can't be looked into: {why}",
        "use PostgreSQL 14 or newer, and a login that may read its catalogs",
    )
    STANDBY = Certain("{where} is a standby in recovery", _OTHER)
    REPLICATED = Certain("{where} has standby servers that copy it, as a live database does", _OTHER)
    CLOUD_ROLE = Certain("{where} has the role {name} of a hosted database", _OTHER)
    CLOUD_SETTING = Certain("{where} has the setting {name} of a hosted database", _OTHER)
    CLOUD_EXTENSION = Certain("{where} offers the extension {name} of a hosted database", _OTHER)
    HOSTED_CERTIFICATE = Certain("{where} shows a certificate of {name}, a hosted service", _OTHER)
    MARKED_OTHERWISE = Certain("{where} is marked as {name}", _OTHER)
    BROKEN_MARK = Certain(
        "{where} has a mark of pg-guardrails that can't be read",
        "take that line out of the database's comment, and mark it anew with `pg-guardrails seed mark`",
    )

    NAMED_LIVE = Doubtful(
        "its {part} {name!r} sounds like a live one",
        "name the development database, or mark it if this is one",
    )
    VERIFIED_TLS = Doubtful(
        "the DSN asks to verify a certificate, as for a server elsewhere",
        "leave sslmode out for a server on this machine",
    )
    BETWEEN = Doubtful(
        "something stands between this machine and the server, such as a container's network, a proxy or a tunnel",
        "if it is a container of yours, mark the database once; never mark one behind a tunnel",
    )
    UNSEEN_SOCKET = Doubtful(
        "the server's process can't be seen behind its socket, as with a container or a forwarded socket",
        "if it is a container of yours, mark the database once; never mark one behind a forwarded socket",
    )
    SERVICE = Doubtful(
        "it is another container, which [seeds] hosts allows to look at and no more", "mark the database once"
    )
    SUPABASE_ELSEWHERE = Doubtful(
        "it is a Supabase database without the public secret that `supabase start` sets",
        "use the database of `supabase start`, or mark it if it is another one of your own machine",
    )
    STANDBY_BEFORE = Doubtful(
        "it keeps a place for a standby server", "drop the replication slot, or mark it"
    )
    LOGICAL_REPLICATION = Doubtful("its changes are streamed elsewhere", "stop what reads them, or mark it")
    ARCHIVED = Doubtful(
        "it archives its write-ahead log, as a live server does", "set archive_mode to off, or mark it"
    )
    OTHER_CLIENTS = Doubtful("clients of other machines are connected to it", "end them, or mark it")
    LARGE = Doubtful("it is {size} large, more than anybody seeds", "seed another database, or mark it")
    PEOPLE = Doubtful(
        "{table} holds e-mail addresses that look like people's",
        "seed an empty database, or mark it if nobody misses what is in there",
    )
    UNREADABLE_PEOPLE = Doubtful(
        "{table} has e-mail addresses that this login can't look at",
        "use a login that may read the table, or mark it",
    )
    SIGN_INS = Doubtful(
        "{table} has people who signed in within the last days", "seed another database, or mark it"
    )
    MARK_OF_ANOTHER = Doubtful(
        "its mark was made for another database, of which it is a copy",
        "mark this one as well, or seed the other",
    )


class Refused(GuardrailsError):  # noqa: N818  (it is what the sentence says)
    """A database is not surely one for development; `reasons` are what was seen."""

    def __init__(self, sentence: str, reasons: tuple[Reason, ...]) -> None:
        super().__init__(sentence)
        self.reasons = reasons


@dataclass(frozen=True)
class Doubt:
    """A reason that a mark lifts, with what was seen in words."""

    reason: Reason
    words: str


def doubt(reason: Reason, **seen: str) -> Doubt:
    return Doubt(reason, _filled(reason.value.seen, seen))


def refused(reason: Reason, **seen: str) -> Refused:
    """Return the refusal for what is certain."""
    words = _filled(reason.value.seen, seen)
    return Refused(f"{words}; {reason.value.way_out}; nothing was written", (reason,))


def refused_for(where: str, doubts: tuple[Doubt, ...]) -> Refused:
    """Return the refusal of an unmarked database for what makes it doubtful."""
    seen = " and ".join(one.words for one in doubts)
    return Refused(
        f"{escape(where)} is not surely a development database: {seen}; if it may be lost, a person marks it with "
        f"`{MARK_COMMAND}` in a terminal; nothing was written",
        tuple(one.reason for one in doubts),
    )


def _filled(sentence: str, seen: dict[str, str]) -> str:
    return sentence.format(**{name: escape(value) for name, value in seen.items()})
