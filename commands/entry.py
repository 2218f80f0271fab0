"""Where the installed command begins. A hook runs before each command of an assistant, so it takes the short way.

So does `validate` where its arguments are plain: reading the others takes longer than judging a small file.
"""

from __future__ import annotations

import gc
import sys


def start() -> None:
    """Run `main` in a process of its own, and end the process."""
    if sys.argv[1:2] == ["validate"]:
        # It makes trees, which hold no cycles, and ends soon: looking for cycles often would find few.
        gc.set_threshold(200_000, 50, 1_000)
    code = main()
    gc.freeze()  # what is left goes with the process, so its end needs no last search
    sys.exit(code)


def main() -> int:
    """Run the command that the arguments name, and return the exit code."""
    if sys.argv[1:2] == ["hook"]:
        from commands.shell.hook import run  # noqa: PLC0415

        return run(sys.argv[2:])
    if sys.argv[1:2] == ["validate"]:
        from commands.shell.validating import run_plainly  # noqa: PLC0415

        code = run_plainly(sys.argv[2:])
        if code is not None:
            return code
    from commands.cli import main as run_command  # noqa: PLC0415

    return run_command()
