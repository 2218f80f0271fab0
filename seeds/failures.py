"""What the database refused -> what is learnt from it, whether the rest may go on, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
from psycopg import errors

from seeds.plan import COLUMN, JUDGED, TablePlan
from seeds.stage import UnfillableError

_LEFT_OUT = ("0A", "20", "21", "22", "23", "2F", "38", "39", "3F", "42", "44", "P0")
"""Classes of SQLSTATE that speak of a row, a function or a right: another table may go on after them."""

_IN_FUNCTION = ("PL/pgSQL", "SQL statement", "SQL function")


def may_be_left_out(error: psycopg.Error) -> bool:
    """Tell whether a table alone is concerned, not the connection, the server or its disk."""
    return (error.sqlstate or "").startswith(_LEFT_OUT)


def learnt(error: Exception, group: Sequence[TablePlan]) -> tuple[str, str] | None:
    """Return a table and what to heed the next time, or None if a further try would end the same way."""
    if not isinstance(error, psycopg.Error):
        return None
    diagnosis = error.diag
    one = _table_of(error, group)
    if any(word in (diagnosis.context or "") for word in _IN_FUNCTION):
        return None
    column = _column_of(error, one)
    match error:
        case errors.CheckViolation() if diagnosis.constraint_name and not diagnosis.datatype_name:
            return _new(one, diagnosis.constraint_name, JUDGED)
        case errors.UniqueViolation() | errors.ExclusionViolation():
            names = {unique.name for unique in one.table.unique_sets}
            name = diagnosis.constraint_name or ""
            return _new(one, name if name in names else "*", JUDGED)
        case errors.NotNullViolation() if diagnosis.column_name in {
            name for key in one.keys for name in key.key.columns
        }:
            return _new(one, JUDGED)
        case errors.DataError() | errors.CheckViolation() | errors.NotNullViolation() if column is not None:
            known = one.table.column(column)
            if (not known.not_null or known.default is not None) and column in one.filled:
                return _new(one, COLUMN + column)
    return None


def why(error: Exception, group: Sequence[TablePlan]) -> tuple[str, str]:
    """Return the table that can't be filled, and the reason."""
    if isinstance(error, UnfillableError):
        return error.table, str(error)
    assert isinstance(error, psycopg.Error)
    one = _table_of(error, group)
    function = re.search(r"function (\S+)", error.diag.context or "")
    inside = any(word in (error.diag.context or "") for word in _IN_FUNCTION)
    if inside:
        names = [trigger.name for trigger in one.table.triggers]
        what = f"a trigger ({', '.join(names)}) refused a row" if names else "a function refused a row"
        return one.name, f"{what}: {_reason(error)}" + (f", in {function[1]}" if function else "")
    return one.name, f"the database refused a row{_where(error)}: {_reason(error)}"


def sentence(error: psycopg.Error, table: str) -> str:
    """Say what ended the whole run."""
    where = f"{table}: " if table else ""
    return f"{where}the database refused{_where(error)}: {_reason(error)}; nothing was written"


def _new(one: TablePlan, *lessons: str) -> tuple[str, str] | None:
    """Return the first lesson that has not been learnt yet."""
    return next(((one.name, lesson) for lesson in lessons if lesson not in one.learned), None)


def _table_of(error: psycopg.Error, group: Sequence[TablePlan]) -> TablePlan:
    named = f"{error.diag.schema_name}.{error.diag.table_name}"
    context = error.diag.context or ""
    for one in group:
        if one.name == named or f"COPY {one.table.relation}," in context:
            return one
    for place, one in enumerate(group):
        if f"pg_guardrails_stage_{place}" in f"{context} {error.diag.table_name}":
            return one
    return group[0]


def _column_of(error: psycopg.Error, one: TablePlan) -> str | None:
    if error.diag.column_name:
        return error.diag.column_name
    found = re.search(r", column (.+?): ", error.diag.context or "")
    names = {column.name for column in one.table.columns}
    return found[1] if found and found[1] in names else None


def _where(error: psycopg.Error) -> str:
    diagnosis = error.diag
    column = f" in column {diagnosis.column_name}" if diagnosis.column_name else ""
    return column + (f" by constraint {diagnosis.constraint_name}" if diagnosis.constraint_name else "")


def _reason(error: psycopg.Error) -> str:
    diagnosis = error.diag
    reason = diagnosis.message_primary or str(error).strip().partition("\n")[0] or type(error).__name__
    detail = f" ({diagnosis.message_detail[:200]})" if diagnosis.message_detail else ""
    line = (diagnosis.context or "").partition("\n")[0]
    where = f" [{line[:160]}]" if line.startswith("COPY") else ""
    return f"{reason}{detail}{where}"
