"""An object of a schema -> what else in it is built on that, as far as migrations show it."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Name
from guardrails.lint.objects import Policy, Table, View
from guardrails.lint.parsing import calls_in, names_of, walk
from guardrails.lint.schema import Schema
from guardrails.lint.scopes import Resolver, Scope, Source
from guardrails.lint.spelling import written


def on_column(schema: Schema, name: Name, column: str) -> Iterator[str]:
    """Yield, in words, what keeps a column from being dropped or from changing its type.

    Args:
        schema: as it is before.
        name: the resolved name of its table, which need not be known.
        column: its name.
    """
    for view in schema.views.values():
        if name in view.reads and _view_uses(schema, view, name, column):
            yield f"view {written(view.name)}"
    for owner in (*schema.tables.values(), *schema.changed.values()):
        for policy in owner.policies:
            if _policy_uses(schema, policy, owner, name, column):
                yield f"policy {written((policy.name,))} on {written(owner.name)}"
    for trigger in schema.triggers:
        if trigger.table == name and column in trigger.columns:
            yield f"trigger {written((trigger.name,))}"
    table = schema.tables.get(name)
    for other in table.columns.values() if table else ():
        if other.name != column and other.expression is not None and _names(other.expression, column):
            yield f"generated column {written((other.name,))}"
    if table and column in (table.partitioned or ()):
        yield "the partition key"


def keys_to(schema: Schema, table: Table, column: str | None = None) -> Iterator[str]:
    """Yield, in words, the foreign keys of other tables that lead to a table, or to a column of it."""
    primary = table.primary_key
    for owner in (*schema.tables.values(), *schema.changed.values()):
        for key in owner.foreign_keys:
            columns: tuple[str | None, ...] = key.target_columns or (primary.columns if primary else ())
            if owner is not table and key.target == table.name and (column is None or column in columns):
                yield f"the foreign key of {written(owner.name)}"


def readers_of(schema: Schema, name: Name) -> Iterator[str]:
    """Yield, in words, the views that read a table or a view."""
    for view in schema.views.values():
        if name in view.reads and view.name != name:
            yield f"view {written(view.name)}"


def on_function(schema: Schema, name: Name) -> Iterator[str]:
    """Yield, in words, what calls a function, where no other function of its name can be meant."""
    for trigger in schema.triggers:
        if trigger.function[-1:] == name[-1:]:
            yield f"trigger {written((trigger.name,))} on {written(trigger.table)}"
    for owner in (*schema.tables.values(), *schema.changed.values()):
        for policy in owner.policies:
            if any(_calls(part, name) for part in (policy.using, policy.with_check)):
                yield f"policy {written((policy.name,))} on {written(owner.name)}"
        for column in owner.columns.values():
            if any(_calls(part, name) for part in (column.default, column.expression)):
                yield f"column {written((*owner.name, column.name))}"
        for check in owner.checks:
            if _calls(check.expression, name):
                yield f"a check of {written(owner.name)}"
    for view in schema.views.values():
        if _calls(view.query, name):
            yield f"view {written(view.name)}"


def on_type(schema: Schema, name: Name) -> Iterator[str]:
    """Yield, in words, the columns of a type."""
    for table in schema.tables.values():
        for column in table.columns.values():
            kind = column.type
            if kind is not None and kind.name == name[-1] and schema.types_named(_spelled(kind.schema, name)):
                yield f"column {written((*table.name, column.name))}"


def _spelled(inside: str | None, name: Name) -> Name:
    return (inside, name[-1]) if inside else name


def _view_uses(schema: Schema, view: View, table: Name, column: str) -> bool:
    resolver = Resolver(schema)
    resolver.query(view.query)
    wanted = (table, column)
    # A `*` stands for the columns that were there when the view was made.
    return wanted in resolver.used or (wanted in resolver.spread and column in (view.columns or ()))


def _policy_uses(schema: Schema, policy: Policy, owner: Table, table: Name, column: str) -> bool:
    for expression in (policy.using, policy.with_check):
        if expression is None or not _names(expression, column):
            continue
        resolver = Resolver(schema)
        own = Source(owner.name[-1], schema.columns_of(owner.name), owner.name)
        resolver.expression(expression, Scope(sources=[own]))
        if (table, column) in resolver.used:
            return True
    return False


def _names(expression: ast.Node, column: str) -> bool:
    return any(
        isinstance(part, ast.ColumnRef) and names_of(part.fields)[-1:] == (column,)
        for part in walk(expression)
    )


def _calls(expression: ast.Node | None, name: Name) -> bool:
    return expression is not None and any(
        called[-1] == name[-1] and (len(called) == 1 or called[-2:] == name[-2:])
        for called in (names_of(call.funcname) for call in calls_in(expression))
    )
