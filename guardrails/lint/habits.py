"""The migrations of a project -> the precautions against locks that some of them take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pglast import ast

from guardrails.lint.contracts import Habit, MigrationFile
from guardrails.lint.parsing import Script, parse
from guardrails.lint.patterns import regex
from guardrails.lint.session import LOCK_TIMEOUT, changes, milliseconds

_SIGNS = {
    Habit.LOCK_TIMEOUT: regex("lock_timeout", re.IGNORECASE),
    Habit.CONCURRENTLY: regex("concurrently", re.IGNORECASE),
    Habit.NOT_VALID: regex(r"not\s+valid", re.IGNORECASE),
}
"""Without these words in its text a file is not worth a second parse."""


def habits_of(files: Iterable[MigrationFile]) -> frozenset[Habit]:
    """Return what is done in at least one of these files, as statements and not only in comments."""
    found: frozenset[Habit] = frozenset()
    for file in files:
        if any(habit not in found and sign.search(file.sql) for habit, sign in _SIGNS.items()):
            found |= habits_in(parse(file.sql, file.up))
    return found


def habits_in(script: Script) -> frozenset[Habit]:
    """Return what is done in one file."""
    if not any(sign.search(script.text) for sign in _SIGNS.values()):
        return frozenset()
    return frozenset(habit for statement in script.statements for habit in _shown(statement.node))


def _shown(node: ast.Node) -> Iterator[Habit]:
    match node:
        case ast.IndexStmt(concurrent=True) | ast.DropStmt(concurrent=True):
            yield Habit.CONCURRENTLY
        case ast.VariableSetStmt() | ast.SelectStmt():
            if any(
                change.name == LOCK_TIMEOUT and milliseconds(change.value or "") for change in changes(node)
            ):
                yield Habit.LOCK_TIMEOUT
        case ast.AlterTableStmt(cmds=tuple(commands)):
            for command in commands:
                match command.def_:
                    case ast.Constraint(skip_validation=True, is_enforced=enforced) if enforced is not False:
                        yield Habit.NOT_VALID
