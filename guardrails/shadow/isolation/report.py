"""An isolation proof -> text for people, markdown for a review, and rows for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrails.lint.report.plain import plain
from guardrails.shadow.isolation.contracts import Cell, Isolation, Kind, TenantColumn, Verdict

_ROLES = ("anon", "user A", "user B")
_MARKS = {Verdict.PROVED: "✓", Verdict.REFUTED: "✗", Verdict.UNPROVED: "?"}


def render_text(found: Isolation) -> str:
    """Return the proof for a terminal: what was refuted with its statement, what is unproved and why."""
    if not found.applicable:
        return f"isolation: not applicable: {plain(found.reason)}\n"
    lines = [line for same in _by_command(found.refuted) for line in _refuted(same)]
    lines += [f"? {line}" for line in _unproved(found.cells)]
    lines += [f"note: {plain(note)}" for note in found.notes]
    return "\n".join((*lines, f"isolation: {summary(found)}", ""))


def render_markdown(found: Isolation) -> str:
    """Return the proof as a table of objects and commands, with what stands behind each cross."""
    if not found.applicable:
        return f"Isolation: not applicable: {_cell(found.reason)}\n"
    lines = [
        f"Isolation: {summary(found)}",
        "",
        "| object | command | anon | user A | user B |",
        "|---|---|---|---|---|",
    ]
    for same in _by_command(found.cells):
        verdicts = {cell.role: cell.verdict for cell in same}
        marks = " | ".join(
            f"{_MARKS[verdicts[role]]} {verdicts[role]}" if role in verdicts else "" for role in _ROLES
        )
        lines.append(f"| {_cell(same[0].name)} | {same[0].command} | {marks} |")
    for first, *others in _by_command(found.refuted):
        lines += [
            "",
            f"- **{_cell(first.name)}**: {_cell(first.reason)}{_also(others)} ({_cell(first.row)})",
            "",
        ]
        lines += [f"      {line}" for line in plain_lines(first.statement)]
    if found.tenancy:
        lines += ["", "| table | tells the tenant | because |", "|---|---|---|"]
        lines += [
            f"| {_cell(one.table)} | {_cell(one.column)} ({one.link}) | {_cell(one.source)} |"
            for one in found.tenancy
        ]
    said = [f"unproved: {why}" for why in _unproved(found.cells)] + list(found.notes)
    lines += ["", *(f"- {_cell(line)}" for line in said)] if said else []
    return "\n".join((*lines, ""))


def as_data(found: Isolation) -> dict[str, object]:
    """Return the proof as plain data: `applicable`, `counts`, `cells`, `tenancy` and `notes`."""
    if not found.applicable:
        return {"applicable": False, "reason": found.reason}
    return {
        "applicable": True,
        "counts": {verdict.value: number for verdict, number in found.counts.items()},
        "cells": [_cell_data(cell) for cell in found.cells],
        "tenancy": [_tenancy_data(one) for one in found.tenancy],
        "notes": list(found.notes),
    }


def summary(found: Isolation) -> str:
    """Return `12 proved, 0 refuted, 3 unproved`."""
    return ", ".join(f"{number} {verdict}" for verdict, number in found.counts.items())


def plain_lines(statement: str) -> list[str]:
    """Return a statement line by line, safe to show."""
    return [plain(line) for line in statement.split("\n")]


def _by_command(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells of each object and command together."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.name, cell.command), []).append(cell)
    yield from found.values()


def _refuted(same: Sequence[Cell]) -> Iterator[str]:
    first, *others = same
    kind = "" if first.kind is Kind.TABLE else f"{first.kind} "
    yield f"✗ {kind}{plain(first.name)}: {plain(first.reason)}{_also(others)}"
    yield f"    row: {plain(first.row)}"
    for line in plain_lines(first.statement):
        yield f"    {first.role}: {line}"


def _also(others: Sequence[Cell]) -> str:
    return f"; the same as {' and '.join(cell.role for cell in others)}" if others else ""


def _unproved(cells: Sequence[Cell]) -> Iterator[str]:
    """Say each reason once for each object, with the roles and commands that it holds for."""
    open_cells = [cell for cell in cells if cell.verdict is Verdict.UNPROVED]
    reasons: dict[tuple[str, str], list[Cell]] = {}
    for cell in open_cells:
        reasons.setdefault((cell.name, cell.reason), []).append(cell)
    for (name, reason), same in reasons.items():
        roles = ", ".join(dict.fromkeys(cell.role for cell in same))
        commands = ", ".join(dict.fromkeys(cell.command for cell in same))
        yield f"{plain(name)}: {commands} as {roles}: {plain(reason)}"


def _cell_data(cell: Cell) -> dict[str, str]:
    data = {
        "object": cell.name,
        "kind": cell.kind.value,
        "role": cell.role,
        "command": cell.command.value,
        "verdict": cell.verdict.value,
        "reason": cell.reason,
    }
    return data | ({"statement": cell.statement, "row": cell.row} if cell.statement else {})


def _tenancy_data(one: TenantColumn) -> dict[str, str]:
    return {"table": one.table, "column": one.column, "link": one.link.value, "source": one.source}


def _cell(text: str) -> str:
    shown = plain(text)
    for character in "\\`*_[]<>|":
        shown = shown.replace(character, f"\\{character}")
    return shown
