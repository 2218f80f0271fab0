"""A statement -> the relations and columns that it names and that do not exist in the schema before it."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, GrantTargetType, ObjectType

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.parsing import name_of, names_of, place_of, walk
from guardrails.lint.schema import Schema
from guardrails.lint.scopes import MissingColumn, MissingRelation, Resolver, Scope, Source, is_missing
from guardrails.lint.values import dataclass

_QUERIES = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)
_RELATIONS = frozenset({
    ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW, ObjectType.OBJECT_FOREIGN_TABLE,
})  # fmt: skip
_ON_A_RELATION = frozenset({
    ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_POLICY, ObjectType.OBJECT_RULE, ObjectType.OBJECT_TABCONSTRAINT,
})  # fmt: skip
_OF_A_COLUMN = frozenset({
    AlterTableType.AT_ColumnDefault, AlterTableType.AT_DropNotNull, AlterTableType.AT_SetNotNull,
    AlterTableType.AT_SetStatistics, AlterTableType.AT_SetStorage, AlterTableType.AT_SetCompression,
    AlterTableType.AT_AlterColumnType, AlterTableType.AT_DropColumn, AlterTableType.AT_AddIdentity,
    AlterTableType.AT_SetIdentity, AlterTableType.AT_DropIdentity, AlterTableType.AT_SetExpression,
    AlterTableType.AT_DropExpression,
})  # fmt: skip


@dataclass(frozen=True)
class MissingValue:
    """A constant that an enum does not have, and those that it has."""

    name: Name
    offset: int
    among: tuple[str, ...]
    enum: Name


@dataclass(frozen=True)
class MissingFunction:
    """A function for a trigger that nobody made, and those that there are."""

    name: Name
    offset: int
    among: tuple[str, ...]


Missing = MissingRelation | MissingColumn | MissingValue | MissingFunction


@dataclass(frozen=True)
class Unknown:
    """A name that leads nowhere; `hidden` when IF EXISTS lets the statement pass over it in silence."""

    missing: Missing
    hidden: bool = False


def unknown(statement: Statement) -> Iterator[Unknown]:
    """Yield what a statement names and does not find, as far as the history is complete enough to know."""
    yield from _Reader(statement).read()


class _Reader:
    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.schema: Schema = statement.schema
        self.resolver = Resolver(statement.schema, variables=statement.via is not None)
        self.hidden: list[MissingRelation | MissingColumn] = []

    def read(self) -> Iterator[Unknown]:
        self._read(self.statement.node)
        yield from (Unknown(missing) for missing in self.resolver.missing)
        yield from (Unknown(missing, hidden=True) for missing in self.hidden)
        if self.schema.enums:
            yield from map(Unknown, self._values(self.statement.node))
        if isinstance(self.statement.node, ast.CreateTrigStmt):
            yield from map(Unknown, self._function(self.statement.node))

    def _read(self, node: ast.Node) -> None:
        match node:
            case ast.CreateStmt():
                self._create(node)
            case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
                if node.objtype in _RELATIONS:
                    self._alter(node, relation)
            case ast.IndexStmt(relation=ast.RangeVar() as relation):
                self._index(node, relation)
            case (
                ast.CreatePolicyStmt(table=ast.RangeVar() as relation)
                | ast.AlterPolicyStmt(table=ast.RangeVar() as relation)
            ):
                self.resolver.expression((node.qual, node.with_check), self._scope(relation))
            case ast.ViewStmt(query=query) | ast.CreateTableAsStmt(query=query):
                self.resolver.query(query)
            case ast.CreateTrigStmt(relation=ast.RangeVar() as relation):
                self._trigger(node, relation)
            case ast.RenameStmt(relation=ast.RangeVar() as relation):
                self._rename(node, relation)
            case ast.DropStmt():
                self._drop(node)
            case ast.CommentStmt():
                self._comment(node)
            case ast.GrantStmt():
                self._grant(node)
            case ast.TruncateStmt(relations=relations) | ast.LockStmt(relations=relations):
                for relation in relations or ():
                    self.resolver.source(relation)
            case ast.CopyStmt(relation=ast.RangeVar() as relation):
                source = self.resolver.source(relation)
                self._columns(names_of(node.attlist), source)
            case ast.RefreshMatViewStmt(relation=ast.RangeVar() as relation):
                self.resolver.source(relation)
            case ast.CreateSeqStmt(options=options) | ast.AlterSeqStmt(options=options):
                self._owned(options or ())
            case _ if isinstance(node, _QUERIES):
                self.resolver.query(node)

    def _create(self, node: ast.CreateStmt) -> None:
        relation = node.relation
        assert relation is not None
        own = Source(relation.relname or "", self._own_columns(node), self.schema.own_name(name_of(relation)))
        scope = Scope(sources=[own])
        for element in node.tableElts or ():
            match element:
                case ast.ColumnDef(constraints=constraints):
                    for constraint in constraints or ():
                        self._constraint(constraint, own, scope)
                case ast.Constraint():
                    self._constraint(element, own, scope)
        for part in node.partspec.partParams or () if node.partspec else ():
            self._columns((part.name,) if part.name else (), own, part.location)
            self.resolver.expression(part.expr, scope)

    def _own_columns(self, node: ast.CreateStmt) -> tuple[str, ...] | None:
        names: list[str] = []
        known = node.ofTypename is None
        for parent in node.inhRelations or ():
            inherited = self.resolver.source(parent).columns
            known &= inherited is not None
            names.extend(inherited or ())
        for element in node.tableElts or ():
            match element:
                case ast.ColumnDef(colname=str(name)):
                    names.append(name)
                case ast.TableLikeClause(relation=ast.RangeVar() as like):
                    copied = self.resolver.source(like).columns
                    known &= copied is not None
                    names.extend(copied or ())
        return tuple(names) if known else None

    def _constraint(self, node: ast.Constraint, own: Source, scope: Scope) -> None:
        self._columns(names_of(node.keys), own, node.location)
        self._columns(names_of(node.including), own, node.location)
        self.resolver.expression(node.raw_expr, scope)
        if node.contype == ConstrType.CONSTR_FOREIGN and node.pktable is not None:
            self._columns(names_of(node.fk_attrs), own, node.location)
            itself = self.schema.own_name(name_of(node.pktable)) == own.relation
            target = own if itself else self.resolver.source(node.pktable)
            self._columns(names_of(node.pk_attrs), target, node.pktable.location)
        for part in node.exclusions or ():
            if isinstance(part[0], ast.IndexElem):
                self._columns((part[0].name,) if part[0].name else (), own, node.location)

    def _alter(self, node: ast.AlterTableStmt, relation: ast.RangeVar) -> None:
        if self._is_hidden(node.missing_ok, name_of(relation), relation.location):
            return
        known = self.resolver.source(relation)
        added = tuple(
            command.def_.colname or ""
            for command in node.cmds or ()
            if command.subtype == AlterTableType.AT_AddColumn and isinstance(command.def_, ast.ColumnDef)
        )
        columns = None if known.columns is None else known.columns + added
        own = Source(known.name, columns, known.relation)
        scope = Scope(sources=[own])
        for command in node.cmds or ():
            if command.subtype in _OF_A_COLUMN and command.name:
                self._column(command, own)
            match command.def_:
                case ast.ColumnDef(constraints=constraints, raw_default=expression):
                    self.resolver.expression(expression, scope)
                    for constraint in constraints or ():
                        self._constraint(constraint, own, scope)
                case ast.Constraint():
                    self._constraint(command.def_, own, scope)
                case ast.PartitionCmd(name=ast.RangeVar() as other):
                    self.resolver.source(other)
                case ast.RangeVar() as other:
                    self.resolver.source(other)
                case ast.Node() as expression if command.subtype in _OF_A_COLUMN:
                    self.resolver.expression(expression, scope)

    def _column(self, command: ast.AlterTableCmd, own: Source) -> None:
        name = command.name or ""
        if own.columns is None or name in own.columns:
            return
        offset = self._place(name)
        missing = MissingColumn((name,), offset, own.columns, own.relation)
        if not command.missing_ok:
            self.resolver.missing.append(missing)
        elif (table := self.schema.table(own.relation or ())) and name not in table.former:
            self.hidden.append(missing)

    def _index(self, node: ast.IndexStmt, relation: ast.RangeVar) -> None:
        scope = self._scope(relation)
        for element in (*(node.indexParams or ()), *(node.indexIncludingParams or ())):
            self._columns((element.name,) if element.name else (), scope.sources[0])
            self.resolver.expression(element.expr, scope)
        self.resolver.expression(node.whereClause, scope)

    def _trigger(self, node: ast.CreateTrigStmt, relation: ast.RangeVar) -> None:
        own = self._scope(relation).sources[0]
        self._columns(names_of(node.columns), own)
        rows = Scope(sources=[Source(name, own.columns, own.relation) for name in ("new", "old")])
        self.resolver.expression(node.whenClause, rows)

    def _rename(self, node: ast.RenameStmt, relation: ast.RangeVar) -> None:
        if node.renameType not in _RELATIONS | _ON_A_RELATION | {ObjectType.OBJECT_COLUMN}:
            return
        if self._names_an_index(name_of(relation)) or self._is_hidden(
            node.missing_ok, name_of(relation), relation.location
        ):
            return
        source = self.resolver.source(relation)
        if node.renameType == ObjectType.OBJECT_COLUMN and node.subname:
            self._columns((node.subname,), source)

    def _drop(self, node: ast.DropStmt) -> None:
        for parts in node.objects or ():
            name = names_of(parts)
            if node.removeType in _ON_A_RELATION:
                name = name[:-1]
            elif node.removeType not in _RELATIONS:
                continue
            offset = self._place(name[-1] if name else "")
            if not self._is_hidden(node.missing_ok, name, offset) and is_missing(self.schema, name):
                self.resolver.missing.append(MissingRelation(name, offset))

    def _comment(self, node: ast.CommentStmt) -> None:
        name = names_of(node.object)
        if node.objtype in _RELATIONS:
            self._relation(name)
        elif node.objtype in _ON_A_RELATION:
            self._relation(name[:-1])
        elif node.objtype == ObjectType.OBJECT_COLUMN and len(name) > 1:
            self._relation(name[:-1])
            source = Source(name[-2], self.schema.columns_of(name[:-1]), self.schema.resolve(name[:-1]))
            self._columns(name[-1:], source)

    def _grant(self, node: ast.GrantStmt) -> None:
        if node.targtype != GrantTargetType.ACL_TARGET_OBJECT or node.objtype != ObjectType.OBJECT_TABLE:
            return
        for relation in node.objects or ():
            source = self.resolver.source(relation)
            for privilege in node.privileges or ():
                self._columns(names_of(privilege.cols), source)

    def _owned(self, options: tuple[ast.DefElem, ...]) -> None:
        for option in options:
            name = names_of(option.arg)
            if option.defname == "owned_by" and len(name) > 1:
                self._relation(name[:-1])
                source = Source(name[-2], self.schema.columns_of(name[:-1]), self.schema.resolve(name[:-1]))
                self._columns(name[-1:], source)

    def _values(self, node: ast.Node) -> Iterator[MissingValue]:
        """Yield the constants that are put where only the values of an enum may stand."""
        for part in walk(node):
            match part:
                case ast.TypeCast(
                    arg=ast.A_Const() as constant, typeName=ast.TypeName(arrayBounds=None) as kind
                ):
                    yield from self._value(constant, names_of(kind), part.location)
                case ast.ColumnDef(
                    typeName=ast.TypeName(arrayBounds=None) as kind, constraints=tuple(several)
                ):
                    for one in several:
                        if one.contype == ConstrType.CONSTR_DEFAULT:
                            yield from self._value(one.raw_expr, names_of(kind), one.location)
        match node:
            case ast.InsertStmt(relation=ast.RangeVar() as relation, selectStmt=ast.SelectStmt() as rows):
                known = self.schema.columns_of(name_of(relation)) or ()
                columns = tuple(target.name or "" for target in node.cols) if node.cols else known
                kinds = [(number, self._kind(relation, column)) for number, column in enumerate(columns)]
                of_enums = [(number, enum) for number, enum in kinds if enum is not None]
                for row in (rows.valuesLists or ()) if of_enums else ():
                    for number, enum in of_enums:
                        if number < len(row):
                            yield from self._value(row[number], enum, relation.location)
            case ast.UpdateStmt(relation=ast.RangeVar() as relation, targetList=tuple(targets)):
                for target in targets:
                    stored = self._kind(relation, target.name or "")
                    if stored is not None and not target.indirection:
                        yield from self._value(target.val, stored, relation.location)

    def _kind(self, relation: ast.RangeVar, column: str) -> Name | None:
        """Return the name of the enum that a column is of, None when it is of none that is known."""
        known = self.schema.column(name_of(relation), column)
        kind = known.type if known else None
        if kind is None or kind.array:
            return None
        name = (kind.schema, kind.name) if kind.schema else (kind.name,)
        return name if self.schema.enum(name) is not None else None

    def _value(self, constant: object, kind: Name, offset: int | None) -> Iterator[MissingValue]:
        match constant:
            case ast.A_Const(val=ast.String(sval=text)) if (enum := self.schema.enum(kind)) is not None:
                if (text or "") not in enum.values:
                    place = offset or self.statement.start
                    yield MissingValue((text or "",), place, tuple(enum.values), enum.name)

    def _function(self, node: ast.CreateTrigStmt) -> Iterator[MissingFunction]:
        name = names_of(node.funcname)
        if self.schema.functions_named(name) or name[:-1] not in {(), ("public",)}:
            return
        known = (function for function in self.schema.functions if function.returns == "trigger")
        among = tuple(function.name[-1] for function in known)
        yield MissingFunction(name, self._place(name[-1]), among)

    def _scope(self, relation: ast.RangeVar) -> Scope:
        return Scope(sources=[self.resolver.source(relation)])

    def _relation(self, name: Name) -> None:
        if is_missing(self.schema, name):
            self.resolver.missing.append(MissingRelation(name, self._place(name[-1])))

    def _columns(self, names: Name, source: Source, offset: int | None = None) -> None:
        start = self.statement.start if offset is None else offset
        text, end = self.statement.text, self.statement.end
        self.resolver.columns(((name, place_of(text, name, start, end)) for name in names), source)

    def _is_hidden(self, missing_ok: bool | None, name: Name, offset: int | None) -> bool:
        """Tell whether IF EXISTS passes over a relation; one that was never there is worth a word."""
        if not missing_ok or not is_missing(self.schema, name):
            return False
        if self.schema.resolve(name) not in self.schema.ever:
            self.hidden.append(MissingRelation(name, offset or self.statement.start))
        return True

    def _names_an_index(self, name: Name) -> bool:
        known = (*self.schema.tables.values(), *self.schema.changed.values())
        return any(index.name == name[-1] for table in known for index in table.indexes)

    def _place(self, name: str) -> int:
        return place_of(self.statement.text, name, self.statement.start, self.statement.end)
