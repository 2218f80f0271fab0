"""Expressions and trigger functions -> the columns they name, and the keys they read from json columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast

from guardrails.lint.parsing import ParseError, Token, names_of, parse, scan, walk
from seeds.checks.contracts import Check
from seeds.schema import Column, Trigger

_READS = frozenset({"->", "->>", "?", "?&", "?|"})
_WORDS = frozenset({"SCONST", "IDENT"})


def columns_in(expression: str) -> tuple[str, ...]:
    """Return the columns that an expression names, each once, in their order."""
    statements = parse(f"SELECT {expression}").statements
    found = (
        names_of(part.fields)[-1]
        for statement in statements
        for part in walk(statement.node)
        if isinstance(part, ast.ColumnRef) and names_of(part.fields)
    )
    return tuple(dict.fromkeys(found))


def json_keys(
    columns: Iterable[Column], checks: Iterable[Check], triggers: Iterable[Trigger]
) -> dict[str, tuple[str, ...]]:
    """Return the keys that somebody reads from the json columns of a table."""
    columns = tuple(columns)
    texts = [
        *(column.generated for column in columns if column.generated),
        *(check.definition for check in checks),
        *(trigger.source for trigger in triggers),
    ]
    found: dict[str, dict[str, None]] = {
        column.name: {}
        for column in columns
        if column.type.name in {"json", "jsonb"} and not column.type.dimensions
    }
    if found:
        for text in texts:
            for name, key in _reads(text):
                if name in found:
                    found[name][key] = None
    return {name: tuple(keys) for name, keys in found.items() if keys}


def columns_of_new(source: str) -> tuple[str, ...]:
    """Return the columns of the new row that a trigger's function names, each once."""
    tokens, words = _tokens(source)
    found = (
        words[place + 2].strip('"')
        for place in range(len(tokens) - 2)
        if words[place].lower() == "new" and words[place + 1] == "." and tokens[place + 2].name != "SCONST"
    )
    return tuple(dict.fromkeys(found))


def _tokens(text: str) -> tuple[list[Token], list[str]]:
    """Return the tokens of a text without comments, and how they are spelt; none if it can't be read."""
    text = text if text.isascii() else "".join(one if one.isascii() else "x" for one in text)
    try:
        tokens = [token for token in scan(text) if not token.name.endswith("_COMMENT")]
    except ParseError:
        return [], []
    return tokens, [text[token.start : token.end + 1] for token in tokens]


def _reads(text: str) -> Iterator[tuple[str, str]]:
    """Yield each `column ->> 'key'` of a text: as tokens, since a function's body is no statement."""
    tokens, words = _tokens(text)
    for place in range(1, len(tokens) - 1):
        if words[place] not in _READS or tokens[place + 1].name != "SCONST":
            continue
        before = place - 1
        while before > 0 and words[before] == ")":  # ("settings")::jsonb is not looked into
            before -= 1
        name = words[before]
        if tokens[before].name == "SCONST":
            continue
        yield name.strip('"'), words[place + 1].strip("'").replace("''", "'")
