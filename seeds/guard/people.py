"""The rows of a database -> whether they are about people who may miss them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import errors, sql

from seeds.guard.reasons import Doubt, Reason, doubt

_MOST_STRANGERS = 2
_MOST_SIGN_INS = 5
_MILLISECONDS = 10_000
_OF_SERVICES = ("_analytics", "_realtime", "_supavisor")
# Names that nobody can own: <https://www.rfc-editor.org/rfc/rfc2606>, and .local of <https://www.rfc-editor.org/rfc/rfc6762>.
_MADE_UP = r"@(.*\.)?(example\.[a-z]+|example|test|localhost|invalid|local)\.?\s*$"

_COLUMNS = """
SELECT n.nspname::text, c.relname::text, a.attname::text, t.typcategory = 'D' AS is_moment,
       pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND NOT pg_catalog.row_security_active(c.oid) AS readable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND ((a.attname ~* 'e?mail' AND t.typcategory = 'S')
       OR (a.attname ~* '^last_?(sign_?in|login|log_?in|seen|active)(_?at|_?on)?$' AND t.typcategory = 'D'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2, a.attnum
"""


def doubts_of_people(connection: psycopg.Connection, *, local_platform: bool) -> Iterator[Doubt]:
    """Yield what speaks of people, a table each; a table too large to look through counts as theirs.

    Args:
        connection: in a transaction that only reads.
        local_platform: it is the database of `supabase start`, where tests sign in all day, and whose own
            services keep tables that nobody else may read.
    """
    tables: set[tuple[str, str]] = set()
    for schema, relation, column, is_moment, readable in connection.execute(_COLUMNS.encode()).fetchall():
        if (schema, relation) in tables or (local_platform and (is_moment or schema in _OF_SERVICES)):
            continue
        found = None
        if not is_moment:
            found = (
                _of_addresses(connection, (schema, relation), column)
                if readable
                else Reason.UNREADABLE_PEOPLE
            )
        elif readable:
            found = _of_sign_ins(connection, (schema, relation), column)
        if found is not None:
            tables.add((schema, relation))
            yield doubt(found, table=f"{schema}.{relation}")


def _of_addresses(connection: psycopg.Connection, table: tuple[str, str], column: str) -> Reason | None:
    """Ask for addresses that could be somebody's; the whole table is looked through, not its beginning."""
    query = sql.SQL(
        "SELECT count(*) FROM (SELECT DISTINCT pg_catalog.lower({column}::text) FROM {table}"
        " WHERE {column}::text LIKE '%@%' AND {column}::text !~* {made_up} LIMIT {most}) found"
    )
    return _more_than(
        connection, query, table, column, _MOST_STRANGERS, Reason.PEOPLE, Reason.UNREADABLE_PEOPLE
    )


def _of_sign_ins(connection: psycopg.Connection, table: tuple[str, str], column: str) -> Reason | None:
    query = sql.SQL(
        "SELECT count(*) FROM (SELECT FROM {table} WHERE {column} > pg_catalog.now() - interval '7 days' LIMIT {most}) found"
    )
    return _more_than(connection, query, table, column, _MOST_SIGN_INS, Reason.SIGN_INS, None)


def _more_than(
    connection: psycopg.Connection,
    query: sql.SQL,
    table: tuple[str, str],
    column: str,
    most: int,
    reason: Reason,
    unknown: Reason | None,
) -> Reason | None:
    names = {
        "column": sql.Identifier(column),
        "table": sql.Identifier(*table),
        "made_up": sql.Literal(_MADE_UP),
        "most": sql.Literal(most + 1),
    }
    try:
        with connection.transaction():
            row = connection.execute(query.format(**names)).fetchone()
    except (errors.QueryCanceled, errors.InsufficientPrivilege, errors.LockNotAvailable):
        return unknown
    return reason if row is not None and row[0] > most else None


def limit_time(connection: psycopg.Connection) -> None:
    """Let no question of the guard hold a transaction for long."""
    connection.execute(f"SET LOCAL statement_timeout = {_MILLISECONDS}")
    connection.execute("SET LOCAL lock_timeout = 2000")
