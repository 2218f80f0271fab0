"""A plan -> the rows that it makes, without a database: any of them, alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seeds.generate import Filling, first_numbers
from seeds.named import named_rows
from seeds.plan import Plan
from seeds.schema import Catalog
from seeds.spaces import Space


def without_rows(catalog: Catalog) -> Catalog:
    """Return a catalog as it was before there were any rows."""
    return replace(catalog, tables={name: replace(table, rows=0) for name, table in catalog.tables.items()})


def fillings_of(plan: Plan) -> dict[str, Filling]:
    """Return how each table of a plan is filled, by name, in their order.

    What a run writes is the same where no row was there before and the database accepted all of them;
    columns that point at rows which were there are None here.
    """
    spaces = {name: Space() for name in plan.catalog.tables}
    fillings: dict[str, Filling] = {}
    for group in plan.groups:
        for one in group:
            spaces[one.name] = Space(numbers=range(one.start, one.stop))
        for one in group:
            filling = Filling(
                one, plan.config, plan.catalog.tables, spaces, fillings, first=first_numbers(one, {})
            )
            filling.named, filling.users = named_rows(one, filling.columns, plan.config, plan.catalog.tables)
            spaces[one.name].values_of = filling.values
            fillings[one.name] = filling
    return fillings


def rows_of(
    plan: Plan, table: str, start: int, stop: int, columns: Sequence[str] = ()
) -> list[tuple[str | None, ...]]:
    """Return rows of a table by their numbers, as text; other rows are not made.

    Args:
        plan: of the run.
        table: its full name.
        start: the number of the first row.
        stop: behind the number of the last.
        columns: which values; none: those of the primary key.
    """
    filling = fillings_of(plan)[table]
    names = tuple(columns) or filling.plan.table.primary_key
    numbers = range(start, stop)
    return list(zip(*(filling.values(name, numbers) for name in names), strict=True))
