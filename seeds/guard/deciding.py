"""A DSN -> a connection to a development database, or a refusal that says what was seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from guardrails.libpq import without_environment
from seeds.guard.addresses import same
from seeds.guard.dsn import Target, target_of
from seeds.guard.link import hosted_certificate, is_direct, is_our_server_behind_socket
from seeds.guard.mark import Identity, Mark, Standing, identity_of, mark_of
from seeds.guard.people import doubts_of_people, limit_time
from seeds.guard.reasons import Doubt, Reason, doubt, refused, refused_for
from seeds.guard.server import doubts_of, facts_of, refuse_live


@dataclass(frozen=True)
class Looked:
    """What was seen of a database that is not certainly a live one.

    Attributes:
        identity: None where the server does not tell.
        doubts: what a mark has to lift before rows are written.
    """

    target: Target
    identity: Identity | None
    mark: Mark
    doubts: tuple[Doubt, ...]


@contextmanager
def development_database(
    dsn: str, environ: Mapping[str, str], hosts: Collection[str] = ()
) -> Iterator[tuple[psycopg.Connection, Looked]]:
    """Connect to a development database; refuse any other, without having written to it.

    Args:
        dsn: where to, from the environment of the person who started us.
        environ: the environment.
        hosts: names of containers that may be looked at too. They may stand in a repository, since
            such a database is only written to with a mark that a person put into it.

    Raises:
        Refused: it is not surely one, with what was seen.
    """
    with looked_at(dsn, environ, hosts) as (connection, looked):
        if looked.doubts and looked.mark.standing is not Standing.DEVELOPMENT:
            raise refused_for(looked.target.where, looked.doubts)
        yield connection, looked


@contextmanager
def looked_at(
    dsn: str, environ: Mapping[str, str], hosts: Collection[str] = ()
) -> Iterator[tuple[psycopg.Connection, Looked]]:
    """Connect to a database that is not certainly a live one, and say what is doubtful about it.

    Arguments and errors as with `development_database`.
    """
    connection, target = _connected(target_of(dsn, environ, hosts))
    with connection:
        try:
            looked = _look(connection, target)
        except psycopg.Error as error:
            why = error.diag.message_primary or str(error).strip().partition("\n")[0]
            raise refused(Reason.UNANSWERED, where=target.where, why=why) from error
        yield connection, looked


def _connected(target: Target) -> tuple[psycopg.Connection, Target]:
    """Connect to the first address at which somebody answers; nothing is sent to a hosted service."""
    why = ""
    for one in target.every():
        if one.address is not None and (name := hosted_certificate(one.address, one.port)):
            raise refused(Reason.HOSTED_CERTIFICATE, where=one.where, name=name)
        try:
            with without_environment():
                return psycopg.connect(one.conninfo, autocommit=True), one
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[-1].strip()
    raise refused(Reason.NO_CONNECTION, where=target.where, why=why)


def _look(connection: psycopg.Connection, target: Target) -> Looked:
    _expect_same_place(connection, target)
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SET LOCAL search_path = pg_catalog")
        limit_time(connection)
        facts = facts_of(connection)
        refuse_live(facts, target.where)
        identity = identity_of(connection)
        mark = mark_of(connection, identity)
        if mark.standing is Standing.OTHERWISE:
            raise refused(Reason.MARKED_OTHERWISE, where=target.where, name=mark.environment)
        if mark.standing is Standing.BROKEN:
            raise refused(Reason.BROKEN_MARK, where=target.where)
        doubts = [*target.doubts]
        if not facts.is_supabase_start:
            doubts += _of_the_way(connection, target)
        doubts += doubts_of(facts)
        doubts += doubts_of_people(connection, local_platform=facts.is_supabase_start)
        if mark.standing is Standing.OF_ANOTHER and doubts:
            doubts.append(doubt(Reason.MARK_OF_ANOTHER))
    return Looked(target, identity, mark, tuple(doubts))


def _expect_same_place(connection: psycopg.Connection, target: Target) -> None:
    info = connection.info
    gone = "a socket" if target.address is None else info.hostaddr
    if target.address is None:
        if info.host == target.host and not info.hostaddr:
            return
    elif same(info.hostaddr, target.address) and info.port == target.port:
        return
    raise refused(Reason.WENT_ELSEWHERE, where=target.where, address=gone)


def _of_the_way(connection: psycopg.Connection, target: Target) -> Iterator[Doubt]:
    if target.address is None:
        if not is_our_server_behind_socket(connection):
            yield doubt(Reason.UNSEEN_SOCKET)
    elif not is_direct(connection):
        yield doubt(Reason.BETWEEN)
