"""What every harness has: a way to read its input, and the forms of its answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.agent.contracts import Decision, Event

MOST_REASON = 4_000


class MalformedError(Exception):
    """The input is not what the harness sends, so nobody can tell what it is about to do."""


class Answer(NamedTuple):
    """What goes back to the harness: standard output, standard error and the exit code."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


class Asked(NamedTuple):
    """What a harness wants to know.

    Attributes:
        name: what the harness calls the moment, as in "PreToolUse".
        events: what is about to happen or has happened.
    """

    name: str
    events: tuple[Event, ...]


class Harness(NamedTuple):
    """A harness's dialect.

    Attributes:
        read: turns its JSON into events; raises `MalformedError`.
        decided: turns a decision into its answer.
        told: turns findings on files that were just written into its answer; the second argument
            tells whether one of them blocks.
        failed: the answer that blocks when the hook itself can't do its work.
    """

    read: Callable[[Mapping[str, object]], Asked]
    decided: Callable[[str, Decision], Answer]
    told: Callable[[str, str, bool], Answer]
    failed: Callable[[str], Answer]


def reason_of(decision: Decision) -> str:
    """Return what a refusal says: what was seen, why, how a person does it, and the legitimate way."""
    lines = [f"pg-guardrails: {decision.seen}: {decision.why}."]
    if decision.instead:
        lines.append(f"Instead: {decision.instead}.")
    if decision.person:
        lines.append(f"A person who wants it runs, in a terminal of their own: {decision.person}")
    return "\n".join(lines)[:MOST_REASON]


def refused(message: str) -> Answer:
    """Return the answer of a harness that takes exit code 2 for a refusal, with the reason on standard error."""
    return Answer(stderr=f"pg-guardrails: {message[:MOST_REASON]}", exit_code=2)


def as_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
