"""The locks of a migration -> a drawing: a row a table, a column a statement.

There is no scale of time in it: how long a statement takes on a disposable database says nothing about
a large one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardrails.lint.locks import LockMode
from guardrails.lint.report.plain import plain
from guardrails.shadow.contracts import Held, Step

_WIDTH = 6
_COLUMNS = 16
_MOST_COLUMNS = 64
_NAME = 40
_LEAST = LockMode.ROW_EXCLUSIVE
INITIALS = {
    LockMode.ACCESS_SHARE: "AS",
    LockMode.ROW_SHARE: "RS",
    LockMode.ROW_EXCLUSIVE: "RX",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "SUX",
    LockMode.SHARE: "S",
    LockMode.SHARE_ROW_EXCLUSIVE: "SRX",
    LockMode.EXCLUSIVE: "X",
    LockMode.ACCESS_EXCLUSIVE: "AX",
}
WAITS = {
    LockMode.ROW_EXCLUSIVE: "nothing ordinary waits",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "other schema changes wait",
    LockMode.SHARE: "writes wait",
    LockMode.SHARE_ROW_EXCLUSIVE: "writes wait",
    LockMode.EXCLUSIVE: "writes wait",
    LockMode.ACCESS_EXCLUSIVE: "reads and writes wait",
}


@dataclass(frozen=True)
class Span:
    """How long the strongest lock on a table is held.

    Attributes:
        first, last: numbers of statements.
        heavy: how many of them rewrite or read through this table or another.
        sampled: seen in `pg_locks`, not known from the documentation.
    """

    table: str
    mode: LockMode
    first: int
    last: int
    heavy: int
    sampled: bool

    @property
    def statements(self) -> int:
        return self.last - self.first + 1


def spans(steps: Sequence[Step]) -> tuple[Span, ...]:
    """Return for each table its strongest lock, and for how many statements it is held; the strongest first."""
    found = [_span(table, steps) for table in _tables(steps)]
    return tuple(sorted(found, key=lambda span: (-span.mode.strength, span.table)))


def draw(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the drawing line by line, with a legend; nothing where no lock is worth a word."""
    tables = _tables(steps)
    if not tables:
        return
    width = min(max(len(_name(table)) for table in tables), _NAME) + 2
    shown = steps[:_MOST_COLUMNS]
    for start in range(0, len(shown), _COLUMNS):
        band = shown[start : start + _COLUMNS]
        yield " " * width + "".join(f"{step.number:<{_WIDTH}}" for step in band).rstrip()
        for table in tables:
            cells = "".join(
                _cell(table, step, steps[step.number] if step.number < len(steps) else None) for step in band
            )
            yield f"{_name(table):<{width}}{cells.rstrip()}"
    if left := len(steps) - len(shown):
        yield f"… {left} more statements"
    yield from _legend(steps)


def _cell(table: str, step: Step, following: Step | None) -> str:
    held = _held(table, step)
    if held is None:
        return f"{'·':<{_WIDTH}}"
    goes_on = (
        following is not None and (after := _held(table, following)) is not None and not _anew(held, after)
    )
    marks = ("w" if table in step.rewrites else "") + ("s" if table in step.scans else "")
    word = (INITIALS[held.mode] if held.taken else "━") + marks + ("" if held.sampled else "°")
    return word.ljust(_WIDTH, "━" if goes_on else " ")


def _anew(before: Held, after: Held) -> bool:
    """Tell whether a lock was taken again, so that it was let go of in between."""
    return after.taken and after.mode.strength <= before.mode.strength


def _legend(steps: Sequence[Step]) -> Iterator[str]:
    used = {held.mode for step in steps for held in step.held if held.mode.strength >= _LEAST.strength}
    for mode in sorted(used, key=lambda one: -one.strength):
        yield f"{INITIALS[mode]:<4}{mode}: {WAITS[mode]}"
    if any(step.rewrites for step in steps):
        yield "w   the table is written anew"
    if any(step.scans for step in steps):
        yield "s   the table is read through"
    if any(not held.sampled for step in steps for held in step.held):
        yield "°   as PostgreSQL documents it: the statement runs in no transaction that could be looked into"


def _span(table: str, steps: Sequence[Step]) -> Span:
    mode = max((held.mode for step in steps if (held := _held(table, step))), key=lambda one: one.strength)
    best: list[Step] = []
    run: list[Step] = []
    for step in steps:
        held = _held(table, step)
        if held is None or held.mode is not mode:
            run = []
            continue
        run = [step] if held.taken else [*run, step]
        if len(run) > len(best):
            best = run
    heavy = sum(bool(step.rewrites or step.scans or step.rebuilds) for step in best)
    held = _held(table, best[0])
    return Span(table, mode, best[0].number, best[-1].number, heavy, held is not None and held.sampled)


def _tables(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the tables with a lock that is worth a word, in the order in which they are locked."""
    return tuple(
        dict.fromkeys(
            held.table for step in steps for held in step.held if held.mode.strength >= _LEAST.strength
        )
    )


def _held(table: str, step: Step) -> Held | None:
    return next(
        (held for held in step.held if held.table == table and held.mode.strength >= _LEAST.strength),
        None,
    )


def _name(table: str) -> str:
    shown = plain(table)
    return shown if len(shown) <= _NAME else f"{shown[: _NAME - 1]}…"
