"""Show a migration to a person at a terminal, and record their yes to exactly its bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from commands.validate import settings_for
from guardrails import audit
from guardrails.approval.git import Repository, Stored
from guardrails.approval.ledger import Standing, Status, rollback_at, statuses, write_record
from guardrails.approval.policy import FILE as POLICY
from guardrails.approval.policy import Policy, parse_policy
from guardrails.approval.reading import is_approver, is_environment, is_path
from guardrails.approval.records import (
    NEVER_ACKNOWLEDGED,
    Method,
    Record,
    Validator,
    Verdict,
    written,
)
from guardrails.approval.signatures import sign
from guardrails.approval.terminal import answer, doubts, refuse_agents, refuse_without_terminal
from guardrails.files import decode, read_bytes, real, show
from guardrails.histories import History, history_around, name_of
from guardrails.lint.contracts import GuardrailsError, Settings, ValidationResult
from guardrails.lint.engine import check
from guardrails.lint.report.text import render
from guardrails.project import Project, find_project, history_of, read_file

Answered = Callable[[str, str, str], str]
Verified = Callable[[Path], str]
"""Says in a sentence what a shadow database showed of a migration."""

_ENVIRONMENTS = ("production",)
_MOST_DAYS = 3650
_TYPED = 8


@dataclass(frozen=True)
class Approved:
    """A yes that was recorded, paths relative to the repository."""

    migration: str
    record_path: str
    sha256: str
    acknowledged: tuple[str, ...]
    signed: bool


@dataclass(frozen=True)
class _Case:
    """What a person is asked about."""

    repository: Repository
    project: Project
    path: Path
    stored: Stored
    rollback: tuple[Path, Stored] | None
    status: Status
    settings: Settings
    result: ValidationResult
    policy: Policy


def approve(
    root: Path,
    path: Path,
    *,
    acknowledge: Sequence[str] = (),
    environments: Sequence[str] = (),
    expires_in_days: int | None = None,
    approver: str | None = None,
    key: Path | None = None,
    environ: Mapping[str, str] | None = None,
    answered: Answered | None = None,
    verified: Verified | None = None,
    now: datetime | None = None,
) -> Approved | None:
    """Approve a migration: show it and its findings, ask for its short hash, write the record; None after a no.

    Args:
        root: the working folder, from which errors name files.
        path: the migration.
        acknowledge: codes of its errors that the person accepts; for the others they are asked.
        environments: where it may run; without any, those of the policy, else production.
        expires_in_days: after which the approval ends; None: never.
        approver: who says yes; None: as git knows them.
        key: sign with this SSH key.
        environ: the environment; None: that of this process.
        answered: asks a question; None: at the terminal.
        verified: tells what a shadow database showed; None: nothing did.
        now: the moment of the yes.

    Raises:
        GuardrailsError: there is no terminal, an assistant is at it, or the file can't be approved as it is.
    """
    surroundings = os.environ if environ is None else environ
    command = f"pg-guardrails approve {shlex.quote(str(path))}"
    refuse_agents(surroundings, command)
    if answered is None:
        refuse_without_terminal(command)
    ask = answered or answer
    case = _case(path, root)
    who = _approver(case.repository, approver)
    places = _environments(environments, case.policy)
    days = _days(expires_in_days)
    codes = _errors(case, acknowledge)
    at = (now or datetime.now(UTC)).replace(microsecond=0)
    ends = None if days is None else at + timedelta(days=days)
    text = _shown(case, who, places, ends, doubts(surroundings), verified)
    for code in codes:
        if code not in acknowledge:
            if ask(text, f"It has the error {code}. To accept that, type {code}:", command) != code:
                _remember(case, audit.Event.DECLINED)
                return None
            text = ""
    typed = ask(text, f"To approve exactly these bytes, type {case.stored.sha256[:_TYPED]}:", command)
    if typed.lower() != case.stored.sha256[:_TYPED]:
        _remember(case, audit.Event.DECLINED)
        return None
    _expect_unchanged(case)
    record = _record(case, who, places, codes, at, ends)
    signature = None
    if key is not None:
        record = replace(record, method=Method.SSH)
        signature = sign(record, key)
    write_record(case.status.record_path, record, signature, case.repository.top)
    _remember(case, audit.Event.APPROVED)
    shown = show(case.status.record_path, case.repository.top)
    return Approved(record.migration, shown, record.sha256, record.acknowledged, signature is not None)


def _remember(case: _Case, event: audit.Event) -> None:
    audit.record(
        case.project.root,
        audit.at_terminal("approve"),
        event,
        file=case.result.path,
        sha256=case.stored.sha256,
    )


def _case(path: Path, root: Path) -> _Case:
    read_file(path, root)  # what is missing, or no text, is said in its own words
    repository = Repository.around(path.parent)
    project = find_project(path.parent)
    history = _history(project, path, root)
    name = name_of(history.tool, path.absolute().as_posix())
    if real(path) != real(history.folder) / name:
        raise GuardrailsError(
            f"{show(path, root)} is reached by a link: approve the file itself, and commit that"
        )
    stored = _stored(repository, path)
    if not is_path(repository.path_of(path)):
        raise GuardrailsError(
            f"{show(path, root)} can't be approved by that name: use letters that can be seen"
        )
    undo = rollback_at(history.tool, real(history.folder), name)
    (status,) = statuses(history.tool, history.folder, [path], repository.top)
    if status.standing is Standing.UNREADABLE and status.record_path.exists():
        raise GuardrailsError(f"{status.problem}; mend or remove that file, and approve again")
    policy = parse_policy(_bytes_of(status.record_path.with_name(POLICY), repository.top), POLICY)
    rollback = None if undo is None else (undo, _stored(repository, undo))
    settings = settings_for(project.root, history.tool, history.files)
    result = _judged(project, path, stored, settings)
    return _Case(repository, project, path, stored, rollback, status, settings, result, policy)


def _history(project: Project, path: Path, root: Path) -> History:
    whole = [] if project.migrations is None else [History(project.tool, project.migrations, project.files)]
    shown = show(path, project.root)
    for history in (*whole, *project.others):
        if any(file.path == shown for file in history.files):
            return history
    why = history_around(path, project.root).left_out.get(shown)
    if why is not None:
        raise GuardrailsError(f"{show(path, root)} is no migration that would run: {why}")
    raise GuardrailsError(f"{show(path, root)} is no migration of the project {project.root}")


def _stored(repository: Repository, path: Path) -> Stored:
    stored = repository.stored(path)
    if stored.staged is False:
        shown = show(path, repository.top)
        raise GuardrailsError(
            f"{shown} has changes that git does not have yet: run git add {shlex.quote(shown)} first"
        )
    return stored


def _bytes_of(path: Path, top: Path) -> bytes | None:
    return read_bytes(path, top) if path.exists() else None


def _judged(project: Project, path: Path, stored: Stored, settings: Settings) -> ValidationResult:
    """Validate what git stores, which is what was hashed; a working copy may have other line ends."""
    file = read_file(path, project.root, text=decode(stored.data, show(path, project.root)))
    (result,) = check([file], history_of(project, path), settings)
    return result


def _approver(repository: Repository, approver: str | None) -> str:
    who = approver or repository.setting("user.email")
    if who is None:
        raise GuardrailsError("git does not know who you are: set user.email, or give --approver ADDRESS")
    if not is_approver(who):
        raise GuardrailsError(
            f"{who!a} can't name an approver: give an address, as in --approver ada@example.com"
        )
    return who


def _environments(asked: Sequence[str], policy: Policy) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(asked or policy.environments or _ENVIRONMENTS))
    if wrong := [name for name in names if not is_environment(name)]:
        raise GuardrailsError(
            f"{wrong[0]!a} can't name an environment: use letters, digits, '.', '_' and '-'"
        )
    return names


def _days(days: int | None) -> int | None:
    if days is not None and not 0 < days <= _MOST_DAYS:
        raise GuardrailsError(f"an approval can't last {days} days: give 1 to {_MOST_DAYS}")
    return days


def _errors(case: _Case, acknowledge: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of the errors that have to be accepted, sorted.

    Raises:
        GuardrailsError: one can't be accepted, or one that was accepted is not there.
    """
    codes = tuple(sorted({finding.code for finding in case.result.errors}))
    for code in codes:
        if code in NEVER_ACKNOWLEDGED:
            raise GuardrailsError(f"{case.result.path} has a {code}, which nobody can accept: mend it first")
        if case.policy.acknowledge is not None and code not in case.policy.acknowledge:
            raise GuardrailsError(
                f"{case.result.path} has the error {code}, which {POLICY} lets nobody accept: mend it"
            )
    if unknown := [code for code in acknowledge if code not in codes]:
        there = f"its errors are {', '.join(codes)}" if codes else "it has no errors"
        raise GuardrailsError(f"{case.result.path} has no error {unknown[0]!a} to acknowledge: {there}")
    return codes


