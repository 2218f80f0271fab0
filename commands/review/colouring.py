"""SQL -> its lines in coloured pieces, as PostgreSQL's own scanner cuts it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.lint.parsing import ParseError, Token, scan

PLAIN, KEYWORD, STRING, COMMENT, NUMBER = range(5)
Line = list[int | str]
"""A kind and its text, a kind and its text, …"""

_MOST_TEXT = 500_000
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_DOLLARS = re.compile(r"\$[A-Za-z_0-9]*\$")
_KINDS = {
    "SCONST": STRING, "USCONST": STRING, "BCONST": STRING, "XCONST": STRING,
    "ICONST": NUMBER, "FCONST": NUMBER, "SQL_COMMENT": COMMENT, "C_COMMENT": COMMENT,
}  # fmt: skip


def coloured(text: str) -> list[Line]:
    """Return the lines of a text; joined again, their pieces are the text, whatever it holds."""
    lines: list[Line] = [[]]
    for kind, piece in _pieces(text):
        first, *others = piece.split("\n")
        _put(lines[-1], kind, first)
        for rest in others:
            lines.append([])
            _put(lines[-1], kind, rest)
    return lines


def _put(line: Line, kind: int, piece: str) -> None:
    if not piece:
        return
    if line and line[-2] == kind:
        line[-1] = f"{line[-1]}{piece}"
    else:
        line += [kind, piece]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    if len(text) > _MOST_TEXT:
        yield PLAIN, text
        return
    # The scanner walks over all other letters before it to find each offset: they are masked, one for one.
    masked = _NON_ASCII.sub("x", text)
    place = 0
    for start, end, kind in _tokens(masked, 0):
        yield PLAIN, text[place:start]
        yield kind, text[start:end]
        place = end
    yield PLAIN, text[place:]


def _tokens(masked: str, shift: int) -> Iterator[tuple[int, int, int]]:
    try:
        tokens = scan(masked)
    except ParseError:
        return
    begins = True
    for token in tokens:
        start, end = token.start, token.end + 1
        opening = _DOLLARS.match(masked, start) if token.name == "SCONST" else None
        if opening is None:
            yield start + shift, end + shift, _kind(token, masked[start:end], begins=begins)
        elif shift == 0:
            inside = opening.end(), end - len(opening[0])
            yield from _tokens(masked[slice(*inside)], inside[0])
        if _KINDS.get(token.name) != COMMENT:
            begins = token.name == "ASCII_59"


def _kind(token: Token, written: str, *, begins: bool) -> int:
    """Return what a token is shown as; a word that may also be a name is a keyword where it is written like one."""
    if token.name in _KINDS:
        return _KINDS[token.name]
    if token.kind == "NO_KEYWORD":
        return PLAIN
    return KEYWORD if token.kind == "RESERVED_KEYWORD" or begins or written.isupper() else PLAIN
