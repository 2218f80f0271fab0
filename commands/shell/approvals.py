"""`approve` and `approvals`: their arguments, and what they print."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails.lint.report.plain import plain

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from commands.approvals import Approvals, Checked

FORMATS = ("text", "json")


def add(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    approve = commands.add_parser(
        "approve", help="say yes, as a person at a terminal, to exactly one migration's bytes"
    )
    approve.add_argument("path", metavar="PATH", help="the migration")
    approve.add_argument(
        "--acknowledge", action="append", default=[], metavar="CODE", help="accept its errors of this code"
    )
    approve.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME",
        help="where it may run; production by default",
    )
    approve.add_argument(
        "--expires-in", type=int, metavar="DAYS", help="let the approval end after so many days"
    )
    approve.add_argument("--approver", metavar="ADDRESS", help="who says yes; git's user.email by default")
    approve.add_argument("--sign", metavar="KEY", help="sign with this SSH key")
    approve.add_argument(
        "--no-verify", action="store_true", help="don't show what a disposable PostgreSQL says of it"
    )
    approve.set_defaults(run=_approve)

    approvals = commands.add_parser("approvals", help="check or list the approvals of migrations")
    actions = approvals.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser("check", help="fail unless people approved what a change brings, as CI does")
    check.add_argument(
        "--base", required=True, metavar="REF", help="what it is to be merged into, as in origin/main"
    )
    check.add_argument("--head", default="HEAD", metavar="REF", help="the change; HEAD by default")
    check.add_argument(
        "--environment", action="append", default=[], metavar="NAME", help="demand approvals for this one"
    )
    check.add_argument(
        "--allow-guard-changes",
        action="store_true",
        help="an owner approved what changed in the guard's own files",
    )
    check.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    check.set_defaults(run=_check)
    listing = actions.add_parser("list", help="list the migrations with their approvals")
    listing.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
    listing.set_defaults(run=_list)


def _approve(arguments: argparse.Namespace) -> int:
    from commands.approve import approve  # noqa: PLC0415

    approved = approve(
        Path.cwd(),
        Path(arguments.path),
        acknowledge=arguments.acknowledge,
        environments=arguments.environment,
        expires_in_days=arguments.expires_in,
        approver=arguments.approver,
        key=Path(arguments.sign).expanduser() if arguments.sign else None,
        verified=None if arguments.no_verify else _verified,
    )
    if approved is None:
        print("Not approved.")
        return 1
    print(f"Approved: {plain(approved.migration)} ({approved.sha256[:8]})")
    print(f"Record: {plain(approved.record_path)}{', signed' if approved.signed else ''}")
    print("Commit the record with the migration. It is not applied to any database.")
    return 0


def _verified(path: Path) -> str:
    """Say in one line what a disposable PostgreSQL showed of a migration."""
    from commands.verify import verify  # noqa: PLC0415
    from guardrails.lint.contracts import GuardrailsError  # noqa: PLC0415
    from guardrails.shadow.report.sentences import in_short  # noqa: PLC0415

    try:
        return plain(in_short(verify(Path.cwd(), [path])))
    except GuardrailsError as error:
        return plain(f"not proved ({error})")


def _check(arguments: argparse.Namespace) -> int:
    from commands.approvals import check_approvals  # noqa: PLC0415

    checked = check_approvals(
        Path.cwd(),
        arguments.base,
        head=arguments.head,
        environments=arguments.environment,
        allow_guard_changes=arguments.allow_guard_changes,
    )
    print(_checked_as_json(checked) if arguments.format == "json" else _checked_as_text(checked))
    return 0 if checked.passed else 1


def _checked_as_text(checked: Checked) -> str:
    lines = [f"{_unmistaken(plain(one.path))}: {plain(one.message)}" for one in checked.refusals]
    brings = f"{checked.migrations} new {'migration' if checked.migrations == 1 else 'migrations'}"
    span = f"{brings} in {checked.base[:12]}..{checked.head[:12]}"
    if checked.passed:
        return f"✓ Approvals passed: {span}"
    problems = f"{len(lines)} {'problem' if len(lines) == 1 else 'problems'}"
    return "\n".join((*lines, f"✗ Approvals failed: {problems}, {span}"))


def _unmistaken(path: str) -> str:
    """Return a path that no CI takes for a command of its own (`::error::`, `##[group]`)."""
    return f"./{path}" if path.startswith(("::", "##")) else path


def _checked_as_json(checked: Checked) -> str:
    import json  # noqa: PLC0415

    problems = [{"path": one.path, "kind": one.kind, "message": one.message} for one in checked.refusals]
    data = {
        "passed": checked.passed,
        "base": checked.base,
        "head": checked.head,
        "migrations": checked.migrations,
        "problems": problems,
    }
    return json.dumps(data)


def _list(arguments: argparse.Namespace) -> int:
    from commands.approvals import list_approvals  # noqa: PLC0415

    approvals = list_approvals(Path.cwd())
    print(_listed_as_json(approvals) if arguments.format == "json" else _listed_as_text(approvals))
    return 0


def _listed_as_text(approvals: Approvals) -> str:
    if not approvals.statuses:
        return "The project has no migrations."
    lines = []
    for status in approvals.statuses:
        record = status.record
        words = [f"{status.standing:<10}", plain(status.path)]
        if status.problem:
            words.append(f"({plain(status.problem)})")
        elif record is not None:
            words.append(
                f"by {record.approver} on {record.approved_at:%Y-%m-%d} for {', '.join(record.environments)}"
            )
            words += [f"accepting {', '.join(record.acknowledged)}"] if record.acknowledged else []
        lines.append(" ".join(words))
    return "\n".join(lines)


def _listed_as_json(approvals: Approvals) -> str:
    import json  # noqa: PLC0415

    from guardrails.files import show  # noqa: PLC0415

    listed = [
        {
            "path": status.path,
            "standing": status.standing,
            "problem": status.problem,
            "record_path": show(status.record_path, approvals.top),
            "record": json.loads(status.record.text) if status.record else None,
        }
        for status in approvals.statuses
    ]
    return json.dumps({"migrations": listed})
