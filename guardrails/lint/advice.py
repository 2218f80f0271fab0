"""What to write instead of a statement that locks, so that the project's own tool can run it."""

from __future__ import annotations

from pglast import ast

from guardrails.lint.alterations import AddedConstraint
from guardrails.lint.contracts import Name, Statement, Transactions
from guardrails.lint.parsing import ParseError, name_of, scan
from guardrails.lint.spelling import items, made_up, written

_LONGEST = 160
SET_LOCK_TIMEOUT = "SET lock_timeout = '5s';"


def outside(statement: Statement) -> str:
    """Say where a statement that refuses a transaction belongs, given how the tool runs a file."""
    match statement.file.transactions:
        case Transactions.FILE:
            return "as the only statement of a migration that your tool is told to run without a transaction"
        case Transactions.ALONE | Transactions.BATCH:
            return "as the only statement of a migration of its own"
        case Transactions.DETECTED:
            return "in a migration with no other kind of statement"
        case Transactions.NONE:
            return "outside of any transaction"


def create_concurrently(statement: Statement, node: ast.IndexStmt) -> str:
    """Return a CREATE INDEX with CONCURRENTLY in it, and without IF NOT EXISTS, which would skip a broken one."""
    unique = "UNIQUE " if node.unique else ""
    name = f" {written((node.idxname,))}" if node.idxname else ""
    return f"CREATE {unique}INDEX CONCURRENTLY{name} ON {_behind_on(statement, node)};"


def unique_index(table: Name, name: str | None, columns: Name) -> str:
    """Return the statement that makes the index for a key without blocking writes."""
    called = written((name,)) if name else "…"
    listed = ", ".join(written((column,)) for column in columns) or "…"
    return f"CREATE UNIQUE INDEX CONCURRENTLY {called} ON {written(table)} ({listed});"


def in_two_steps(statement: Statement, added: AddedConstraint, ending: str) -> str:
    """Return how to add a constraint that new rows must meet, and to check the old ones in a later migration."""
    table, node = added.table, added.constraint
    pieces = list(items(statement.text, statement.start, statement.end))
    text = None
    if added.number < len(pieces) and node.location is not None:
        text = one_line(statement, node.location, pieces[added.number][1])
    name = written((node.conname,)) if node.conname else made_up(table[-1], *added.columns, ending) or "…"
    body = "…" if text is None else text if node.conname else f"CONSTRAINT {name} {text}"
    return (
        f"Check only new rows at first: ALTER TABLE {written(table)} ADD {body} NOT VALID; "
        f"In a later migration check the old ones: ALTER TABLE {written(table)} VALIDATE CONSTRAINT {name};"
    )


def one_line(statement: Statement, start: int, end: int) -> str | None:
    """Return a part of the statement on one line as it is written; None if it is long or holds comments."""
    text = " ".join(statement.text[start:end].split()).rstrip("; ")
    return None if len(text) > _LONGEST or "--" in text or "/*" in text else text


def _behind_on(statement: Statement, node: ast.IndexStmt) -> str:
    try:
        tokens = scan(statement.text[statement.start : statement.end])
    except ParseError:
        tokens = []
    start = next((token.end + 1 for token in tokens if token.name == "ON"), None)
    rest = one_line(statement, statement.start + start, statement.end) if start is not None else None
    return rest or f"{written(name_of(node.relation))} (…)"
