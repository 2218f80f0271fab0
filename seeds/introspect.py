"""A database -> `Catalog`: its tables as the planner needs them, read from the system catalogs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from pglast import ast
from psycopg.rows import dict_row

from guardrails.lint.parsing import names_of, parse, walk

_NOT_OURS = (
    "pg_catalog", "information_schema", "pg_toast", "auth", "storage", "realtime", "vault", "cron", "net", "graphql",
    "graphql_public", "extensions", "supabase_migrations", "supabase_functions", "pgmq", "pgbouncer", "pgsodium",
    "_realtime", "_analytics",
)  # fmt: skip
"""Schemas whose tables belong to the system, an extension or Supabase's platform."""

_BOOKKEEPING = (
    "schema_migrations", "_prisma_migrations", "goose_db_version", "flyway_schema_history", "_sqlx_migrations",
    "__diesel_schema_migrations", "spatial_ref_sys",
)  # fmt: skip
"""Tables in which a migration tool or an extension keeps its own books."""


@dataclass(frozen=True)
class Column:
    """A column; `type` is the name of its base type, with domains resolved, and `labels` those of an enum."""

    name: str
    type: str
    length: int | None
    scale: int | None
    precision: int | None
    array: bool
    not_null: bool
    has_default: bool
    generated: bool
    labels: tuple[str, ...]
    domain_checks: tuple[str, ...]
    comment: str


@dataclass(frozen=True)
class ForeignKey:
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table; `name` is schema and name with a dot between, as a key and for people, never for SQL.

    Attributes:
        never: flags that a unique index allows few rows to have (`UNIQUE (user_id) WHERE is_default`).
    """

    name: str
    schema: str
    relation: str
    columns: tuple[Column, ...]
    uniques: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]
    checks: tuple[str, ...]
    writable: bool
    never: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Catalog:
    tables: dict[str, Table]


_TABLES = """
SELECT c.oid, n.nspname, c.relname,
       has_table_privilege(c.oid, 'INSERT') AND NOT row_security_active(c.oid) AS writable
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND has_schema_privilege(n.oid, 'USAGE')
  AND ((n.nspname <> ALL (%(skipped)s) AND n.nspname NOT LIKE 'pg\\_%%' AND c.relname <> ALL (%(books)s))
       OR (n.nspname = 'auth' AND c.relname = 'users'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""

_COLUMNS = """
WITH RECURSIVE base(oid, type, typmod, not_null, checks) AS (
  SELECT t.oid, t.oid, -1, false, ARRAY[]::text[] FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
  UNION ALL
  SELECT d.oid, b.type, CASE WHEN d.typtypmod >= 0 THEN d.typtypmod ELSE b.typmod END, d.typnotnull OR b.not_null,
         b.checks || ARRAY(SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
                           WHERE k.contypid = d.oid AND k.contype = 'c')
  FROM pg_catalog.pg_type d JOIN base b ON d.typtype = 'd' AND d.typbasetype = b.oid
)
SELECT a.attrelid, a.attname, e.typname AS type, t.typcategory = 'A' AS is_array,
       CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE b.typmod END AS typmod,
       a.attnotnull OR b.not_null AS not_null,
       a.atthasdef OR a.attidentity <> '' AS has_default, a.attgenerated <> '' AS is_generated,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = e.oid ORDER BY l.enumsortorder) AS labels,
       b.checks, coalesce(pg_catalog.col_description(a.attrelid, a.attnum), '') AS comment
FROM pg_catalog.pg_attribute a
JOIN base b ON b.oid = a.atttypid
JOIN pg_catalog.pg_type t ON t.oid = b.type
JOIN pg_catalog.pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
WHERE a.attrelid = ANY (%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

_CONSTRAINTS = """
SELECT k.conrelid, k.contype, k.confrelid, k.confrelid::regclass::text AS target,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place) AS targets
FROM pg_catalog.pg_constraint k
WHERE k.conrelid = ANY (%(tables)s) AND k.contype IN ('f', 'c')
ORDER BY k.conrelid, k.conname COLLATE "C"
"""

_UNIQUES = """
SELECT i.indrelid,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num
             WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS columns,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate
FROM pg_catalog.pg_index i
WHERE i.indrelid = ANY (%(tables)s) AND i.indisunique
ORDER BY i.indrelid, i.indisprimary DESC, i.indexrelid
"""


def introspect(connection: psycopg.Connection) -> Catalog:
    """Read the tables that may be filled, in four queries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_TABLES, {"skipped": list(_NOT_OURS), "books": list(_BOOKKEEPING)}).fetchall()
        names = {row["oid"]: f"{row['nspname']}.{row['relname']}" for row in found}
        given = {"tables": list(names)}
        columns: dict[int, list[Column]] = {oid: [] for oid in names}
        for row in cursor.execute(_COLUMNS, given):
            columns[row["attrelid"]].append(_column(row))
        keys: dict[int, list[ForeignKey]] = {oid: [] for oid in names}
        checks: dict[int, list[str]] = {oid: [] for oid in names}
        for row in cursor.execute(_CONSTRAINTS, given):
            if row["contype"] == "c":
                checks[row["conrelid"]].append(row["definition"])
            else:
                target = names.get(row["confrelid"]) or str(row["target"])
                keys[row["conrelid"]].append(ForeignKey(tuple(row["columns"]), target, tuple(row["targets"])))
        uniques: dict[int, list[tuple[str, ...]]] = {oid: [] for oid in names}
        never: dict[int, list[str]] = {oid: [] for oid in names}
        for row in cursor.execute(_UNIQUES, given):
            flags = _flags_in(row["predicate"], columns[row["indrelid"]])
            never[row["indrelid"]].extend(flags)
            if row["columns"] and not flags:
                uniques[row["indrelid"]].append(tuple(row["columns"]))
    tables = [
        Table(
            names[row["oid"]], row["nspname"], row["relname"], tuple(columns[row["oid"]]), tuple(dict.fromkeys(uniques[row["oid"]])),
            tuple(keys[row["oid"]]), tuple(checks[row["oid"]]), row["writable"], tuple(never[row["oid"]]),
        )
        for row in found
    ]  # fmt: skip
    return Catalog(_without_unused_platform({table.name: table for table in tables}))


