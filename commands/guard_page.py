"""The refusals of the guard of seeding as a table, for the page that documents them."""

from __future__ import annotations

import re
from pathlib import Path

from seeds.guard.reasons import Doubtful, Reason

_START = "<!-- refusals: written by `make docs` -->"
_END = "<!-- end of the refusals -->"


def rewrite(path: str) -> None:
    """Write the table into a page, between its marks."""
    page = Path(path)
    page.write_text(with_refusals(page.read_text(encoding="utf-8")), encoding="utf-8")


def with_refusals(text: str) -> str:
    """Return the text of a page with the table as it is now."""
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n\n{_table()}\n{_END}{after}"


def _table() -> str:
    lines = ["| when it says | do this | a mark lifts it |", "|---|---|---|"]
    for reason in Reason:
        lifted = "yes" if isinstance(reason.value, Doubtful) else "no"
        seen = re.sub(r"\{\w+(?:!r)?\}", "…", reason.value.seen)
        lines.append(f"| {seen} | {reason.value.way_out} | {lifted} |")
    return "\n".join(lines) + "\n"
