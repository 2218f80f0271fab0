"""Judge migrations: text, files or folders, each with the history of its project before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile
from pathlib import Path

from commands.jobs import Approved, Job, Told, judged
from guardrails.approval.places import has_ledger, top_of
from guardrails.config import load_config
from guardrails.files import real, real_in_its_folder, show
from guardrails.histories import history_around, name_of, read_once
from guardrails.layouts import transactions_of
from guardrails.lint.contracts import Finding, MigrationFile, Profile, Settings, Severity, ValidationResult
from guardrails.lint.engine import check
from guardrails.lint.rollback import down_of
from guardrails.lint.values import dataclass, replace
from guardrails.project import (
    History,
    Layout,
    Project,
    Source,
    Tool,
    Unreadable,
    find_project,
    find_root,
    history_of,
    layout_around,
    read_file,
    read_folder,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.changes import Changes

_MAY_SERVE_CLIENTS = frozenset({Tool.SUPABASE, Tool.PLAIN})


@dataclass(frozen=True)
class Report:
    """What `validate` says of all the migrations that it was asked about, in their order.

    Attributes:
        valid: every file is.
        root: the folder that the paths of the files are given from.
        note: one sentence for a person: what was compared, or that there was nothing to judge.
    """

    valid: bool
    files: tuple[ValidationResult, ...]
    root: Path
    note: str | None = None


def validate_text(
    sql: str, root: Path, *, path: str = "<stdin>", profile: Profile | None = None
) -> ValidationResult:
    """Judge SQL that stands in no file yet, after all the migrations of the project around `root`."""
    with read_once():
        project = find_project(root)
    settings = settings_for(project.root, project.tool, project.files, profile)
    # Text has no file for its rollback to stand beside: only a strict profile asks for one.
    down = down_of(sql)
    file = MigrationFile(
        path,
        "",
        "",
        sql,
        has_rollback=bool(down) or settings.profile is not Profile.STRICT,
        transactions=transactions_of(project.tool, sql),
        down=down,
    )
    (result,) = check([file], readable(project.files), settings)
    return result


def validate_project(
    start: Path,
    *,
    profile: Profile | None = None,
    processes: int = 1,
    cached: bool = False,
    told: Told = lambda _path: None,
) -> Report:
    """Judge every migration of the project around `start`; the rest is as for `judged`."""
    with read_once():
        project = find_project(start)
    if project.migrations is None:
        note = f"{project.root} has no migrations yet, so there is nothing to validate{_hint(project.root)}"
        return Report(True, (), project.root, note)
    histories = [(history, project.root) for history in _histories(project)]
    every = _judge(histories, project.root, profile, processes, told, cached)
    return _report(chain(*every), project.root)


def _hint(root: Path) -> str:
    from guardrails.candidates import candidates  # noqa: PLC0415

    found = [
        f'found {path.as_posix()}: set migrations = "{path.parent.as_posix()}" in guardrails.toml'
        for path in candidates(root)
    ]
    return "".join(f"; {words}" for words in found)


def validate_paths(
    paths: Sequence[Path],
    root: Path,
    *,
    profile: Profile | None = None,
    processes: int = 1,
    cached: bool = False,
    told: Told = lambda _path: None,
) -> Report:
    """Judge files and folders by name; a file is judged after what its project ran before it.

    What `processes`, `told` and `cached` mean, `judged` says.

    Files of one history are judged in one pass over it, in its order, whatever order they are named in.

    Raises:
        GuardrailsError: a path is missing, can't be read, or holds no migrations.
    """
    named = list(dict.fromkeys(paths))
    below = [(path, history) for path in named if path.is_dir() for history in read_folder(path, root)]
    histories = [(history, find_root(history.folder)) for _, history in below]
    found: dict[Path, tuple[ValidationResult, ...]] = {}
    # Folders come first, because they are most of the work and only the first that are judged can be shared.
    for (path, _), results in zip(
        below, _judge(histories, root, profile, processes, told, cached), strict=True
    ):
        found[path] = (*found.get(path, ()), *results)
    files = [path for path in named if path not in found]
    with read_once():
        found.update(_each_in_its_history(files, root, profile, processes, told, cached))
    return _report((result for path in named for result in found[path]), root)


def validate_changed(
    start: Path, ref: str | None = None, paths: Sequence[Path] = (), *, profile: Profile | None = None
) -> Report:
    """Judge the migrations that are new since HEAD left another branch, after all the older ones.

    Args:
        start: where to look for the project from.
        ref: the other branch, or a commit; None: the main branch of the remote, else the one here.
        paths: only what stands there; none: everything that is new in the project.
        profile: what is asked besides what the project asks.

    Raises:
        GuardrailsError: there is no git, no such branch, or no commit that both have.
    """
    from guardrails.changes import changes_since  # noqa: PLC0415

    roots = list(dict.fromkeys(find_root(path) for path in paths))
    every = [changes_since(root, ref) for root in roots or [start]]
    here = start if paths else every[0].project.root
    results = [
        replace(result, path=show(path, here))
        for changes in every
        for result in _changed(changes, profile)
        for path in (changes.project.root / result.path,)
        if not paths or _is_below(path, paths)
    ]
    base = every[0].base
    counted = f"{len(results)} migration{'' if len(results) == 1 else 's'}"
    note = f"{counted} changed since {base.ref} (merge base {base.commit[:12]})"
    return _report(results, here, note)


def _changed(changes: Changes, profile: Profile | None) -> Iterator[ValidationResult]:
    root = changes.project.root
    for change in changes.changes:
        asked = settings_for(root, change.history.tool, change.history.files, profile)
        old = [file for file in change.history.readable if file.path not in change.new]
        new = [file for file in change.history.readable if file.path in change.new]
        files = (*new, *change.gone)
        approved = _approved(change.history, new)
        yield from check(files, old, changes.no_looser(asked), approved, given=change.problems)
        for file in change.history.files:
            if isinstance(file, Unreadable) and file.path in change.new:
                yield _unread(file)


def settings_for(root: Path, tool: Tool, files: Iterable[Source], profile: Profile | None = None) -> Settings:
    """Return what a project asks: its configuration, and what its tool and its habits make likely."""
    config = load_config(root)
    settings = config.settings if profile is None else replace(config.settings, profile=profile)
    every, older = readable(files), frozenset[str]()
    rollbacks = any(file.has_rollback for file in every) if config.rollbacks is None else config.rollbacks
    if rollbacks and config.rollbacks is None:  # a habit says nothing of what came before it
        older = frozenset(file.path for file in takewhile(lambda file: not file.has_rollback, every))
    by_habit = tool not in _MAY_SERVE_CLIENTS and not config.api_declared
    return replace(settings, rollbacks=rollbacks, before_rollbacks=older, rls_by_habit=by_habit)


def readable(files: Iterable[Source]) -> tuple[MigrationFile, ...]:
    return tuple(file for file in files if isinstance(file, MigrationFile))


def _histories(project: Project) -> Iterator[History]:
    if project.migrations is not None:
        yield History(project.tool, project.migrations, project.files)
    yield from project.others


def _each_in_its_history(
    paths: Sequence[Path], root: Path, profile: Profile | None, processes: int, told: Told, cached: bool
) -> Iterator[tuple[Path, tuple[ValidationResult, ...]]]:
    """Judge files by name, reading each project and each history once."""
    projects = _Projects()
    outside: dict[Path, tuple[str, Job]] = {}
    groups: dict[tuple[Path, Path], tuple[Project, History, dict[str, list[Path]]]] = {}
    for path in paths:
        project, history, file = projects.around(path)
        if history is None or file is None:
            found = read_file(path, root, projects.layout_around(path))
            settings = settings_for(project.root, project.tool, (*project.files, found), profile)
            known = any(map(has_ledger, (real(path).parent, real(path).parent.parent)))
            approved = _approved(history_around(path, root), [found]) if known else {}
            inside = _inside(found, project.root, root)
            files = (*history_of(project, path), inside)
            given = _given_inside(approved, project.root, root)
            outside[path] = (
                found.path,
                Job(files, settings, frozenset({inside.path}), given, str(project.root)),
            )
        else:
            group = groups.setdefault((project.root, history.folder), (project, history, {}))
            group[2].setdefault(file.path, []).append(path)
    # Those of one history one after the other, so that what they have in common is taken in once.
    alone = sorted(outside, key=lambda path: (str(path.parent), len(outside[path][1].files)))
    jobs = [outside[path][1] for path in alone]
    for project, history, wanted in groups.values():
        settings = settings_for(project.root, history.tool, history.files, profile)
        known_files = list(history.readable)
        while known_files[-1].path not in wanted:  # what runs later is no history of any of them
            known_files.pop()
        approved = _approved(history, [file for file in known_files if file.path in wanted])
        jobs.append(Job(known_files, settings, frozenset(wanted), approved, str(project.root)))
    every = judged(jobs, processes, told, cached=cached)
    for path, (result,) in zip(alone, map(dict.values, every), strict=False):
        yield path, (replace(result, path=outside[path][0]),)
    for (_, _, wanted), results in zip(groups.values(), every[len(alone) :], strict=True):
        for file_path, named in wanted.items():
            for path in named:
                yield path, (replace(results[file_path], path=show(path, root)),)


class _Projects:
    """The projects that were met so far, so that many files of one don't have it read again."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[Project, History, MigrationFile]] = {}
        self._by_folder: dict[Path, Project] = {}
        self._layouts: dict[Path, Layout] = {}

    def around(self, path: Path) -> tuple[Project, History | None, MigrationFile | None]:
        """Return the project of a file, with the history and the file of it, if it is one of those."""
        here = real_in_its_folder(path)
        if here in self._files:
            return self._files[here]
        if here.parent not in self._by_folder:
            project = find_project(path.parent)
            self._by_folder[here.parent] = project
            for history in _histories(project):
                for file in history.readable:
                    self._files.setdefault(
                        real_in_its_folder(project.root / file.path), (project, history, file)
                    )
        return self._files.get(here, (self._by_folder[here.parent], None, None))

    def layout_around(self, path: Path) -> Layout:
        if path.parent not in self._layouts:
            self._layouts[path.parent] = layout_around(path)
        return self._layouts[path.parent]


