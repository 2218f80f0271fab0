"""A statement -> the columns whose type it states: those that it makes, and those that it gives another type."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import written
from guardrails.lint.values import NamedTuple

NODES = ("CreateStmt", "AlterTableStmt")


class Declared(NamedTuple):
    """A column with the type that a statement gives it.

    Attributes:
        type: the type's name as the parser spells it (`int` is `int4`), "" for one of another schema.
        modifiers: the number of modifiers, as in `numeric(10, 2)`.
        offset: where the type stands.
        made: the statement makes the column.
    """

    table: Name
    name: str
    type: str
    modifiers: int
    offset: int
    node: ast.ColumnDef
    made: bool

    @property
    def shown(self) -> str:
        return written((*self.table, self.name))


def declared(statement: Statement) -> Iterator[Declared]:
    """Yield the columns of a table to which a statement gives a type; not those of a temporary table."""
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            if relation.relpersistence != "t":
                for element in elements:
                    if isinstance(element, ast.ColumnDef):
                        yield from _declared(relation, element.colname, element, made=True)
        case ast.AlterTableStmt(
            relation=ast.RangeVar() as relation, objtype=ObjectType.OBJECT_TABLE, cmds=tuple(commands)
        ):
            for command in commands:
                if not isinstance(command.def_, ast.ColumnDef):
                    continue
                if command.subtype == AlterTableType.AT_AddColumn:
                    yield from _declared(relation, command.def_.colname, command.def_, made=True)
                elif command.subtype == AlterTableType.AT_AlterColumnType:
                    yield from _declared(relation, command.name, command.def_, made=False)


def _declared(
    relation: ast.RangeVar, name: str | None, node: ast.ColumnDef, *, made: bool
) -> Iterator[Declared]:
    if node.typeName is not None:
        names = names_of(node.typeName.names)
        kind = names[-1] if names[:-1] in {(), ("pg_catalog",)} else ""
        modifiers = len(node.typeName.typmods or ())
        offset = node.typeName.location or node.location or relation.location or 0
        yield Declared(name_of(relation), name or "", kind, modifiers, offset, node, made)
