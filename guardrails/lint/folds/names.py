"""ALTER … RENAME and SET SCHEMA -> the schema with the same objects under other names."""

from __future__ import annotations

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name
from guardrails.lint.folds import tables
from guardrails.lint.objects import Function, Table, View
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import ROUTINES, TYPES, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema


def rename(schema: Schema, node: ast.RenameStmt) -> None:
    new = node.newname
    if new is None:
        return
    relation = name_of(node.relation)
    match node.renameType:
        case ObjectType.OBJECT_SCHEMA if node.subname:
            _rename_schema(schema, node.subname, new)
        case ObjectType.OBJECT_TABLE | ObjectType.OBJECT_VIEW | ObjectType.OBJECT_MATVIEW:
            _rename_relation(schema, relation, new)
        case ObjectType.OBJECT_COLUMN if node.subname and (table := schema.created_or_changed(relation)):
            tables.rename_column(table, node.subname, new)
        case ObjectType.OBJECT_TABCONSTRAINT if node.subname and (
            table := schema.created_or_changed(relation)
        ):
            tables.rename_constraint(table, node.subname, new)
        case ObjectType.OBJECT_INDEX:
            for table in (*schema.tables.values(), *schema.changed.values()):
                for index in table.indexes:
                    if index.name == relation[-1]:
                        index.name = new
        case ObjectType.OBJECT_POLICY:
            for policy in getattr(schema.created_or_changed(relation), "policies", ()):
                if policy.name == node.subname:
                    policy.name = new
        case ObjectType.OBJECT_TRIGGER:
            for trigger in schema.triggers_on(relation):
                if trigger.name == node.subname:
                    trigger.name = new
        case ObjectType.OBJECT_SEQUENCE if (resolved := schema.resolve(relation)) in schema.sequences:
            schema.sequences[resolved[0], new] = schema.sequences.pop(resolved)
        case kind if kind in ROUTINES:
            for function in schema.functions_like(*signature_of(node.object)):
                _rename_function(schema, function, (*function.name[:-1], new))
        case kind if kind in TYPES:
            _rename_type(schema, names_of(node.object), new)


def _rename_relation(schema: Schema, spelling: Name, new: str) -> None:
    resolved = schema.resolve(spelling)
    if resolved is None:
        return
    if view := schema.views.get(resolved):
        _rename_view(schema, view, (resolved[0], new))
    elif table := schema.created_or_changed(spelling):
        _rename_table(schema, table, (table.name[0], new))
    else:
        schema.refer_to(resolved)
        schema.dropped[resolved] = None
        schema.tables.pop((resolved[0], new), None)
        schema.changed.pop((resolved[0], new), None)


def move(schema: Schema, node: ast.AlterObjectSchemaStmt, target: str) -> None:
    if node.relation is not None:
        name = name_of(node.relation)
        if view := schema.view(name):
            _rename_view(schema, view, (target, view.name[1]))
        elif table := schema.created_or_changed(name):
            _rename_table(schema, table, (target, table.name[1]))
    elif node.objectType in ROUTINES:
        for function in schema.functions_like(*signature_of(node.object)):
            _rename_function(schema, function, (target, function.name[-1]))
    elif node.objectType in TYPES:
        _rename_type(schema, names_of(node.object), None, target)


def _rename_view(schema: Schema, view: View, name: Name) -> None:
    schema.views[name] = schema.views.pop(view.name)
    view.name = name
    schema.settle(name)


def _rename_table(schema: Schema, table: Table, name: Name) -> None:
    kept = schema.tables if table.name in schema.tables else schema.changed
    old = table.name
    schema.dropped[old] = table  # a CREATE under the old name would replace it
    del kept[old]
    table.name = table.spelling = name
    table.new = False  # an earlier statement may name another table by what is now its name
    schema.tables.pop(name, None)
    schema.changed.pop(name, None)
    kept[name] = table
    schema.settle(name)
    for policy in table.policies:
        policy.table = name
    for trigger in schema.triggers:
        if trigger.table == old:
            trigger.table = name
    for publication in schema.publications.values():
        if old in publication.tables:
            publication.tables = (publication.tables - {old}) | {name}


def _rename_function(schema: Schema, function: Function, name: Name) -> None:
    schema.forget_function(function)
    function.name = name
    if function.resolved is not None:
        function.resolved = name[-2:] if len(name) > 1 else (function.resolved[0], name[-1])
    schema.add_function(function)


def _rename_type(schema: Schema, spelling: Name, new: str | None, target: str | None = None) -> None:
    for name in schema.types_named(spelling):
        to = (target or name[0], new or name[1])
        if enum := schema.enums.pop(name, None):
            enum.name = to
            schema.enums[to] = enum
        elif domain := schema.domains.pop(name, None):
            domain.name = to
            schema.domains[to] = domain
        else:
            schema.types.remove(name)
            schema.types.add(to)


def _rename_schema(schema: Schema, old: str, new: str) -> None:
    _distrust(schema, old, new)
    for known in (schema.tables, schema.changed):
        for table in [table for table in known.values() if table.name[0] == old]:
            _rename_table(schema, table, (new, table.name[1]))
    for view in [view for view in schema.views.values() if view.name[0] == old]:
        _rename_view(schema, view, (new, view.name[1]))
    for spelling in [name for name in (*schema.enums, *schema.domains, *schema.types) if name[0] == old]:
        _rename_type(schema, spelling, None, new)
    for name in [name for name in schema.sequences if name[0] == old]:
        schema.sequences[new, name[1]] = schema.sequences.pop(name)
    for function in schema.functions:
        if function.resolved and function.resolved[0] == old:
            _rename_function(schema, function, (new, function.resolved[1]))
    if old in schema.schemas:
        schema.schemas.remove(old)
        schema.schemas.add(new)


def _distrust(schema: Schema, *schemas: str) -> None:
    """Take nothing in these schemas for new: one of them goes by another name from now on."""
    schema.new_schemas.difference_update(schemas)
    for table in (*schema.tables.values(), *schema.changed.values()):
        if table.name[0] in schemas:
            table.new = False
            for column in table.columns.values():
                column.new = False
