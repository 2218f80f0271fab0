"""Set up a repository for assistants and pipelines: what would be written, and the writing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from shutil import which

from commands.prompts import command_files, read_document
from guardrails.approval.places import ledger_of
from guardrails.config import configured
from guardrails.files import real
from guardrails.installing import repository
from guardrails.installing.contracts import Plan, Record, Wanted
from guardrails.installing.harnesses import HARNESSES
from guardrails.installing.harnesses.contracts import Harness
from guardrails.installing.pipelines import PIPELINES, Pipeline
from guardrails.installing.planning import plan_install
from guardrails.installing.record import read_record
from guardrails.installing.setup import PROGRAM, Runner, Setup
from guardrails.installing.writing import apply
from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.project import Project, Tool, find_project, find_root

_PARTS: tuple[Harness | Pipeline, ...] = (*HARNESSES, *PIPELINES)
PARTS = tuple(part.name for part in _PARTS)
ALL = "all"

# What stands in a workflow as it is must not be able to say anything else there.
_PLAIN_FOLDER = re.compile(r"[A-Za-z0-9._@-]+(/[A-Za-z0-9._@-]+)*")
_OTHER_COMMIT_HOOKS = (".husky", "lefthook.yml", ".lefthook.yml", ".overcommit.yml")


@dataclass(frozen=True)
class Setting:
    """What `init` would do in a repository.

    Attributes:
        root: the top of the repository.
        parts: the harnesses and pipelines that are set up.
    """

    root: Path
    parts: tuple[str, ...]
    plan: Plan


def plan_init(start: Path, parts: Iterable[str] = (), runner: Runner = Runner.INSTALLED) -> Setting:
    """Return what would be written into the repository around a folder; nothing is written.

    Args:
        start: a folder in it.
        parts: what to set up, of `PARTS`, or `all`; without any, Claude Code and what is in use.
        runner: how a harness starts this program.

    Raises:
        GuardrailsError: a part is unknown, a file is broken or can't be written, or this is no repository.
    """
    root = find_top(start)
    asked = _known(parts) or in_use(root)
    project = find_project(start)
    setup, notes = _setup(root, project, runner)
    wanted = [*repository.files(setup)]
    for part in _PARTS:
        if part.name in asked:
            wanted += part.files(setup)
    if not setup.supabase and "github" in asked:
        notes += ("the workflows that deploy run `supabase db push`, so they are left out for this project",)
    if which(program := runner.words(setup.version)[0]) is None:
        instead = (
            f"`uv tool install {PROGRAM}`, or take `--runner uvx`" if program == PROGRAM else "install it"
        )
        notes += (f"hooks start {program}, which is not on PATH: {instead}",)
    if project.others:
        notes += (
            "several folders hold migrations, so guardrails.toml is left out; write it and name the one for new ones",
        )
    else:
        wanted += _settings(root, project, setup)
    plan = plan_install(root, wanted, asked)
    return Setting(root, asked, Plan(plan.changes, (*plan.notes, *notes), plan.record))


def write(setting: Setting) -> None:
    """Write what was planned, all of it or nothing.

    Raises:
        GuardrailsError: a file changed meanwhile, or can't be written.
    """
    apply(setting.root, setting.plan.changes)


def find_top(start: Path) -> Path:
    """Return the top of the repository around a folder, else of the project.

    Raises:
        GuardrailsError: that is the home folder, whose settings are those of every project, or a bare repository.
    """
    here = real(start)
    above = (folder for folder in (here, *here.parents) if (folder / ".git").exists())
    top = next(above, None) or find_root(here)
    if top == real(Path.home()):
        raise GuardrailsError(f"{top} is your home folder; go into the repository that you want to set up")
    if (top / "HEAD").is_file() and (top / "objects").is_dir() and (top / "refs").is_dir():
        raise GuardrailsError(
            f"{top} is a bare git repository, without files of its own; go into a clone of it"
        )
    return top


def in_use(root: Path) -> tuple[str, ...]:
    """Return the parts that a repository gets unasked: what was set up before, and what has left its signs.

    The first time Claude Code is one of them, and so is a pipeline.

    Raises:
        GuardrailsError: the record of what was set up can't be read.
    """
    record = read_record(root) or Record()
    signs = {part.name: {sign for sign in part.signs if (root / sign).exists()} for part in _PARTS}
    used = {name for name, found in signs.items() if found - record.made} | {*record.parts}
    if not record.parts:
        used.add("claude")
        if "gitlab" not in used:
            used.add("github")
        if not any((root / sign).exists() for sign in _OTHER_COMMIT_HOOKS):
            used.add("pre-commit")
    return tuple(name for name in PARTS if name in used)


def _known(parts: Iterable[str]) -> tuple[str, ...]:
    asked = {part.strip() for part in parts}
    if unknown := sorted(asked - {*PARTS, ALL}):
        raise GuardrailsError(f"there is no {unknown[0]!r} to set up; there are {', '.join(PARTS)} and {ALL}")
    return tuple(name for name in PARTS if name in asked or ALL in asked)


def _setup(root: Path, project: Project, runner: Runner) -> tuple[Setup, tuple[str, ...]]:
    folders = [project.migrations or project.home, *(history.folder for history in project.others)]
    places = [place for folder in folders if (place := real(folder)).is_relative_to(root)]
    names = [place.relative_to(root).as_posix() for place in places]
    plain = [name for name in names if _PLAIN_FOLDER.fullmatch(name)]
    notes = tuple(
        f"the folder {name!r} can't be named in workflows and in .gitattributes; rename it"
        for name in names
        if name not in plain
    )
    first, *others = plain or ["migrations"]
    return Setup(
        version=version(PROGRAM),
        migrations=first,
        approvals=ledger_of(PurePosixPath(first)).as_posix(),
        others=tuple(others),
        supabase=project.tool is Tool.SUPABASE and names[:1] == [first],
        crlf=any("\r\n" in file.sql for file in project.files if isinstance(file, MigrationFile)),
        commands=command_files(),
        constitution=read_document("constitution.md"),
        runner=runner,
    ), notes


def _settings(root: Path, project: Project, setup: Setup) -> tuple[Wanted, ...]:
    """Return `guardrails.toml` at the project's root, unless settings stand there already."""
    if configured(project.root) or not project.root.is_relative_to(root):
        return ()
    folder = project.migrations
    elsewhere = folder is not None and find_root(folder) != project.root
    named = folder.relative_to(project.root).as_posix() if folder is not None and elsewhere else None
    return (repository.settings(setup, project.root.relative_to(root).as_posix(), named),)
