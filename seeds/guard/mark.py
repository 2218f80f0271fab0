"""A person's word that a database may be lost: one line in the comment of the database itself.

It names the server and the database that it was written for, so that a copy by pg_dump or by TEMPLATE
is not marked by it. It is read from the catalog, never from a setting, which a DSN could bring along.
A comment can be written by the database's owner, who is no superuser on most servers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from psycopg import errors, sql

from guardrails.lint.contracts import GuardrailsError

DEVELOPMENT = "development"
_SIGN = "pg-guardrails: "


class Standing(StrEnum):
    """What a database's comment says of it."""

    NONE = "none"
    DEVELOPMENT = "development"
    OTHERWISE = "otherwise"
    OF_ANOTHER = "of another"
    BROKEN = "broken"


@dataclass(frozen=True)
class Identity:
    """Which database of which server; only a copy of the server's files has all of it as well.

    Attributes:
        oid: another one after a dump was loaded on the same server under the same name.
    """

    system: str
    database: str
    oid: str


@dataclass(frozen=True)
class Mark:
    """What was found: `environment` as it is written there, `comment` without the mark's line."""

    standing: Standing
    environment: str
    comment: str


def identity_of(connection: psycopg.Connection) -> Identity | None:
    """Return which database this is; None where the server keeps its identifier from this login."""
    try:
        with connection.transaction():
            row = connection.execute(
                "SELECT c.system_identifier::text, d.datname::text, d.oid::text"
                " FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d"
                " WHERE d.datname = pg_catalog.current_database()"
            ).fetchone()
    except errors.InsufficientPrivilege:
        return None
    return None if row is None else Identity(*row)


def mark_of(connection: psycopg.Connection, identity: Identity | None) -> Mark:
    """Read the mark of the database that one is connected to."""
    comment = _comment(connection)
    lines = comment.split("\n")
    marks = [line for line in lines if line.startswith(_SIGN)]
    rest = "\n".join(line for line in lines if not line.startswith(_SIGN))
    if not marks:
        return Mark(Standing.NONE, "", comment)
    try:
        (line,) = marks
        data = json.loads(line.removeprefix(_SIGN))
        environment = str(data["environment"])
        if environment != DEVELOPMENT:
            return Mark(Standing.OTHERWISE, environment, rest)
        bound = Identity(data["system_identifier"], data["database"], data["oid"])
    except (ValueError, TypeError, KeyError):
        return Mark(Standing.BROKEN, "", rest)
    standing = Standing.DEVELOPMENT if bound == identity else Standing.OF_ANOTHER
    return Mark(standing, DEVELOPMENT, rest)


def write_mark(connection: psycopg.Connection, identity: Identity, mark: Mark) -> None:
    """Add the mark to the database's comment, below what else it says.

    Raises:
        GuardrailsError: this login may not comment on the database.
    """
    said = {
        "environment": DEVELOPMENT,
        "system_identifier": identity.system,
        "database": identity.database,
        "oid": identity.oid,
    }
    kept = [mark.comment] if mark.comment else []
    _comment_on(connection, identity, "\n".join([*kept, f"{_SIGN}{json.dumps(said)}"]))


def remove_mark(connection: psycopg.Connection, identity: Identity, mark: Mark) -> None:
    """Take the mark out of the database's comment again; arguments and errors as with `write_mark`."""
    _comment_on(connection, identity, mark.comment or None)


def _comment_on(connection: psycopg.Connection, identity: Identity, comment: str | None) -> None:
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    try:
        connection.execute(statement.format(sql.Identifier(identity.database), sql.Literal(comment)))
    except errors.InsufficientPrivilege as error:
        raise GuardrailsError(
            f"this login may not comment on {identity.database}; connect as its owner to mark it"
        ) from error


def _comment(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database()"
    ).fetchone()
    return str(row[0]) if row is not None and row[0] is not None else ""
