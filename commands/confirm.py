"""Ask a person, at a terminal, whether a draft is to be written; write it if they say yes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from commands.create import Written, load_draft, question, record_answer, write_draft, written_before
from guardrails.approval.terminal import ask, refuse_agents
from guardrails.audit import Event, at_terminal
from guardrails.lint.report.text import render

Ask = Callable[[str, str, str], bool]


def confirm(
    root: Path, draft_id: str, *, environ: Mapping[str, str] | None = None, asked: Ask = ask
) -> Written | None:
    """Show a draft and its findings to a person, and write it if they say yes; None when they don't.

    One that was written already is not asked about again.

    Raises:
        GuardrailsError: there is no terminal, an assistant is at it, or there is no such draft.
    """
    command = f"pg-guardrails confirm {draft_id}"
    refuse_agents(os.environ if environ is None else environ, command)
    draft = load_draft(root, draft_id)
    if before := written_before(root, draft):
        return before
    first, *rest = question(draft).split("\n")
    text = f"{draft.sql}\n{render([draft.result])}\n\n{' '.join(rest[1:])}"
    origin = at_terminal("confirm")
    if not asked(text, first, command):
        record_answer(root, draft, origin, Event.DECLINED)
        return None
    record_answer(root, draft, origin, Event.CONFIRMED)
    return write_draft(root, draft_id, origin=origin)
