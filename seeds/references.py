"""What configuration says of tables: their names, and foreign keys that the database does not know of."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from guardrails.lint.contracts import GuardrailsError
from seeds.checks.contracts import Solved
from seeds.contracts import SeedConfig
from seeds.schema import Catalog, ForeignKey, Table


def known(name: str, catalog: Catalog) -> str:
    """Return the full name of a table that somebody named with or without its schema.

    Raises:
        GuardrailsError: there is none, or more than one.
    """
    full = [one for one, table in catalog.tables.items() if name in {one, table.relation}]
    if len(full) > 1 and f"public.{name}" in full:
        full = [f"public.{name}"]
    if len(full) == 1:
        return full[0]
    if full:
        raise GuardrailsError(
            f"there is more than one table {name!r}: {', '.join(full)}; name one with its schema"
        )
    near = get_close_matches(
        name, [*catalog.tables, *(table.relation for table in catalog.tables.values())], n=1
    )
    raise GuardrailsError(
        f"there is no table {name!r} to fill{f'; did you mean {near[0]!r}?' if near else ''}"
    )


def with_references(catalog: Catalog, config: SeedConfig) -> Catalog:
    """Add the foreign keys that only configuration knows of."""
    tables = dict(catalog.tables)
    for reference in config.references:
        name, target = known(reference.table, catalog), known(reference.target, catalog)
        when = tuple(
            (column, None if value is None else str(value)) for column, value in reference.when.items()
        )
        for table_name, columns in ((name, reference.columns), (target, reference.target_columns)):
            there = {column.name for column in tables[table_name].columns}
            if missing := [column for column in columns if column not in there]:
                raise GuardrailsError(
                    f"the reference of {reference.table} names {missing[0]!r}, which is no column of {table_name}"
                )
        key = ForeignKey(reference.columns, target, reference.target_columns, "a reference", when)
        tables[name] = replace(tables[name], foreign_keys=(*tables[name].foreign_keys, key))
    return replace(catalog, tables=tables)


def with_kinds(solved: Solved, table: Table) -> Solved:
    """Let a column that tells what a key points at hold nothing but what some reference speaks of."""
    kinds: dict[str, list[str]] = {}
    for key in table.foreign_keys:
        for column, value in key.when:
            if value is not None:
                kinds.setdefault(column, []).append(value)
    if not kinds:
        return solved
    branches = [
        replace(
            branch,
            domains={
                **branch.domains,
                **{
                    column: replace(branch.domain(column), values=tuple(dict.fromkeys(values)))
                    for column, values in kinds.items()
                },
            },
        )
        for branch in solved.branches
    ]
    return replace(solved, branches=tuple(branches))