def _shown(
    case: _Case,
    who: str,
    places: Iterable[str],
    ends: datetime | None,
    doubt: str | None,
    verified: Verified | None,
) -> str:
    """Return all that a person is to see before they say yes."""
    rollback = "none in a file of its own"
    if case.rollback is not None:
        place, undo = case.rollback
        rollback = f"{show(place, case.repository.top)} ({undo.sha256[:_TYPED]})"
    earlier = case.status.record
    facts = {
        "migration": case.repository.path_of(case.path),
        "sha256": case.stored.sha256,
        "rollback": rollback,
        "shadow": "not verified on a shadow database" if verified is None else verified(case.path),
        "approver": who,
        "for": ", ".join(places),
        "until": "no end" if ends is None else written(ends),
    }
    if earlier is not None:
        facts["before"] = (
            f"{earlier.approver} approved {earlier.sha256[:_TYPED]} at {written(earlier.approved_at)}"
        )
    width = max(map(len, facts))
    lines = [f"{name:<{width}}  {value}" for name, value in facts.items()]
    sql = decode(case.stored.data, case.result.path).rstrip("\n")
    text = f"{sql}\n\n{render([case.result])}\n\n" + "\n".join(lines) + "\n"
    return text if doubt is None else f"{text}\n{doubt}\n"


