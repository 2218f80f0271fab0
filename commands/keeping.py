"""For a process that answers many times: what it read and folded is kept, and what changed is read again."""

from __future__ import annotations

from guardrails.kept_files import keep_files
from guardrails.lint.kept import keep_from_now_on


def keep_what_is_read() -> None:
    """Keep histories and what was read of files until the process ends; no answer differs for it."""
    keep_files()
    keep_from_now_on()
