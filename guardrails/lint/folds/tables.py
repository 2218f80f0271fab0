"""CREATE, ALTER, RENAME and DROP of tables, columns, constraints and indexes -> the schema's tables."""

from __future__ import annotations

from copy import copy

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, SetOperation

from guardrails.lint.objects import Check, Column, ForeignKey, Index, Sequence, Table
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.shapes import column_of, index_of, not_null_of, type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema

# CREATE_TABLE_LIKE_* in PostgreSQL's parsenodes.h
_LIKE_CONSTRAINTS = 1 << 2
_LIKE_DEFAULTS = 1 << 3
_LIKE_GENERATED = 1 << 4
_LIKE_IDENTITY = 1 << 5
_LIKE_INDEXES = 1 << 6


def create(schema: Schema, node: ast.CreateStmt, *, certain: bool, foreign: bool = False) -> None:
    relation = node.relation
    assert relation is not None
    if node.if_not_exists and schema.table(name_of(relation)):
        return
    table = schema.add_table(relation, new=certain and not node.if_not_exists)
    table.foreign = foreign
    table.whole = node.ofTypename is None
    if node.partspec:
        table.partitioned = tuple(part.name for part in node.partspec.partParams or ())
    if node.partbound and node.inhRelations:
        table.partition_of = schema.resolve(name_of(node.inhRelations[0]))
        if node.partbound.is_default and (parent := schema.created_or_changed(name_of(node.inhRelations[0]))):
            parent.default_partition = True
    for parent_name in node.inhRelations or ():
        _inherit(schema, table, schema.table(name_of(parent_name)), partition=bool(node.partbound))
    for element in node.tableElts or ():
        match element:
            case ast.ColumnDef():
                add_column(schema, table, element, new=table.new)
            case ast.TableLikeClause(relation=ast.RangeVar() as like):
                _copy(table, schema.table(name_of(like)), element.options or 0)
    for element in node.tableElts or ():
        if isinstance(element, ast.Constraint):
            add_constraint(schema, table, element, (), new=table.new)


def create_from_query(schema: Schema, relation: ast.RangeVar, *, new: bool) -> None:
    table = schema.add_table(relation, new=new)
    table.written = table.copied = True


def _inherit(schema: Schema, table: Table, parent: Table | None, *, partition: bool) -> None:
    if parent is None:
        table.whole = False
        return
    table.whole &= parent.whole
    for name, column in parent.columns.items():
        table.columns[name] = schema.fresh(copy(column), new=table.new)
    table.checks.extend(parent.checks)
    if partition:
        table.indexes.extend(parent.indexes)


def _copy(table: Table, source: Table | None, options: int) -> None:
    if source is None:
        table.whole = False
        return
    table.whole &= source.whole
    for name, known in source.columns.items():
        column = copy(known)
        column.new = table.new
        column.serial = False
        if not options & _LIKE_DEFAULTS:
            column.default = None
        if not options & _LIKE_GENERATED:
            column.generated = column.expression = None
        if not options & _LIKE_IDENTITY:
            column.identity = None
        table.columns[name] = column
    if options & _LIKE_INDEXES:
        table.indexes.extend(copy(index) for index in source.indexes)
    if options & _LIKE_CONSTRAINTS:
        table.checks.extend(source.checks)


def add_column(schema: Schema, table: Table, node: ast.ColumnDef, *, new: bool) -> None:
    column = schema.fresh(column_of(node, new=False), new=new)
    name = column.name
    table.columns[name] = column
    if column.serial or column.identity:
        owned = Sequence((table.name[0], f"{table.name[-1]}_{name}_seq"), new=False, owner=(table.name, name))
        schema.sequences[owned.name] = schema.fresh(owned, new=new)
    constraint: ast.Constraint
    for constraint in node.constraints or ():
        add_constraint(schema, table, constraint, (name,), new=new)
    if any(part.contype == ConstrType.CONSTR_ATTR_NOT_ENFORCED for part in node.constraints or ()):
        for check in table.checks:
            check.enforced &= check.node not in (node.constraints or ())
        for key in table.foreign_keys:
            key.enforced &= key.node not in (node.constraints or ())