def _expect_unchanged(case: _Case) -> None:
    """Refuse when a file became another one while a person read it."""
    again = case.repository.stored(case.path)
    undo = None if case.rollback is None else case.repository.stored(case.rollback[0])
    before = None if case.rollback is None else case.rollback[1].sha256
    if again.sha256 != case.stored.sha256 or (undo and undo.sha256) != before:
        raise GuardrailsError(
            f"{case.result.path} was changed while it was shown; nothing was approved, look at it again"
        )


def _record(
    case: _Case,
    who: str,
    places: tuple[str, ...],
    codes: tuple[str, ...],
    at: datetime,
    ends: datetime | None,
) -> Record:
    result = case.result
    verdict = Verdict.ACKNOWLEDGED if codes else Verdict.WARN if result.warnings else Verdict.PASS
    found = [[finding.code, finding.line, finding.column, finding.message] for finding in result.findings]
    settings = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(case.settings).items()
    }
    return Record(
        repository=case.repository.remote(),
        migration=case.repository.path_of(case.path),
        sha256=case.stored.sha256,
        rollback_sha256=None if case.rollback is None else case.rollback[1].sha256,
        validator=Validator(
            "pg-guardrails", version("pg-guardrails"), _hash(settings), verdict, _hash(found)
        ),
        acknowledged=codes,
        environments=places,
        approver=who,
        method=Method.TTY,
        approved_at=at,
        expires_at=ends,
        previous=None if case.status.record is None else case.status.record.digest,
    )


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
