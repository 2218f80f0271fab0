"""Narrow columns between wide ones waste bytes in each row.

A column of 8 bytes starts at a multiple of 8, and what is left before it stays empty. Reported is
what is wasted for sure, from 8 bytes a row on. After a column of changing length the place of the
next is not known, so nothing is counted there.

Exempt are temporary tables and partitions.

Source: <https://www.postgresql.org/docs/current/storage-page-layout.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.columns import Declared, declared
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import written

_WORD = 8
_WORTH_IT = 8
_SIZES = {
    "bigserial": (8, 8),
    "bool": (1, 1),
    "char": (1, 1),
    "date": (4, 4),
    "float4": (4, 4),
    "float8": (8, 8),
    "int2": (2, 2),
    "int4": (4, 4),
    "int8": (8, 8),
    "interval": (16, 8),
    "money": (8, 8),
    "oid": (4, 4),
    "serial": (4, 4),
    "serial4": (4, 4),
    "serial8": (8, 8),
    "smallserial": (2, 2),
    "time": (8, 8),
    "timestamp": (8, 8),
    "timestamptz": (8, 8),
    "timetz": (12, 8),
    "uuid": (16, 1),
}
"""Size and alignment in bytes: `typlen` and `typalign` of PostgreSQL's pg_type.dat."""


def check(statement: Statement) -> Iterator[Problem]:
    if not isinstance(statement.node, ast.CreateStmt) or statement.node.partbound is not None:
        return
    columns = list(declared(statement))
    wasted = _wasted(columns)
    if wasted >= _WORTH_IT:
        yield Problem(
            f"the order of the columns of {written(columns[0].table)} wastes {wasted} bytes in each row",
            statement.start,
        )


def _wasted(columns: list[Declared]) -> int:
    """Return the bytes a row would be shorter by, with the widest columns first."""
    offset: int | None = 0
    used = padding = 0
    for column in columns:
        size, alignment = (
            (0, 0)
            if column.node.typeName and column.node.typeName.arrayBounds
            else _SIZES.get(column.type, (0, 0))
        )
        if not size:
            offset = None
            continue
        if offset is None:
            offset = 0 if alignment == _WORD else None
        else:
            gap = -offset % alignment
            padding += gap
            offset += gap
        if offset is not None:
            offset += size
        used += size
    return _rounded(used + padding) - _rounded(used)


def _rounded(size: int) -> int:
    return size + -size % _WORD


RULE = Rule(
    code="COLUMN_ORDER",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Put the columns of 8 bytes first, then those of 4, 2 and 1, then those of changing length.",
    nodes=("CreateStmt",),
    bad=(
        "CREATE TABLE orders (paid bool, id bigint PRIMARY KEY, sent bool);",
        "CREATE TABLE orders (a int, b timestamptz, c int, d timestamptz, note text);",
    ),
    good=(
        "CREATE TABLE orders (id bigint PRIMARY KEY, paid bool, sent bool);",
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text, paid bool, total numeric);",
        "CREATE TABLE orders (paid bool, id bigint PRIMARY KEY);",
        "CREATE TEMP TABLE orders (paid bool, id bigint, sent bool);",
    ),
    check=check,
)
