"""A state and the moments beside it: only what is paid was paid at some time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def emptied(
    makes: dict[str, Make],
    branches: Sequence[Branch],
    usable: Sequence[int],
    branch_of: Callable[[Sequence[int]], list[int]],
    context: Context,
    given: frozenset[str],
) -> dict[str, Make]:
    """Return the makers, with moments NULL in rows whose state, or flag, says that they have not come."""
    state = _state_column(context, given)
    known = _values_of(state, makes) if state else frozenset()
    found = dict(makes)
    for name, column in context.columns.items():
        if name in given or column.not_null or column.type.name not in MOMENTS or name in context.unique:
            continue
        if any(branches[number].domain(name).null is not None for number in usable):
            continue
        stem = _stem(name)
        reached = known & _states_for(stem)
        if state is not None and reached:
            found[name] = _only_in(makes[name], makes[state], reached)
        elif (flag := _flag(stem, context, given)) is not None:
            found[name] = _only_in(makes[name], makes[flag], frozenset({"true"}))
    del branch_of
    return found


def _state_column(context: Context, given: frozenset[str]) -> str | None:
    for wanted in _STATES:
        for name, column in context.columns.items():
            if words_of(name)[-1:] == (wanted,) and name not in given and not column.type.dimensions:
                return name
    return None


def _values_of(state: str, makes: dict[str, Make]) -> frozenset[str]:
    return frozenset(value for value in makes[state](range(512)) if value is not None)


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


def _only_in(make: Make, state: Make, reached: frozenset[str]) -> Make:
    def only(rows: Sequence[int]) -> list[str | None]:
        return [value if one in reached else None for value, one in zip(make(rows), state(rows), strict=True)]

    return only
