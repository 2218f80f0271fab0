"""A statement -> the columns, constraints and ALTER TABLE commands in it, each with its table and place."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, ObjectType

from guardrails.lint.alterations import Command
from guardrails.lint.contracts import Name, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.schema import Schema
from guardrails.lint.values import NamedTuple

_ADDS_A_CONSTRAINT = (AlterTableType.AT_AddConstraint, AlterTableType.AT_AddIndexConstraint)
TABLES = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_FOREIGN_TABLE})


class Definition(NamedTuple):
    """A column as a statement defines it; `creates` tells CREATE TABLE from ADD COLUMN."""

    table: Name
    name: str
    node: ast.ColumnDef
    offset: int
    creates: bool
    if_not_exists: bool


class Condition(NamedTuple):
    """A constraint as a statement defines it.

    Attributes:
        columns: those that it names, or the one that it is written behind.
        column: the definition that it is written behind; None for a constraint of the table.
    """

    table: Name
    node: ast.Constraint
    columns: Name
    offset: int
    creates: bool
    column: ast.ColumnDef | None


def commands(statement: Statement, *kinds: AlterTableType) -> Iterator[Command]:
    """Yield the commands of these kinds, if the statement is an ALTER TABLE."""
    match statement.node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(found), objtype=kind):
            if kind in TABLES:
                for number, command in enumerate(found):
                    if command.subtype in kinds:
                        yield Command(name_of(relation), number, command)


def definitions(statement: Statement) -> Iterator[Definition]:
    """Yield every column that a CREATE TABLE or ALTER TABLE defines."""
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            for element in elements:
                if isinstance(element, ast.ColumnDef):
                    yield _definition(name_of(relation), element, creates=True, if_not_exists=False)
        case ast.AlterTableStmt():
            for table, _, command in commands(statement, AlterTableType.AT_AddColumn):
                if isinstance(command.def_, ast.ColumnDef):
                    missing_ok = bool(command.missing_ok)
                    yield _definition(table, command.def_, creates=False, if_not_exists=missing_ok)


def constraints(statement: Statement, *kinds: ConstrType) -> Iterator[Condition]:
    """Yield every constraint of these kinds that a CREATE TABLE or ALTER TABLE makes."""
    for table, name, column, _, creates, _ in definitions(statement):
        for node in column.constraints or ():
            if node.contype in kinds:
                yield Condition(table, node, (name,), node.location or 0, creates, column)
    match statement.node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation, tableElts=tuple(elements)):
            for element in elements:
                if isinstance(element, ast.Constraint) and element.contype in kinds:
                    yield _condition(name_of(relation), element, creates=True)
        case ast.AlterTableStmt():
            for table, _, command in commands(statement, *_ADDS_A_CONSTRAINT):
                if isinstance(command.def_, ast.Constraint) and command.def_.contype in kinds:
                    yield _condition(table, command.def_, creates=False)


def is_made_here(schema: Schema, name: Name) -> bool:
    """Tell whether this change set made a table or view, also if it has renamed it since."""
    table = schema.table(name)
    if table is None or not table.whole or not table.columns:
        return schema.is_new(name)
    return schema.is_new(name) or all(column.new for column in table.columns.values())


def _definition(table: Name, node: ast.ColumnDef, *, creates: bool, if_not_exists: bool) -> Definition:
    return Definition(table, node.colname or "", node, node.location or 0, creates, if_not_exists)


def _condition(table: Name, node: ast.Constraint, *, creates: bool) -> Condition:
    columns = names_of(node.fk_attrs if node.contype == ConstrType.CONSTR_FOREIGN else node.keys)
    return Condition(table, node, columns, node.location or 0, creates, None)
