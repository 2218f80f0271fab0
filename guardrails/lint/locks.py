"""A statement -> the locks that it takes on tables that were there before, and what it does to their rows.

Sources: <https://www.postgresql.org/docs/current/explicit-locking.html>,
<https://www.postgresql.org/docs/current/sql-altertable.html> and `AlterTableGetLockLevel` in PostgreSQL's
tablecmds.c; the locks of policies, partitions and foreign keys were measured on PostgreSQL 15 and 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, ObjectType

from guardrails.lint.backfills import backfilled
from guardrails.lint.contracts import Name
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import option_is_on
from guardrails.lint.values import NamedTuple


class LockMode(StrEnum):
    """A table-level lock, as PostgreSQL names it; from the weakest to the strongest."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    @property
    def strength(self) -> int:
        return _MODES.index(self)

    @property
    def blocks_writes(self) -> bool:
        return self.strength >= LockMode.SHARE.strength


_MODES = tuple(LockMode)


class Lock(NamedTuple):
    """A lock on a table.

    Attributes:
        table: schema and name where the search path is known, else the name as written. Where only
            the name of an index is known, it stands for its table.
        scans: the statement reads every row under it, or works through a table to write to this one.
    """

    table: Name
    mode: LockMode
    scans: bool = False


_SHARE_UPDATE_EXCLUSIVE = frozenset({
    AlterTableType.AT_SetStatistics, AlterTableType.AT_SetOptions, AlterTableType.AT_ResetOptions,
    AlterTableType.AT_SetRelOptions, AlterTableType.AT_ResetRelOptions, AlterTableType.AT_ClusterOn,
    AlterTableType.AT_DropCluster, AlterTableType.AT_ValidateConstraint, AlterTableType.AT_AttachPartition,
    AlterTableType.AT_DetachPartitionFinalize,
})  # fmt: skip
_SHARE_ROW_EXCLUSIVE = frozenset({
    AlterTableType.AT_EnableTrig, AlterTableType.AT_EnableAlwaysTrig, AlterTableType.AT_EnableReplicaTrig,
    AlterTableType.AT_EnableTrigAll, AlterTableType.AT_EnableTrigUser, AlterTableType.AT_DisableTrig,
    AlterTableType.AT_DisableTrigAll, AlterTableType.AT_DisableTrigUser,
})  # fmt: skip
_SCANNING_CONSTRAINTS = frozenset({
    ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_NOTNULL,
    ConstrType.CONSTR_PRIMARY, ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_EXCLUSION,
})  # fmt: skip
_SCANNING_COMMANDS = frozenset({
    AlterTableType.AT_SetNotNull, AlterTableType.AT_ValidateConstraint, AlterTableType.AT_AlterColumnType,
    AlterTableType.AT_SetLogged, AlterTableType.AT_SetUnLogged, AlterTableType.AT_SetTableSpace,
    AlterTableType.AT_SetAccessMethod, AlterTableType.AT_SetExpression,
})  # fmt: skip
_ON_A_TABLE = frozenset({ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_POLICY, ObjectType.OBJECT_RULE})
_RENAMES = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_COLUMN, *_ON_A_TABLE})
_TABLES = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_MATVIEW, ObjectType.OBJECT_FOREIGN_TABLE})


LOCKING_NODES = (
    "AlterTableStmt", "CreateStmt", "IndexStmt", "DropStmt", "RenameStmt", "AlterObjectSchemaStmt",
    "CreatePolicyStmt", "AlterPolicyStmt", "CreateTrigStmt", "RuleStmt", "TruncateStmt", "LockStmt", "VacuumStmt",
    "ClusterStmt", "ReindexStmt", "RefreshMatViewStmt",
)  # fmt: skip
"""The classes of statements with locks that conflict with writes."""

ON_A_VIEW = 64
"""`CreateTrigStmt.timing` of INSTEAD OF: TRIGGER_TYPE_INSTEAD in PostgreSQL's pg_trigger.h."""

