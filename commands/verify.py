"""Prove migrations on a disposable PostgreSQL: replay the history before them, run them, take them back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from pathlib import Path

import psycopg

from commands.isolate import isolation_of
from commands.validate import readable
from guardrails.changes import changes_since
from guardrails.config import Config, load_config
from guardrails.files import read_text, real, show
from guardrails.histories import History, Unreadable, history_around, read_file, read_folder
from guardrails.lint.contracts import GuardrailsError, MigrationFile, Transactions
from guardrails.project import Project, find_project, find_root, history_of
from guardrails.shadow.contracts import Failure, Verdict, Verification
from guardrails.shadow.engine import Begun, Server, connect, deadline, prepared_server
from guardrails.shadow.platform import platform_of
from guardrails.shadow.proof import Plan, Replayed, Tools, prove, replay_history

ORDER = (Verdict.REFUTED, Verdict.NOT_PROVED, Verdict.RESERVATIONS, Verdict.PROVED)
_POLL_SECONDS = 0.1
_MADE_UP_USERS = 5
_FILL_SECONDS = 120
Told = Callable[[float, str], None]


def verify(
    start: Path,
    paths: Sequence[Path] = (),
    *,
    changed: str | None = None,
    draft: MigrationFile | None = None,
    baseline: Path | None = None,
    tolerant: bool = False,
    rows: bool = True,
    isolation: bool = True,
    told: Told = lambda _share, _what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Verification:
    """Say what PostgreSQL does with migrations: whether they apply, what they lock, change and leave after a rollback.

    Args:
        start: where to look for the project from, and what paths are shown from.
        paths: the migrations; none: those that are new since HEAD left the base branch, else the last one.
        changed: that branch; None: the main branch of the remote, else the one here.
        draft: a migration that is not written yet, in the place of paths: it is run after all that are.
        baseline: a schema dump to begin with, in the place of the history.
        tolerant: leave out statements of the history that fail, and have reservations.
        rows: try the rollback on a database with made-up rows.
        isolation: try which rows of others a tenant reaches.
        told: hears how far it is.
        cancelled: asked all the time; when it says yes, the server is stopped at once.

    Raises:
        GuardrailsError: a path is missing or no migration, or somebody stopped it.
    """
    plans = tuple(_plans(start, paths, changed)) if draft is None else (_drafted(find_project(start), draft),)
    dump = None if baseline is None else _baseline(baseline, start)
    if not plans:
        return _nothing(start, changed)
    config = load_config(find_root(start))
    tools = Tools(_fill(cancelled) if rows else None, isolation_of(config) if isolation else None, told)
    try:
        proved = [
            _proved(history, replace(plan, baseline=dump, tolerant=tolerant), config, tools, cancelled)
            for history, plan in plans
        ]
    except GuardrailsError as error:
        if cancelled():
            raise
        return Verification(Verdict.NOT_PROVED, reason=str(error))
    return _together(proved, find_project(start).root)


def _proved(
    history: History, plan: Plan, config: Config, tools: Tools, cancelled: Callable[[], bool]
) -> Verification:
    """Verify the migrations of one history on a server of its own, from what was kept of the history."""
    platform = platform_of(history.tool, config)
    steps = [_step(file, plan) for file in plan.history]
    running: list[Server] = []

    def fill(begun: Begun) -> str:
        running.append(begun.server)
        with _stoppable(begun.server, cancelled):
            replayed = replay_history(begun.conninfo, plan, tools, begun.done)
            if replayed.stopped is not None:
                raise _StoppedError(prove(begun.server, begun.conninfo, plan, tools, replayed))
            return _note((*_noted(begun.note), *replayed.skipped))

    try:
        with prepared_server(platform, steps, fill, config.shadow) as prepared:
            running.append(prepared.server)
            replayed = Replayed(len(steps), _noted(prepared.note))
            with _stoppable(prepared.server, cancelled):
                return prove(prepared.server, prepared.conninfo, plan, tools, replayed)
    except _StoppedError as stopped:
        return stopped.verification
    except psycopg.Error as error:
        if cancelled():
            raise GuardrailsError("stopped; nothing was proved, and nothing was written") from error
        reason = running[-1].stop_reason() if running else None
        raise GuardrailsError(
            f"the embedded PostgreSQL could not go on: {reason or str(error).strip().partition(chr(10))[0]}; "
            "mend what brings it down, or try again"
        ) from error


class _StoppedError(Exception):
    """The history does not replay, so nothing of it is worth keeping."""

    def __init__(self, verification: Verification) -> None:
        super().__init__()
        self.verification = verification


def _step(file: MigrationFile, plan: Plan) -> str:
    """Return all that decides what a file of the history makes, and what is told of it."""
    read_as = "baseline" if file is plan.baseline else "tolerant" if plan.tolerant else "strict"
    return json.dumps([file.path, file.sql, file.up, file.transactions, read_as])


def _note(skipped: Sequence[Failure]) -> str:
    return json.dumps([astuple(one) for one in skipped])


def _noted(note: str) -> tuple[Failure, ...]:
    return tuple(Failure(*one) for one in json.loads(note or "[]"))


def _nothing(start: Path, changed: str | None) -> Verification:
    if changed is not None:
        return Verification(
            Verdict.PROVED, reason="no migration is new since the base, so there is nothing to prove"
        )
    return Verification(
        Verdict.NOT_PROVED, reason=f"{find_project(start).root} has no migrations yet; draft one first"
    )


def _plans(start: Path, paths: Sequence[Path], changed: str | None) -> Iterator[tuple[History, Plan]]:
    """Yield what to run for each history that holds something to verify."""
    if paths:
        yield from _named(start, paths)
        return
    try:
        changes = changes_since(start, changed or None)
        new = [(change.history, change.new) for change in changes.changes if change.new]
    except GuardrailsError:  # no git, or nothing to compare with
        if changed is not None:
            raise
        new = []
    if not new and changed is None:
        new = [
            (one, frozenset({one.files[-1].path})) for one in _histories(find_project(start)) if one.files
        ][:1]
    for history, wanted in new:
        yield history, _plan(history, wanted)


def _drafted(project: Project, draft: MigrationFile) -> tuple[History, Plan]:
    files = (*project.files, draft)
    history = History(project.tool, project.migrations or project.home, files)
    return history, _plan(history, frozenset({draft.path}))


def _named(start: Path, paths: Sequence[Path]) -> Iterator[tuple[History, Plan]]:
    wanted: dict[Path, tuple[History, set[str]]] = {}
    for path in paths:
        for history, names in _of_path(path, start):
            wanted.setdefault(history.folder, (history, set()))[1].update(names)
    for history, names in wanted.values():
        yield history, _plan(history, frozenset(names))


def _of_path(path: Path, start: Path) -> Iterator[tuple[History, Iterable[str]]]:
    if path.is_dir():
        for history in read_folder(path, find_root(path)):
            yield history, [file.path for file in history.files]
        return
    read_file(path, start)  # what is missing, or no text, is said in its own words
    project = find_project(path.parent)
    here = real(path)
    for history in _histories(project):
        for file in history.files:
            if real(project.root / file.path) == here:
                yield history, [file.path]
                return
    around = history_around(path, project.root)
    file = read_file(path, project.root)
    yield replace(around, files=(*history_of(project, path), file)), [file.path]


def _plan(history: History, wanted: frozenset[str]) -> Plan:
    files = list(history.files)
    while files[-1].path not in wanted:  # what runs later is no history of any of them
        files.pop()
    if unread := next((one for one in files if isinstance(one, Unreadable) and one.path in wanted), None):
        raise GuardrailsError(unread.reason)
    unreadable = tuple(
        Failure(one.path, 1, 1, "", one.reason) for one in files if isinstance(one, Unreadable)
    )
    return Plan(readable(files), wanted, unread=unreadable)


def _histories(project: Project) -> Iterator[History]:
    if project.migrations is not None:
        yield History(project.tool, project.migrations, project.files)
    yield from project.others


def _baseline(path: Path, start: Path) -> MigrationFile:
    return MigrationFile(show(path, start), "", "", read_text(path, start), transactions=Transactions.NONE)


def _fill(cancelled: Callable[[], bool]) -> Callable[[str], None]:
    def fill(conninfo: str) -> None:
        """Write a few rows into each table; a schema that can't be filled stays as it is."""
        from seeds.contracts import SeedConfig  # noqa: PLC0415
        from seeds.run import seed  # noqa: PLC0415

        with (
            suppress(GuardrailsError, psycopg.Error),
            connect(conninfo, autocommit=True) as connection,
            deadline(connection, _FILL_SECONDS),
        ):
            seed(connection, SeedConfig(user_count=_MADE_UP_USERS), cancelled=cancelled)

    return fill


@contextmanager
def _stoppable(server: Server, cancelled: Callable[[], bool]) -> Iterator[None]:
    """End the server as soon as somebody says so, whatever it is doing."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            if cancelled():
                server.end()
                return

    watcher = threading.Thread(target=watch, name="pg-guardrails-verify", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _together(proved: Sequence[Verification], root: Path) -> Verification:
    first, *others = proved
    whole = first
    for one in others:
        whole = replace(
            whole,
            verdict=worst((whole.verdict, one.verdict)),
            files=(*whole.files, *one.files),
            reason=whole.reason or one.reason,
            replayed=whole.replayed + one.replayed,
            stopped=whole.stopped or one.stopped,
            skipped=(*whole.skipped, *one.skipped),
        )
    return replace(whole, stale=_other_version(root, whole.server))


def _other_version(root: Path, server: str) -> str:
    own = load_config(root).settings.postgres_version
    if not server or server.partition(".")[0] == str(own):
        return ""
    return f"it ran on PostgreSQL {server}, and the project is taken to be for {own}"


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on several things at once."""
    return min(verdicts, key=ORDER.index)
