"""The schema that a history of statements makes: `Schema.apply` folds one statement at a time.

Folding never guesses. A table that the history did not create is not known, and what is asked
about it has no answer; what a condition or a loop may have done does not count as surely done.
Objects are changed in place as the history goes on, and a table keeps its identity through
renames: a rule that holds on to one sees later what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pglast import ast
from pglast.enums import (
    AlterTableType,
    BoolExprType,
    ConstrType,
    NullTestType,
    ObjectType,
    SetOperation,
    TransactionStmtKind,
)

from guardrails.lint.contracts import MigrationFile, Name
from guardrails.lint.parsing import Script, name_of, names_of, parse

DEFAULT_SEARCH_PATH = ("public",)
_LIKE_INDEXES = 1 << 6  # CREATE_TABLE_LIKE_INDEXES in PostgreSQL's parsenodes.h


@dataclass(frozen=True)
class Type:
    """A type as the parser spells it (`int` is `int4`), without its schema."""

    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False


@dataclass(eq=False)
class Column:
    name: str
    type: Type | None
    new: bool


@dataclass(eq=False)
class Index:
    """An index, or the one behind a key.

    Attributes:
        columns: None where an expression stands.
        partial: its condition leaves out more than rows without a value.
        not_null: it leaves out the rows in which one of these columns has no value.
    """

    name: str | None
    columns: tuple[str | None, ...]
    partial: bool = False
    not_null: frozenset[str] = frozenset()

    def rename(self, old: str, new: str) -> None:
        self.columns = tuple(new if name == old else name for name in self.columns)
        self.not_null = frozenset(new if name == old else name for name in self.not_null)


@dataclass(eq=False)
class ForeignKey:
    name: str | None
    columns: tuple[str, ...]
    target: Name
    node: ast.Constraint | None = None
    dropped: bool = False


@dataclass(eq=False)
class Table:
    """A table that some statement created.

    Attributes:
        name: schema and name; the schema of a temporary table is `pg_temp`.
        spelling: its name as `CREATE TABLE` had it.
        new: the change set that is being read surely made it: no `IF NOT EXISTS` that may have
            found an old one, no condition around it.
        rls: row level security is on; `rls_in_doubt` if a condition stood around that.
        written: rows may have come into it since.
        copied: these may be rows of older tables, of which it may by now hold the only copy.
        dropped: it is gone.
        relation: the name in the statement that created it.
    """

    name: Name
    spelling: Name
    new: bool
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    rls: bool = False
    rls_in_doubt: bool = False
    written: bool = False
    copied: bool = False
    dropped: bool = False
    partition_of: Name | None = None
    relation: ast.RangeVar | None = None

    @property
    def temporary(self) -> bool:
        return self.name[0] == "pg_temp"

    def indexed(self, columns: Iterable[str]) -> bool:
        """Tell whether an index leads with these columns, in any order among themselves."""
        wanted = frozenset(columns)
        return any(
            not index.partial
            and index.not_null <= wanted
            and frozenset(index.columns[: len(wanted)]) == wanted
            for index in self.indexes
        )


@dataclass(eq=False)
class Function:
    """A function or procedure that some statement defined; `text` is what its node's locations count into."""

    name: Name
    arguments: tuple[Name, ...]
    node: ast.CreateFunctionStmt
    text: str


@dataclass(frozen=True)
class Trigger:
    name: str
    table: Name
    function: Name
    events: int