def _judge(
    histories: Sequence[tuple[History, Path]],
    here: Path,
    profile: Profile | None,
    processes: int,
    told: Told,
    cached: bool,
) -> Iterator[tuple[ValidationResult, ...]]:
    """Judge whole histories, each given with the root of its project; their paths are given from `here`."""
    jobs = []
    for history, root in histories:
        settings = settings_for(root, history.tool, history.files, profile)
        files = [_inside(file, root, here) for file in history.readable]
        approved = _given_inside(_approved(history, history.readable), root, here)
        jobs.append(Job(files, settings, frozenset(file.path for file in files), approved, str(root)))
    for (history, _), job, results in zip(
        histories, jobs, judged(jobs, processes, told, cached=cached), strict=True
    ):
        found = {
            file.path: replace(results[inside.path], path=file.path)
            for file, inside in zip(history.readable, job.files, strict=True)
        }
        yield tuple(
            _unread(file) if isinstance(file, Unreadable) else found[file.path] for file in history.files
        )


def _inside(file: MigrationFile, root: Path, here: Path) -> MigrationFile:
    """Return a file whose path is given from `here` with it as the configuration speaks of it."""
    return file if root == here else replace(file, path=show(here / file.path, root))


def _given_inside(approved: Approved, root: Path, here: Path) -> Approved:
    """Return approvals with their paths as `_inside` has them."""
    if root == here:
        return approved
    return {show(here / path, root): codes for path, codes in approved.items()}


def _approved(history: History, files: Sequence[MigrationFile]) -> dict[str, frozenset[str]]:
    """Return by path the codes of errors that a person's approval covers; most projects have no ledger."""
    top = top_of(history.folder) if has_ledger(history.folder) else None
    if top is None:
        return {}
    from guardrails.approval.ledger import acknowledged  # noqa: PLC0415

    paths = {file.path: history.folder / name_of(history.tool, file.path) for file in files}
    return acknowledged(history.tool, history.folder, paths, top)


def _is_below(path: Path, places: Iterable[Path]) -> bool:
    spellings = (real(path.parent) / path.name, real(path))  # it may be gone, or a link
    return any(spelt.is_relative_to(real(place)) for place in places for spelt in spellings)


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


def _report(results: Iterable[ValidationResult], root: Path, note: str | None = None) -> Report:
    files = tuple(results)
    return Report(all(file.valid for file in files), files, root, note)
