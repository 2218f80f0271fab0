"""Make text that came from a migration safe to show: no terminal escape, no hidden direction change."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return `text` with every control or formatting character but the tab spelt out."""
    return text if text.isascii() and text.isprintable() else "".join(map(_spelt_out, text))


def _spelt_out(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return character
    return character.encode("unicode_escape").decode("ascii")
