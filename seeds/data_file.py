"""A file of named rows -> the rows, each value tried against the database that they are for.

```toml
[users.vera]
email = "vera@example.com"

[posts.first]
author = "vera"        # the name of a row of users, since posts.author_id is a foreign key
title = "Hello"
```

A mistake is one sentence that names the row and the column.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import psycopg
from psycopg import errors, sql

from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError
from guardrails.seed_settings import plain_value
from seeds.contracts import NamedRow, Value
from seeds.families import is_users
from seeds.named import KNOWN
from seeds.schema import Catalog, Column, ForeignKey, Table

_MOST_ROWS = 10_000
_TYPES = """
SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
"""


@dataclass(frozen=True)
class _Row:
    """A row as the file says it."""

    table: Table
    name: str
    columns: Mapping[str, object]

    @property
    def shown(self) -> str:
        return f"{self.table.name}.{self.name}"


@dataclass
class _Told:
    """A row's values and references so far, by the name of its columns."""

    values: dict[str, Value] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)


def read_test_data(
    text: str, shown: str, catalog: Catalog, connection: psycopg.Connection
) -> tuple[NamedRow, ...]:
    """Return the named rows of a file, those of the users of every test seed first.

    Args:
        text: of the file, TOML.
        shown: what errors call the file.
        catalog: of the database that the rows are for.
        connection: to it; values are tried there, and nothing is written.

    Raises:
        GuardrailsError: the file is broken, or says what can't be.
    """
    return _Reading(shown, catalog, connection).rows(text)


