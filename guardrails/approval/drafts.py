"""Drafts that wait for a person's yes: `.guardrails/drafts/<id>.json`, and beside it the SQL to read.

A draft's id is a hash of all that would be written, so a draft that was changed is no longer itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from guardrails.approval.storing import write_whole
from guardrails.lint.contracts import GuardrailsError

if sys.platform != "win32":
    import fcntl

FOLDER = ".guardrails"
_ID = re.compile(r"[0-9a-f]{12}")
_MOST_BEFORE = 50


@dataclass(frozen=True)
class StoredDraft:
    """What would be written.

    Attributes:
        name: of the file, in snake case.
        body: header and SQL, without the moment of writing.
        rollback: the SQL that takes it back.
    """

    name: str
    body: str
    rollback: str

    @property
    def id(self) -> str:
        text = json.dumps([self.name, self.body, self.rollback], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def claimed(root: Path, draft_id: str) -> Iterator[None]:
    """Let no other process write the same draft meanwhile; where the system has no locks, hope for it.

    Raises:
        GuardrailsError: there is no such draft.
    """
    load(root, draft_id)
    with (_folder(root) / f"{draft_id}.json").open("rb") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_kept(root: Path, draft: StoredDraft) -> bool:
    return (_folder(root) / f"{draft.id}.json").is_file()


def save(root: Path, draft: StoredDraft) -> Path:
    """Keep a draft and return the file to read; saving it again changes nothing.

    Raises:
        GuardrailsError: the folder for drafts can't be written, or leads out of the project.
    """
    folder = _folder(root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Only the drafts: what `init` keeps beside them belongs into git.
        write_whole(folder / ".gitignore", "*\n")
        write_whole(
            folder / f"{draft.id}.json", json.dumps(asdict(draft), ensure_ascii=True, indent=1) + "\n"
        )
        shown = folder / f"{draft.id}.sql"
        write_whole(shown, draft.body)
    except OSError as error:
        raise GuardrailsError(
            f"{folder} can't be written: {(error.strerror or str(error)).lower()}"
        ) from error
    return shown


def load(root: Path, draft_id: str) -> StoredDraft:
    """Return a draft by its id.

    Raises:
        GuardrailsError: there is none, or its file is not what was drafted.
    """
    if not is_draft_id(draft_id):
        raise GuardrailsError(f"{draft_id[:40]!r} is no id of a draft; it is 12 characters of 0-9 and a-f")
    path = _folder(root) / f"{draft_id}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        draft = StoredDraft(**{name: data[name] for name in ("name", "body", "rollback")})
    except FileNotFoundError as error:
        raise GuardrailsError(f"there is no draft {draft_id}; draft the migration again") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GuardrailsError(f"draft {draft_id} can't be read; draft the migration again") from error
    if draft.id != draft_id:
        raise GuardrailsError(f"draft {draft_id} was changed after it was drafted; draft the migration again")
    return draft


def is_draft_id(text: str) -> bool:
    """Tell whether a text has the form of a draft's id."""
    return _ID.fullmatch(text) is not None


def draft_before(root: Path, draft_id: str) -> StoredDraft | None:
    """Return the newest draft of the same name among the last that are older, None when there is none to read."""
    folder = _folder(root)
    try:
        moments = {path.stem: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    except OSError:
        return None
    own = moments.get(draft_id, 0)
    name = load(root, draft_id).name
    older = sorted((at, one) for one, at in moments.items() if at < own and is_draft_id(one))
    for _, one in reversed(older[-_MOST_BEFORE:]):
        try:
            found = load(root, one)
        except GuardrailsError:
            continue
        if found.name == name:
            return found
    return None


def _folder(root: Path) -> Path:
    folder = root / FOLDER / "drafts"
    if not folder.resolve().is_relative_to(root.resolve()):
        raise GuardrailsError(f"{FOLDER} leads out of the project; make it a folder of its own")
    return folder
