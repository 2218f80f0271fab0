"""Make text that came from a migration safe to show: no terminal escape, no hidden direction change."""

from __future__ import annotations

import re
import unicodedata

from guardrails.lint.patterns import regex

_NOT_LITERAL = regex(r"[^A-Za-z0-9 ]")
_COMMAND = regex(r"(##(?:vso)?)\[", re.IGNORECASE)


def plain(text: str) -> str:
    """Return `text` with every control or formatting character but the tab spelt out.

    So is the bracket of `##[` and `##vso[`, which the runners of GitHub and Azure take for a command
    wherever it stands in a line.
    """
    if "##" in text:
        text = _COMMAND.sub(r"\1\\x5b", text)
    return text if text.isascii() and text.isprintable() else "".join(map(_spelt_out, text))


def literal(text: str) -> str:
    """Return text that Markdown and HTML show as it is: no link, no mention, no cell, no markup."""
    return _NOT_LITERAL.sub(lambda found: f"&#{ord(found[0])};", plain(text.replace("\n", " ")))


def _spelt_out(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return character
    return character.encode("unicode_escape").decode("ascii")
