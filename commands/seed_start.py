"""A plan -> a start of `[seeds]` for the project's configuration: every line a comment that says what holds now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands.seed import TEST_DATA
from guardrails.config import FILE, PYPROJECT, TABLE, load_config
from guardrails.files import escape, read_text, show
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project
from seeds.plan import Plan
from seeds.plan_report import document
from seeds.schema import Table

_BY_TYPE = "by its type"


def write_start(root: Path, plan: Plan) -> Path:
    """Add a start of `[seeds]` to the configuration; what stands there stays as it is.

    Raises:
        GuardrailsError: there is a `[seeds]` already, or the file can't be written.
    """
    config = load_config(root)
    if config.seeds is not None:
        raise GuardrailsError(f"{config.source} has [seeds] already; nothing was written")
    if config.source == PYPROJECT:
        raise GuardrailsError(
            f"{PYPROJECT} configures pg-guardrails: write [{TABLE}.seeds] there by hand; nothing was written"
        )
    path = root / FILE
    there = read_text(path, root) if path.exists() else ""
    data = show(find_project(root, config).home.parent / TEST_DATA, root)
    text = f"{there}{chr(10) if there else ''}" + "".join(f"{line}\n" for line in _lines(plan, data))
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise GuardrailsError(f"{FILE} can't be written: {(error.strerror or str(error)).lower()}") from error
    return path


def _lines(plan: Plan, test_data: str) -> Iterator[str]:
    told = document(plan)
    yield "# Rows to seed, as `pg-guardrails seed plan` sees them now. Take the # off a line to decide it yourself."
    yield "[seeds]"
    yield f"# users = {plan.config.user_count}"
    yield f"# organizations = {plan.config.organization_count or max(1, plan.config.user_count // 5)}"
    yield f"# locale = {_quoted(plan.config.locale)}"
    yield "# locales = { en_US = 3, de_DE = 1 }  # names and places of several"
    yield '# excluded = ["public.audit_log"]'
    yield f"# test_data = {_quoted(test_data)}"
    yield ""
    yield "[seeds.rows]"
    for table in told["tables"]:
        yield _commented(f"{_quoted(table['table'])} = {table['rows'] + table['existing']}", table["reason"])
    yield ""
    yield "[seeds.generators]  # `pg-guardrails seed generators` lists them"
    yield from _generators(told)
    yield ""
    yield "[seeds.fixed]"
    yield '# "public.orders.currency" = "EUR"'
    yield from _references(plan)


def _generators(told: dict[str, Any]) -> Iterator[str]:
    """Yield the columns of which nothing but their type was known; those of Supabase's sign-in are its own."""
    for table in told["tables"]:
        for column in table["columns"]:
            if not table["table"].startswith("auth.") and column["why"].startswith(_BY_TYPE):
                name = f"{table['table']}.{column['column']}"
                yield _commented(f"{_quoted(name)} = {_quoted(column['generator'])}", column["why"])


def _references(plan: Plan) -> Iterator[str]:
    """Yield what looks like a foreign key that the database does not know of."""
    relations = {table.relation: table for table in plan.catalog.tables.values()}
    for one in plan.tables:
        known = {column for key in one.table.foreign_keys for column in key.columns}
        for column in one.table.columns:
            stem = column.name.removesuffix("_id")
            if column.name in known or stem == column.name:
                continue
            target = relations.get(f"{stem}s") or relations.get(stem)
            if target is not None and len(target.primary_key) == 1:
                yield from _reference(one.table, column.name, target)


def _reference(table: Table, column: str, target: Table) -> Iterator[str]:
    yield ""
    yield "# [[seeds.references]]"
    yield f"# from = {_quoted(f'{table.name}.{column}')}"
    yield f"# to = {_quoted(f'{target.name}.{target.primary_key[0]}')}"


def _commented(line: str, why: str) -> str:
    return f"# {line}  # {escape(why)}"


def _quoted(text: str) -> str:
    """Return a text as TOML quotes it, all in ASCII; JSON's way is one of TOML's."""
    return json.dumps(text).replace("\x7f", "\\u007f")
