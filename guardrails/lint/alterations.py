"""An ALTER TABLE -> its commands on a table that was there before this change set, in a form rules can match."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, ObjectType

from guardrails.lint.contracts import Name, Profile, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import place_in
from guardrails.lint.values import NamedTuple


class Command(NamedTuple):
    """One command of an ALTER TABLE: the table's name as written, its place in the list, and the node."""

    table: Name
    number: int
    node: ast.AlterTableCmd


class AddedColumn(NamedTuple):
    """A column that ADD COLUMN gives to an older table, with its constraints."""

    table: Name
    name: str
    definition: ast.ColumnDef
    offset: int

    def constraint(self, kind: ConstrType) -> ast.Constraint | None:
        """Return its first constraint of one kind; DEFAULT, GENERATED and IDENTITY are such constraints too."""
        return next((one for one in self.definition.constraints or () if one.contype == kind), None)

    @property
    def type_name(self) -> str:
        return (names_of(self.definition.typeName) or ("",))[-1]


class AddedConstraint(NamedTuple):
    """A constraint that ADD CONSTRAINT gives to an older table."""

    table: Name
    number: int
    constraint: ast.Constraint
    offset: int

    @property
    def columns(self) -> Name:
        return names_of(self.constraint.fk_attrs or self.constraint.keys)


def alterations(statement: Statement) -> Iterator[Command]:
    """Yield the commands of an ALTER TABLE, none when this migration created the table."""
    match statement.node:
        case ast.AlterTableStmt(
            objtype=ObjectType.OBJECT_TABLE, relation=ast.RangeVar() as relation, cmds=tuple(commands)
        ):
            table = name_of(relation)
            if not is_new(statement, table):
                for number, command in enumerate(commands):
                    yield Command(table, number, command)


def added_columns(statement: Statement) -> Iterator[AddedColumn]:
    for table, _, command in alterations(statement):
        if command.subtype == AlterTableType.AT_AddColumn and isinstance(command.def_, ast.ColumnDef):
            definition = command.def_
            if not (command.missing_ok and statement.schema.column(table, definition.colname or "")):
                yield AddedColumn(
                    table, definition.colname or "", definition, definition.location or statement.start
                )


def added_constraints(statement: Statement, *kinds: ConstrType) -> Iterator[AddedConstraint]:
    for table, number, command in alterations(statement):
        if (
            command.subtype == AlterTableType.AT_AddConstraint
            and isinstance(command.def_, ast.Constraint)
            and command.def_.contype in kinds
        ):
            yield AddedConstraint(table, number, command.def_, command.def_.location or statement.start)


def place(statement: Statement, command: Command) -> int:
    """Return where a command stands that the parser gives no place for."""
    return place_in(statement, command.number, command.node.name or "")


def is_new(statement: Statement, name: Name) -> bool:
    """Tell whether nobody waits for a table yet, since this migration made it.

    `CREATE TABLE IF NOT EXISTS` may have found an older one, which a strict profile takes into account.
    """
    if statement.schema.is_new(name):
        return True
    table = statement.schema.table(name)
    if table is None or table.relation is None or statement.settings.profile is Profile.STRICT:
        return False
    return any(
        isinstance(node, ast.CreateStmt) and node.relation is table.relation
        for node in statement.session.before
    )
