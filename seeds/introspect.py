"""A database -> `Catalog`: its tables as the planner needs them, read from the system catalogs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from seeds import queries
from seeds.checks.contracts import Check
from seeds.checks.solve import questions
from seeds.families import SYSTEM_EMAIL, is_users
from seeds.generators.contracts import Type
from seeds.mining import columns_in, json_keys
from seeds.schema import Catalog, Column, ForeignKey, Table, Trigger, UniqueSet, outside

PLATFORM = (
    "auth", "storage", "realtime", "vault", "cron", "net", "graphql", "graphql_public", "extensions",
    "supabase_migrations", "supabase_functions", "pgmq", "pgbouncer", "pgsodium", "_realtime", "_analytics",
)  # fmt: skip
"""Schemas whose tables belong to an extension or to Supabase's platform."""

BOOKKEEPING = (
    "schema_migrations", "_prisma_migrations", "goose_db_version", "flyway_schema_history", "_sqlx_migrations",
    "__diesel_schema_migrations", "spatial_ref_sys", "knex_migrations", "knex_migrations_lock", "pgmigrations",
    "alembic_version", "databasechangelog", "databasechangeloglock", "ar_internal_metadata", "__drizzle_migrations",
)  # fmt: skip
"""Tables in which a migration tool or an extension keeps its own books."""

SYSTEM_KEYS = frozenset({"00000000-0000-0000-0000-000000000000", "system"})
"""Keys of the system user, who is not counted among a table's rows; 0 is one in a table of users alone."""

USERS, IDENTITIES = "auth.users", "auth.identities"
"""The tables of Supabase's sign-in that are filled where a project's tables point at users."""

_MOST_PARTITIONS = 24


def introspect(connection: psycopg.Connection) -> Catalog:
    """Read the tables that may be filled and those that they point at, in nine queries, a count, and questions about constraints."""
    with _catalogs_first(connection), connection.cursor(row_factory=dict_row) as cursor:
        reading = _Reading(cursor)
        tables = {table.name: table for table in map(reading.table, reading.found)}
        functions = {}
        for row in cursor.execute(queries.FUNCTIONS):
            functions[row["proname"]] = functions[f"{row['nspname']}.{row['proname']}"] = row["definition"]
    tables = _needed(tables)
    counts = _counts(connection, tables.values())
    tables = {name: replace(table, rows=counts[name]) for name, table in tables.items()}
    return Catalog(tables, _answers(connection, tables.values(), functions), functions)


@contextmanager
def _catalogs_first(connection: psycopg.Connection) -> Iterator[None]:
    """Look names up in pg_catalog first, whatever the role or the database has set.

    Else a project's own view `pg_class`, or its operator `=`, could answer for PostgreSQL's.
    """
    cursor = connection.execute("SELECT pg_catalog.current_setting('search_path')")
    (path,) = cursor.fetchone() or ("",)
    place = "SELECT pg_catalog.set_config('search_path', %s, true)"
    connection.execute(place, [f"pg_catalog, {path}" if path else "pg_catalog"])
    yield
    connection.execute(place, [path])


