"""The command line: read arguments and files, call a command, print, choose the exit code.

0: passed. 1: findings that block, or a person said no. 2: wrong use, or a problem of our own.
What a command does not need is not imported: a cold `validate` must stay quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError, Profile
from guardrails.files import MOST_BYTES
from guardrails.lint.report.plain import plain

FORMATS = ("text", "json")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pg-guardrails",
        description="Draft, validate and seed PostgreSQL migrations. It never applies a migration to your database.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(run=lambda arguments: _version(arguments, parser))
    commands = parser.add_subparsers(metavar="COMMAND")

    create = commands.add_parser("create", help="draft a migration, validate it, ask, and write the file")
    create.add_argument("description", help="what it does, in a few words; it becomes the file's name")
    create.add_argument("--purpose", required=True, help="why it is needed")
    create.add_argument("--depends-on", action="append", default=[], metavar="NAME", help="a migration it builds on")
    create.add_argument("--sql", metavar="FILE", help="read the SQL from a file, or from standard input with -")
    create.add_argument("--table", metavar="FILE", help="read tables as JSON from a file, or from standard input with -")
    create.add_argument("--dry-run", action="store_true", help="show the draft and its findings, ask nothing")
    create.set_defaults(run=_create)

    confirm = commands.add_parser("confirm", help="say yes or no, as a person at a terminal, to a draft")
    confirm.add_argument("draft_id")
    confirm.set_defaults(run=_confirm)

    validate = commands.add_parser("validate", help="report what is dangerous in migrations")
    validate.add_argument("paths", nargs="*", metavar="PATH", help="files or folders, or - for standard input")
    validate.add_argument("--profile", choices=list(Profile), help="ask more of a migration than the project does")
    validate.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    validate.set_defaults(run=_validate)

    seed = commands.add_parser("seed", help="fill a development database with rows")
    seed.add_argument("kind", choices=("dev", "test"), help="realistic rows, or the same bytes each time")
    seed.add_argument("--users", type=int, metavar="N", help="how many users")
    seed.add_argument("--orgs", type=int, metavar="N", help="how many organizations")
    seed.add_argument("--rows", action="append", default=[], metavar="TABLE=N", help="rows of one table")
    seed.add_argument("--locale", default="en_US", help="whose names and places, as in de_DE")
    seed.add_argument("--seed", type=int, default=0, metavar="N", help="another number makes other rows")
    seed.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    seed.set_defaults(run=_seed)

    rules = commands.add_parser("rules", help="list the rules, or explain one")
    rules.add_argument("code", nargs="?", help="explain this rule instead")
    rules.add_argument("--page", action="store_true", help="print the whole docs page")
    rules.set_defaults(run=_rules)

    mcp = commands.add_parser("mcp", help="serve the tools to an assistant over standard input and output")
    mcp.set_defaults(run=_mcp)

    demo = commands.add_parser("demo", help="show the main job on a sample project and a database of our own")
    demo.set_defaults(run=_demo)
    return parser


def _version(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if arguments.version:
        from importlib.metadata import version  # noqa: PLC0415

        print(f"pg-guardrails {version('pg-guardrails')}")
        return 0
    parser.print_help()
    return 2


def _validate(arguments: argparse.Namespace) -> int:
    from commands.validate import Report, validate_paths, validate_project, validate_text  # noqa: PLC0415

    profile = Profile(arguments.profile) if arguments.profile else None
    here = Path.cwd()
    if arguments.paths == ["-"]:
        result = validate_text(_stdin(), here, profile=profile)
        report = Report(result.valid, (result,))
    elif arguments.paths:
        report = validate_paths([Path(path) for path in arguments.paths], here, profile=profile)
    else:
        report = validate_project(here, profile=profile)
    if report.note:
        print(plain(report.note), file=sys.stderr)
    if arguments.format == "json":
        from guardrails.lint.report.json import render as as_json  # noqa: PLC0415

        print(as_json(report.files))
    else:
        from guardrails.lint.report.text import render  # noqa: PLC0415

        print(render(report.files, colour=_colour()))
    return 0 if report.valid else 1


def _stdin() -> str:
    from guardrails.files import decode  # noqa: PLC0415

    return decode(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>")


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _rules(arguments: argparse.Namespace) -> int:
    from commands.rules import explain_rule, list_rules, rules_page  # noqa: PLC0415

    if arguments.page:
        print(rules_page(), end="")
    elif arguments.code:
        print(explain_rule(arguments.code))
    else:
        rules = list_rules()
        width = max(len(rule.code) for rule in rules)
        for rule in rules:
            print(f"{rule.code:<{width}}  {rule.severity:<7}  {rule.summary}")
    return 0


def _create(arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def _confirm(arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def _seed(arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def _mcp(_arguments: argparse.Namespace) -> int:
    from mcp_server.server import serve  # noqa: PLC0415

    serve()
    return 0


def _demo(_arguments: argparse.Namespace) -> int:
    raise NotImplementedError


if __name__ == "__main__":
    sys.exit(main())