class _Reading:
    def __init__(self, shown: str, catalog: Catalog, connection: psycopg.Connection) -> None:
        self.shown = shown
        self.catalog = catalog
        self.connection = connection
        self.known: dict[str, dict[str, _Row]] = {}
        self.types: dict[tuple[str, str], sql.SQL] = {}

    def rows(self, text: str) -> tuple[NamedRow, ...]:
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._wrong(f"it can't be read as TOML: {escape(str(error))}") from error
        for table in self.catalog.tables.values():
            if is_users(table) and not table.refusal and not self._extends_users(table):
                self.known[table.name] = {name: _Row(table, name, {}) for name in KNOWN}
        for row in self._found(data):
            self.known.setdefault(row.table.name, {})[row.name] = row
        if sum(map(len, self.known.values())) > _MOST_ROWS:
            raise self._wrong(f"it names more than {_MOST_ROWS:,} rows; let the others be drawn")
        named = [self._named(row) for rows in self.known.values() for row in rows.values()]
        self._expect_distinct(named)
        return tuple(named)

    def _found(self, data: Mapping[str, object]) -> Iterator[_Row]:
        for key, rows in data.items():
            if not isinstance(rows, dict):
                raise self._wrong(
                    f"{escape(key)!r} is no table: write [{escape(key)}.some-name] above the row"
                )
            schemas = {table.schema for table in self.catalog.tables.values()}
            matches = [one for one in self.catalog.tables.values() if key in {one.name, one.relation}]
            if not matches and key in schemas:
                yield from self._found({f"{key}.{table}": value for table, value in rows.items()})
                continue
            table = self._table(key, matches)
            for name, columns in rows.items():
                if not isinstance(columns, dict):
                    raise self._wrong(
                        f"{table.name} has {escape(name)!r} without a row's name: write [{escape(key)}.some-name] above it"
                    )
                yield _Row(table, name, columns)

    def _table(self, key: str, matches: Sequence[Table]) -> Table:
        if len(matches) > 1:
            names = ", ".join(one.name for one in matches)
            raise self._wrong(
                f"there is more than one table {escape(key)!r}: {names}; name one with its schema"
            )
        if not matches:
            known = [name for one in self.catalog.tables.values() for name in (one.name, one.relation)]
            raise self._wrong(f"there is no table {escape(key)!r}{_nearest(key, known)}")
        if matches[0].refusal:
            raise self._wrong(f"{matches[0].name} gets no rows: {matches[0].refusal}")
        return matches[0]

    def _named(self, row: _Row) -> NamedRow:
        told = _Told()
        for name, value in row.columns.items():
            self._tell(row, told, name, value)
        self._try_values(row, told)
        return NamedRow(row.name, row.table.name, told.values, told.references)

    def _tell(self, row: _Row, told: _Told, name: str, value: object) -> None:
        key = self._key_of(row.table, name)
        columns = {column.name: column for column in row.table.columns}
        if isinstance(value, str) and key is not None and key.target in self.catalog.tables:
            if value in self.known.get(key.target, {}):
                told.references |= {
                    one: value for one in key.columns if one not in row.columns or one == name
                }
                return
            if name not in columns or not self._may_be_a_key(key, value):
                near = _nearest(value, [*self.known.get(key.target, {})])
                raise self._wrong(
                    f"{row.shown}: {escape(name)} names {escape(value)!r}, which is no row of {key.target} here{near}"
                )
        if name not in columns:
            raise self._wrong(
                f"{row.shown}: there is no column {escape(name)!r} in {row.table.name}{_nearest(name, [*columns])}"
            )
        column = columns[name]
        if column.generated is not None:
            raise self._wrong(f"{row.shown}: {name} is always computed by the database; leave it out")
        found = plain_value(value)
        if found is None:
            raise self._wrong(f"{row.shown}: {name} can't be {escape(repr(value))}")
        if found[0] is None and column.not_null:
            raise self._wrong(f"{row.shown}: {name} may not be NULL")
        told.values[name] = _array(value) if isinstance(value, list) and column.type.dimensions else found[0]

    def _key_of(self, table: Table, name: str) -> ForeignKey | None:
        """Return the foreign key that a name means: of a column, or of a column without its `_id`."""
        names = [column.name for column in table.columns]
        spellings = [name] if name in names else [f"{name}_id", f"{name}Id", f"{name}_uuid", f"id_{name}"]
        return next((key for key in table.foreign_keys if set(spellings) & set(key.columns)), None)

    def _may_be_a_key(self, key: ForeignKey, value: str) -> bool:
        """Tell whether a text may be the key of a row that has no name: one that is there, or is told its key."""
        target = self.catalog.tables[key.target]
        told = {
            str(row.columns[column])
            for row in self.known.get(key.target, {}).values()
            for column in key.target_columns
            if column in row.columns
        }
        return target.rows > 0 or value in told

    def _try_values(self, row: _Row, told: _Told) -> None:
        """Let the database read every value, and judge the constraints that nothing else takes part in."""
        for name, value in told.values.items():
            if value is not None:
                self._try(row, row.table.column(name), _text(value))
        for check in row.table.checks:
            if check.column is None and told.values:
                self._judge(row, told, check.name, check.definition)

    def _try(self, row: _Row, column: Column, text: str) -> None:
        length = column.type.modifier - 4 if column.type.name in {"varchar", "bpchar"} else 0
        if 0 < length < len(text) and not column.type.dimensions:
            raise self._wrong(
                f"{row.shown}: {column.name} holds {length} characters at most, and this has {len(text)}"
            )
        query = sql.SQL("SELECT {}::{}").format(sql.Literal(text), self._type_of(row.table, column))
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(query)
        except (errors.DataError, errors.IntegrityError) as error:
            labels = f"; it is one of {', '.join(column.type.labels)}" if column.type.labels else ""
            reason = error.diag.message_primary or "it is none of its type"
            raise self._wrong(
                f"{row.shown}: {column.name} can't be {escape(text)!r}{labels or f': {escape(reason)}'}"
            ) from error

    def _type_of(self, table: Table, column: Column) -> sql.SQL:
        """Return a column's type as SQL: a domain as itself, with its constraints."""
        if (table.name, column.name) not in self.types:
            for name, kind in self.connection.execute(_TYPES, (table.schema, table.relation)):
                self.types[table.name, name] = sql.SQL(kind)
        return self.types[table.name, column.name]

    def _judge(self, row: _Row, told: _Told, name: str, definition: str) -> None:
        names = sql.SQL(", ").join(
            sql.SQL("{}::{} AS {}").format(
                sql.Literal(None if value is None else _text(value)),
                self._type_of(row.table, row.table.column(column)),
                sql.Identifier(column),
            )
            for column, value in told.values.items()
        )
        condition = definition.removeprefix("CHECK ")
        query = sql.SQL("SELECT NOT coalesce({}, true) FROM (SELECT {}) {}").format(
            sql.SQL(condition), names, sql.Identifier(row.table.relation)
        )
        try:
            with self.connection.transaction(force_rollback=True):
                found = self.connection.execute(query).fetchone()
        except psycopg.Error:
            return  # it asks for columns that are not told here; the database judges the whole row
        if found is not None and found[0]:
            raise self._wrong(f"{row.shown} does not meet {name}: {escape(definition)}")

    def _extends_users(self, table: Table) -> bool:
        whole = {frozenset(one.columns) for one in table.unique_sets}
        return any(
            frozenset(key.columns) in whole
            and key.target != table.name
            and is_users(self.catalog.tables[key.target])
            for key in table.foreign_keys
            if key.target in self.catalog.tables
        )

    def _expect_distinct(self, named: Sequence[NamedRow]) -> None:
        seen: dict[tuple[str, str, tuple[object, ...]], str] = {}
        for row in named:
            table = self.catalog.tables[row.table]
            told = {**row.values, **row.references}
            for unique in table.unique_sets:
                if (
                    unique.within
                    or unique.predicate
                    or unique.exclusion
                    or not set(unique.columns) <= told.keys()
                ):
                    continue
                values = tuple(told[column] for column in unique.columns)
                if None in values and unique.nulls_distinct:
                    continue
                other = seen.setdefault((row.table, unique.name, values), row.name)
                if other != row.name:
                    columns = " and ".join(unique.columns)
                    raise self._wrong(
                        f"{row.table}: {escape(other)} and {escape(row.name)} have the same {columns}"
                    )

    def _wrong(self, words: str) -> GuardrailsError:
        return GuardrailsError(f"{self.shown}: {words}")


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _array(value: Sequence[object]) -> str:
    """Return a list as PostgreSQL writes an array."""
    parts = []
    for one in value:
        if isinstance(one, list):
            parts.append(_array(one))
        else:
            found = plain_value(one)
            text = None if found is None else found[0]
            parts.append("NULL" if text is None else json.dumps(_text(text), ensure_ascii=False))
    return f"{{{','.join(parts)}}}"
