"""Judge migrations: text, files or folders, each with the history of its project before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from guardrails.config import load_config
from guardrails.lint.contracts import Finding, MigrationFile, Profile, Settings, Severity, ValidationResult
from guardrails.lint.engine import check
from guardrails.project import Project, Source, Tool, Unreadable, find_project, read_file, read_folder

_RLS_IS_ORDINARY = frozenset({Tool.SUPABASE, Tool.PLAIN})


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
    """Judge SQL that stands in no file yet, after all the migrations of the project at `root`."""
    project = find_project(root)
    settings = settings_of(project, profile)
    (result,) = check([MigrationFile(path, "", "", sql)], _readable(project.files), settings)
    return result


def validate_project(root: Path, *, profile: Profile | None = None) -> Report:
    """Judge every migration of the project at `root`."""
    project = find_project(root)
    if project.migrations is None:
        return Report(True, (), f"{project.root} has no migrations folder yet, so there is nothing to validate")
    return _report(_judge(project.files, (), settings_of(project, profile)))


def validate_paths(paths: Sequence[Path], root: Path, *, profile: Profile | None = None) -> Report:
    """Judge files and folders by name; a file is judged after what its project ran before it.

    Raises:
        GuardrailsError: a path is missing, can't be read, or holds no migrations.
    """
    return _report([result for path in paths for result in _at(path, root, profile)])


def settings_of(project: Project, profile: Profile | None) -> Settings:
    """Return what a project asks: its configuration, and what its tool makes likely."""
    config = load_config(project.root)
    settings = config.settings
    if profile is not None:
        settings = replace(settings, profile=profile)
    rollbacks = project.rollbacks if config.rollbacks is None else config.rollbacks
    return replace(settings, rollbacks=rollbacks, rls_by_habit=project.tool not in _RLS_IS_ORDINARY)


def _at(path: Path, root: Path, profile: Profile | None) -> Iterator[ValidationResult]:
    if path.is_dir():
        for history in read_folder(path, root):
            project = find_project(history.folder)
            settings = settings_of(replace(project, tool=history.tool), profile)
            yield from _judge(history.files, (), settings)
        return
    project = find_project(path.parent)
    file = read_file(path, root)
    here = path.resolve()
    before = [known for known in project.files if (project.root / known.path).resolve() != here]
    earlier = [known for known in before if known.path < file.path]
    yield from _judge((file,), _readable(earlier), settings_of(project, profile))
