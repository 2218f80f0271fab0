"""Draft a migration: complete it, validate it, keep it for a person to say yes; and write it after that."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from commands.validate import readable, settings_for
from guardrails.approval.drafts import FOLDER, StoredDraft, claimed, is_kept, load, save
from guardrails.audit import Event, Origin, at_terminal, record
from guardrails.config import load_config
from guardrails.drafting.completion import complete
from guardrails.drafting.header import header, with_moment, without_moment
from guardrails.drafting.naming import file_name_of
from guardrails.drafting.rollback import rollback_of
from guardrails.drafting.tables import TableSpec, create_table
from guardrails.files import show
from guardrails.layouts import transactions_of
from guardrails.lint.contracts import GuardrailsError, MigrationFile, ValidationResult
from guardrails.lint.engine import check
from guardrails.project import Project, Tool, find_project

MOST_SQL = 1024 * 1024
_AT_TERMINAL = at_terminal("create")
_SECTIONS = {
    Tool.GOOSE: (
        "-- +goose Up\n-- +goose StatementBegin\n",
        "-- +goose StatementEnd\n",
        "\n-- +goose Down\n-- +goose StatementBegin\n",
        "-- +goose StatementEnd\n",
    ),
    Tool.DBMATE: ("-- migrate:up\n", "", "\n-- migrate:down\n", ""),
}


@dataclass(frozen=True)
class Draft:
    """A migration that waits for a person.

    Attributes:
        id: names it in `confirm`.
        path: where its SQL can be read, relative to the project.
        sql: header and SQL, as they would be written.
        added: what was completed, in words.
        rollback: the SQL that takes it back.
        result: what validation says of it.
    """

    id: str
    name: str
    path: str
    sql: str
    added: tuple[str, ...]
    rollback: str
    result: ValidationResult


@dataclass(frozen=True)
class Written:
    """What was written, relative to the project; `already` when it stood there before."""

    path: str
    rollback_path: str | None
    already: bool


def draft_migration(
    root: Path,
    description: str,
    purpose: str,
    *,
    sql: str = "",
    tables: Sequence[TableSpec] = (),
    dependencies: Sequence[str] = (),
    keep: bool = True,
    origin: Origin = _AT_TERMINAL,
) -> Draft:
    """Draft a migration from SQL, from described tables, or from both; nothing is applied anywhere.

    Args:
        root: a folder of the project.
        description: what it does, in a few words; it becomes the file's name.
        purpose: why it is needed.
        sql: statements as they should run.
        tables: tables to create, before the statements.
        dependencies: names of earlier migrations that it builds on.
        keep: save the draft, so that a person can confirm it.
        origin: where the draft comes from, for the record.

    Raises:
        GuardrailsError: there is nothing to draft, too much, or a dependency is not there.
    """
    if not description.strip() or not purpose.strip():
        raise GuardrailsError(
            "a migration needs a description and a purpose; say in a few words what it does and why"
        )
    if not sql.strip() and not tables:
        raise GuardrailsError("there is nothing to draft: give the SQL, or describe a table")
    if len(sql) > MOST_SQL:
        raise GuardrailsError(
            f"the SQL is longer than {MOST_SQL // 1024} KiB; split it, or load data outside of migrations"
        )
    project = find_project(root)
    history = readable(project.files)
    settings = settings_for(project.root, project.tool, project.files)
    whole = "\n".join((*map(create_table, tables), sql.strip())).strip() + "\n"
    completed = complete(whole, history, settings, api_roles=project.tool is Tool.SUPABASE)
    name = file_name_of(description)
    top = header(description, purpose, [_dependency(one, history) for one in dependencies])
    rollback = rollback_of(completed.sql)
    body = f"{top}\n{completed.sql}"
    stored = StoredDraft(name, body, rollback.sql)
    path = project.root / FOLDER / "drafts" / f"{stored.id}.sql"
    shown = show(path, project.root)
    if keep:
        new = not is_kept(project.root, stored)
        save(project.root, stored)
        if new:
            record(project.root, origin, Event.DRAFT_WRITTEN, file=shown, sha256=_sha256(body))
    transactions = transactions_of(project.tool, body)
    file = MigrationFile(shown, "", name, body, has_rollback=True, transactions=transactions)
    (result,) = check([file], history, settings)
    return Draft(stored.id, name, shown, body, completed.added, rollback.sql, result)


def question(draft: Draft) -> str:
    """Return what a person is asked: three lines, since some hosts show no more, and the same each time."""
    lines = draft.sql.count("\n")
    errors, warnings = len(draft.result.errors), len(draft.result.warnings)
    hidden = f", {len(draft.result.hidden)} hidden by the configuration" if draft.result.hidden else ""
    return (
        f"Write migration {draft.name} ({lines} lines, {errors} errors, {warnings} warnings{hidden})?\n"
        f"Read it first: {draft.path}\n"
        "It is not applied to any database."
    )


def load_draft(root: Path, draft_id: str) -> Draft:
    """Return a draft that was kept, validated anew.

    Raises:
        GuardrailsError: there is none of this id, or it was changed.
    """
    project = find_project(root)
    stored = load(project.root, draft_id)
    settings = settings_for(project.root, project.tool, project.files)
    path = f"{FOLDER}/drafts/{draft_id}.sql"
    transactions = transactions_of(project.tool, stored.body)
    file = MigrationFile(path, "", stored.name, stored.body, has_rollback=True, transactions=transactions)
    (result,) = check([file], readable(project.files), settings)
    return Draft(draft_id, stored.name, path, stored.body, (), stored.rollback, result)


def written_before(root: Path, draft: Draft) -> Written | None:
    """Return what stands in the project's migrations of a draft already; None: nothing."""
    project = find_project(root)
    same = (file for file in readable(project.files) if _is_same(file, draft, project.tool))
    return next((Written(file.path, None, already=True) for file in same), None)


