"""Histories that were folded already, so that whoever asks for one again, or for a longer one, need not wait.

A history is known by what its files say, not by their names or dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager

from guardrails.lint.branching import branched
from guardrails.lint.contracts import MigrationFile
from guardrails.lint.fold import fold_script
from guardrails.lint.habits import habits_in
from guardrails.lint.parsing import parse
from guardrails.lint.schema import Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.lint.contracts import Habit

    Told = Callable[[str], None]

_MOST = 4
"""Histories that are kept, those that were asked for last."""


class _Folded:
    """A history as far as it was folded: what its files say, the schema that they make and their habits."""

    def __init__(self) -> None:
        self.files: list[tuple[str, tuple[int, int] | None]] = []
        self.schema = Schema()
        self.habits: frozenset[Habit] = frozenset()

    def begins(self, files: Sequence[MigrationFile]) -> bool:
        """Tell whether these files are what was folded, and perhaps more."""
        return len(self.files) <= len(files) and all(
            sql == file.sql and up == file.up for (sql, up), file in zip(self.files, files, strict=False)
        )

    def extend(self, files: Sequence[MigrationFile], told: Told) -> None:
        for file in files:
            told(file.path)
            script = parse(file.sql, file.up)
            fold_script(self.schema, script)
            self.habits |= habits_in(script)
            self.files.append((file.sql, file.up))
        self.schema.begin_change_set()


class Kept:
    """Some histories, folded."""

    def __init__(self) -> None:
        self._folded: list[_Folded] = []

    def before(self, files: Sequence[MigrationFile], told: Told) -> tuple[Schema, frozenset[Habit]]:
        """Return the schema that these files make, which the caller may change, and their habits."""
        found = (
            max((one for one in self._folded if one.begins(files)), key=_length, default=None) or _Folded()
        )
        self._folded = [one for one in self._folded if one is not found][: _MOST - 1]
        found.extend(files[len(found.files) :], told)  # where that is stopped half-way, nothing of it is kept
        self._folded.insert(0, found)
        return branched(found.schema), found.habits


def _length(folded: _Folded) -> int:
    return len(folded.files)


_current: Kept | None = None


@contextmanager
def keeping() -> Iterator[None]:
    """Keep histories while this lasts; within another such block, that one keeps them."""
    global _current  # noqa: PLW0603
    before = _current
    _current = before or Kept()
    try:
        yield
    finally:
        _current = before


def keep_from_now_on() -> None:
    """Keep histories until the process ends."""
    global _current  # noqa: PLW0603
    _current = _current or Kept()


def before(
    files: Sequence[MigrationFile], told: Told = lambda _path: None
) -> tuple[Schema, frozenset[Habit]]:
    """Return the schema that a history makes, which the caller may change, and the habits in it.

    `told` hears the path of each file that has to be folded; what it raises ends the work.
    """
    if _current is not None:
        return _current.before(files, told)
    folded = _Folded()
    folded.extend(files, told)
    return folded.schema, folded.habits