def add_constraint(
    schema: Schema, table: Table, node: ast.Constraint, inline: tuple[str, ...], *, new: bool
) -> None:
    match node.contype:
        case ConstrType.CONSTR_PRIMARY | ConstrType.CONSTR_UNIQUE:
            _add_key(schema, table, node, inline or names_of(node.keys), new=new)
        case ConstrType.CONSTR_EXCLUSION:
            columns = tuple(
                part[0].name for part in node.exclusions or () if isinstance(part[0], ast.IndexElem)
            )
            name = node.conname or _made_up(table, columns, "excl")
            made = Index(name, columns, constraint=True, method=node.access_method or "btree", node=node)
            table.indexes.append(schema.fresh(made, new=new))
        case ConstrType.CONSTR_FOREIGN:
            target = name_of(node.pktable)
            columns = inline or names_of(node.fk_attrs)
            key = ForeignKey(
                node.conname or _made_up(table, columns, "fkey"),
                columns,
                schema.resolve(target) or target,
                node,
                target_columns=names_of(node.pk_attrs),
                on_delete=node.fk_del_action or "a",
                validated=not node.skip_validation,
                enforced=_enforced(node),
            )
            table.foreign_keys.append(schema.fresh(key, new=new))
            schema.keep_key(node, table, key)
            schema.refer_to(key.target)
        case ConstrType.CONSTR_CHECK:
            found = not_null_of(node.raw_expr)
            name = node.conname or _made_up(table, inline, "check")
            check = Check(
                name, node.raw_expr, not node.skip_validation, _enforced(node), not_null=found, node=node
            )
            table.checks.append(schema.fresh(check, new=new))
        case ConstrType.CONSTR_NOTNULL if not inline:
            for column in names_of(node.keys):
                check = Check(node.conname, None, not node.skip_validation, not_null=column, node=node)
                table.checks.append(schema.fresh(check, new=new))
                if column in table.columns and not node.skip_validation:
                    table.columns[column].not_null = True


def _enforced(node: ast.Constraint) -> bool:
    return bool(node.is_enforced)


def _add_key(
    schema: Schema, table: Table, node: ast.Constraint, columns: tuple[str, ...], *, new: bool
) -> None:
    primary = node.contype == ConstrType.CONSTR_PRIMARY
    if node.indexname:
        for index in table.indexes:
            if index.name == node.indexname:
                index.constraint = True
                index.primary = primary
                index.name = node.conname or index.name
                columns = tuple(name for name in index.columns if name)
    else:
        suffix = "pkey" if primary else "key"
        name = node.conname or _made_up(table, () if primary else columns, suffix)
        index = Index(name, columns, unique=True, primary=primary, constraint=True, node=node)
        table.indexes.append(schema.fresh(index, new=new))
    if primary:
        for name in columns:
            if name in table.columns:
                table.columns[name].not_null = True


def _made_up(table: Table, columns: tuple[str | None, ...], suffix: str) -> str:
    """Return the name that PostgreSQL gives a constraint, as far as nothing else has it already."""
    return "_".join((table.name[-1], *(name or "expr" for name in columns), suffix))


def alter(schema: Schema, node: ast.AlterTableStmt, relation: ast.RangeVar, *, certain: bool) -> None:
    table = schema.changed_table(name_of(relation))
    for command in node.cmds or ():
        if command.subtype == AlterTableType.AT_EnableRowSecurity:
            schema.uses_rls = True
        if isinstance(command.def_, ast.RangeVar) and (parent := schema.table(name_of(command.def_))):
            parent.new = False  # INHERIT: what empties or drops it now reaches the rows of its children
        if table is not None:
            _alter(schema, table, command, certain)


def _alter(schema: Schema, table: Table, command: ast.AlterTableCmd, certain: bool) -> None:
    column = table.columns.get(command.name or "")
    match command.subtype:
        case AlterTableType.AT_AddColumn if isinstance(command.def_, ast.ColumnDef):
            if not (command.missing_ok and command.def_.colname in table.columns):
                add_column(schema, table, command.def_, new=certain and not command.missing_ok)
        case AlterTableType.AT_DropColumn if command.name:
            if column is None or not column.new:
                schema.dropped_columns.add((table.name, command.name))
            if certain:
                _drop_column(table, command.name)
        case AlterTableType.AT_AlterColumnType if column is not None:
            assert isinstance(command.def_, ast.ColumnDef)
            column.type = type_of(command.def_.typeName)
            if command.def_.collClause is not None:
                column.collation = names_of(command.def_.collClause.collname)
        case AlterTableType.AT_AddConstraint if isinstance(command.def_, ast.Constraint):
            add_constraint(schema, table, command.def_, (), new=certain)
        case AlterTableType.AT_AddIndexConstraint if isinstance(command.def_, ast.Constraint):
            add_constraint(schema, table, command.def_, (), new=certain)
        case AlterTableType.AT_DropConstraint if certain and command.name:
            _drop_constraint(table, command.name)
        case AlterTableType.AT_ValidateConstraint if certain:
            _validate(table, command.name)
        case AlterTableType.AT_AttachPartition if isinstance(command.def_, ast.PartitionCmd):
            table.new = False  # it holds the rows of its partition now
            if command.def_.bound is not None and command.def_.bound.is_default:
                table.default_partition = True
            if partition := schema.created_or_changed(name_of(command.def_.name)):
                partition.partition_of = table.name
        case AlterTableType.AT_DetachPartition if isinstance(command.def_, ast.PartitionCmd) and certain:
            if partition := schema.created_or_changed(name_of(command.def_.name)):
                partition.partition_of = None
        case _:
            _alter_state(table, column, command, certain)


