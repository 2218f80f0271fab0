"""`verify`: its arguments, and what it prints."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.shell.streams import wants_colour
from guardrails.lint.report.plain import plain

if TYPE_CHECKING:
    from guardrails.shadow.contracts import Verification

FORMATS = ("text", "json", "markdown")
_NOT_PROVED = 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    verify = commands.add_parser(
        "verify",
        help="prove migrations on a disposable PostgreSQL: they apply, lock, change, and can be undone",
    )
    verify.add_argument(
        "paths", nargs="*", metavar="PATH", help="migrations; without any, the new ones, else the last one"
    )
    verify.add_argument(
        "--changed",
        nargs="?",
        const="",
        metavar="REF",
        help="only migrations that are new since HEAD left REF (default: the remote's main branch)",
    )
    verify.add_argument(
        "--baseline", metavar="FILE", help="begin with this schema dump, in the place of the history"
    )
    verify.add_argument(
        "--tolerant", action="store_true", help="leave out what fails in the history, and say so"
    )
    verify.add_argument(
        "--no-rows", action="store_true", help="try the rollback without made-up rows in the tables"
    )
    verify.add_argument(
        "--no-isolation", action="store_true", help="don't try which rows of others a tenant reaches"
    )
    verify.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    verify.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    from commands.verify import verify  # noqa: PLC0415
    from guardrails.shadow.contracts import Verdict  # noqa: PLC0415

    if arguments.paths and arguments.changed is not None:
        from guardrails.lint.contracts import GuardrailsError  # noqa: PLC0415

        raise GuardrailsError("--changed finds the migrations itself: name no path with it")
    verification = verify(
        Path.cwd(),
        [Path(path) for path in arguments.paths],
        changed=arguments.changed,
        baseline=Path(arguments.baseline) if arguments.baseline else None,
        tolerant=arguments.tolerant,
        rows=not arguments.no_rows,
        isolation=not arguments.no_isolation,
        told=_told if sys.stderr.isatty() else lambda _share, _what: None,
    )
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    print(_rendered(verification, arguments.format))
    match verification.verdict:
        case Verdict.REFUTED:
            return 1
        case Verdict.NOT_PROVED:
            return _NOT_PROVED
    return 0


def _told(share: float, what: str) -> None:
    print(f"\r\x1b[K{share:>4.0%}  {plain(what)[:90]}", end="", file=sys.stderr, flush=True)


def _rendered(verification: Verification, form: str) -> str:
    match form:
        case "json":
            from guardrails.shadow.report import json  # noqa: PLC0415

            return json.render(verification)
        case "markdown":
            from guardrails.shadow.report import markdown  # noqa: PLC0415

            return markdown.render(verification)
    from guardrails.shadow.report import text  # noqa: PLC0415

    return text.render(verification, colour=wants_colour())
