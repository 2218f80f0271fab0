"""Take out of a repository what `init` wrote into it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from commands.init import find_top
from guardrails.installing.contracts import Plan
from guardrails.installing.planning import plan_uninstall
from guardrails.installing.writing import apply


@dataclass(frozen=True)
class Removal:
    """What `uninstall` would do in a repository."""

    root: Path
    plan: Plan


def plan_removal(start: Path) -> Removal:
    """Return what would be taken out of the repository around a folder; nothing is changed.

    Raises:
        GuardrailsError: nothing was installed, or a file is broken or can't be written.
    """
    root = find_top(start)
    return Removal(root, plan_uninstall(root))


def take_out(removal: Removal) -> None:
    """Do what was planned, all of it or nothing; folders that `init` made go when they are empty.

    Raises:
        GuardrailsError: a file changed meanwhile, or can't be written.
    """
    folders = [folder for folder in removal.plan.record.folders if ".." not in PurePosixPath(folder).parts]
    apply(removal.root, removal.plan.changes, folders)
