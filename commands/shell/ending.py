"""Run a command and say in one sentence what went wrong, with the exit code that belongs to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain


def ended(run: Callable[[], int]) -> int:
    """Return the exit code of a command: its own, or 2 when it could not do what was asked."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return run()
    except GuardrailsError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("stopped; nothing was written")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _fail(message: str) -> int:
    print(f"error: {plain(message)}", file=sys.stderr)
    return 2