TAKE_LOCKS = frozenset({*LOCKING_NODES, "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})

SCANNING_NODES = (
    "AlterTableStmt", "IndexStmt", "VacuumStmt", "ClusterStmt", "ReindexStmt", "RefreshMatViewStmt", "SelectStmt",
)  # fmt: skip
"""The classes of statements that may read all rows of a table, except those that change rows."""


def locks_of(node: ast.Node, schema: Schema) -> tuple[Lock, ...]:
    """Return the locks on older tables, one a table: the strongest of those that the statement takes."""
    if type(node).__name__ not in TAKE_LOCKS:
        return ()
    strongest: dict[Name, Lock] = {}
    for name, mode, scans in _taken(node, schema):
        if not name or schema.is_new(name):
            continue
        table = schema.resolve(name) or name
        known = strongest.get(table)
        if known is None or mode.strength > known.mode.strength:
            strongest[table] = Lock(table, mode, scans or (known is not None and known.scans))
        elif scans:
            strongest[table] = known._replace(scans=True)
    return tuple(strongest.values())


def table_of_index(name: Name, schema: Schema) -> Name | None:
    """Return the table that an index of this name is known to stand on."""
    for table in (*schema.tables.values(), *schema.changed.values()):
        if (len(name) == 1 or name[-2] == table.name[0]) and any(
            index.name == name[-1] for index in table.indexes
        ):
            return table.name
    return None


def _taken(node: ast.Node, schema: Schema) -> Iterator[tuple[Name, LockMode, bool]]:
    match node:
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, objtype=kind) if kind in _TABLES:
            for command in node.cmds or ():
                yield from _altered(name_of(relation), command, schema)
        case ast.CreateStmt():
            yield from _created(node)
        case ast.IndexStmt(relation=ast.RangeVar() as relation):
            mode = LockMode.SHARE_UPDATE_EXCLUSIVE if node.concurrent else LockMode.SHARE
            yield name_of(relation), mode, True
        case ast.DropStmt():
            yield from _dropped(node, schema)
        case ast.RenameStmt(relation=ast.RangeVar() as relation) if node.renameType in _RENAMES:
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case ast.RenameStmt(relation=ast.RangeVar() as relation) if (
            node.renameType == ObjectType.OBJECT_TABCONSTRAINT
        ):
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case ast.AlterObjectSchemaStmt(relation=ast.RangeVar() as relation) if node.objectType in _TABLES:
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case (
            ast.CreatePolicyStmt(table=ast.RangeVar() as relation)
            | ast.AlterPolicyStmt(table=ast.RangeVar() as relation)
        ):
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case ast.CreateTrigStmt(relation=ast.RangeVar() as relation, timing=timing) if timing != ON_A_VIEW:
            yield name_of(relation), LockMode.SHARE_ROW_EXCLUSIVE, False
        case ast.RuleStmt(relation=ast.RangeVar() as relation):
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case ast.TruncateStmt(relations=tuple(relations)):
            for relation in relations:
                yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, False
        case ast.LockStmt(relations=tuple(relations), mode=int(mode)):
            for relation in relations:
                yield name_of(relation), _MODES[mode - 1], False
        case ast.VacuumStmt(rels=tuple(relations)):
            mode = LockMode.ACCESS_EXCLUSIVE if is_full(node) else LockMode.SHARE_UPDATE_EXCLUSIVE
            for relation in relations:
                yield name_of(relation.relation), mode, True
        case ast.ClusterStmt(relation=ast.RangeVar() as relation):
            yield name_of(relation), LockMode.ACCESS_EXCLUSIVE, True
        case ast.ReindexStmt(relation=ast.RangeVar() as relation):
            mode = LockMode.SHARE_UPDATE_EXCLUSIVE if is_concurrent(node) else LockMode.SHARE
            name = name_of(relation)
            if node.kind == 0:  # REINDEX_OBJECT_INDEX in PostgreSQL's parsenodes.h
                name = table_of_index(name, schema) or name
            yield name, mode, True
        case ast.RefreshMatViewStmt(relation=ast.RangeVar() as relation):
            mode = LockMode.EXCLUSIVE if node.concurrent else LockMode.ACCESS_EXCLUSIVE
            yield name_of(relation), mode, not node.skipData
        case ast.InsertStmt() | ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt():
            if node.relation is not None:
                yield name_of(node.relation), LockMode.ROW_EXCLUSIVE, backfilled(node, schema) is not None


def _altered(
    table: Name, command: ast.AlterTableCmd, schema: Schema
) -> Iterator[tuple[Name, LockMode, bool]]:
    definition = command.def_
    match command.subtype:
        case AlterTableType.AT_AddConstraint if isinstance(definition, ast.Constraint):
            foreign = definition.contype == ConstrType.CONSTR_FOREIGN
            scans = (
                definition.contype in _SCANNING_CONSTRAINTS
                and not definition.skip_validation
                and not definition.indexname
            )
            yield table, LockMode.SHARE_ROW_EXCLUSIVE if foreign else LockMode.ACCESS_EXCLUSIVE, scans
            if foreign:
                yield name_of(definition.pktable), LockMode.SHARE_ROW_EXCLUSIVE, False
        case AlterTableType.AT_AddColumn if isinstance(definition, ast.ColumnDef):
            yield table, LockMode.ACCESS_EXCLUSIVE, False
            for parent in parents_of(definition):
                yield parent, LockMode.SHARE_ROW_EXCLUSIVE, False
        case AlterTableType.AT_AttachPartition if isinstance(definition, ast.PartitionCmd):
            yield table, LockMode.SHARE_UPDATE_EXCLUSIVE, False
            yield name_of(definition.name), LockMode.ACCESS_EXCLUSIVE, True
        case AlterTableType.AT_DetachPartition if isinstance(definition, ast.PartitionCmd):
            mode = LockMode.SHARE_UPDATE_EXCLUSIVE if definition.concurrent else LockMode.ACCESS_EXCLUSIVE
            yield table, mode, False
            yield name_of(definition.name), LockMode.ACCESS_EXCLUSIVE, False
        case AlterTableType.AT_DropConstraint:
            yield table, LockMode.ACCESS_EXCLUSIVE, False
            known = schema.created_or_changed(table)
            for key in known.foreign_keys if known else ():
                if key.name == command.name and not key.dropped:
                    yield key.target, LockMode.ACCESS_EXCLUSIVE, False
        case kind if kind in _SHARE_UPDATE_EXCLUSIVE:
            yield table, LockMode.SHARE_UPDATE_EXCLUSIVE, kind in _SCANNING_COMMANDS
        case kind if kind in _SHARE_ROW_EXCLUSIVE:
            yield table, LockMode.SHARE_ROW_EXCLUSIVE, False
        case kind:
            yield table, LockMode.ACCESS_EXCLUSIVE, kind in _SCANNING_COMMANDS


def _created(node: ast.CreateStmt) -> Iterator[tuple[Name, LockMode, bool]]:
    for parent in node.inhRelations or ():
        mode = LockMode.ACCESS_EXCLUSIVE if node.partbound else LockMode.SHARE_UPDATE_EXCLUSIVE
        yield name_of(parent), mode, False
    for element in node.tableElts or ():
        for name in parents_of(element):
            yield name, LockMode.SHARE_ROW_EXCLUSIVE, False


def parents_of(element: ast.Node) -> Iterator[Name]:
    """Yield the tables that a column's or a table's foreign keys lead to."""
    match element:
        case ast.ColumnDef(constraints=tuple(constraints)):
            for constraint in constraints:
                yield from parents_of(constraint)
        case ast.Constraint(contype=ConstrType.CONSTR_FOREIGN, pktable=ast.RangeVar() as parent):
            yield name_of(parent)


def _dropped(node: ast.DropStmt, schema: Schema) -> Iterator[tuple[Name, LockMode, bool]]:
    for parts in node.objects or ():
        name = names_of(parts)
        if node.removeType in _TABLES:
            yield name, LockMode.ACCESS_EXCLUSIVE, False
            known = schema.created_or_changed(name)
            for key in known.foreign_keys if known else ():
                if not key.dropped:
                    yield key.target, LockMode.ACCESS_EXCLUSIVE, False
            if known and known.partition_of:
                yield known.partition_of, LockMode.ACCESS_EXCLUSIVE, False
        elif node.removeType == ObjectType.OBJECT_INDEX:
            mode = LockMode.SHARE_UPDATE_EXCLUSIVE if node.concurrent else LockMode.ACCESS_EXCLUSIVE
            yield table_of_index(name, schema) or name, mode, False
        elif node.removeType in _ON_A_TABLE:
            yield name[:-1], LockMode.ACCESS_EXCLUSIVE, False


def is_full(node: ast.VacuumStmt) -> bool:
    return bool(option_is_on(node.options, "full"))


def is_concurrent(node: ast.ReindexStmt) -> bool:
    return bool(option_is_on(node.params, "concurrently"))
