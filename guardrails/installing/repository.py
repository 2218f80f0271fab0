"""What every repository gets, whoever works in it: settings, the constitution, and lines for git."""

from __future__ import annotations

import json

from guardrails.config import FILE
from guardrails.installing.contracts import Form, Wanted
from guardrails.installing.setup import Setup

CONSTITUTION = "docs/constitution.md"


def files(setup: Setup) -> tuple[Wanted, ...]:
    section = setup.constitution.split("\n## ", 1)[1]
    constitution = Wanted(CONSTITUTION, Form.MARKDOWN, f"## {section}", setup.constitution)
    # Approvals hold hashes of bytes, so git must not turn line ends; where they are Windows' already, they stay.
    ends = "-text" if setup.crlf else "text eol=lf"
    folders = (setup.migrations, *setup.others)
    return (
        constitution,
        Wanted(".gitattributes", Form.LINES, "".join(f"{folder}/**/*.sql {ends}\n" for folder in folders)),
        Wanted(".gitignore", Form.LINES, ".guardrails/drafts/\n.guardrails/audit*.jsonl\n"),
    )


def settings(setup: Setup, folder: str, migrations: str | None) -> Wanted:
    """Return the settings of the project in a folder; `migrations` is named where it would not be found."""
    text = setup.template("project/guardrails.toml")
    if migrations is not None:
        text += f"migrations = {json.dumps(migrations, ensure_ascii=False)}\n"
    return Wanted(FILE if folder == "." else f"{folder}/{FILE}", Form.WHOLE, text)
