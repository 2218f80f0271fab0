"""A state and the moments beside it: only what is paid was paid at some time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seeds.checks.contracts import Branch
from seeds.checks.domains import MOMENTS
from seeds.generators.contracts import Context, Make
from seeds.generators.tables import words_of

_AFTER: dict[str, frozenset[str]] = {
    "paid": frozenset({"shipped", "delivered", "fulfilled", "completed", "refunded", "processing", "succeeded", "settled"}),
    "shipped": frozenset({"delivered", "completed", "returned", "in_transit"}),
    "delivered": frozenset({"completed", "returned", "opened", "clicked", "read"}),
    "started": frozenset({"completed", "finished", "done", "running", "in_progress", "active", "failed", "processing", "succeeded", "resolved", "closed"}),
    "published": frozenset({"archived"}),
    "sent": frozenset({"delivered", "opened", "clicked", "read", "paid", "accepted", "overdue", "bounced", "signed", "viewed"}),
    "opened": frozenset({"clicked"}),
    "confirmed": frozenset({"completed", "shipped", "delivered", "checked_in"}),
    "approved": frozenset({"paid", "completed", "published", "active"}),
    "submitted": frozenset({"approved", "rejected", "accepted", "in_review", "reviewing"}),
    "accepted": frozenset({"active", "completed"}),
    "issued": frozenset({"paid", "sent", "overdue", "void"}),
    "processed": frozenset({"completed", "succeeded", "done", "settled", "denied", "failed"}),
    "activated": frozenset({"active"}),
    "trial": frozenset(),
}  # fmt: skip
"""States that come after a moment, by the word of the moment's column."""

_SAME: dict[str, frozenset[str]] = {
    "completed": frozenset({"complete", "done", "finished", "closed", "succeeded", "success", "resolved", "fulfilled"}),
    "finished": frozenset({"complete", "completed", "done", "closed", "failed", "succeeded", "success"}),
    "closed": frozenset({"done", "resolved", "completed", "merged"}),
    "resolved": frozenset({"done", "closed", "solved", "fixed"}),
    "cancelled": frozenset({"canceled", "cancel"}),
    "canceled": frozenset({"cancelled", "cancel"}),
    "cancellation": frozenset({"canceled", "cancelled"}),
    "failed": frozenset({"error", "failure", "errored"}),
    "rejected": frozenset({"declined", "denied"}),
    "declined": frozenset({"rejected", "denied"}),
    "deleted": frozenset({"removed", "trashed"}),
    "ended": frozenset({"completed", "finished", "done", "expired", "stopped", "closed", "canceled", "cancelled"}),
    "paid": frozenset({"succeeded"}),
    "delivered": frozenset({"received"}),
    "voided": frozenset({"void"}),
    "archived": frozenset({"inactive"}),
    "suspended": frozenset({"disabled", "blocked"}),
    "redeemed": frozenset({"used"}),
    "used": frozenset({"redeemed"}),
    "fulfilled": frozenset({"delivered", "completed", "shipped"}),
    "joined": frozenset({"active", "accepted"}),
    "deactivated": frozenset({"inactive", "disabled"}),
}  # fmt: skip
_STATES = ("status", "state", "stage", "phase")
_ENDINGS = frozenset({"at", "on", "date", "time", "ts"})


def governed(
    makes: Mapping[str, Make], branches: Sequence[Branch], context: Context, given: frozenset[str]
) -> dict[str, tuple[str, frozenset[str]]]:
    """Return, by moment, the state or flag that it depends on and the values with which it has come.

    Args:
        makes: of the columns that are no moments.
        branches: those that rows may follow.
        context: of the table.
        given: columns that are filled otherwise.
    """
    state = _state_column(context, given)
    known = _values_of(makes[state]) if state is not None and state in makes else frozenset()
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for name, column in context.columns.items():
        if name in given or column.not_null or column.type.name not in MOMENTS or name in context.unique:
            continue
        if any(branch.domain(name).null is not None for branch in branches):
            continue
        stem = _stem(name)
        reached = known & _states_for(stem)
        if state is not None and reached:
            found[name] = (state, reached)
        elif (flag := _flag(stem, context, given)) is not None:
            found[name] = (flag, frozenset({"true"}))
    return found


def _state_column(context: Context, given: frozenset[str]) -> str | None:
    for wanted in _STATES:
        for name, column in context.columns.items():
            if words_of(name)[-1:] == (wanted,) and name not in given and not column.type.dimensions:
                return name
    return None


def _values_of(make: Make) -> frozenset[str]:
    return frozenset(value for value in make(range(512)) if value is not None)


def _stem(name: str) -> str:
    words = [word for word in words_of(name) if word not in _ENDINGS]
    return words[-1] if words else ""


def _states_for(stem: str) -> frozenset[str]:
    return frozenset({stem}) | _AFTER.get(stem, frozenset()) | _SAME.get(stem, frozenset())


def _flag(stem: str, context: Context, given: frozenset[str]) -> str | None:
    """Return the column that is true where the moment has come: `is_published` of `published_at`."""
    for name, column in context.columns.items():
        if column.type.name == "bool" and name not in given:
            words = [word for word in words_of(name) if word not in {"is", "has", "was", "been"}]
            if words[-1:] == [stem]:
                return name
    return None


def only_in(make: Make, state: Make, reached: frozenset[str]) -> Make:
    """Return the values where a state is one of some, else NULL."""

    def only(rows: Sequence[int]) -> list[str | None]:
        return [value if one in reached else None for value, one in zip(make(rows), state(rows), strict=True)]

    return only
