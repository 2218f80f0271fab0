"""Check, as CI does, that people approved what a change brings; and say what is approved."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from commands.validate import readable, settings_for
from guardrails.approval.change import Change, Refusal
from guardrails.approval.check import new_migrations, refusals
from guardrails.approval.git import Repository
from guardrails.approval.ledger import Status, statuses
from guardrails.approval.reading import is_environment
from guardrails.approval.snapshot import Migration, Snapshot, take
from guardrails.files import real, show
from guardrails.histories import History, name_of
from guardrails.lint.contracts import GuardrailsError, MigrationFile, ValidationResult
from guardrails.lint.engine import check
from guardrails.project import find_project, history_of


@dataclass(frozen=True)
class Checked:
    """What the gate says of a change.

    Attributes:
        passed: there is nothing against it.
        base, head: the commits that were compared.
        migrations: how many it brings.
        refusals: why it must not be merged.
    """

    passed: bool
    base: str
    head: str
    migrations: int
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Approvals:
    """The migrations of a project in order, each with its approval; `top` is the repository's."""

    top: Path
    statuses: tuple[Status, ...]


def check_approvals(
    root: Path,
    base: str,
    *,
    head: str = "HEAD",
    environments: Sequence[str] = (),
    allow_guard_changes: bool = False,
    now: datetime | None = None,
) -> Checked:
    """Check that every migration which a change brings is approved, and that nothing merged was touched.

    Args:
        root: a folder of the project.
        base: the commit that the change is to be merged into, as in origin/main.
        head: the commit of the change.
        environments: that each approval has to name.
        allow_guard_changes: an owner has approved what the change does to the guard's own files.
        now: the moment at which approvals have to hold; None: this one.

    Raises:
        GuardrailsError: there is no such commit here, or the base branch's own configuration is broken.
    """
    if wrong := [name for name in environments if not is_environment(name)]:
        raise GuardrailsError(
            f"{wrong[0]!a} can't name an environment: use letters, digits, '.', '_' and '-'"
        )
    repository = Repository.around(root)
    tip, change = repository.commit(base), repository.commit(head)
    fork = repository.fork(tip, change)
    within = PurePosixPath(real(root).relative_to(repository.top).as_posix())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        merged = take(repository, tip, place / "base", within)
        began = merged if fork == tip else take(repository, fork, place / "fork", within, merged.entries)
        proposed = take(repository, change, place / "head", within, merged.entries)
        whole = Change(
            repository,
            merged,
            began,
            proposed,
            now or datetime.now(UTC),
            _judge,
            environments,
            allow_guard_changes,
        )
        found = tuple(refusals(whole))
        return Checked(not found, tip, change, len(new_migrations(whole)), found)


def list_approvals(root: Path, path: Path | None = None) -> Approvals:
    """List the migrations of a project, or one of them, with their approvals; nothing is validated.

    Raises:
        GuardrailsError: the folder is in no git repository, or the file is no migration of the project.
    """
    project = find_project(root if path is None else path.parent)
    top = Repository.around(project.root).top
    histories = [*project.others]
    if project.migrations is not None:
        histories.insert(0, History(project.tool, project.migrations, project.files))
    found = tuple(
        status
        for history in histories
        for status in statuses(
            history.tool,
            history.folder,
            [history.folder / name_of(history.tool, file.path) for file in history.files],
            top,
        )
    )
    if path is None:
        return Approvals(top, found)
    shown = show(path, top)
    one = tuple(status for status in found if status.path == shown)
    if not one:
        raise GuardrailsError(f"{shown} is no migration of the project {project.root}")
    return Approvals(top, one)


def _judge(head: Snapshot, migration: Migration, covered: frozenset[str]) -> ValidationResult:
    """Validate a migration after those before it, as the base branch's configuration asks."""
    project = head.project
    history = next(
        one
        for one in (History(project.tool, project.migrations or project.root, project.files), *project.others)
        if migration.source in one.files
    )
    settings = settings_for(project.root, history.tool, history.files)
    before = history_of(project, head.place / migration.path)
    file = migration.source
    assert isinstance(file, MigrationFile)
    (result,) = check([file], readable(before), settings, {file.path: covered})
    return result