def _flags_in(predicate: str | None, columns: list[Column]) -> list[str]:
    """Return the boolean columns that the predicate of a partial index speaks of."""
    statements = parse(f"SELECT {predicate}").statements if predicate else ()
    named = {
        names_of(part.fields)[-1]
        for statement in statements
        for part in walk(statement.node)
        if isinstance(part, ast.ColumnRef) and names_of(part.fields)
    }
    return [column.name for column in columns if column.type == "bool" and column.name in named]


def _without_unused_platform(tables: dict[str, Table]) -> dict[str, Table]:
    """Leave out `auth.users` where nothing of the project points at it."""
    if any(key.target == "auth.users" for table in tables.values() for key in table.foreign_keys):
        return tables
    return {name: table for name, table in tables.items() if name != "auth.users"}


def _column(row: Mapping[str, Any]) -> Column:
    typmod = row["typmod"]
    kind = row["type"]
    length = typmod - 4 if kind in {"varchar", "bpchar"} and typmod > 4 else None
    numeric = kind == "numeric" and typmod > 4
    return Column(
        name=row["attname"],
        type=kind,
        length=typmod if kind in {"bit", "varbit", "vector", "halfvec"} and typmod > 0 else length,
        precision=(typmod - 4) >> 16 if numeric else None,
        scale=(typmod - 4) & 0x7FF if numeric else None,
        array=row["is_array"],
        not_null=row["not_null"],
        has_default=row["has_default"],
        generated=row["is_generated"],
        labels=tuple(row["labels"]),
        domain_checks=tuple(row["checks"]),
        comment=row["comment"],
    )
