"""Ask a person, at a terminal, whether the rows that seed runs wrote may go, and remove exactly those."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from commands.seed_config import seed_config
from commands.seed_database import database_of_person
from commands.seed_records import RecordedRun, put, runs_of
from guardrails.approval.terminal import answer, doubts, refuse_agents, refuse_without_terminal
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_root
from seeds.recording import Wrote
from seeds.taking_back import Outlook, look, named, take_back

Answered = Callable[[str, str, str], str]
COMMAND = "pg-guardrails seed reset"


@dataclass(frozen=True)
class Removed:
    """What was removed, by table, and in words what was left."""

    where: str
    removed: dict[str, int]
    left: tuple[str, ...]


def reset(
    root: Path, *, environ: Mapping[str, str] | None = None, answered: Answered | None = None
) -> Removed | None:
    """Remove what seed runs wrote to the database of the environment; None after a no.

    A row goes when it is as the run left it and no other row needs it. What somebody changed since
    stays, and so does what others' rows point at.

    Raises:
        GuardrailsError: there is no terminal, an assistant is at it, the database is not surely a
            development database, or no run is recorded for it.
    """
    surroundings = os.environ if environ is None else environ
    refuse_agents(surroundings, COMMAND)
    if answered is None:
        refuse_without_terminal(COMMAND)
    ask = answered or answer
    project = find_root(root)
    with database_of_person(root, surroundings, "reset", doubtful=False) as (connection, looked):
        where = looked.target.where
        runs = () if looked.identity is None else runs_of(project, looked.identity)
        if looked.identity is None or not runs:
            raise GuardrailsError(
                f"no seed run is recorded for {where}, so nothing tells its rows from yours; "
                "what this project seeds from now on can be taken back"
            )
        wrote = [(run.transaction, run.wrote) for run in runs]
        references = seed_config(root).references
        outlooks = look(connection, wrote, references)
        total = sum(one.removed for one in outlooks)
        left = tuple(chain.from_iterable(_left(one) for one in outlooks))
        if not total:
            return Removed(where, {}, left)
        text = _shown(where, runs, outlooks, left, doubts(surroundings))
        question = f"To remove these {total:,} rows, type the database's name:"
        if ask(text, question, COMMAND) != looked.identity.database:
            return None
        take_back(connection, wrote, references, outlooks)
        put(project, looked.identity, _remaining(runs, outlooks))
        return Removed(where, {one.table: one.removed for one in outlooks if one.removed}, left)


def _left(outlook: Outlook) -> list[str]:
    return [f"{outlook.table}: {words}" for words in named(outlook)]


def _shown(
    where: str,
    runs: Sequence[RecordedRun],
    outlooks: Sequence[Outlook],
    left: Sequence[str],
    warning: str | None,
) -> str:
    width = max(len(one.table) for one in outlooks)
    lines = [
        f"{escape(where)}: {len(runs)} recorded {'run' if len(runs) == 1 else 'runs'}, the last at {escape(runs[-1].at)}",
        *(
            f"{escape(one.table):<{width}}  {one.removed:>9,} rows to remove"
            for one in outlooks
            if one.removed
        ),
        *(f"left: {escape(words)}" for words in left),
    ]
    return "\n".join(lines) + "\n" + (f"\n{warning}\n" if warning else "")


def _remaining(runs: Sequence[RecordedRun], outlooks: Sequence[Outlook]) -> list[RecordedRun]:
    """Return one record of what was left only because others need it: what was changed is the person's now."""
    wrote = []
    for one in outlooks:
        of_table = [some for run in runs for some in run.wrote if some.place.name == one.table]
        if one.needed:
            numbers = sorted({number for some in of_table for number in some.transactions})
            touched = sorted({key for some in of_table for key in some.touched})
            keys = None
            if all(some.keys is not None for some in of_table):
                known = {key for some in of_table for key in some.keys or ()}
                keys = tuple(sorted(known.difference(one.changed)))
            rows = sum(one.needed.values())
            wrote.append(Wrote(of_table[-1].place, tuple(numbers), rows, keys, tuple(touched)))
    oldest = min(runs, key=lambda run: run.transaction)
    return [RecordedRun(runs[-1].at, oldest.identity, oldest.transaction, tuple(wrote))] if wrote else []
