"""DROP -> the schema without what it names."""

from __future__ import annotations

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name
from guardrails.lint.folds import access, code, tables
from guardrails.lint.parsing import names_of
from guardrails.lint.shapes import ROUTINES, TYPES, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema

_VIEWS = frozenset({ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW})


def drop(schema: Schema, node: ast.DropStmt) -> None:
    for parts in node.objects or ():
        name = names_of(parts)
        match node.removeType:
            case ObjectType.OBJECT_TABLE | ObjectType.OBJECT_FOREIGN_TABLE:
                _drop_table(schema, name)
            case ObjectType.OBJECT_INDEX:
                tables.drop_index(schema, name[-1])
            case ObjectType.OBJECT_SCHEMA:
                _drop_schema(schema, name[-1])
            case ObjectType.OBJECT_POLICY:
                access.drop_policy(schema, name)
            case ObjectType.OBJECT_TRIGGER:
                code.drop_trigger(schema, name)
            case ObjectType.OBJECT_SEQUENCE if resolved := schema.resolve(name):
                schema.sequences.pop(resolved, None)
            case ObjectType.OBJECT_EXTENSION:
                schema.extensions.pop(name[-1], None)
            case ObjectType.OBJECT_PUBLICATION:
                schema.publications.pop(name[-1], None)
            case ObjectType.OBJECT_EVENT_TRIGGER:
                schema.event_triggers.discard(name[-1])
            case kind if kind in _VIEWS:
                _drop_view(schema, name)
            case kind if kind in ROUTINES:
                _drop_function(schema, parts)
            case kind if kind in TYPES:
                _drop_type(schema, name)


def _drop_table(schema: Schema, name: Name) -> None:
    resolved = schema.resolve(name)
    if resolved is None:
        return
    table = schema.created_or_changed(name)
    schema.tables.pop(resolved, None)
    schema.changed.pop(resolved, None)
    schema.dropped[resolved] = table
    schema.triggers = [trigger for trigger in schema.triggers if trigger.table != resolved]
    if table:
        table.dropped = True
        for policy in table.policies:
            policy.dropped = True
        for owned in [
            known.name for known in schema.sequences.values() if known.owner and known.owner[0] == resolved
        ]:
            del schema.sequences[owned]


def _drop_view(schema: Schema, name: Name) -> None:
    resolved = schema.resolve(name)
    view = schema.views.pop(resolved, None) if resolved else None
    if view is not None:
        view.dropped = True
        if not view.new:
            schema.dropped_views[view.name] = view


def _drop_function(schema: Schema, parts: object) -> None:
    for function in schema.functions_like(*signature_of(parts)):
        function.dropped = True
        schema.forget_function(function)
        schema.dropped_functions.append(function)


def _drop_type(schema: Schema, spelling: Name) -> None:
    for name in schema.types_named(spelling):
        schema.enums.pop(name, None)
        schema.domains.pop(name, None)
        schema.types.discard(name)


def _drop_schema(schema: Schema, gone: str) -> None:
    schema.new_schemas.discard(gone)
    schema.schemas.discard(gone)
    for table in [table for table in schema.tables.values() if table.name[0] == gone]:
        table.dropped = True
        del schema.tables[table.name]
    for view in [view for view in schema.views.values() if view.name[0] == gone]:
        view.dropped = True
        del schema.views[view.name]
    for function in schema.functions:
        if function.resolved and function.resolved[0] == gone:
            function.dropped = True
            schema.forget_function(function)
