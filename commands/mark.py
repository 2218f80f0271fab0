"""Ask a person, at a terminal, whether a database may be lost, and write their word into the database."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors, sql

from commands.seed_database import database_of_person
from guardrails.approval.terminal import answer, doubts, refuse_agents, refuse_without_terminal
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError
from seeds.guard.deciding import Looked
from seeds.guard.mark import Standing, remove_mark, write_mark
from seeds.guard.people import limit_time
from seeds.guard.reasons import MARK_COMMAND

Answered = Callable[[str, str, str], str]

_FACTS = """
SELECT pg_catalog.current_setting('server_version'), CURRENT_USER::text,
       pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database())),
       count(*) FILTER (WHERE relkind IN ('r', 'p')),
       coalesce(sum(reltuples) FILTER (WHERE relkind = 'r' AND reltuples > 0), 0)::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""

# Without ANALYZE there is no estimate: reltuples is -1, before PostgreSQL 14 it is 0
# (<https://www.postgresql.org/docs/current/catalog-pg-class.html>). A policy could run code, so such tables stay uncounted.
_NOT_ANALYSED = """
SELECT n.nspname::text, c.relname::text,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
         AND NOT pg_catalog.row_security_active(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND c.relkind = 'r' AND c.reltuples <= 0 AND pg_catalog.pg_relation_size(c.oid) > 0
ORDER BY 1, 2
"""
_MOST_COUNTED = 1000
_MOST_TABLES = 200


@dataclass(frozen=True)
class Marked:
    """What became of a database: `already` says that nothing had to be done."""

    where: str
    marked: bool
    already: bool


def mark(
    root: Path,
    *,
    remove: bool = False,
    environ: Mapping[str, str] | None = None,
    answered: Answered | None = None,
) -> Marked | None:
    """Mark the database of the environment as one that may be lost, or take the mark away; None after a no.

    Raises:
        GuardrailsError: there is no terminal, an assistant is at it, or no mark could make it a
            development database.
    """
    surroundings = os.environ if environ is None else environ
    command = f"{MARK_COMMAND} --remove" if remove else MARK_COMMAND
    refuse_agents(surroundings, command)
    if answered is None:
        refuse_without_terminal(command)
    ask = answered or answer
    with database_of_person(root, surroundings, "mark", doubtful=True) as (connection, looked):
        where, standing = looked.target.where, looked.mark.standing
        if looked.identity is None:
            raise GuardrailsError(
                f"{where} keeps its system identifier from this login, so a mark could not be told from one "
                "that was copied; use a login that may call pg_control_system()"
            )
        if remove:
            if standing is not Standing.NONE:
                remove_mark(connection, looked.identity, looked.mark)
            return Marked(where, marked=False, already=standing is Standing.NONE)
        if standing is Standing.DEVELOPMENT:
            return Marked(where, marked=True, already=True)
        question = (
            "Marked, this database gets rows from whoever may start seeding, assistants too. "
            "If it may be lost, type its name:"
        )
        text = _shown(connection, looked, doubts(surroundings))
        if ask(text, question, command) != looked.identity.database:
            return None
        write_mark(connection, looked.identity, looked.mark)
        return Marked(where, marked=True, already=False)


def _shown(connection: psycopg.Connection, looked: Looked, warning: str | None) -> str:
    """Return all that a person should see before they say that a database may be lost."""
    row = connection.execute(_FACTS.encode()).fetchone()
    assert row is not None
    version, user, size, tables, rows = row
    assert looked.identity is not None
    facts = {
        "database": escape(looked.target.where),
        "login": escape(user),
        "server": f"PostgreSQL {escape(version)}, system identifier {looked.identity.system}",
        "holds": f"{size}, {tables} tables, {_rows(connection, rows)}",
        "comment": escape(looked.mark.comment) or "none",
    }
    lines = [f"{name:<9} {value}" for name, value in facts.items()]
    lines += [f"doubtful: {one.words}" for one in looked.doubts] or [
        "Nothing about it is doubtful, so it needs no mark."
    ]
    return "\n".join(lines) + "\n" + (f"\n{warning}\n" if warning else "")


def _rows(connection: psycopg.Connection, estimated: int) -> str:
    """Return how many rows there are: what was never analysed is counted, up to an end."""
    tables = connection.execute(_NOT_ANALYSED.encode()).fetchall()
    readable = [tuple(name) for *name, may_read in tables if may_read][:_MOST_TABLES]
    more = len(readable) < len(tables)
    number = estimated
    for name in readable:
        query = sql.SQL("SELECT count(*) FROM (SELECT FROM ONLY {} LIMIT {}) found")
        try:
            with connection.transaction():
                limit_time(connection)
                row = connection.execute(query.format(sql.Identifier(*name), _MOST_COUNTED + 1)).fetchone()
        except (errors.QueryCanceled, errors.LockNotAvailable, errors.InsufficientPrivilege):
            row = None
        more |= row is None or row[0] > _MOST_COUNTED
        number += min(row[0], _MOST_COUNTED) if row is not None else 0
    if more:
        return f"at least {number:,} rows" if number else "how many rows is not known"
    return f"about {number:,} rows"
