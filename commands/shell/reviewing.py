"""`review`: its arguments, what it prints, and the page that it writes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

if TYPE_CHECKING:
    from commands.review.contracts import Review

_NOT_PROVED = 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    review = commands.add_parser(
        "review", help="show all that is known of a migration or a draft, here or as a page in one file"
    )
    review.add_argument("path", metavar="PATH", help="a migration, or a draft by its id or its file")
    review.add_argument("--html", metavar="FILE", help="write the page to this file; - for standard output")
    review.add_argument(
        "--verify",
        action="store_true",
        help="run it on a disposable PostgreSQL first, and show what came of it",
    )
    review.add_argument(
        "--force", action="store_true", help="write the page over a file that is no review page"
    )
    review.set_defaults(run=_review)


def _review(arguments: argparse.Namespace) -> int:
    from commands.review.gathering import review  # noqa: PLC0415
    from commands.review.summary import summary  # noqa: PLC0415

    if arguments.force and not arguments.html:
        raise GuardrailsError("--force is about the file that --html names: give both")
    target = None if arguments.html in {None, "-"} else Path(arguments.html)
    if target is not None:
        _expect_ours(target, force=arguments.force)
    watched = sys.stderr.isatty()
    found = review(
        Path.cwd(),
        arguments.path,
        proved=arguments.verify,
        told=_told if watched else lambda _share, _what: None,
    )
    if watched and arguments.verify:
        print("\r\x1b[K", end="", file=sys.stderr)
    if arguments.html is None:
        print(summary(found))
        print(f"\nTo approve it, a person runs: {plain(found.command)}")
    elif target is None:
        print(_page(found), end="")
    else:
        _write(target, _page(found))
        print(summary(found, findings=False))
        print(f"\nPage: {plain(str(target))}")
    return _code(found)


def _code(found: Review) -> int:
    from guardrails.shadow.contracts import Verdict  # noqa: PLC0415

    verdict = None if found.verification is None else found.verification.verdict
    if not found.result.valid or verdict is Verdict.REFUTED:
        return 1
    return _NOT_PROVED if verdict is Verdict.NOT_PROVED else 0


def _page(found: Review) -> str:
    from commands.review.page import render  # noqa: PLC0415

    return render(found)


def _told(share: float, what: str) -> None:
    print(f"\r\x1b[K{share:>4.0%}  {plain(what)[:90]}", end="", file=sys.stderr, flush=True)


def _expect_ours(target: Path, *, force: bool) -> None:
    """Refuse to write over what is no review page.

    Raises:
        GuardrailsError: something else stands there.
    """
    from commands.review.page import is_page  # noqa: PLC0415

    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_file():
        raise GuardrailsError(f"{target} is no ordinary file: name another one for the page")
    if force:
        return
    try:
        with target.open("rb") as file:
            ours = is_page(file.read(4096))
    except OSError as error:
        raise GuardrailsError(f"{target} can't be read: {(error.strerror or str(error)).lower()}") from error
    if not ours:
        raise GuardrailsError(
            f"{target} is there and is no review page: name another file, or write over it with --force"
        )


def _write(target: Path, text: str) -> None:
    from guardrails.approval.storing import write_whole  # noqa: PLC0415

    try:
        write_whole(target, text)
    except OSError as error:
        raise GuardrailsError(
            f"{target} can't be written: {(error.strerror or str(error)).lower()}"
        ) from error