def record_answer(root: Path, draft: Draft, origin: Origin, event: Event) -> None:
    """Remember that a person was asked about a draft, or what they said."""
    record(find_project(root).root, origin, event, file=draft.path, sha256=_sha256(draft.sql))


def write_draft(
    root: Path, draft_id: str, *, at: datetime | None = None, origin: Origin = _AT_TERMINAL
) -> Written:
    """Write a draft into the project's migrations, after a person said yes; twice is as good as once.

    Args:
        root: a folder of the project.
        draft_id: names the draft.
        at: the moment of writing; None: now.
        origin: where the yes came from, for the record.

    Raises:
        GuardrailsError: it has errors, there is no such draft, or the file can't be written.
    """
    with claimed(find_project(root).root, draft_id):
        draft = load_draft(root, draft_id)
        return written_before(root, draft) or _write(root, draft, at or datetime.now(UTC), origin)


def _write(root: Path, draft: Draft, at: datetime, origin: Origin) -> Written:
    project = find_project(root)
    if not draft.result.valid:
        codes = ", ".join(dict.fromkeys(finding.code for finding in draft.result.errors))
        raise GuardrailsError(
            f"draft {draft.id} has errors ({codes}), so it is not written; mend them and draft it again"
        )
    moment = at.astimezone(UTC)
    target = project.next_path(draft.name, moment)
    text = with_moment(draft.sql, moment)
    rollback_path = None
    if project.tool in _SECTIONS:
        text = _in_sections(project.tool, text, draft.rollback)
    else:
        rollback_path = _rollback_path(project, target)
    _write_new(project, target, text)
    shown = show(target, project.root)
    record(project.root, origin, Event.MIGRATION_WRITTEN, file=shown, sha256=_sha256(text), at=moment)
    if rollback_path is not None:
        undo = f"-- Takes back {target.name}\n{draft.rollback}"
        _write_new(project, rollback_path, undo)
        back = show(rollback_path, project.root)
        record(project.root, origin, Event.ROLLBACK_WRITTEN, file=back, sha256=_sha256(undo), at=moment)
    return Written(
        show(target, project.root),
        None if rollback_path is None else show(rollback_path, project.root),
        already=False,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _dependency(name: str, history: Sequence[MigrationFile]) -> str:
    known = {Path(file.path).name: file for file in history} | {file.name: file for file in history}
    if name in known:
        return name
    near = get_close_matches(name, known, n=1)
    raise GuardrailsError(
        f"there is no migration {name!r} to depend on{f'; did you mean {near[0]!r}?' if near else ''}"
    )


def _is_same(file: MigrationFile, draft: Draft, tool: Tool) -> bool:
    text = without_moment(file.sql)
    return text == (_in_sections(tool, draft.sql, draft.rollback) if tool in _SECTIONS else draft.sql)


def _in_sections(tool: Tool, text: str, rollback: str) -> str:
    up, end, down, last = _SECTIONS[tool]
    return f"{up}{text.rstrip()}\n{end}{down}{rollback}{last}"


def _rollback_path(project: Project, target: Path) -> Path | None:
    wanted = project.rollbacks or project.tool is Tool.SUPABASE or load_config(project.root).rollbacks
    return project.rollback_path(target) if wanted else None


def _write_new(project: Project, path: Path, text: str) -> None:
    if not path.resolve().is_relative_to(project.root.resolve()):
        raise GuardrailsError(f"{path} is outside the project; nothing was written")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
    except FileExistsError as error:
        raise GuardrailsError(
            f"{show(path, project.root)} is there already; nothing was written, try again"
        ) from error
    except OSError as error:
        raise GuardrailsError(
            f"{show(path, project.root)} can't be written: {(error.strerror or str(error)).lower()}"
        ) from error
