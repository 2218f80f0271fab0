"""`validate` and `rules`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from commands.shell.ending import ended
from commands.shell.streams import read_stdin, wants_colour
from guardrails.lint.contracts import GuardrailsError, Profile, ValidationResult
from guardrails.lint.report.plain import plain
from guardrails.lint.values import NamedTuple, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from commands.validate import Report

FORMATS = ("text", "json", "github", "sarif", "gitlab", "junit")
# Where a CI system says that the repository's top is: its reports name files from there.
_TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


class Asked(NamedTuple):
    """What `validate` is asked for; see the help of its arguments."""

    paths: list[str]
    changed: str | None = None
    profile: str | None = None
    format: str = "text"
    verbose: bool = False
    no_cache: bool = False


def run_plainly(words: Sequence[str]) -> int | None:
    """Validate what arguments name that hold nothing to interpret; None: leave them to argparse."""
    asked = _plain_arguments(words)
    return None if asked is None else ended(lambda: _validate(asked))


def _plain_arguments(words: Sequence[str]) -> Asked | None:
    rest = list(words)
    form = "text"
    for number in range(len(rest) - 1):
        if rest[number] == "--format" and rest[number + 1] in FORMATS:
            form = rest[number + 1]
            del rest[number : number + 2]
            break
    return None if any(word.startswith("-") and word != "-" for word in rest) else Asked(rest, format=form)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    validate = commands.add_parser("validate", help="report what is dangerous in migrations")
    validate.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or folders, or - for standard input"
    )
    validate.add_argument(
        "--changed",
        nargs="?",
        const="",
        metavar="REF",
        help="only migrations that are new since HEAD left REF (default: the remote's main branch)",
    )
    validate.add_argument(
        "--profile", choices=list(Profile), help="ask more of a migration than the project does"
    )
    validate.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    validate.add_argument("--verbose", action="store_true", help="show each finding whole, and why it is one")
    validate.add_argument(
        "--no-cache", action="store_true", help="find everything again, and keep none of it for the next run"
    )
    validate.set_defaults(run=_validate)

    rules = commands.add_parser("rules", help="list the rules, or explain one")
    rules.add_argument("code", nargs="?", help="explain this rule instead")
    rules.add_argument("--profile", choices=list(Profile), help="only those that run in this profile")
    rules.add_argument("--family", help="only those of one family, as in security")
    rules.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people, or for programs"
    )
    rules.add_argument("--pages", metavar="FOLDER", help="write the pages of the documentation there")
    rules.set_defaults(run=_rules)


def _validate(arguments: argparse.Namespace | Asked) -> int:
    report = _judged(arguments)
    from guardrails.lint.report.hidden import told  # noqa: PLC0415

    for sentence in (report.note, told(report.files)):
        if sentence:
            print(plain(sentence), file=sys.stderr)
    if not report.files and arguments.changed is None and arguments.format == "text":
        return 0  # nothing was looked at, so nothing passed
    print(_rendered(report, arguments.format, verbose=arguments.verbose))
    return 0 if report.valid else 1


def _judged(arguments: argparse.Namespace | Asked) -> Report:
    from commands.jobs import may_cache, usable_processes  # noqa: PLC0415
    from commands.validate import (  # noqa: PLC0415
        Report,
        validate_changed,
        validate_paths,
        validate_project,
        validate_text,
    )

    profile = Profile(arguments.profile) if arguments.profile else None
    here = Path.cwd()
    if "-" in arguments.paths:
        if len(arguments.paths) > 1 or arguments.changed is not None:
            raise GuardrailsError("- is standard input alone: name no other path and no --changed with it")
        result = validate_text(read_stdin(), here, profile=profile)
        return Report(result.valid, (result,), here)
    paths = [Path(path) for path in arguments.paths]
    if arguments.changed is not None:
        return validate_changed(here, arguments.changed or None, paths, profile=profile)
    cached = not arguments.no_cache and may_cache()
    if paths:
        return validate_paths(paths, here, profile=profile, processes=usable_processes(), cached=cached)
    return validate_project(here, profile=profile, processes=usable_processes(), cached=cached)


def _rendered(report: Report, form: str, *, verbose: bool) -> str:
    match form:
        case "json":
            from guardrails.lint.report import json  # noqa: PLC0415

            return json.render(report.files)
        case "github":
            from guardrails.lint.report import github  # noqa: PLC0415

            files = _from_the_top(report)
            summarised = _summarise(github.render_summary(files))
            return github.render(files, summarised=summarised)
        case "sarif":
            from importlib.metadata import version  # noqa: PLC0415

            from guardrails.lint.report import sarif  # noqa: PLC0415

            return sarif.render(_from_the_top(report), version("pg-guardrails"))
        case "gitlab":
            from guardrails.lint.report import gitlab  # noqa: PLC0415

            return gitlab.render(_from_the_top(report))
        case "junit":
            from guardrails.lint.report import junit  # noqa: PLC0415

            return junit.render(report.files)
    from guardrails.lint.report import text  # noqa: PLC0415

    return text.render(report.files, colour=wants_colour(), verbose=verbose)


def _from_the_top(report: Report) -> Sequence[ValidationResult]:
    """Return the results with paths from the top of the repository, as far as the CI system names it."""
    root = report.root.resolve()
    for name in _TOPS:
        top = Path(os.environ.get(name) or root).resolve()
        if root != top and root.is_relative_to(top):
            inside = root.relative_to(top)
            return [replace(result, path=_below(inside, result.path)) for result in report.files]
    return report.files


def _below(folder: Path, path: str) -> str:
    return path if path.startswith(("/", "<")) else f"{folder.as_posix()}/{path}"


def _summarise(markdown: str) -> bool:
    """Add to the page that GitHub shows for the job, and tell whether that could be done."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return False
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(markdown)
    except OSError as error:
        print(f"the job summary can't be written: {(error.strerror or '').lower()}", file=sys.stderr)
        return False
    return True


def _rules(arguments: argparse.Namespace) -> int:
    from commands.rules import explain_rule, list_rules, rule_as_data, rule_named  # noqa: PLC0415

    if arguments.pages:
        return _write_pages(Path(arguments.pages))
    if arguments.code:
        if arguments.format == "json":
            _print_as_json(rule_as_data(rule_named(arguments.code)))
        else:
            print(explain_rule(arguments.code))
        return 0
    profile = Profile(arguments.profile) if arguments.profile else None
    listed = [rule_as_data(rule) for rule in list_rules(profile, arguments.family)]
    if arguments.format == "json":
        _print_as_json(listed)
        return 0
    columns = ("code", "severity", "profile", "family")
    widths = {name: max((len(rule[name]) for rule in listed), default=0) for name in columns}
    for rule in listed:
        print("  ".join((*(f"{rule[name]:<{widths[name]}}" for name in columns), rule["summary"])))
    return 0


def _write_pages(folder: Path) -> int:
    from commands.rules import pages  # noqa: PLC0415

    for name, text in pages().items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise GuardrailsError(f"{path} can't be written: {(error.strerror or '').lower()}") from error
    return 0


def _print_as_json(data: object) -> None:
    import json  # noqa: PLC0415

    print(json.dumps(data))