def _alter_state(table: Table, column: Column | None, command: ast.AlterTableCmd, certain: bool) -> None:
    match command.subtype:
        case AlterTableType.AT_EnableRowSecurity:
            table.rls = True
            table.rls_in_doubt = not certain
        case AlterTableType.AT_DisableRowSecurity:
            table.rls = False
        case AlterTableType.AT_ForceRowSecurity if certain:
            table.forced = True
        case AlterTableType.AT_NoForceRowSecurity:
            table.forced = False
        case AlterTableType.AT_SetUnLogged:
            table.unlogged = True
        case AlterTableType.AT_SetLogged if certain:
            table.unlogged = False
        case AlterTableType.AT_SetNotNull if column and certain:
            column.not_null = True
        case AlterTableType.AT_SetNotNull if command.name and certain and not table.whole:
            table.checks.append(Check(None, None, not_null=command.name))
        case AlterTableType.AT_DropNotNull:
            if column:
                column.not_null = False
            table.checks = [
                check for check in table.checks if check.expression or check.not_null != command.name
            ]
        case AlterTableType.AT_ColumnDefault if column and certain:
            column.default = command.def_ if isinstance(command.def_, ast.Node) else None
        case AlterTableType.AT_AddIdentity if column and certain:
            column.identity = "a"
        case AlterTableType.AT_DropIdentity if column and certain:
            column.identity = None
        case AlterTableType.AT_SetExpression if column and certain:
            column.expression = command.def_ if isinstance(command.def_, ast.Node) else None
        case AlterTableType.AT_DropExpression if column and certain:
            column.generated = column.expression = None


def _drop_column(table: Table, name: str) -> None:
    table.columns.pop(name, None)
    table.former.add(name)
    for key in table.foreign_keys:
        key.dropped |= name in key.columns
    table.foreign_keys = [key for key in table.foreign_keys if not key.dropped]
    table.indexes = [index for index in table.indexes if name not in index.columns]
    table.checks = [check for check in table.checks if check.not_null != name]


def _drop_constraint(table: Table, name: str) -> None:
    for key in table.foreign_keys:
        key.dropped |= key.name == name
    table.foreign_keys = [key for key in table.foreign_keys if not key.dropped]
    table.indexes = [index for index in table.indexes if not index.name or index.name != name]
    table.checks = [check for check in table.checks if check.name != name]


def _validate(table: Table, name: str | None) -> None:
    for key in table.foreign_keys:
        key.validated |= key.name == name
    for check in table.checks:
        check.validated |= check.name == name


def create_index(schema: Schema, node: ast.IndexStmt, relation: ast.RangeVar, *, certain: bool) -> None:
    name = name_of(relation)
    if schema.view(name) is not None:
        return
    table = schema.changed_table(name)
    if table is None or (node.if_not_exists and any(index.name == node.idxname for index in table.indexes)):
        return
    index = index_of(node, new=False)
    if index.name is None:
        index.name = _made_up(table, index.columns, "idx")
    table.indexes.append(schema.fresh(index, new=certain and not node.if_not_exists))


def drop_index(schema: Schema, name: str) -> None:
    for table in (*schema.tables.values(), *schema.changed.values()):
        for index in table.indexes:
            if index.name == name:
                table.indexes = [kept for kept in table.indexes if kept.name != name]
                return


def rename_column(table: Table, old: str, new: str) -> None:
    column = table.columns.pop(old, None)
    table.former.add(old)
    if column is not None:
        column.name = new
        table.columns[new] = column
    for index in table.indexes:
        index.rename(old, new)
    for key in table.foreign_keys:
        key.columns = tuple(new if name == old else name for name in key.columns)
    for check in table.checks:
        check.not_null = new if check.not_null == old else check.not_null


def rename_constraint(table: Table, old: str, new: str) -> None:
    named: tuple[ForeignKey | Check | Index, ...] = (*table.foreign_keys, *table.checks, *table.indexes)
    for made in named:
        if made.name == old:
            made.name = new


def write(schema: Schema, node: ast.InsertStmt | ast.UpdateStmt | ast.MergeStmt | ast.CopyStmt) -> None:
    if node.relation is None:
        return
    name = name_of(node.relation)
    if target := schema.table(name):
        target.written = True
        target.copied |= not _writes_constants(node)
    elif schema.view(name) is None and (resolved := schema.resolve(name)):
        schema.refer_to(resolved)


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
