"""A project's history on a disposable database: file by file, as far as it goes, and what would not run is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guardrails.lint.contracts import MigrationFile
from guardrails.shadow.running import run_file


@dataclass(frozen=True)
class Skipped:
    """A statement that the database refused; `line` is 1-based."""

    path: str
    line: int
    message: str


@dataclass(frozen=True)
class Replayed:
    """What came of a history: the paths of the files that ran, and the statements that did not."""

    applied: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    statements: int


def replay(conninfo: str, files: Sequence[MigrationFile]) -> Replayed:
    """Run a history as far as it goes: a statement that fails is skipped and told, the rest goes on.

    Args:
        conninfo: of a database that `Server.database` made.
        files: the migrations in their order.
    """
    skipped: list[Skipped] = []
    statements = 0
    for file in files:
        ran = run_file(conninfo, file, tolerant=True)
        skipped += [Skipped(one.path, one.line, one.message) for one in ran.failures]
        statements += ran.statements
    return Replayed(tuple(file.path for file in files), tuple(skipped), statements)
