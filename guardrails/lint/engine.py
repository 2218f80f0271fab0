"""Run the rules over migrations and say what stands: the one entrance to the linter.

A *change set* is one migration; what it created it may drop again. Migrations that are checked
together are read in order, and a question about the end ("is row level security on?") is answered
after the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from guardrails.lint.contracts import MigrationFile, Problem, Settings, ValidationResult
from guardrails.lint.fold import fold_script
from guardrails.lint.habits import habits_of
from guardrails.lint.kept import before
from guardrails.lint.memory import forget_all
from guardrails.lint.parsing import parse
from guardrails.lint.rollback import down_of
from guardrails.lint.traversal import read
from guardrails.lint.values import NamedTuple, replace
from guardrails.lint.verdict import judge
from guardrails.lint.worker import on_worker

_NO_APPROVAL: frozenset[str] = frozenset()


def check_sql(sql: str, path: str = "<stdin>", settings: Settings | None = None) -> ValidationResult:
    """Report what is wrong with the text of one migration, in reading order; never raises for bad SQL."""
    (result,) = check([MigrationFile(path, "", "", sql, down=down_of(sql))], settings=settings)
    return result


def check(
    files: Sequence[MigrationFile],
    history: Sequence[MigrationFile] = (),
    settings: Settings | None = None,
    approved: Mapping[str, frozenset[str]] | None = None,
    given: Mapping[str, Sequence[tuple[str, Problem]]] | None = None,
    only: Collection[str] | None = None,
    share: Collection[str] | None = None,
    told: Callable[[str], None] = lambda _path: None,
) -> tuple[ValidationResult, ...]:
    """Report what is wrong with migrations, one result for each that is to be judged, in their order; see `judged`."""
    every = judged(files, history, settings, approved, given, only, share, told)
    return tuple(one.result for one in every)


class Judged(NamedTuple):
    """What is wrong with a migration; `at_the_end` when that depends on those that run later as well."""

    result: ValidationResult
    at_the_end: bool


def judged(
    files: Sequence[MigrationFile],
    history: Sequence[MigrationFile] = (),
    settings: Settings | None = None,
    approved: Mapping[str, frozenset[str]] | None = None,
    given: Mapping[str, Sequence[tuple[str, Problem]]] | None = None,
    only: Collection[str] | None = None,
    share: Collection[str] | None = None,
    told: Callable[[str], None] = lambda _path: None,
) -> tuple[Judged, ...]:
    """Judge migrations, those that are to be judged, in their order.

    Args:
        files: the migrations to judge, in the order in which they run.
        history: those that ran before.
        settings: what the project asks.
        approved: by path, the codes of errors that a human's approval of exactly these bytes covers.
        given: by path, problems that only the project's files as a whole show, each with its rule's code.
        only: the paths to judge, when the others of `files` are the history between them.
        share: of those, the ones that this call is to judge; the others are taken in as if it did.
        told: hears the path of each migration before it is taken in; what it raises ends the run.
    """
    covered = approved or {}
    known = given or {}

    def run() -> tuple[Judged, ...]:
        try:
            return judge_all()
        finally:
            forget_all()

    def judge_all() -> tuple[Judged, ...]:
        wanted = settings or Settings()
        first = _first_judged(files, only)
        schema, habits = before((*history, *files[:first]), told)
        asked = replace(wanted, habits=wanted.habits | habits | habits_of(files[first:]))
        readings = []
        for file in files[first:]:
            told(file.path)
            if only is None or file.path in only:
                mine = share is None or file.path in share
                reading = read(file, schema, asked, judge=mine)
                if mine:
                    readings.append(reading)
            else:
                fold_script(schema, parse(file.sql, file.up))
        return tuple(
            Judged(
                judge(
                    reading,
                    asked,
                    covered.get(reading.file.path, _NO_APPROVAL),
                    known.get(reading.file.path, ()),
                ),
                any(entry.problem.unless is not None for entry in reading.entries),
            )
            for reading in readings
        )

    return on_worker(run)


def _first_judged(files: Sequence[MigrationFile], only: Collection[str] | None) -> int:
    """Return the index of the first file that is to be judged: what stands before it is history."""
    if only is None:
        return 0
    return next((number for number, file in enumerate(files) if file.path in only), len(files))
