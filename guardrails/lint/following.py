"""A statement -> what its migration runs after it, at the top level."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Statement
from guardrails.lint.parsing import parse


def following(statement: Statement) -> Iterator[ast.Node]:
    """Yield the statements behind this one; none for a statement that stands inside another.

    Costs as much as reading the file, so ask only when something else is suspicious.
    """
    if statement.via is None:
        for parsed in parse(statement.file.sql, statement.file.up).statements:
            if parsed.start >= statement.end:
                yield parsed.node


def preceding(statement: Statement) -> Iterator[ast.Node]:
    """Yield the statements before this one, like `following`."""
    if statement.via is None:
        for parsed in parse(statement.file.sql, statement.file.up).statements:
            if parsed.start >= statement.start:
                return
            yield parsed.node
