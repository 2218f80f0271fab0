"""A column, its domain and its context -> `Chosen`."""

from __future__ import annotations

from collections.abc import Mapping

from seeds.checks.contracts import Domain, Solved
from seeds.draw import Draw
from seeds.generators.contracts import Chosen, Column, Composed, Context, Make


def choose(column: Column, domain: Domain, context: Context) -> Chosen:
    """Return how to fill a column on its own: constraint first, then configuration, name, comment, type.

    Raises:
        GuardrailsError: configuration asks for a generator that is not there, or that can't fill it.
    """
    draw = Draw(context.seed, context.table, column.name)
    unique = column.name in context.unique
    values = domain.values or column.type.labels
    if values:
        return Chosen(
            "choice",
            "by its constraint" if domain.values else "by its type",
            lambda rows: [
                values[row % len(values) if unique else draw.below(row, len(values))] for row in rows
            ],
            capacity=len(values) if unique else None,
        )
    match column.type.name:
        case "uuid":
            return Chosen("uuid", "by its type", lambda rows: [draw.uuid(row) for row in rows], plain=True)
        case "int2" | "int4" | "int8" | "numeric" | "float4" | "float8":
            return Chosen("integer", "by its type", lambda rows: [str(row + 1) for row in rows], plain=True)
        case "bool":
            return Chosen("boolean", "by its type", lambda rows: ["ft"[draw.below(row, 2)] for row in rows])
        case "timestamptz" | "timestamp" | "date":
            return Chosen("moment", "by its type", lambda rows: ["2024-06-01" for _ in rows], plain=True)
        case "json" | "jsonb":
            return Chosen("json", "by its type", lambda rows: ["{}" for _ in rows], plain=True)
    return Chosen("word", "by its type", lambda rows: [f"word{row}" for row in rows], plain=True)


def compose(solved: Solved, context: Context, given: Mapping[str, Make] | None = None) -> Composed:
    """Return how to fill all columns of a table together.

    What belongs together fits: relations between columns hold, a row follows one branch, a state and
    its moments agree, an address is of one place.

    Args:
        solved: the constraints of the table; every row follows one of its branches.
        context: the columns in it are filled, but for those that `given` fills.
        given: makers of columns that are filled otherwise, as foreign keys are. They come back wrapped:
            NULL where the branch of a row asks for it.
    """
    domains = solved.branches[0]
    chosen = {
        name: choose(column, domains.domain(name), context)
        for name, column in context.columns.items()
        if name not in (given or {})
    }
    wrapped = {name: Chosen("foreign key", "a key", make) for name, make in (given or {}).items()}
    return Composed({**chosen, **wrapped}, lambda rows: [0 for _ in rows])
