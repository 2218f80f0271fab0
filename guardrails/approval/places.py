"""Where the records of approvals stand.

`supabase/migrations/20260101120000_add_users.sql` has its record in
`supabase/approvals/20260101120000_add_users.json`: one file for each, so that branches don't conflict.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from guardrails.layouts import undo_names
from guardrails.sections import Tool

USUAL_FOLDERS = frozenset({"migrations", "migration", "migrate"})


def ledger_of(folder: PurePosixPath) -> PurePosixPath:
    """Return where the approvals of a folder of migrations stand: beside it, never in it, where tools look."""
    return folder.parent / ("approvals" if folder.name in USUAL_FOLDERS else f"{folder.name}-approvals")


def record_name(name: str) -> str:
    """Return the file name of a record; `name` is the migration's, with its folder where each has one."""
    folder, _, file = name.rpartition("/")
    return f"{folder or PurePosixPath(file).stem}.json"


def rollback_names(tool: Tool, folder: PurePosixPath, name: str) -> tuple[str, ...]:
    """Return where what takes a migration back may stand; `folder` is that of the migrations."""
    return tuple(os.path.normpath(folder / undo) for undo in undo_names(tool, name))


def has_ledger(folder: Path) -> bool:
    """Tell whether anything in a folder of migrations was ever approved."""
    return Path(ledger_of(PurePosixPath(folder.as_posix()))).is_dir()


def top_of(folder: Path) -> Path | None:
    """Return the top of the working tree that a folder is in, without asking git; None outside of any."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
