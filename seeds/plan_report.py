"""A plan -> what it says to people and to programs."""

from __future__ import annotations

from typing import Any

from seeds.contexts import configured
from seeds.generate import Filling
from seeds.plan import Plan, TablePlan
from seeds.recipes import recipe
from seeds.rows import fillings_of


def described(plan: Plan, *, columns: bool = True) -> list[str]:
    """Return the lines that tell a person what a run would do; nothing in them is escaped.

    Args:
        plan: what to tell.
        columns: also how each column is filled.
    """
    lines = [f"{len(plan.tables)} tables, {plan.rows:,} new rows"]
    for table in document(plan)["tables"]:
        there = f", {table['existing']:,} there" if table["existing"] else ""
        lines += ["", f"{table['table']}: {table['rows']:,} new rows{there} ({table['reason']})"]
        if table["capped"]:
            lines.append(f"  {table['capped']}")
        if len(table["together_with"]) > 0:
            lines.append(f"  filled in one statement with {', '.join(table['together_with'])}")
        if columns:
            width = max((len(column["column"]) for column in table["columns"]), default=0)
            lines += [
                f"  {column['column']:<{width}}  {column['generator']} ({column['why']})"
                for column in table["columns"]
            ]
        lines += [f"  {name}: the database judges each row" for name in table["judged_by_database"]]
    if plan.left_out:
        lines += ["", "left out"]
        lines += [f"  {one}" for one in plan.left_out]
    return lines


def document(plan: Plan) -> dict[str, Any]:
    """Return the plan as values that JSON can hold."""
    fillings = fillings_of(plan)
    tables = []
    for group in plan.groups:
        for one in group:
            others = [other.name for other in group if other is not one]
            tables.append(_table(one, fillings[one.name], others))
    return {
        "seed": plan.config.seed,
        "new_rows": plan.rows,
        "tables": tables,
        "left_out": [{"table": one.table, "reason": one.reason} for one in plan.left_out],
    }


def _table(one: TablePlan, filling: Filling, others: list[str]) -> dict[str, Any]:
    return {
        "table": one.name,
        "existing": one.start,
        "rows": one.rows,
        "reason": one.reason,
        "capped": one.capped,
        "together_with": others,
        "columns": [_column(one, filling, name) for name in filling.columns],
        "unique": [
            {
                "columns": sorted(unique.all_columns),
                "by": "the database"
                if unique in one.watched
                else ", ".join(sorted(one.unique & unique.all_columns)) or "a combination",
            }
            for unique in one.table.unique_sets
        ],
        "judged_by_database": [
            *(check.name for check in one.solved.unsolved),
            *(unique.name for unique in one.watched),
        ],
    }


def _column(one: TablePlan, filling: Filling, name: str) -> dict[str, str]:
    for key in one.keys:
        if name in key.key.columns:
            return {"column": name, "generator": f"key: {key.how}", "why": key.why}
    if name in filling.first:
        return {"column": name, "generator": "counter", "why": f"from {filling.first[name]} on"}
    if any(digit.column == name for combination in one.combinations for digit in combination.digits):
        return {"column": name, "generator": "combination", "why": "each combination once"}
    if name in configured(filling.config.fixed, one.table):
        return {"column": name, "generator": "fixed", "why": "configuration says so"}
    if name in recipe(filling):
        return {"column": name, "generator": "sign-in", "why": "as Supabase Auth writes it"}
    chosen = filling.composed.chosen[name]
    unique = ", different in every row" if name in one.unique else ""
    return {"column": name, "generator": chosen.generator, "why": chosen.why + unique}
