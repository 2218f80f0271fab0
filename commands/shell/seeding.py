"""`seed`: its words, and what they print."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Sequence

    from commands.seed import Seeded
    from guardrails.shadow.replay import Skipped
    from seeds.contracts import Progress, SeedConfig

FORMATS = ("text", "json")
_MOST_SKIPPED = 20


def add(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    seed = commands.add_parser("seed", help="fill a development database with rows")
    words = seed.add_subparsers(metavar="WORD", required=True)
    _filling(words.add_parser("dev", help="realistic rows in every table"), test=False)
    _filling(
        words.add_parser("test", help="few rows, the same bytes each time, and users of known ids"), test=True
    )

    plan = words.add_parser("plan", help="say what would be written, and write nothing")
    _what(plan)
    plan.add_argument("--test", action="store_true", help="of the test seed")
    plan.add_argument("--write-config", action="store_true", help="add a start of [seeds] to guardrails.toml")
    plan.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    plan.set_defaults(run=_plan)

    generators = words.add_parser("generators", help="list what [seeds.generators] may name")
    generators.set_defaults(run=_generators)

    mark = words.add_parser("mark", help="say, as a person at a terminal, that a database may be lost")
    mark.add_argument("--remove", action="store_true", help="take the mark away again")
    mark.set_defaults(run=_mark)
    reset = words.add_parser("reset", help="remove, as a person at a terminal, the rows that seed runs wrote")
    reset.set_defaults(run=_reset)


def _filling(word: argparse.ArgumentParser, *, test: bool) -> None:
    _what(word)
    word.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    word.set_defaults(run=_seed, test=test)


def _what(word: argparse.ArgumentParser) -> None:
    """Declare what is asked of rows; without a word, [seeds] of the configuration decides."""
    word.add_argument("--users", type=int, metavar="N", help="how many users")
    word.add_argument("--orgs", type=int, metavar="N", help="how many organizations")
    word.add_argument("--rows", action="append", default=[], metavar="TABLE=N", help="rows of one table")
    word.add_argument("--locale", help="whose names and places, as in de_DE")
    word.add_argument("--seed", type=int, metavar="N", help="another number makes other rows")


def _config(arguments: argparse.Namespace, *, test: bool) -> SeedConfig:
    from commands.seed_config import seed_config  # noqa: PLC0415

    return seed_config(
        Path.cwd(),
        users=arguments.users,
        organizations=arguments.orgs,
        locale=arguments.locale,
        seed=arguments.seed,
        rows=dict(map(_count, arguments.rows)),
        test=test,
    )


def _seed(arguments: argparse.Namespace) -> int:
    from commands.seed import seed_dev, seed_test  # noqa: PLC0415

    run = seed_test if arguments.test else seed_dev
    config = _config(arguments, test=arguments.test)
    seeded = run(Path.cwd(), config, progress=_progress if sys.stderr.isatty() else lambda _progress: None)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if arguments.format == "json":
        _print_as_json(seeded)
    else:
        _print(seeded)
    return 0 if seeded.result.success else 1


def _count(text: str) -> tuple[str, int]:
    table, _, number = text.rpartition("=")
    if not table or not number.isdigit():
        raise GuardrailsError(f"{text!r} is not TABLE=N, as in --rows posts=500")
    return table, int(number)


def _progress(progress: Progress) -> None:
    line = f"{progress.tables_done + 1} of {progress.of_tables}  {progress.table}  {progress.rows} of {progress.of_rows}"
    print(f"\r\x1b[K{plain(line)[:100]}", end="", file=sys.stderr, flush=True)


def _print(seeded: Seeded) -> None:
    result = seeded.result
    _print_skipped(seeded.skipped)
    for warning in result.warnings:
        print(f"warning: {plain(warning)}", file=sys.stderr)
    for error in result.errors:
        print(f"error: {plain(error)}", file=sys.stderr)
    if not result.success:
        return
    width = max(map(len, result.created), default=0)
    for table, number in result.created.items():
        first = result.samples.get(table, ((), ()))[1] if len(result.samples.get(table, ())) > 1 else ()
        print(f"{plain(table):<{width}}  {number:>7}  {plain(', '.join(first))[:90]}")
    for user in result.test_users:
        print(plain(f"{user.table} {user.name}: {user.id} {user.email or ''}".rstrip()))
    print(f"✓ {sum(result.created.values())} rows in {seeded.where}, in {result.duration_ms} ms")
    if not seeded.kept:
        print("  It is gone again. To keep rows, set DATABASE_URL to a development database on this machine.")


def _print_skipped(skipped: Sequence[Skipped]) -> None:
    for one in skipped[:_MOST_SKIPPED]:
        print(f"did not run: {plain(f'{one.path}:{one.line}: {one.message}')}", file=sys.stderr)
    if len(skipped) > _MOST_SKIPPED:
        print(f"… and {len(skipped) - _MOST_SKIPPED} more statements", file=sys.stderr)


def _print_as_json(seeded: Seeded) -> None:
    import json  # noqa: PLC0415

    result = seeded.result
    data = {
        "success": result.success,
        "where": seeded.where,
        "kept": seeded.kept,
        "created": result.created,
        "errors": result.errors,
        "warnings": result.warnings,
        "duration_ms": result.duration_ms,
        "test_users": [
            {"name": user.name, "id": user.id, "email": user.email, "table": user.table}
            for user in result.test_users
        ],
        "skipped": [{"path": one.path, "line": one.line, "message": one.message} for one in seeded.skipped],
    }
    print(json.dumps(data))


def _plan(arguments: argparse.Namespace) -> int:
    from commands.seed import seed_plan  # noqa: PLC0415
    from seeds.plan_report import described, document  # noqa: PLC0415

    planned = seed_plan(Path.cwd(), _config(arguments, test=arguments.test))
    _print_skipped(planned.skipped)
    if arguments.format == "json":
        import json  # noqa: PLC0415

        print(json.dumps({"where": planned.where, **document(planned.plan)}))
    else:
        print("\n".join(map(plain, [f"{planned.where}: nothing is written", *described(planned.plan)])))
    if arguments.write_config:
        from commands.seed_start import write_start  # noqa: PLC0415
        from guardrails.files import show  # noqa: PLC0415
        from guardrails.project import find_root  # noqa: PLC0415

        path = write_start(find_root(Path.cwd()), planned.plan)
        print(f"Written: {show(path, Path.cwd())}", file=sys.stderr)
    return 0


def _generators(_arguments: argparse.Namespace) -> int:
    from commands.generators import as_text  # noqa: PLC0415

    print("\n".join(map(plain, as_text().split("\n"))))
    return 0


def _mark(arguments: argparse.Namespace) -> int:
    from commands.mark import mark  # noqa: PLC0415

    marked = mark(Path.cwd(), remove=arguments.remove)
    if marked is None:
        print("Not marked.")
        return 1
    before = "It was marked already" if marked.already else "Marked as disposable"
    gone = "It was not marked" if marked.already else "No longer marked"
    print(f"{before if marked.marked else gone}: {plain(marked.where)}")
    return 0


def _reset(_arguments: argparse.Namespace) -> int:
    from commands.reset import reset  # noqa: PLC0415

    done = reset(Path.cwd())
    if done is None:
        print("Nothing was removed.")
        return 1
    width = max(map(len, done.removed), default=0)
    for table, number in done.removed.items():
        print(f"{plain(table):<{width}}  {number:>9,} rows removed")
    for words in done.left:
        print(f"left: {plain(words)}")
    print(f"✓ {sum(done.removed.values()):,} rows removed from {plain(done.where)}")
    return 0
