"""Statements -> the `Schema` that they make: `apply` takes in one, `fold` a whole history.

Folding never guesses: what a condition or a loop may have done does not count as surely done.
"""

from __future__ import annotations

from collections.abc import Iterable

from pglast import ast
from pglast.enums import ObjectType, TransactionStmtKind

from guardrails.lint.contracts import MigrationFile
from guardrails.lint.folds import access, code, drops, kinds, names, tables
from guardrails.lint.parsing import Script, name_of, names_of, parse
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import own_schemas, search_path_of


def apply(schema: Schema, node: ast.Node, text: str, *, certain: bool = True) -> None:
    """Take in one statement that stands in `text`.

    Args:
        schema: changed in place.
        node: the statement.
        text: what its locations count into.
        certain: False when a condition, a loop or an exception handler stands around it.
    """
    match node:
        case ast.CreateStmt():
            tables.create(schema, node, certain=certain)
        case ast.CreateForeignTableStmt(base=ast.CreateStmt() as base):
            tables.create(schema, base, certain=certain, foreign=True)
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
            _create_from_query(schema, node, relation, certain)
        case ast.SelectStmt(intoClause=ast.IntoClause(rel=ast.RangeVar() as relation)):
            tables.create_from_query(schema, relation, new=certain)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
            if view := schema.view(name_of(relation)):
                code.alter_view(view, node, certain=certain)
            elif node.objtype in {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_FOREIGN_TABLE}:
                tables.alter(schema, node, relation, certain=certain)
        case ast.IndexStmt(relation=ast.RangeVar() as relation):
            tables.create_index(schema, node, relation, certain=certain)
        case ast.RenameStmt():
            names.rename(schema, node)
        case ast.AlterObjectSchemaStmt(newschema=str(target)):
            names.move(schema, node, target)
        case ast.DropStmt():
            if certain:
                drops.drop(schema, node)
        case ast.ViewStmt(view=ast.RangeVar() as relation):
            code.create_view(schema, node, relation, node.query, certain=certain)
        case ast.CreateFunctionStmt():
            code.create_function(schema, node, text, certain=certain)
        case ast.AlterFunctionStmt():
            code.alter_function(schema, node, certain=certain)
        case ast.CreateTrigStmt(relation=ast.RangeVar() as relation):
            code.create_trigger(schema, node, relation, certain=certain)
        case ast.VariableSetStmt(name="search_path"):
            schema.search_path = search_path_of(node)
        case ast.SelectStmt(targetList=tuple(targets)):
            for target in targets:
                _set_config(schema, target)
        case ast.InsertStmt() | ast.UpdateStmt() | ast.MergeStmt() | ast.CopyStmt():
            tables.write(schema, node)
        case ast.ExplainStmt(query=ast.Node() as query) | ast.PrepareStmt(query=ast.Node() as query):
            apply(schema, query, text, certain=False)
        case _:
            access.apply(schema, node, certain=certain)
            kinds.apply(schema, node, certain=certain)
    for written in getattr(getattr(node, "withClause", None), "ctes", None) or ():
        apply(schema, written.ctequery, text, certain=False)


def _create_from_query(
    schema: Schema, node: ast.CreateTableAsStmt, relation: ast.RangeVar, certain: bool
) -> None:
    name = name_of(relation)
    if node.objtype == ObjectType.OBJECT_MATVIEW:
        if not (node.if_not_exists and schema.view(name)):
            sure = certain and not node.if_not_exists
            code.create_view(schema, node, relation, node.query, certain=sure, materialized=True)
    elif not (node.if_not_exists and schema.table(name)):
        tables.create_from_query(schema, relation, new=certain and not node.if_not_exists)


def _set_config(schema: Schema, target: ast.ResTarget) -> None:
    match target.val:
        case ast.FuncCall(funcname=funcname, args=(ast.A_Const(val=ast.String(sval=str(name))), value, *_)):
            if names_of(funcname)[-1:] == ("set_config",) and name.lower() == "search_path":
                schema.search_path = None
                if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String):
                    schemas = (part.strip().strip('"') for part in (value.val.sval or "").split(","))
                    schema.search_path = own_schemas(schemas)


def fold(files: Iterable[MigrationFile]) -> Schema:
    """Return the schema that a history of migrations makes; what can't be parsed is passed over."""
    schema = Schema()
    for file in files:
        fold_script(schema, parse(file.sql, file.up))
    schema.begin_change_set()
    return schema


def fold_script(schema: Schema, script: Script) -> None:
    """Take in the statements of one migration, leaving out those that a rollback undoes."""
    schema.begin_change_set()
    gone = undone([statement.node for statement in script.statements])
    for number, (node, _, _) in enumerate(script.statements):
        if number not in gone:
            apply(schema, node, script.text)


def undone(nodes: Iterable[ast.Node]) -> frozenset[int]:
    """Return which of these statements a later ROLLBACK undoes, by their index."""
    gone: set[int] = set()
    began: list[tuple[str | None, int]] = []
    for number, node in enumerate(nodes):
        if not isinstance(node, ast.TransactionStmt):
            continue
        match node.kind:
            case TransactionStmtKind.TRANS_STMT_BEGIN | TransactionStmtKind.TRANS_STMT_START:
                began = [(None, number)]
            case TransactionStmtKind.TRANS_STMT_SAVEPOINT:
                began.append((node.savepoint_name, number))
            case TransactionStmtKind.TRANS_STMT_COMMIT:
                began = []
            case TransactionStmtKind.TRANS_STMT_ROLLBACK:
                gone.update(range(began[0][1] if began else 0, number))
                began = []
            case TransactionStmtKind.TRANS_STMT_ROLLBACK_TO:
                starts = [start for name, start in began if name == node.savepoint_name]
                gone.update(range(starts[-1] if starts else 0, number))
    return frozenset(gone)
