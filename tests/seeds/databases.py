"""What the tests of seeding share: databases, runs, and a second look at every constraint."""

from pathlib import Path

import psycopg

from guardrails.shadow.engine import Server, connect
from guardrails.shadow.platform import Platform
from seeds.contracts import SeedConfig, SeedResult
from seeds.run import seed

SCHEMAS = {
    path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "schemas").glob("*.sql")
}

_CONSTRAINTS = """
SELECT k.conrelid::regclass::text, k.conname, k.contype, pg_get_constraintdef(k.oid), k.confrelid::regclass::text,
       ARRAY(SELECT quote_ident(a.attname) FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
       ARRAY(SELECT quote_ident(a.attname) FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place)
FROM pg_constraint k WHERE k.contype IN ('c', 'f') AND k.conrelid <> 0 AND k.connamespace = 'public'::regnamespace
"""


def made(server: Server, sql: str, platform: Platform = Platform.PLAIN) -> str:
    conninfo = server.database(platform)
    with connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.encode())
    return conninfo


def seeded(conninfo: str, config: SeedConfig) -> SeedResult:
    with connect(conninfo, autocommit=True) as connection:
        return seed(connection, config)


def rows(conninfo: str, query: str) -> list[tuple[object, ...]]:
    with connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


def dump(conninfo: str, tables: tuple[str, ...]) -> bytes:
    parts: list[bytes] = []
    with connect(conninfo) as connection:
        for table in tables:
            query = f"COPY (SELECT * FROM {table} t ORDER BY t::text) TO STDOUT"
            with connection.cursor().copy(query.encode()) as copy:
                parts.extend(bytes(block) for block in copy)
    return b"".join(parts)


def violated(conninfo: str) -> list[str]:
    """Return the constraints that rows break, all of them asked for again."""
    found = []
    with connect(conninfo, autocommit=True) as connection:
        for table, name, kind, definition, target, columns, targets in connection.execute(
            _CONSTRAINTS
        ).fetchall():
            broken = (
                f"NOT ({definition.removeprefix('CHECK ').removesuffix(' NOT VALID')})"
                if kind == "c"
                else _dangling(target, columns, targets)
            )
            if _any(connection, f"SELECT FROM {table} AS c WHERE {broken}"):
                found.append(f"{table}: {name}")
    return found


def _dangling(target: str, columns: list[str], targets: list[str]) -> str:
    present = " AND ".join(f"c.{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"p.{there} = c.{here}" for here, there in zip(columns, targets, strict=True))
    return f"{present} AND NOT EXISTS (SELECT FROM {target} AS p WHERE {same})"


def _any(connection: psycopg.Connection, query: str) -> bool:
    row = connection.execute(f"SELECT EXISTS ({query})".encode()).fetchone()
    return row is not None and bool(row[0])
