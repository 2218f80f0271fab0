"""Judge migrations: text, files or folders, each with the history of its project before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from guardrails.approval.places import has_ledger, top_of
from guardrails.config import load_config
from guardrails.files import real
from guardrails.histories import history_around, name_of
from guardrails.lint.contracts import Finding, MigrationFile, Profile, Settings, Severity, ValidationResult
from guardrails.lint.engine import check
from guardrails.project import (
    History,
    Source,
    Tool,
    Unreadable,
    find_project,
    find_root,
    history_of,
    read_file,
    read_folder,
)

_MAY_SERVE_CLIENTS = frozenset({Tool.SUPABASE, Tool.PLAIN})


@dataclass(frozen=True)
class Report:
    """What `validate` says of all the migrations that it was asked about, in their order.

    Attributes:
        valid: every file is.
        note: one sentence for a person when there was nothing to judge.
    """

    valid: bool
    files: tuple[ValidationResult, ...]
    note: str | None = None


def validate_text(
    sql: str, root: Path, *, path: str = "<stdin>", profile: Profile | None = None
) -> ValidationResult:
    """Judge SQL that stands in no file yet, after all the migrations of the project around `root`."""
    project = find_project(root)
    settings = settings_for(project.root, project.tool, project.files, profile)
    # Text has no file for its rollback to stand beside: only a strict profile asks for one.
    file = MigrationFile(path, "", "", sql, has_rollback=settings.profile is not Profile.STRICT)
    (result,) = check([file], readable(project.files), settings)
    return result


def validate_project(start: Path, *, profile: Profile | None = None) -> Report:
    """Judge every migration of the project around `start`."""
    project = find_project(start)
    if project.migrations is None:
        return Report(True, (), f"{project.root} has no migrations yet, so there is nothing to validate")
    whole = History(project.tool, project.migrations, project.files)
    return _report(
        result for history in (whole, *project.others) for result in _judge(history, project.root, profile)
    )


def validate_paths(paths: Sequence[Path], root: Path, *, profile: Profile | None = None) -> Report:
    """Judge files and folders by name; a file is judged after what its project ran before it.

    Raises:
        GuardrailsError: a path is missing, can't be read, or holds no migrations.
    """
    return _report(result for path in paths for result in _at(path, root, profile))


def settings_for(root: Path, tool: Tool, files: Iterable[Source], profile: Profile | None = None) -> Settings:
    """Return what a project asks: its configuration, and what its tool and its habits make likely."""
    config = load_config(root)
    settings = config.settings if profile is None else replace(config.settings, profile=profile)
    rollbacks = (
        any(file.has_rollback for file in readable(files)) if config.rollbacks is None else config.rollbacks
    )
    by_habit = tool not in _MAY_SERVE_CLIENTS and not config.api_declared
    return replace(settings, rollbacks=rollbacks, rls_by_habit=by_habit)


def readable(files: Iterable[Source]) -> tuple[MigrationFile, ...]:
    return tuple(file for file in files if isinstance(file, MigrationFile))


def _at(path: Path, root: Path, profile: Profile | None) -> Iterator[ValidationResult]:
    if path.is_dir():
        for history in read_folder(path, root):
            yield from _judge(history, find_root(history.folder), profile)
        return
    file = read_file(path, root)
    project = find_project(path.parent)
    before = history_of(project, path)
    settings = settings_for(project.root, project.tool, (*project.files, file), profile)
    known = any(map(has_ledger, (real(path).parent, real(path).parent.parent)))
    approved = _approved(history_around(path, root), [file]) if known else None
    yield from check([file], before, settings, approved)


def _judge(history: History, root: Path, profile: Profile | None) -> list[ValidationResult]:
    settings = settings_for(root, history.tool, history.files, profile)
    approved = _approved(history, history.readable)
    judged = {result.path: result for result in check(history.readable, (), settings, approved)}
    return [_unread(file) if isinstance(file, Unreadable) else judged[file.path] for file in history.files]


def _approved(history: History, files: Sequence[MigrationFile]) -> dict[str, frozenset[str]]:
    """Return by path the codes of errors that a person's approval covers; most projects have no ledger."""
    top = top_of(history.folder) if has_ledger(history.folder) else None
    if top is None:
        return {}
    from guardrails.approval.ledger import acknowledged  # noqa: PLC0415

    paths = {file.path: history.folder / name_of(history.tool, file.path) for file in files}
    return acknowledged(history.tool, history.folder, paths, top)


def _unread(file: Unreadable) -> ValidationResult:
    finding = Finding(
        code="PARSE_ERROR",
        severity=Severity.ERROR,
        message=f"{file.reason}; nothing in it was checked",
        line=1,
        column=1,
        suggestion="Mend the file, or move it out of the migrations if it is none.",
        statement="",
    )
    return ValidationResult(file.path, False, (finding,), (), ())


def _report(results: Iterable[ValidationResult]) -> Report:
    files = tuple(results)
    return Report(all(file.valid for file in files), files)
