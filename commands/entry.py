"""Where the installed command begins. A hook runs before each command of an assistant, so it takes the short way."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that the arguments name, and return the exit code."""
    if sys.argv[1:2] == ["hook"]:
        from commands.shell.hook import run  # noqa: PLC0415

        return run(sys.argv[2:])
    from commands.cli import main as run_command  # noqa: PLC0415

    return run_command()
