"""A verification -> JSON for programs: the verdict first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from guardrails.lint.report.data import as_json
from guardrails.shadow.contracts import Change, Failure, Section, Verification, Verified
from guardrails.shadow.report.drawing import draw, spans


def render(verification: Verification) -> str:
    return as_json(as_data(verification))


def as_data(verification: Verification) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "verdict": str(verification.verdict),
        "reason": verification.reason,
        "server": verification.server,
        "note": verification.stale,
        "baseline": verification.baseline,
        "replayed": verification.replayed,
        "stopped": _failure(verification.stopped),
        "skipped": [asdict(one) for one in verification.skipped],
        "files": [file_as_data(one) for one in verification.files],
    }


def file_as_data(verified: Verified) -> dict[str, Any]:
    """Return what is said of one migration; `drawing` has the lines of text that show its locks."""
    rollback, repetition = verified.rollback, verified.repetition
    return {
        "path": verified.path,
        "verdict": str(verified.verdict),
        "findings": [asdict(one) for one in verified.findings],
        "failure": _failure(verified.failure),
        "on_rows": _failure(verified.on_rows),
        "statements": [asdict(one) for one in verified.steps],
        "locks": [asdict(one) | {"statements": one.statements} for one in spans(verified.steps)],
        "drawing": list(draw(verified.steps)),
        "schema": [_change(one) for one in verified.difference.changes],
        "rollback": rollback
        and {
            "exact": rollback.exact,
            "failure": _failure(rollback.failure),
            "schema": [_change(one) for one in rollback.difference.changes],
            "column_order": list(rollback.difference.order),
            "rows": [asdict(one) for one in rollback.rows],
            "rows_compared": rollback.compared,
            "unknown": rollback.unknown,
        },
        "second_run": repetition
        and {
            "failure": _failure(repetition.failure),
            "schema": [_change(one) for one in repetition.difference.changes],
        },
        "isolation": _isolation(verified.isolation),
    }


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    return None if failure is None else asdict(failure)


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "name": change.name,
        "details": [{"property": what, "before": old, "after": new} for what, old, new in change.details],
        "sql": change.sql,
    }


def _isolation(isolation: Section | None) -> dict[str, Any] | None:
    return None if isolation is None else {"lines": list(isolation.lines), **isolation.data}
