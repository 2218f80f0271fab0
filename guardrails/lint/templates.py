"""A statement with holes -> whether what it does is known all the same, and only to which object or value is not.

`format('SELECT count(*) FROM %I', name)` reads some table, whatever `name` is; `format('CALL %I()', name)`
may do anything. In doubt a template is not known.
"""

from __future__ import annotations

from pglast import ast

from guardrails.lint.constants import Hole, Kind, Value, holes_in
from guardrails.lint.parsing import ParseError, names_of, parse, walk

_NAME = "\ufffcname"
_LITERAL = "\ufffcliteral"
_STATEMENTS = (
    ast.SelectStmt,
    ast.InsertStmt,
    ast.UpdateStmt,
    ast.DeleteStmt,
    ast.AlterTableStmt,
    ast.IndexStmt,
    ast.CreateStmt,
    ast.CreatePolicyStmt,
    ast.DropStmt,
)
_NAMES_A_RELATION_OR_COLUMN = {
    ast.RangeVar: ("catalogname", "schemaname", "relname"),
    ast.ResTarget: ("name",),
    ast.ColumnDef: ("colname",),
    ast.IndexStmt: ("idxname",),
    ast.IndexElem: ("name",),
    ast.Alias: ("aliasname",),
    ast.CreatePolicyStmt: ("policy_name",),
}
_CALLS_ARE_HARMLESS = frozenset(
    [
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "coalesce",
        "now",
        "lower",
        "upper",
        "length",
        "to_jsonb",
        "jsonb_build_object",
        "row_to_json",
    ]
)


def is_known_but_for_names(value: Value) -> bool:
    """Tell whether the holes of a statement can't change what it does.

    True when each hole is one quoted identifier or literal, each identifier names a relation or a column,
    and nothing but a handful of plain functions is called.
    """
    holes = holes_in(value)
    if value is None or not holes or any(hole.kind is Kind.TEXT for hole in holes):
        return False
    filled = "".join(_filled(piece) for piece in value)
    try:
        statements = parse(filled)
    except ParseError:
        return False
    if statements.faults or len(statements.statements) != 1:
        return False
    root = statements.statements[0].node
    if not isinstance(root, _STATEMENTS):
        return False
    wanted = sum(hole.kind is Kind.IDENTIFIER for hole in holes)
    return _named(root) == wanted


def _filled(piece: str | Hole) -> str:
    if isinstance(piece, str):
        return piece
    return f'"{_NAME}"' if piece.kind is Kind.IDENTIFIER else f"'{_LITERAL}'"


def _named(root: ast.Node) -> int:
    """Return how many holes name a relation or a column, -1 where something unknown is called."""
    count = 0
    for node in walk(root):
        if isinstance(node, ast.FuncCall) and names_of(node.funcname)[-1] not in _CALLS_ARE_HARMLESS:
            return -1
        if isinstance(node, ast.ColumnRef):
            count += names_of(node.fields).count(_NAME)
        for attribute in _NAMES_A_RELATION_OR_COLUMN.get(type(node), ()):
            count += getattr(node, attribute) == _NAME
    if isinstance(root, ast.DropStmt):
        count += sum(names_of(parts).count(_NAME) for parts in root.objects or ())
    if isinstance(root, ast.AlterTableStmt):
        count += sum(command.name == _NAME for command in root.cmds or ())
    return count
