"""The steps of a proof -> the drawing of their locks as a table: a row a table, a column a statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrails.lint.locks import LockMode
from guardrails.shadow.contracts import Held, Step, Verified
from guardrails.shadow.report import sentences
from guardrails.shadow.report.drawing import INITIALS, WAITS, spans

_MOST_COLUMNS = 60
_LEAST = LockMode.ROW_EXCLUSIVE


def drawn(verified: Verified) -> dict[str, Any] | None:
    """Return the drawing as plain data; None where no lock is worth a word.

    Statements that hold none are left out. A cell is None, or has the lock's initials, how much waits for it
    (0 nothing, 1 schema changes, 2 writes, 3 reads as well), and marks: taken, written anew, read through,
    known from the documentation.
    """
    found = spans(verified.steps)
    if not found:
        return None
    holding = [step for step in verified.steps if any(_matters(held) for held in step.held)]
    shown = holding[:_MOST_COLUMNS]
    modes = sorted({held.mode for step in shown for held in step.held if _matters(held)}, key=_strength)
    return {
        "columns": [{"number": step.number, "line": step.line, "text": step.text} for step in shown],
        "rows": [
            {"table": span.table, "cells": [_cell(span.table, step) for step in shown]} for span in found
        ],
        "legend": [
            {"initials": INITIALS[mode], "level": _level(mode), "mode": str(mode), "waits": WAITS[mode]}
            for mode in modes
        ],
        "sentences": list(sentences.of_locks(verified)),
        "left": len(holding) - len(shown),
        "statements": len(verified.steps),
    }


def _cell(table: str, step: Step) -> dict[str, Any] | None:
    held = next((one for one in step.held if one.table == table and _matters(one)), None)
    if held is None:
        return None
    return {
        "initials": INITIALS[held.mode],
        "level": _level(held.mode),
        "mode": str(held.mode),
        "taken": held.taken,
        "rewrites": table in step.rewrites,
        "scans": table in step.scans,
        "documented": not held.sampled,
    }


def _matters(held: Held) -> bool:
    return held.mode.strength >= _LEAST.strength


def _strength(mode: LockMode) -> int:
    return -mode.strength


def _level(mode: LockMode) -> int:
    if mode is LockMode.ACCESS_EXCLUSIVE:
        return 3
    if mode.blocks_writes:
        return 2
    return 1 if mode is LockMode.SHARE_UPDATE_EXCLUSIVE else 0


def changed(changes: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the changes of a schema as lines with a sign."""
    return [{"action": one.action, "kind": one.kind, "text": one.sql or str(one)} for one in changes]