class Schema:
    """What is known of the database after the statements so far.

    Attributes:
        tables, functions, triggers: what stands now.
        changed: tables that no statement created but some changed, with nothing but these changes.
        search_path: None when a statement set it to something that is not constant.
        new_schemas: schemas that this change set surely created.
        dropped, dropped_columns: what this change set dropped or renamed away, by its old name; a
            table that was only renamed is not `Table.dropped`.
        uses_rls: some statement enabled row level security, on whatever table.
    """

    def __init__(self) -> None:
        self.tables: dict[Name, Table] = {}
        self.changed: dict[Name, Table] = {}
        self._made: dict[int, Table] = {}
        self._keys: dict[int, tuple[Table, ForeignKey]] = {}
        self.functions: list[Function] = []
        self.triggers: list[Trigger] = []
        self.search_path: tuple[str, ...] | None = DEFAULT_SEARCH_PATH
        self.new_schemas: set[str] = set()
        self.dropped: dict[Name, Table | None] = {}
        self.dropped_columns: set[tuple[Name, str]] = set()
        self.uses_rls = False

    def begin_change_set(self) -> None:
        """Make everything known a part of the history: nothing of it is new any more."""
        for table in (*self.tables.values(), *self.changed.values()):
            table.new = False
            for column in table.columns.values():
                column.new = False
        self.new_schemas.clear()
        self.dropped.clear()
        self.dropped_columns.clear()
        self.search_path = DEFAULT_SEARCH_PATH

    def resolve(self, name: Name) -> Name | None:
        """Return schema and name of a relation, or None when the search path is not known."""
        if len(name) > 1:
            return name[-2:]
        if not name:
            return None
        for schema in ("pg_temp", *(self.search_path or ())):
            if (schema, name[0]) in self.tables:
                return (schema, name[0])
        return (self.search_path[0], name[0]) if self.search_path else None

    def table(self, name: Name) -> Table | None:
        resolved = self.resolve(name)
        return self.tables.get(resolved) if resolved else None

    def created_or_changed(self, name: Name) -> Table | None:
        """Return what is known of a table, be it only the columns and indexes that were added to it."""
        resolved = self.resolve(name)
        return self.tables.get(resolved) or self.changed.get(resolved) if resolved else None

    def made_by(self, relation: ast.RangeVar) -> Table | None:
        """Return the table that the statement with this node created, whatever became of it since.

        None when it created nothing: `IF NOT EXISTS` found one, or the statement was rolled back.
        """
        return self._made.get(id(relation))

    def key_made_by(self, node: ast.Constraint) -> tuple[Table, ForeignKey] | None:
        """Return the foreign key that this node created, with its table, like `made_by`."""
        return self._keys.get(id(node))

    def column(self, table: Name, column: str) -> Column | None:
        known = self.created_or_changed(table)
        return known.columns.get(column) if known else None

    def is_disposable(self, name: Name) -> bool:
        """Tell whether dropping or emptying this table can't lose a row that was there before.

        True for a temporary table, and for one that this change set surely created under this very
        spelling and never wrote to.
        """
        table = self.table(name)
        if table is None:
            return False
        return table.temporary or (table.new and not table.written and table.spelling == name)

    def holds_old_rows(self, name: Name) -> bool:
        """Tell whether a table may hold rows that were there before the change set, or copies of them."""
        table = self.table(name)
        if table is None:
            return True
        return not table.temporary and (not table.new or table.copied or table.spelling != name)

    def is_new(self, name: Name) -> bool:
        table = self.table(name)
        return table is not None and (table.temporary or (table.new and table.spelling == name))

    def functions_named(self, name: Name) -> tuple[Function, ...]:
        """Return every definition that a call under this name may reach."""
        return tuple(
            function
            for function in self.functions
            if function.name[-1:] == name[-1:]
            and (len(function.name) == 1 or len(name) == 1 or function.name[-2:] == name[-2:])
        )

    def triggers_on(self, table: Name) -> tuple[Trigger, ...]:
        resolved = self.resolve(table)
        return tuple(trigger for trigger in self.triggers if trigger.table == resolved)

    def apply(self, node: ast.Node, text: str, *, certain: bool = True) -> None:
        """Take in one statement that stands in `text`.

        Args:
            node: the statement.
            text: what its locations count into.
            certain: False when a condition, a loop or an exception handler stands around it.
        """
        match node:
            case ast.CreateStmt():
                self._create_table(node, certain)
            case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
                if node.objtype == ObjectType.OBJECT_TABLE and not (
                    node.if_not_exists and self.table(name_of(relation))
                ):
                    table = self._add_table(relation, new=certain and not node.if_not_exists)
                    table.written = table.copied = True
            case ast.SelectStmt(intoClause=ast.IntoClause(rel=ast.RangeVar() as relation)):
                table = self._add_table(relation, new=certain)
                table.written = table.copied = True
            case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
                self._alter_table(node, relation, certain)
            case ast.IndexStmt(relation=ast.RangeVar() as relation):
                self._create_index(node, relation)
            case ast.RenameStmt():
                self._rename(node)
            case ast.AlterObjectSchemaStmt(relation=ast.RangeVar() as relation, newschema=str(schema)):
                self._move(relation, schema)
            case ast.DropStmt():
                if certain:
                    self._drop(node)
            case ast.CreateFunctionStmt():
                self._create_function(node, text)
            case ast.CreateTrigStmt(relation=ast.RangeVar() as relation):
                table_name = self.resolve(name_of(relation)) or ()
                function = names_of(node.funcname)
                self.triggers.append(Trigger(node.trigname or "", table_name, function, node.events or 0))
            case ast.CreateSchemaStmt(schemaname=str(schema), if_not_exists=False):
                if certain:
                    self.new_schemas.add(schema)
            case ast.VariableSetStmt(name="search_path"):
                self.search_path = _search_path(node)
            case ast.SelectStmt(targetList=tuple(targets)):
                for target in targets:
                    self._set_config(target)
            case ast.InsertStmt() | ast.UpdateStmt() | ast.MergeStmt() | ast.CopyStmt():
                if node.relation is not None and (target := self.table(name_of(node.relation))):
                    target.written = True
                    target.copied |= not _writes_constants(node)
            case ast.ExplainStmt(query=ast.Node() as query) | ast.PrepareStmt(query=ast.Node() as query):
                self.apply(query, text, certain=False)
        for written in getattr(getattr(node, "withClause", None), "ctes", None) or ():
            self.apply(written.ctequery, text, certain=False)

    def _create_table(self, node: ast.CreateStmt, certain: bool) -> None:
        relation = node.relation
        assert relation is not None
        if node.if_not_exists and self.table(name_of(relation)):
            return
        table = self._add_table(relation, new=certain and not node.if_not_exists)
        if node.partbound and node.inhRelations:
            table.partition_of = self.resolve(name_of(node.inhRelations[0]))
        for parent_name in node.inhRelations or ():
            if parent := self.table(name_of(parent_name)):
                table.columns.update(parent.columns)
                if node.partbound:
                    table.indexes.extend(parent.indexes)
        for element in node.tableElts or ():
            match element:
                case ast.ColumnDef():
                    self._add_column(table, element, new=table.new)
                case ast.Constraint():
                    self._add_constraint(table, element, ())
                case ast.TableLikeClause(relation=ast.RangeVar() as like):
                    if source := self.table(name_of(like)):
                        table.columns.update(source.columns)
                        if (element.options or 0) & _LIKE_INDEXES:
                            table.indexes.extend(source.indexes)

    def _add_table(self, relation: ast.RangeVar, *, new: bool) -> Table:
        spelling = name_of(relation)
        schema = "pg_temp" if relation.relpersistence == "t" else relation.schemaname
        name: Name = (schema or (self.search_path or ("?",))[0], spelling[-1])
        table = Table(name, spelling, new, relation=relation)
        self.tables[name] = self._made[id(relation)] = table
        self.changed.pop(name, None)
        return table

    def _changed_table(self, spelling: Name) -> Table | None:
        name = self.resolve(spelling)
        if name is None:
            return None
        return self.tables.get(name) or self.changed.setdefault(name, Table(name, spelling, new=False))

    def _add_column(self, table: Table, node: ast.ColumnDef, *, new: bool) -> None:
        name = node.colname or ""
        table.columns[name] = Column(name, type_of(node.typeName), new)
        for constraint in node.constraints or ():
            self._add_constraint(table, constraint, (name,))

    def _add_constraint(self, table: Table, node: ast.Constraint, inline: tuple[str, ...]) -> None:
        match node.contype:
            case ConstrType.CONSTR_PRIMARY | ConstrType.CONSTR_UNIQUE:
                if node.indexname:
                    return  # the index is known under its own name
                table.indexes.append(Index(node.conname, inline or names_of(node.keys)))
            case ConstrType.CONSTR_FOREIGN:
                target = name_of(node.pktable)
                columns = inline or names_of(node.fk_attrs)
                key = ForeignKey(node.conname, columns, self.resolve(target) or target, node)
                table.foreign_keys.append(key)
                self._keys[id(node)] = (table, key)

    def _alter_table(self, node: ast.AlterTableStmt, relation: ast.RangeVar, certain: bool) -> None:
        table = self._changed_table(name_of(relation))
        for command in node.cmds or ():
            if command.subtype == AlterTableType.AT_EnableRowSecurity:
                self.uses_rls = True
            if isinstance(command.def_, ast.RangeVar) and (parent := self.table(name_of(command.def_))):
                parent.new = False  # INHERIT: what empties or drops it now reaches the rows of its children
            if table is not None:
                self._alter(table, command, certain)

    def _alter(self, table: Table, command: ast.AlterTableCmd, certain: bool) -> None:
        match command.subtype:
            case AlterTableType.AT_AddColumn if isinstance(command.def_, ast.ColumnDef):
                if not (command.missing_ok and command.def_.colname in table.columns):
                    self._add_column(table, command.def_, new=certain and not command.missing_ok)
            case AlterTableType.AT_DropColumn if command.name:
                known = table.columns.get(command.name)
                if known is None or not known.new:
                    self.dropped_columns.add((table.name, command.name))
                if not certain:
                    return
                table.columns.pop(command.name, None)
                for key in table.foreign_keys:
                    key.dropped |= command.name in key.columns
                table.indexes = [index for index in table.indexes if command.name not in index.columns]
            case AlterTableType.AT_AlterColumnType if command.name in table.columns:
                assert isinstance(command.def_, ast.ColumnDef)
                table.columns[command.name].type = type_of(command.def_.typeName)
            case AlterTableType.AT_AddConstraint if isinstance(command.def_, ast.Constraint):
                self._add_constraint(table, command.def_, ())
            case AlterTableType.AT_DropConstraint if certain:
                for key in table.foreign_keys:
                    key.dropped |= key.name is not None and key.name == command.name
                table.indexes = [
                    index for index in table.indexes if not index.name or index.name != command.name
                ]
            case AlterTableType.AT_EnableRowSecurity:
                table.rls = True
                table.rls_in_doubt = not certain
            case AlterTableType.AT_DisableRowSecurity:
                table.rls = False
            case AlterTableType.AT_AttachPartition if isinstance(command.def_, ast.PartitionCmd):
                table.new = False  # it holds the rows of its partition now
                if partition := self.table(name_of(command.def_.name)):
                    partition.partition_of = table.name

    def _create_index(self, node: ast.IndexStmt, relation: ast.RangeVar) -> None:
        table = self._changed_table(name_of(relation))
        if table and node.accessMethod in {"btree", "hash", "gist"}:
            columns = tuple(element.name for element in node.indexParams or ())
            not_null = _not_null(node.whereClause)
            table.indexes.append(Index(node.idxname, columns, not_null is None, not_null or frozenset()))

    def _rename(self, node: ast.RenameStmt) -> None:
        if node.renameType == ObjectType.OBJECT_SCHEMA:
            self._distrust(node.subname, node.newname)
        table = self.created_or_changed(name_of(node.relation)) if node.relation else None
        if node.newname is None:
            return
        if table is None:
            if node.renameType == ObjectType.OBJECT_TABLE and (gone := self.resolve(name_of(node.relation))):
                self.dropped[gone] = None
                self.tables.pop((gone[0], node.newname), None)
                self.changed.pop((gone[0], node.newname), None)
            return
        if node.renameType == ObjectType.OBJECT_TABLE:
            self._rename_table(table, (table.name[0], node.newname))
        elif node.renameType == ObjectType.OBJECT_COLUMN and node.subname in table.columns:
            old, new = node.subname, node.newname
            column = table.columns.pop(old)
            column.name = new
            table.columns[new] = column
            for index in table.indexes:
                index.rename(old, new)
            for key in table.foreign_keys:
                key.columns = tuple(new if name == old else name for name in key.columns)

    def _move(self, relation: ast.RangeVar, schema: str) -> None:
        if table := self.created_or_changed(name_of(relation)):
            self._rename_table(table, (schema, table.name[1]))

    def _rename_table(self, table: Table, name: Name) -> None:
        kept = self.tables if table.name in self.tables else self.changed
        self.dropped[table.name] = table  # a CREATE under the old name would replace it
        del kept[table.name]
        table.name = table.spelling = name
        table.new = False  # an earlier statement may name another table by what is now its name
        self.tables.pop(name, None)
        self.changed.pop(name, None)
        kept[name] = table

    def _distrust(self, *schemas: str | None) -> None:
        """Take nothing in these schemas for new: one of them goes by another name from now on."""
        self.new_schemas.difference_update(schema for schema in schemas if schema)
        for table in (*self.tables.values(), *self.changed.values()):
            if table.name[0] in schemas:
                table.new = False
                for column in table.columns.values():
                    column.new = False

    def _drop(self, node: ast.DropStmt) -> None:
        for parts in node.objects or ():
            name = names_of(parts)
            match node.removeType:
                case ObjectType.OBJECT_TABLE | ObjectType.OBJECT_FOREIGN_TABLE:
                    if resolved := self.resolve(name):
                        table = self.created_or_changed(name)
                        self.tables.pop(resolved, None)
                        self.changed.pop(resolved, None)
                        self.dropped[resolved] = table
                        if table:
                            table.dropped = True
                case ObjectType.OBJECT_INDEX:
                    for table in (*self.tables.values(), *self.changed.values()):
                        table.indexes = [index for index in table.indexes if index.name != name[-1]]
                case ObjectType.OBJECT_SCHEMA:
                    self.new_schemas.discard(name[-1])
                    for table in [table for table in self.tables.values() if table.name[0] == name[-1]]:
                        table.dropped = True
                        del self.tables[table.name]
                case ObjectType.OBJECT_FUNCTION | ObjectType.OBJECT_PROCEDURE | ObjectType.OBJECT_ROUTINE:
                    gone = self.functions_named(name)
                    self.functions = [function for function in self.functions if function not in gone]
                case ObjectType.OBJECT_TRIGGER:
                    table_name = self.resolve(name[:-1])
                    self.triggers = [
                        trigger
                        for trigger in self.triggers
                        if (trigger.table, trigger.name) != (table_name, name[-1])
                    ]

    def _set_config(self, target: ast.ResTarget) -> None:
        match target.val:
            case ast.FuncCall(
                funcname=funcname, args=(ast.A_Const(val=ast.String(sval=str(name))), value, *_)
            ):
                if names_of(funcname)[-1:] == ("set_config",) and name.lower() == "search_path":
                    self.search_path = None
                    if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String):
                        names = (part.strip().strip('"') for part in (value.val.sval or "").split(","))
                        self.search_path = _schemas(names)

    def _create_function(self, node: ast.CreateFunctionStmt, text: str) -> None:
        arguments = tuple(names_of(parameter.argType) for parameter in node.parameters or ())
        function = Function(names_of(node.funcname), arguments, node, text)
        if node.replace:
            same = (function.name, arguments)
            self.functions = [known for known in self.functions if (known.name, known.arguments) != same]
        self.functions.append(function)


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
            schema.apply(node, script.text)


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