class _Reading:
    """The rows of the catalogs, sorted by the table that they belong to."""

    def __init__(self, cursor: psycopg.Cursor[dict[str, Any]]) -> None:
        given = {"platform": list(PLATFORM), "books": list(BOOKKEEPING)}
        self.found = cursor.execute(queries.TABLES, given).fetchall()
        self.names = {row["oid"]: f"{row['nspname']}.{row['relname']}" for row in self.found}
        self.parts: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.roots = {oid: oid for oid in self.names}
        for row in cursor.execute(queries.PARTITIONS, {"tables": list(self.names)}):
            self.roots[row["relid"]] = row["root"]
            self.parts[row["root"]].append(row)
        everything = {"tables": list(self.roots)}
        types = {row["oid"]: row for row in cursor.execute(queries.TYPES)}
        self.types = _Types(types)
        self.columns = _grouped(cursor.execute(queries.COLUMNS, everything), "attrelid")
        self.constraints = _grouped(cursor.execute(queries.CONSTRAINTS, everything), "conrelid")
        self.indexes = _grouped(cursor.execute(queries.INDEXES, everything), "indrelid")
        self.triggers = _grouped(cursor.execute(queries.TRIGGERS, everything), "tgrelid")

    def table(self, row: Mapping[str, Any]) -> Table:
        oid = row["oid"]
        columns = tuple(map(self._column, self.columns[oid]))
        own = [oid, *(part["relid"] for part in self.parts[oid])]
        checks = [*self._checks(oid), *self._domain_checks(oid), *self._bounds(oid)]
        triggers = tuple(dict.fromkeys(
            Trigger(one["tgname"], one["proname"], one["prosrc"], one["lanname"], one["is_before"])
            for relation in own for one in self.triggers[relation]
        ))  # fmt: skip
        return Table(
            name=self.names[oid],
            schema=row["nspname"],
            relation=row["relname"],
            columns=columns,
            unique_sets=tuple(self._uniques(own, columns)),
            foreign_keys=tuple(self._keys(own)),
            checks=tuple(checks),
            triggers=triggers,
            refusal=self._refusal(row),
            foreign=row["books"] or row["owned"],
            only=not row["partitioned"],
            comment=row["comment"],
            json_keys=json_keys(columns, checks, triggers),
        )

    def _refusal(self, row: Mapping[str, Any]) -> str | None:
        if row["books"]:
            return "a migration tool keeps its books in it"
        if row["owned"]:
            return "it belongs to an extension or to the platform"
        if not row["may_insert"]:
            return "this login may not insert into it"
        if not row["may_select"]:
            return "this login may not read it"
        if row["guarded"]:
            return (
                "row level security holds for this login; connect as the table's owner (without FORCE) "
                "or as a role with BYPASSRLS"
            )
        if row["partitioned"] and not any(part["isleaf"] for part in self.parts[row["oid"]]):
            return "it is partitioned and has no partition"
        return None

    def _column(self, row: Mapping[str, Any]) -> Column:
        kind, not_null, _ = self.types.resolved(row["atttypid"], row["atttypmod"], row["attndims"])
        generated = row["attgenerated"]
        return Column(
            name=row["attname"],
            type=kind,
            not_null=row["attnotnull"] or not_null,
            default=None if generated else row["expression"],
            sequence=row["sequence"],
            first_number=row["seqstart"] or 1,
            generated=row["expression"] if generated else None,
            virtual=generated == "v",
            comment=row["comment"] or "",
        )

    def _keys(self, own: Iterable[int]) -> Iterable[ForeignKey]:
        seen = set()
        for row in (row for oid in own for row in self.constraints[oid] if row["contype"] == "f"):
            target = self.roots.get(row["confrelid"])
            name = self.names[target] if target is not None else row["target"]
            shape = (tuple(row["columns"]), name, tuple(row["targets"]))
            if shape not in seen:
                seen.add(shape)
                yield ForeignKey(*shape, row["conname"])

    def _checks(self, oid: int) -> Iterable[Check]:
        return (
            Check(row["conname"], row["definition"]) for row in self.constraints[oid] if row["contype"] == "c"
        )

    def _domain_checks(self, oid: int) -> Iterable[Check]:
        for row in self.columns[oid]:
            _, _, checks = self.types.resolved(row["atttypid"], row["atttypmod"], row["attndims"])
            for name, definition in checks:
                yield Check(name, definition, row["attname"])

    def _bounds(self, oid: int) -> Iterable[Check]:
        """Yield which rows have a partition, as one more constraint."""
        leaves = [part for part in self.parts[oid] if part["isleaf"]]
        if not leaves or any(part["is_default"] or not part["bounds"] for part in leaves):
            return
        wanted = []
        for leaf in leaves[-_MOST_PARTITIONS:]:
            own = [
                row["definition"].removeprefix("CHECK ").removesuffix(" NOT VALID")
                for row in self.constraints[leaf["relid"]]
                if row["contype"] == "c"
            ]
            wanted.append(" AND ".join(f"({text})" for text in (leaf["bounds"], *own)))
        if not any("satisfies_hash_partition" in leaf["bounds"] for leaf in leaves):
            yield Check("its partitions", " OR ".join(f"({text})" for text in wanted))

    def _uniques(self, own: Iterable[int], columns: tuple[Column, ...]) -> Iterable[UniqueSet]:
        expressions = {column.name: column.generated for column in columns if column.generated}
        seen = set()
        for row in (row for oid in own for row in self.indexes[oid]):
            plain = tuple(name for name in row["columns"] if name and name not in expressions)
            hidden = [
                text if not name else expressions[name] or ""
                for name, text in zip(row["columns"], row["parts"], strict=True)
                if not name or name in expressions
            ]
            within = tuple(dict.fromkeys(name for text in hidden for name in columns_in(text)))
            shape = (plain, within, row["predicate"])
            if shape not in seen:
                seen.add(shape)
                yield UniqueSet(
                    row["relname"],
                    *shape,
                    row["indisprimary"],
                    row["nulls_distinct"],
                    row["indisexclusion"],
                    tuple(row["parts"]),
                )


