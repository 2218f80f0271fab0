"""Standard input and output as the commands use them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from guardrails.files import MOST_BYTES, decode


def read_stdin() -> str:
    """Return what standard input holds.

    Raises:
        GuardrailsError: it is not UTF-8 text, or too much of it.
    """
    return decode(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>")


def wants_colour() -> bool:
    """Tell whether standard output is a terminal that may be coloured (<https://no-color.org>)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def stdout_set_aside() -> Iterator[None]:
    """Let what is printed go to standard error for a while, by whatever way it is printed."""
    sys.stdout.flush()
    aside = os.dup(1)
    try:
        os.dup2(2, 1)
    except OSError:  # no standard error: nowhere, then
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(aside, 1)
        os.close(aside)