def type_of(node: ast.TypeName | None) -> Type | None:
    """Return a type as written, or None for one that only the server can resolve (`t.c%TYPE`)."""
    if node is None or not node.names or node.pct_type:
        return None
    modifiers = tuple(
        modifier.val.ival or 0
        for modifier in node.typmods or ()
        if isinstance(modifier, ast.A_Const) and isinstance(modifier.val, ast.Integer)
    )
    return Type(names_of(node.names)[-1], modifiers, bool(node.arrayBounds))


def _search_path(node: ast.VariableSetStmt) -> tuple[str, ...] | None:
    values: list[str] = []
    for argument in node.args or ():
        match argument:
            case ast.A_Const(val=ast.String(sval=str(value))):
                values.append(value)
            case _:
                return None
    if not node.args:
        return DEFAULT_SEARCH_PATH  # RESET, or SET … TO DEFAULT
    return _schemas(values)


def _schemas(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in {"", "$user", "pg_catalog", "pg_temp"})


def _writes_constants(node: ast.Node) -> bool:
    """Tell whether the rows that a statement writes are in its own text."""
    match node:
        case ast.UpdateStmt():
            return node.fromClause is None
        case ast.InsertStmt(withClause=None, selectStmt=ast.SelectStmt() as rows):
            return rows.fromClause is None and rows.op == SetOperation.SETOP_NONE
        case ast.InsertStmt(selectStmt=None):
            return True
    return False


def _not_null(condition: ast.Node | None) -> frozenset[str] | None:
    """Return the columns that an index's condition wants to have a value, None if it wants anything else."""
    match condition:
        case None:
            return frozenset()
        case ast.NullTest(nulltesttype=NullTestType.IS_NOT_NULL, arg=ast.ColumnRef(fields=fields)):
            return frozenset(names_of(fields)[-1:])
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=tuple(parts)):
            found = [_not_null(part) for part in parts]
            return (
                frozenset().union(*(names for names in found if names is not None))
                if None not in found
                else None
            )
    return None
