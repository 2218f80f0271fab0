"""The console script: the command line in a process of its own."""

from __future__ import annotations

import gc
import sys


def start() -> None:
    """Run the command that the process was started for, and end the process."""
    if sys.argv[1:2] == ["validate"]:
        # It makes trees, which hold no cycles, and ends soon: looking for cycles often would find few.
        gc.set_threshold(200_000, 50, 1_000)
    from commands.cli import main  # noqa: PLC0415

    code = main()
    gc.freeze()  # what is left goes with the process, so its end needs no last search
    sys.exit(code)
