"""What the database refused -> whether the rest may go on, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg

from seeds.lessons import UnfillableError, refusal_of
from seeds.plan import TablePlan

_LEFT_OUT = ("0A", "20", "21", "22", "23", "2F", "38", "39", "3F", "42", "44", "P0")
"""Classes of SQLSTATE that speak of a row, a function or a right: another table may go on after them."""


def may_be_left_out(error: psycopg.Error) -> bool:
    """Tell whether a table alone is concerned, not the connection, the server or its disk."""
    return (error.sqlstate or "").startswith(_LEFT_OUT)


def why(error: Exception, group: Sequence[TablePlan]) -> tuple[str, str]:
    """Return the table that can't be filled, and the reason."""
    if isinstance(error, UnfillableError):
        return error.table, str(error)
    assert isinstance(error, psycopg.Error)
    one = table_of(error, group)
    function = re.search(r"function (\S+)", error.diag.context or "")
    refusal = refusal_of(error, one.table)
    if refusal.inside:
        names = [trigger.name for trigger in one.table.triggers]
        what = f"a trigger ({', '.join(names)}) refused a row" if names else "a function refused a row"
        return one.name, f"{what}: {_reason(error)}" + (f", in {function[1]}" if function else "")
    return one.name, f"the database refused a row{_where(error)}: {_reason(error)}"


def sentence(error: psycopg.Error, table: str) -> str:
    """Say what ended the whole run."""
    where = f"{table}: " if table else ""
    return f"{where}the database refused{_where(error)}: {_reason(error)}; nothing was written"


def table_of(error: Exception, group: Sequence[TablePlan]) -> TablePlan:
    """Return which table of a group an error speaks of, the first if it does not say."""
    if isinstance(error, UnfillableError):
        return next(one for one in group if one.name == error.table)
    if not isinstance(error, psycopg.Error):
        return group[0]
    named = f"{error.diag.schema_name}.{error.diag.table_name}"
    context = error.diag.context or ""
    for one in group:
        if one.name == named or f"COPY {one.table.relation}," in context:
            return one
    for place, one in enumerate(group):
        if f"pg_guardrails_stage_{place}" in f"{context} {error.diag.table_name}":
            return one
    return group[0]


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
