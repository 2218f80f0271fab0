"""Two texts -> the lines in which they differ, with a few around them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

_AROUND = 3
_MOST_ROWS = 1500
_MOST_LINES = 20_000
Row = tuple[str, int | None, int | None, str]
"""A sign (` `, `+`, `-`, or `…` between two places), the line's old and new number, and its text."""


def compared(before: str, after: str) -> dict[str, Any]:
    """Return the rows, how many lines were added and removed, and how many rows were cut.

    Texts of very many lines are not compared: `too_long` says so, and there are no rows.
    """
    old, new = before.split("\n"), after.split("\n")
    too_long = max(len(old), len(new)) > _MOST_LINES
    rows = [] if too_long else list(_rows(old, new))
    return {
        "too_long": too_long,
        "rows": rows[:_MOST_ROWS],
        "added": sum(row[0] == "+" for row in rows),
        "removed": sum(row[0] == "-" for row in rows),
        "left": max(0, len(rows) - _MOST_ROWS),
    }


def _rows(old: list[str], new: list[str]) -> Iterator[Row]:
    for number, group in enumerate(SequenceMatcher(None, old, new).get_grouped_opcodes(_AROUND)):
        if number:
            yield "…", None, None, ""
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                pairs = zip(range(start, end), range(new_start, new_end), strict=True)
                yield from ((" ", one + 1, other + 1, old[one]) for one, other in pairs)
            else:
                yield from (("-", one + 1, None, old[one]) for one in range(start, end))
                yield from (("+", None, one + 1, new[one]) for one in range(new_start, new_end))
