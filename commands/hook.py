"""Answer a coding agent's hook: may it do what it is about to do, and what of the migration it just wrote?

Whatever goes wrong here blocks: a hook that fails would let the command run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from guardrails.agent.contracts import Kept, Written, worst
from guardrails.agent.decide import decide
from guardrails.agent.harness.contracts import Answer, Harness, MalformedError
from guardrails.agent.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HARNESSES = ("claude", "codex", "cursor", "copilot", "vscode", "gemini")
MOST_BYTES = 4 * 1024 * 1024

_MOST_FINDINGS = 20


def hook(name: str, data: bytes, environment: Mapping[str, str]) -> Answer:
    """Return the answer to what a harness sends on standard input, in the harness's own form; never raises.

    Args:
        name: one of `HARNESSES`.
        data: all of standard input; more than `MOST_BYTES` is refused.
        environment: the variables that the assistant's commands inherit.
    """
    harness = _harness(name)
    try:
        if len(data) > MOST_BYTES:
            return harness.failed(
                "the input is larger than 4 MiB, so nobody can tell what is about to happen"
            )
        message = json.loads(data.decode("utf-8"))
        if not isinstance(message, dict):
            return harness.failed("the input is no JSON object, so nobody can tell what is about to happen")
        return _answer(harness, message, environment)
    except (UnicodeDecodeError, ValueError):
        return harness.failed("the input is no JSON in UTF-8, so nobody can tell what is about to happen")
    except MalformedError as error:
        return harness.failed(f"{error}, so nobody can tell what is about to happen")
    except TimeoutError:
        return harness.failed("this took too long to follow, so nobody can tell what is about to happen")
    except Exception as error:
        return harness.failed(
            f"a problem of its own ({type(error).__name__}), so it blocks; please report it"
        )


def _harness(name: str) -> Harness:
    from importlib import import_module  # noqa: PLC0415

    found = import_module(f"guardrails.agent.harness.{name}").HARNESS
    assert isinstance(found, Harness)
    return found


def _answer(harness: Harness, message: Mapping[str, object], environment: Mapping[str, str]) -> Answer:
    asked = harness.read(message)
    written = [event for event in asked.events if isinstance(event, Written)]
    if written:
        text, blocks = _findings([path for event in written for path in _whole(event)])
        if text:
            return harness.told(asked.name, text, blocks)
    project = Surroundings(kept_in_git, environment)
    return harness.decided(asked.name, worst(*(decide(event, project) for event in asked.events)))


def _whole(event: Written) -> list[str]:
    return [os.path.join(event.folder, path) for path in event.paths]  # noqa: PTH118


def _findings(files: Sequence[str]) -> tuple[str, bool]:
    """Return what the linter says of the migrations among some files, and whether an error is among it."""
    from guardrails.agent.paths import is_migration  # noqa: PLC0415

    migrations = [file for file in files if is_migration(file) and os.path.isfile(file)]  # noqa: PTH113
    if not migrations:
        return "", False
    from pathlib import Path  # noqa: PLC0415

    from commands.validate import validate_paths  # noqa: PLC0415
    from guardrails.lint.contracts import GuardrailsError  # noqa: PLC0415
    from guardrails.lint.report.plain import plain  # noqa: PLC0415

    first = Path(migrations[0])
    try:
        report = validate_paths([Path(file) for file in migrations], first.parent)
    except GuardrailsError as error:
        return f"pg-guardrails could not validate {plain(first.name)}: {plain(str(error))}", True
    lines = [
        f"{plain(file.path)}:{finding.line}: {finding.severity} {finding.code}: {plain(finding.message)}. {plain(finding.suggestion)}"
        for file in report.files
        for finding in file.findings
    ]
    if not lines:
        return "", False
    rest = f"\n… and {len(lines) - _MOST_FINDINGS} more" if len(lines) > _MOST_FINDINGS else ""
    head = "pg-guardrails validated the migration that was just written"
    advice = "Mend the errors before you go on." if not report.valid else "Look at the warnings."
    return f"{head}:\n" + "\n".join(lines[:_MOST_FINDINGS]) + f"{rest}\n{advice}", not report.valid


def kept_in_git(path: str) -> Kept:
    """Tell whether git has a file, on this branch or where it left the one that is deployed.

    In doubt it is said to be committed: then a person is asked.
    """
    if not os.path.lexists(path):
        return Kept.NO
    from pathlib import Path  # noqa: PLC0415

    from guardrails.git import repository_at  # noqa: PLC0415
    from guardrails.lint.contracts import GuardrailsError  # noqa: PLC0415

    folder = Path(os.path.realpath(os.path.dirname(path)))  # noqa: PTH120
    try:
        repository = repository_at(folder)
    except GuardrailsError:
        return (
            Kept.COMMITTED if any((one / ".git").exists() for one in (folder, *folder.parents)) else Kept.NO
        )
    place = (folder / os.path.basename(path)).relative_to(repository.top).as_posix()  # noqa: PTH119
    if not repository.holds("HEAD", place):
        return Kept.NO
    try:
        return Kept.BASE if repository.holds(repository.merge_base().commit, place) else Kept.COMMITTED
    except GuardrailsError:
        return Kept.COMMITTED