class _Types:
    """`pg_type`, with domains resolved to what they stand on."""

    def __init__(self, rows: Mapping[int, Mapping[str, Any]]) -> None:
        self._rows = rows

    def resolved(
        self, oid: int, modifier: int, dimensions: int = 0
    ) -> tuple[Type, bool, tuple[tuple[str, str], ...]]:
        """Return a type, whether its domains forbid NULL, and the constraints of its domains."""
        row = self._rows[oid]
        not_null, checks = False, []
        while row["typtype"] == "d":
            not_null = not_null or row["typnotnull"]
            checks += [tuple(one) for one in row["checks"]]
            modifier = modifier if modifier >= 0 else row["typtypmod"]
            dimensions = dimensions or row["typndims"]
            row = self._rows[row["typbasetype"]]
        if row["is_array"]:
            element, _, _ = self.resolved(row["typelem"], modifier)
            return replace(element, dimensions=max(1, dimensions)), not_null, tuple(checks)
        subtype = self.resolved(row["subtype"], -1)[0] if row["subtype"] else None
        attributes = tuple((name, self.resolved(kind, mod)[0]) for name, kind, mod in row["attributes"])
        kind = Type(
            row["typname"], modifier, 0, tuple(row["labels"]), attributes, subtype, row["typtype"] == "m"
        )
        return kind, not_null, tuple(checks)


def _grouped(rows: Iterable[dict[str, Any]], key: str) -> dict[int, list[dict[str, Any]]]:
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _needed(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Leave out tables of the platform that nothing of the project points at."""
    ours = [table for table in tables.values() if not table.foreign and table.schema not in PLATFORM]
    pointed_at = {key.target for table in ours for key in table.foreign_keys}
    wanted = {table.name for table in ours} | (pointed_at & set(tables))
    if USERS in wanted:
        wanted.add(IDENTITIES)
    return {name: table for name, table in tables.items() if name in wanted}


def _counts(connection: psycopg.Connection, tables: Iterable[Table]) -> dict[str, int]:
    counts = {}
    asked: list[sql.Composed] = []
    names = []
    for table in tables:
        counts[table.name] = 0
        if table.refusal is None or table.foreign:
            names.append(table.name)
            asked.append(sql.SQL("SELECT {}, count(*) FROM {}").format(len(names) - 1, counted(table)))
    try:
        with connection.transaction():
            rows = connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall() if asked else []
    except psycopg.errors.InsufficientPrivilege:
        rows = []
        for query in asked:
            try:
                with connection.transaction():
                    rows += connection.execute(query).fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
    return counts | {names[number]: count for number, count in rows}


def source(table: Table) -> sql.Composable:
    """Return a table as it stands after FROM: without the rows of tables that inherit from it."""
    name = sql.Identifier(table.schema, table.relation)
    return sql.SQL("ONLY {}").format(name) if table.only else name


def counted(table: Table) -> sql.Composable:
    """Return a table and the condition that leaves out the system user."""
    key = table.primary_key
    if len(key) == 1:
        others = sql.SQL("{}::text <> ALL ({})").format(
            sql.Identifier(key[0]), sql.Literal(sorted(SYSTEM_KEYS | ({"0"} if is_users(table) else set())))
        )
    elif is_users(table) and any(column.name == "email" for column in table.columns):
        others = sql.SQL("email::text IS DISTINCT FROM {}").format(sql.Literal(SYSTEM_EMAIL))
    else:
        return source(table)
    return sql.SQL("{} WHERE {}").format(source(table), others)


def _answers(
    connection: psycopg.Connection, tables: Iterable[Table], functions: Mapping[str, str]
) -> dict[str, str | None]:
    """Ask the database for what the constraints leave open, until nothing is."""
    answers: dict[str, str | None] = {}
    for table in tables:
        checks = [*table.checks, *(outside(one) for one in table.unique_sets if one.predicate)]
        while asked := questions(checks, table.types, answers, functions):
            answers |= {question: _answer(connection, question) for question in asked}
        for column in table.columns:
            if column.generated and not columns_in(column.generated):
                answers[column.generated] = _answer(connection, column.generated)
    return answers


def _answer(connection: psycopg.Connection, expression: str) -> str | None:
    """Evaluate a part of a constraint that names no column; nothing that it does is kept."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL transaction_read_only = on")
            row = connection.execute(f"SELECT ({expression})::text".encode()).fetchone()
    except psycopg.Error:
        return None
    return row[0] if row else None
