"""Run the rules over migrations and say what stands: the one entrance to the linter.

A *change set* is one migration; what it created it may drop again. Migrations that are checked
together are read in order, and a question about the end ("is row level security on?") is answered
after the last of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guardrails.lint.contracts import MigrationFile, Settings, ValidationResult
from guardrails.lint.fold import fold
from guardrails.lint.traversal import read
from guardrails.lint.verdict import judge
from guardrails.lint.worker import on_worker

_NO_APPROVAL: frozenset[str] = frozenset()


def check_sql(sql: str, path: str = "<stdin>", settings: Settings | None = None) -> ValidationResult:
    """Report what is wrong with the text of one migration, in reading order; never raises for bad SQL."""
    (result,) = check([MigrationFile(path, "", "", sql)], settings=settings)
    return result


def check(
    files: Sequence[MigrationFile],
    history: Sequence[MigrationFile] = (),
    settings: Settings | None = None,
    approved: Mapping[str, frozenset[str]] | None = None,
) -> tuple[ValidationResult, ...]:
    """Report what is wrong with migrations, one result for each, in their order.

    Args:
        files: the migrations to judge, in the order in which they run.
        history: those that ran before.
        settings: what the project asks.
        approved: by path, the codes of errors that a human's approval of exactly these bytes covers.
    """
    asked = settings or Settings()
    covered = approved or {}

    def run() -> tuple[ValidationResult, ...]:
        schema = fold(history)
        readings = [read(file, schema, asked) for file in files]
        return tuple(
            judge(reading, asked, covered.get(reading.file.path, _NO_APPROVAL)) for reading in readings
        )

    return on_worker(run)
