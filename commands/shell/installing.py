"""`init`, `uninstall` and `doctor`: their arguments, what they print, and the question before anything is written."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails.lint.contracts import GuardrailsError
from guardrails.lint.report.plain import plain

if TYPE_CHECKING:
    from guardrails.installing.contracts import Change, Plan

_SHOWN = 12


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = commands.add_parser("init", help="set up this repository for assistants and pipelines")
    init.add_argument(
        "--for",
        dest="parts",
        action="append",
        default=[],
        metavar="NAMES",
        help="set up exactly these: claude, codex, cursor, vscode, copilot, gemini, github, gitlab, pre-commit or all; "
        "else Claude Code and what is in use",
    )
    init.add_argument(
        "--runner",
        choices=("installed", "uvx", "pipx"),
        default="installed",
        help="how hooks and servers start pg-guardrails",
    )
    init.add_argument("--dry-run", action="store_true", help="only show what would be written")
    init.add_argument("--yes", action="store_true", help="write without asking")
    init.set_defaults(run=_init)

    uninstall = commands.add_parser("uninstall", help="take out again what init wrote; for people")
    uninstall.add_argument("--dry-run", action="store_true", help="only show what would be taken out")
    uninstall.add_argument(
        "--yes", action="store_true", help="take it out without asking; an assistant is refused"
    )
    uninstall.set_defaults(run=_uninstall)

    doctor = commands.add_parser(
        "doctor", help="say what is installed, whether it holds, and what an agent could reach"
    )
    doctor.add_argument(
        "--selftest", action="store_true", help="ask each installed hook about a made-up `supabase db push`"
    )
    doctor.add_argument(
        "--offline", action="store_true", help="don't ask GitHub how its environments are protected"
    )
    doctor.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people, or for programs"
    )
    doctor.set_defaults(run=_doctor)


def _init(arguments: argparse.Namespace) -> int:
    from commands.init import plan_init, write  # noqa: PLC0415
    from guardrails.installing.setup import Runner  # noqa: PLC0415

    parts = [name for names in arguments.parts for name in names.split(",") if name.strip()]
    setting = plan_init(Path.cwd(), parts, Runner(arguments.runner))
    print(f"{plain(str(setting.root))}: {', '.join(setting.parts)}")
    _show(setting.plan)
    if not setting.plan.changes:
        print("✓ Everything is there already; nothing to write.")
        return 0
    if (code := _stopped(setting.plan, arguments, "Write", _repeated(parts, arguments.runner))) is not None:
        return code
    write(setting)
    print(
        f"✓ Written: {_counted(setting.plan.changes)}. Look at them with {_looking(setting.plan)}; "
        "pg-guardrails doctor checks them."
    )
    return 0


def _looking(plan: Plan) -> str:
    """Return what shows the files: git's diff leaves out those that it does not track."""
    new = [change.before is None for change in plan.changes]
    if all(new):
        return "git status"
    return "git diff and git status" if any(new) else "git diff"


def _repeated(parts: list[str], runner: str) -> str:
    """Return the command that asks for the same again, as a shell reads it."""
    words = ["pg-guardrails", "init"]
    words += ["--for", ",".join(part.strip() for part in parts)] if parts else []
    words += ["--runner", runner] if runner != "installed" else []
    return shlex.join(words)


def _uninstall(arguments: argparse.Namespace) -> int:
    from commands.uninstall import plan_removal, take_out  # noqa: PLC0415
    from guardrails.approval.terminal import refuse_agents  # noqa: PLC0415

    if not arguments.dry_run:
        refuse_agents(os.environ, "pg-guardrails uninstall")
    removal = plan_removal(Path.cwd())
    _show(removal.plan)
    if (code := _stopped(removal.plan, arguments, "Change", "pg-guardrails uninstall")) is not None:
        return code
    take_out(removal)
    print("✓ Taken out.")
    return 0


def _stopped(plan: Plan, arguments: argparse.Namespace, verb: str, command: str) -> int | None:
    """Return the exit code when nothing is to be done, None when a person or `--yes` says to go on."""
    if arguments.dry_run:
        print(f"Nothing was changed. {_counted(plan.changes)} would be.")
        return 0
    if not arguments.yes and not _yes(f"{verb} {_counted(plan.changes)}?", command):
        print("Nothing was changed.")
        return 1
    return None


def _yes(question: str, command: str) -> bool:
    from guardrails.approval.terminal import ask  # noqa: PLC0415

    try:
        return ask("", question, command)
    except GuardrailsError as error:
        raise GuardrailsError(
            f"there is no terminal to ask at; look with --dry-run, then run: {command} --yes"
        ) from error


def _show(plan: Plan) -> None:
    for change in plan.changes:
        for line in _lines(change):
            print(plain(line))
    for note in plan.notes:
        print(f"note: {plain(note)}")


def _lines(change: Change) -> Iterable[str]:
    if change.before is None:
        yield f"  new     {change.path}  ({len((change.after or b'').splitlines())} lines)"
    elif change.after is None:
        yield f"  delete  {change.path}"
    else:
        yield f"  change  {change.path}"
        for line in change.added[:_SHOWN]:
            yield f"          + {line}"
        if len(change.added) > _SHOWN:
            yield f"          + … {len(change.added) - _SHOWN} more lines"


def _counted(changes: tuple[Change, ...]) -> str:
    return "1 file" if len(changes) == 1 else f"{len(changes)} files"


def _doctor(arguments: argparse.Namespace) -> int:
    from commands.doctor import examine  # noqa: PLC0415

    report = examine(Path.cwd(), os.environ, selftest=arguments.selftest, offline=arguments.offline)
    if arguments.format == "json":
        import json  # noqa: PLC0415

        checks = [
            {"area": one.area, "status": str(one.status), "message": one.message, "fix": one.fix}
            for one in report.checks
        ]
        print(json.dumps({"healthy": report.healthy, "checks": checks}))
        return 0 if report.healthy else 1
    from commands.doctor import MARKS  # noqa: PLC0415

    area = ""
    for one in report.checks:
        print(f"{one.area if one.area != area else '':<12} {MARKS[one.status]} {plain(one.message)}")
        area = one.area
        if one.fix:
            print(f"{'':<12}   → {plain(one.fix)}")
    off = sum(one.status == "off" for one in report.checks)
    print("✓ Nothing is off" if report.healthy else f"✗ {off} {'thing is' if off == 1 else 'things are'} off")
    return 0 if report.healthy else 1
