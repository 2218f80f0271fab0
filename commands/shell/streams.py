"""Standard input and output as the commands use them."""

from __future__ import annotations

import os
import sys

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
