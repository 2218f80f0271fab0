"""What a database refused of a table -> what is done otherwise in the next try."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import errors

from seeds.mining import columns_in, columns_of_new
from seeds.schema import Table

STYLES = (
    "version", "number_text", "slug", "code", "uuid", "url", "email", "token", "country_code", "currency", "full_name",
)  # fmt: skip
"""Generators that are tried in turn for texts of which only the database knows what they must look like."""

_TEXTS = frozenset({"text", "varchar", "bpchar", "citext"})
_IN_FUNCTION = ("PL/pgSQL", "SQL statement", "SQL function")


@dataclass(frozen=True)
class Lessons:
    """What the database taught about one table.

    Attributes:
        judged: it judges the rows before they go where they belong.
        names: constraints and unique sets that only it understands; `*` for all unique sets.
        defaults: columns that had better be left to their default.
        styles: generators of columns, by column.
        tried: styles that did not help.
        opened: keys at tables of its circle are NULL where they may be.
        singly: rows are written one by one, so that those which a trigger refuses are replaced.
        bare: nothing is written but what must be.
    """

    judged: bool = False
    names: frozenset[str] = frozenset()
    defaults: frozenset[str] = frozenset()
    styles: tuple[tuple[str, str], ...] = ()
    tried: int = 0
    opened: bool = False
    singly: bool = False
    bare: bool = False


NONE = Lessons()


class UnfillableError(Exception):
    """No row of a table meets a constraint; `constraint` is empty where it is a foreign key."""

    def __init__(self, table: str, constraint: str, reason: str) -> None:
        super().__init__(reason)
        self.table = table
        self.constraint = constraint


@dataclass(frozen=True)
class Refusal:
    """An error of the database as far as it concerns one table.

    Attributes:
        table: the table.
        column: that the error speaks of.
        constraint: likewise.
        inside: it happened inside a function.
        function: the name of that, without its schema.
        keys: the columns of foreign keys.
        error: the error.
    """

    table: Table
    error: Exception
    column: str | None = None
    constraint: str = ""
    inside: bool = False
    function: str = ""
    keys: frozenset[str] = field(default_factory=frozenset)


def refusal_of(error: Exception, table: Table) -> Refusal:
    """Return what an error says of a table."""
    keys = frozenset(column for key in table.foreign_keys for column in key.columns)
    if isinstance(error, UnfillableError):
        return Refusal(table, error, constraint=error.constraint, keys=keys)
    if not isinstance(error, psycopg.Error):
        return Refusal(table, error, keys=keys)
    context = error.diag.context or ""
    inside = any(word in context for word in _IN_FUNCTION)
    column = error.diag.column_name
    if column is None and (found := re.search(r", column (.+?): ", context)) is not None:
        column = found[1]
    known = {one.name for one in table.columns}
    function = re.search(r"function (?:[^\s(]+\.)?([^\s(.]+)\(", context)
    return Refusal(
        table,
        error,
        column if column in known else None,
        error.diag.constraint_name or "",
        inside,
        function[1].strip('"') if inside and function else "",
        keys,
    )


def learnt(refusal: Refusal, lessons: Lessons) -> Lessons | None:
    """Return what to heed in the next try, or None if it would end the same way."""
    table, error = refusal.table, refusal.error
    match error:
        case UnfillableError():
            return _styled(table, lessons, _named_in(table, refusal.constraint))
        case psycopg.Error() if (refusal.inside and table.triggers) or isinstance(
            error, errors.RaiseException
        ):
            return _other(table, lessons, _of_triggers(table, refusal.function))
        case errors.NotNullViolation() if refusal.column in refusal.keys:
            return replace(lessons, judged=True) if not lessons.judged else None
        case errors.NotNullViolation() | errors.DataError() | errors.CheckViolation() if (
            refusal.column is not None and table.column(refusal.column).generated
        ):
            return _styled(table, lessons, columns_in(table.column(refusal.column).generated or ""))
        case errors.CheckViolation(diag=diagnosis) if refusal.constraint and not diagnosis.datatype_name:
            return _named(lessons, refusal.constraint)
        case errors.UniqueViolation() | errors.ExclusionViolation():
            known = {one.name for one in table.unique_sets}
            return _named(lessons, refusal.constraint if refusal.constraint in known else "*")
        case errors.NotNullViolation() if refusal.column and any(one.before for one in table.triggers):
            return _styled(table, lessons, _of_triggers(table, refusal.column))
        case errors.DataError() | errors.CheckViolation() | errors.NotNullViolation():
            return _without(table, lessons, refusal)
    return None


def _named(lessons: Lessons, name: str) -> Lessons | None:
    if name not in lessons.names:
        return replace(lessons, names=lessons.names | {name})
    return replace(lessons, judged=True) if not lessons.judged else None


def _other(table: Table, lessons: Lessons, columns: Iterable[str]) -> Lessons | None:
    """Return what to try where a trigger refuses: less in circles, row by row, other texts, only what must be."""
    if not lessons.opened:
        return replace(lessons, opened=True)
    if not lessons.singly:
        return replace(lessons, singly=True)
    if lessons.bare:
        return None
    return _styled(table, lessons, columns) or replace(lessons, bare=True, styles=())


def _of_triggers(table: Table, named: str) -> tuple[str, ...]:
    """Return the columns of the new row that triggers name: those whose source speaks of something."""
    return tuple(
        column
        for trigger in table.triggers
        if named in {trigger.function, ""} or named in trigger.source
        for column in columns_of_new(trigger.source)
    )


def _without(table: Table, lessons: Lessons, refusal: Refusal) -> Lessons | None:
    column = refusal.column
    if column is None:
        return None
    known = table.column(column)
    if known.not_null and known.default is None:
        return _styled(table, lessons, (column,))
    if column in lessons.defaults or column in refusal.keys:
        return None
    return replace(lessons, defaults=lessons.defaults | {column})


def _styled(table: Table, lessons: Lessons, columns: Iterable[str]) -> Lessons | None:
    texts = {
        column.name for column in table.columns if column.type.name in _TEXTS and not column.type.dimensions
    }
    keys = {column for key in table.foreign_keys for column in key.columns}
    chosen = sorted(set(columns) & texts - keys)
    if not chosen or lessons.tried >= len(STYLES):
        return None
    styles = dict(lessons.styles) | dict.fromkeys(chosen, STYLES[lessons.tried])
    return replace(lessons, styles=tuple(styles.items()), tried=lessons.tried + 1)


def _named_in(table: Table, constraint: str) -> tuple[str, ...]:
    definition = next((one.definition for one in table.checks if one.name == constraint), "")
    return columns_in(definition.removeprefix("CHECK ").removesuffix(" NOT VALID")) if definition else ()
