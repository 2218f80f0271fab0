"""Names and the text they stand in -> names as SQL spells them, and where each one stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pglast import ast
from pglast.keywords import COL_NAME_KEYWORDS, RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.parsing import ParseError, place_of, scan
from guardrails.lint.patterns import regex

_BARE = regex(r"[a-z_][a-z0-9_$]*")
_QUOTED_WORDS = frozenset(map(str, RESERVED_KEYWORDS | COL_NAME_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS))
_LONGEST_NAME = 63  # NAMEDATALEN - 1, in bytes
_OPENING = frozenset({"ASCII_40", "ASCII_91"})
_CLOSING = frozenset({"ASCII_41", "ASCII_93"})
_COMMA = "ASCII_44"


def written(name: Iterable[str]) -> str:
    """Return a name as SQL spells it, in quotes where it needs them."""
    return ".".join(
        part if _BARE.fullmatch(part) and part not in _QUOTED_WORDS else '"' + part.replace('"', '""') + '"'
        for part in name
    )


def made_up(*parts: str) -> str | None:
    """Return a name put together from others, in quotes where it needs them; None if it is too long."""
    name = "_".join(parts)
    return written((name,)) if len(name.encode()) <= _LONGEST_NAME else None


def items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the slices between the commas of a statement that stand outside all brackets."""
    depth = 0
    try:
        tokens = scan(text[start:end])
    except ParseError:
        tokens = []
    first = start
    for token in tokens:
        depth += (token.name in _OPENING) - (token.name in _CLOSING)
        if token.name == _COMMA and depth == 0:
            yield first, start + token.start
            first = start + token.end + 1
    yield first, end


def places(statement: Statement, names: Sequence[Name]) -> list[int]:
    """Return where each name of a statement's comma-separated list stands, else where the statement does."""
    found = list(items(statement.text, statement.start, statement.end))
    if len(found) != len(names):
        return [statement.start] * len(names)
    return [
        place_of(statement.text, name[0] if name else "", start, end)
        for name, (start, end) in zip(names, found, strict=True)
    ]


def place_in(statement: Statement, number: int, name: str) -> int:
    """Return where a name stands in a statement's n-th item, else where that item does."""
    found = list(items(statement.text, statement.start, statement.end))
    if number >= len(found):
        return statement.start
    start, end = found[number]
    if number == 0 and isinstance(statement.node, ast.AlterTableStmt) and statement.node.relation:
        start = _behind(statement.node.relation, statement.text, end)
    start += len(statement.text[start:end]) - len(statement.text[start:end].lstrip())
    return place_of(statement.text, name, start, end)


def _behind(relation: ast.RangeVar, text: str, end: int) -> int:
    name = relation.relname or ""
    start = place_of(text, name, relation.location or 0, end)
    return start + len(name) + 2 * text.startswith('"', start)
