"""CHECK constraints -> `Solved`.

Usage: `questions(checks, columns)` gives the column-free expressions that only a database can evaluate,
such as `now() - '1 day'::interval`. Whoever has a connection evaluates each as `SELECT (expression)::text`,
in UTC and ISO style, and hands the answers to `solve`; answers may lead to further questions, so it is
asked until nothing is left. Without an answer the constraint counts as unsolved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pglast import ast

from guardrails.lint.parsing import parse
from seeds.checks.branches import UNKNOWN, Ways, all_of
from seeds.checks.conditions import ways_of
from seeds.checks.contracts import Branch, Check, Domain, Solved
from seeds.checks.functions import Function, function_of
from seeds.checks.terms import Reader


def questions(
    checks: Iterable[Check],
    columns: Mapping[str, str],
    answers: Mapping[str, str | None] | None = None,
    functions: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the expressions whose values, as text, `solve` wants to know beside the answers it has."""
    asked: dict[str, None] = {}
    known = _functions(functions)
    for check in checks:
        reader = Reader(columns, answers or {}, check.column, known)
        _ways(check, reader)
        asked |= reader.asked
    return tuple(asked)


def solve(
    checks: Iterable[Check],
    columns: Mapping[str, str],
    answers: Mapping[str, str | None] | None = None,
    required: Collection[str] = (),
    functions: Mapping[str, str] | None = None,
) -> Solved:
    """Return what the constraints allow.

    Args:
        checks: of one table and of the domains of its columns.
        columns: the names of the base types, `pg_type.typname`, by column; `typname[]` for an array.
        answers: the values of `questions(…)`; None for NULL.
        required: the columns that must not be NULL.
        functions: those that constraints call, as `pg_get_functiondef` writes them, by name as it stands
            in the constraints, with or without its schema. One that is a single expression is looked into.
    """
    needed = {column: Domain(null=False) for column in required}
    ways = Ways((Branch(needed),))
    unsolved: list[Check] = []
    known = _functions(functions)
    for check in checks:
        found = _ways(check, Reader(columns, answers or {}, check.column, known))
        met = all_of([ways, found], columns)
        if not found.whole or not met.branches:
            unsolved.append(check)
        if met.branches:
            ways = met
    return Solved(tuple(map(_plain, ways.branches)), tuple(unsolved))


def _functions(definitions: Mapping[str, str] | None) -> dict[str, Function]:
    read = {name: function_of(definition) for name, definition in (definitions or {}).items()}
    return {name: function for name, function in read.items() if function is not None}


def _plain(branch: Branch) -> Branch:
    return Branch(dict(branch.domains), branch.relations)


def _ways(check: Check, reader: Reader) -> Ways:
    expression = (
        check.definition.removeprefix("CHECK ").removesuffix(" NOT VALID").removesuffix(" NO INHERIT")
    )
    statements = parse(f"SELECT {expression}").statements
    match statements[0].node if statements else None:
        case ast.SelectStmt(targetList=(ast.ResTarget(val=value),)):
            return ways_of(value, reader)
    return UNKNOWN
