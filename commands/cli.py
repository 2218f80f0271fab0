"""The command line: read arguments and files, call a command, print, choose the exit code.

0: passed. 1: findings that block, or a person said no. 2: wrong use, or a problem of our own.
What a command does not need is not imported: a cold `validate` must stay quick.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from commands.shell import validating
from commands.shell.ending import ended
from commands.shell.streams import read_stdin, wants_colour
from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from commands.create import Written
    from guardrails.drafting.tables import TableSpec


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["hook"]:
        from commands.shell import hook  # noqa: PLC0415

        return hook.run(words[1:])
    parser = _parser(words[0] if words else None)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        _refuse(_parser_of(words[0], parser), unknown)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return ended(lambda: run(arguments))


def _parser_of(command: str, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found: argparse.ArgumentParser = action.choices.get(command, parser)
            return found
    return parser


def _refuse(parser: argparse.ArgumentParser, unknown: Sequence[str]) -> NoReturn:
    """End with the usage of the command that was given arguments that it does not know."""
    from difflib import get_close_matches  # noqa: PLC0415

    options = [word for action in parser._actions for word in action.option_strings]  # noqa: SLF001
    near = [near for word in unknown for near in get_close_matches(word.partition("=")[0], options, 1)]
    meant = f"; did you mean {near[0]}?" if near else ""
    parser.error(f"unrecognized arguments: {' '.join(map(plain, unknown))}{meant}")


def _parser(command: str | None = None) -> argparse.ArgumentParser:
    """Declare the commands, or only the one that is given if it has to start quickly."""
    parser = argparse.ArgumentParser(
        prog="pg-guardrails",
        description="Draft, validate and seed PostgreSQL migrations. It never applies a migration to your database.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(run=lambda arguments: _version(arguments, parser))
    commands = parser.add_subparsers(metavar="COMMAND")
    if command == "validate":
        validating.add(commands)
        return parser
    from commands.shell import approvals, hook, installing, reviewing, seeding, serving, verifying  # noqa: PLC0415

    create = commands.add_parser("create", help="draft a migration, validate it, ask, and write the file")
    create.add_argument("description", help="what it does, in a few words; it becomes the file's name")
    create.add_argument("--purpose", required=True, help="why it is needed")
    create.add_argument(
        "--depends-on", action="append", default=[], metavar="NAME", help="a migration it builds on"
    )
    create.add_argument(
        "--sql", metavar="FILE", help="read the SQL from a file, or from standard input with -"
    )
    create.add_argument(
        "--tables", metavar="FILE", help="read tables as JSON from a file, or from standard input with -"
    )
    create.add_argument("--dry-run", action="store_true", help="show the draft and its findings, ask nothing")
    create.set_defaults(run=_create)

    confirm = commands.add_parser("confirm", help="say yes or no, as a person at a terminal, to a draft")
    confirm.add_argument("draft_id")
    confirm.set_defaults(run=_confirm)

    approvals.add(commands)
    validating.add(commands)
    verifying.add(commands)
    reviewing.add(commands)

    seeding.add(commands)
    installing.add(commands)
    hook.add(commands)

    serving.add(commands)

    demo = commands.add_parser("demo", help="show the main job on a sample project and a database of our own")
    demo.add_argument("--svg", metavar="FILE", help="draw what it prints into a picture")
    demo.set_defaults(run=_demo)
    return parser


def _version(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if arguments.version:
        from importlib.metadata import version  # noqa: PLC0415

        print(f"pg-guardrails {version('pg-guardrails')}")
        return 0
    parser.print_help()
    return 2


def _create(arguments: argparse.Namespace) -> int:
    from commands.confirm import confirm  # noqa: PLC0415
    from commands.create import draft_migration  # noqa: PLC0415
    from guardrails.lint.report.text import render  # noqa: PLC0415

    if arguments.sql == "-" and arguments.tables == "-":
        raise GuardrailsError(
            "standard input can't be both the SQL and the tables; name a file for one of them"
        )
    draft = draft_migration(
        Path.cwd(),
        arguments.description,
        arguments.purpose,
        sql=_input(arguments.sql) if arguments.sql else "",
        tables=_tables(_input(arguments.tables)) if arguments.tables else (),
        dependencies=arguments.depends_on,
        keep=not arguments.dry_run,
    )
    for words in draft.added:
        print(f"added {plain(words)}")
    if arguments.dry_run or not draft.result.valid:
        print("\n".join(map(plain, draft.sql.split("\n"))))
        print(render([draft.result], colour=wants_colour()))
        return 0 if draft.result.valid else 1
    print(f"draft {draft.id}: {plain(draft.path)}", flush=True)
    return _told(confirm(Path.cwd(), draft.id))


def _confirm(arguments: argparse.Namespace) -> int:
    from commands.confirm import confirm  # noqa: PLC0415

    return _told(confirm(Path.cwd(), arguments.draft_id))


def _told(written: Written | None) -> int:
    if written is None:
        print("Not written.")
        return 1
    verb = "Already written as" if written.already else "Written:"
    print(f"{verb} {plain(written.path)}")
    if written.rollback_path:
        print(f"Rollback: {plain(written.rollback_path)}")
    print("It is not applied to any database.")
    return 0


def _tables(text: str) -> list[TableSpec]:
    """Read tables as JSON: one object, or a list of them, with the fields of `TableSpec`."""
    import json  # noqa: PLC0415

    from guardrails.drafting.tables import ColumnSpec, TableSpec  # noqa: PLC0415

    try:
        data = json.loads(text)
        tables = data if isinstance(data, list) else [data]
        return [
            TableSpec(**{**table, "columns": tuple(ColumnSpec(**column) for column in table["columns"])})
            for table in tables
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise GuardrailsError(
            f'the tables can\'t be read as JSON ({error}); as in {{"name": "orders", "columns": [{{"name": "total", "type": "numeric"}}]}}'
        ) from error


def _input(name: str) -> str:
    if name == "-":
        return read_stdin()
    from guardrails.files import read_text  # noqa: PLC0415

    return read_text(Path(name), Path.cwd())


def _demo(arguments: argparse.Namespace) -> int:
    from commands.demo import demo, drawn  # noqa: PLC0415

    lines: list[str] = []
    for line in demo():
        lines.append(line)
        print(line, flush=True)
    if arguments.svg:
        try:
            Path(arguments.svg).write_text(drawn(lines), encoding="utf-8")
        except OSError as error:
            raise GuardrailsError(
                f"{arguments.svg} can't be written: {(error.strerror or '').lower()}"
            ) from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
