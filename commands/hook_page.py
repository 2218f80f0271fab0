"""The catalogue of the hooks as tables, for the page that documents them."""

from __future__ import annotations

from pathlib import Path

from guardrails.agent.catalogue.clients import CLIENTS, RESTORE, SQL
from guardrails.agent.catalogue.guards import ANY, FORCE, GH_API, GUARDS, NO_VERIFY, PUSH
from guardrails.agent.catalogue.platforms import PLATFORMS
from guardrails.agent.catalogue.rows import Row
from guardrails.agent.catalogue.tools import TOOLS
from guardrails.agent.contracts import Verdict
from guardrails.agent.mcp_tools import TOOL_ROWS
from guardrails.agent.network import API

_START = "<!-- catalogue: written by `make docs` -->"
_END = "<!-- end of the catalogue -->"
_WORDS = {Verdict.ASK: "ask", Verdict.DENY: "deny"}
_SECTIONS = (
    ("Platforms", PLATFORMS),
    ("Migration tools", TOOLS),
    ("Clients of PostgreSQL", (SQL, RESTORE, *CLIENTS)),
    ("Over the network", (API,)),
    ("Reviews, checks and assistants", (*GUARDS, GH_API, NO_VERIFY, PUSH, FORCE, ANY)),
)


def rewrite(path: str) -> None:
    """Write the tables of the catalogue into a page, between their marks."""
    page = Path(path)
    text = page.read_text(encoding="utf-8")
    page.write_text(with_catalogue(text), encoding="utf-8")


def with_catalogue(text: str) -> str:
    """Return the text of a page with the tables of the catalogue as they are now."""
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n\n{_tables()}\n{_END}{after}"


def _tables() -> str:
    parts: list[str] = []
    for title, rows in _SECTIONS:
        parts += [
            f"### {title}",
            "",
            "| program | words | answer | because it | unless |",
            "|---|---|---|---|---|",
        ]
        parts += [_line(row) for row in rows]
        parts.append("")
    parts += ["### MCP tools", "", "| tool | answer | because it |", "|---|---|---|"]
    parts += [
        f"| {', '.join(f'`{name}`' for name in row.names)} | {_WORDS[row.verdict]} | {row.why} |"
        for row in TOOL_ROWS
    ]
    parts.append("")
    return "\n".join(parts)


def _line(row: Row) -> str:
    programs = ", ".join(f"`{program}`" for program in row.programs)
    forms = ", ".join(f"`{_escaped(form)}`" for form in row.forms if form) or "any"
    needs = f" with {', '.join(f'`{_escaped(word)}`' for word in row.needs)}" if row.needs else ""
    unless = ", ".join(f"`{word}`" for word in row.unless)
    return f"| {programs} | {forms}{needs} | {_answer(row)} | {row.why} | {unless} |"


def _answer(row: Row) -> str:
    if not row.targeted:
        return _WORDS[row.verdict]
    return "ask; elsewhere deny" if row.at_home or row.verdict is Verdict.ASK else "deny; here ask"


def _escaped(form: str) -> str:
    return form.replace("|", "\\|")
