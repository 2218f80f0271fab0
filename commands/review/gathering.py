"""A draft, or a migration of a project -> its review."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from commands.create import draft_as_file, load_draft
from commands.review.contracts import Earlier, Kind, Review
from commands.validate import validate_paths
from commands.verify import verify
from guardrails.approval.drafts import FOLDER, draft_before, is_draft_id
from guardrails.approval.git import Repository
from guardrails.approval.ledger import Standing, Status, statuses
from guardrails.approval.records import written
from guardrails.drafting.header import described
from guardrails.files import decode, read_bytes, real
from guardrails.histories import History
from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.project import Project, find_project, read_file

Told = Callable[[float, str], None]


def review(
    start: Path,
    named: str,
    *,
    proved: bool = False,
    told: Told = lambda _share, _what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Review:
    """Gather what a person should see of a migration, or of a draft that waits for their yes.

    Args:
        start: the working folder, from which paths are given.
        named: the path of a migration, or of a draft's SQL, or the id of a draft.
        proved: run it on a disposable database first.
        told: hears how far that is.
        cancelled: asked all the time; when it says yes, that is stopped at once.

    Raises:
        GuardrailsError: there is no such file or draft, or it can't be read.
    """
    path = start / named
    if is_draft_id(named) and not path.exists():
        return review_draft(find_project(start).root, named, proved=proved, told=told, cancelled=cancelled)
    folder = real(find_project(path.parent if path.parent.is_dir() else start).root) / FOLDER / "drafts"
    if real(path).parent == folder and is_draft_id(path.stem):
        return review_draft(folder, path.stem, proved=proved, told=told, cancelled=cancelled)
    found = _migration(path, start)
    if proved:
        found = replace(found, verification=verify(start, [path], told=told, cancelled=cancelled))
    return found


def review_draft(
    root: Path,
    draft_id: str,
    *,
    added: tuple[str, ...] = (),
    proved: bool = False,
    told: Told = lambda _share, _what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Review:
    """Gather what a person should see of a draft; arguments and errors as with `review`.

    `added` says in words what was completed, which only whoever drafted it knows.
    """
    draft = load_draft(root, draft_id)
    project = find_project(root)
    says = described(draft.sql)
    before = draft_before(project.root, draft_id)
    found = Review(
        Kind.DRAFT,
        says.description or draft.name,
        draft.path,
        draft.sql,
        draft.result,
        f"pg-guardrails confirm {draft_id}",
        hashlib.sha256(f"{draft.sql}\0{draft.rollback}".encode()).hexdigest(),
        purpose=says.purpose,
        dependencies=says.dependencies,
        added=added,
        rollback=draft.rollback,
        earlier=None if before is None else Earlier(f"draft {before.id} of the same name", before.body),
        draft_id=draft_id,
    )
    if proved:
        proof = verify(project.root, draft=draft_as_file(project, draft), told=told, cancelled=cancelled)
        found = replace(found, verification=proof)
    return found


def _migration(path: Path, start: Path) -> Review:
    if path.is_dir():
        raise GuardrailsError(f"{path} is a folder: name one migration of it")
    (result, *_) = validate_paths([path], start).files
    project = find_project(path.parent)
    history, file = _in_history(project, path)
    says = described(file.sql)
    status = _status(history, path) if history else None
    return Review(
        Kind.MIGRATION,
        says.description or file.name.replace("_", " ") or path.name,
        result.path,
        file.sql,
        result,
        f"pg-guardrails approve {shlex.quote(result.path)}",
        hashlib.sha256(read_bytes(path, start)).hexdigest(),
        purpose=says.purpose,
        dependencies=says.dependencies,
        rollback=file.down,
        earlier=_approved_before(status, path) if status else None,
        approval=status,
    )


def _in_history(project: Project, path: Path) -> tuple[History | None, MigrationFile]:
    whole = [] if project.migrations is None else [History(project.tool, project.migrations, project.files)]
    for history in (*whole, *project.others):
        for file in history.readable:
            if real(project.root / file.path) == real(path):
                return history, file
    return None, read_file(path, project.root)


def _status(history: History, path: Path) -> Status | None:
    """Return the approval of a migration, None where approvals can't be kept: outside of git."""
    try:
        top = Repository.around(path.parent).top
        (status,) = statuses(history.tool, history.folder, [path], top)
    except GuardrailsError:
        return None
    return status


def _approved_before(status: Status, path: Path) -> Earlier | None:
    """Return the text that was approved, where a migration is another one since and git still has it."""
    record = status.record
    if record is None or status.standing is not Standing.CHANGED:
        return None
    repository = Repository.around(path.parent)
    try:
        versions = repository.versions(None, repository.commit("HEAD"), repository.path_of(path))
        data = next((one for one in versions if hashlib.sha256(one).hexdigest() == record.sha256), None)
        if data is None:
            return None
        label = f"the version that {record.approver} approved at {written(record.approved_at)}"
        return Earlier(label, decode(data, status.path))
    except GuardrailsError:  # no commit yet, or it was no text
        return None
