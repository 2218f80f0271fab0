"""What a migration does and what undoes it -> where the two do not match.

Both are followed statement by statement, without the history: what the way forwards makes must be gone
after the way back, and what it drops must be there again. Nothing is said where either of them holds a
block of code, whose work can't be told, and where the way back says itself that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import AlterTableType, DropBehavior, ObjectType

from guardrails.lint.contracts import Name, Problem
from guardrails.lint.parsing import Parsed, comments, name_of, names_of, parse
from guardrails.lint.patterns import regex
from guardrails.lint.shapes import ROUTINES, TYPES
from guardrails.lint.spelling import written
from guardrails.lint.values import NamedTuple, dataclass, replace

_NO_WAY_BACK = regex(
    r"irreversib|can.?t be (undone|reversed|rolled back)|cannot be (undone|reversed|rolled back)"
)
_DOWN_MARKS = frozenset({"migrate:down", "+goose down"})
_RELATIONS = frozenset({
    ObjectType.OBJECT_TABLE, ObjectType.OBJECT_FOREIGN_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW,
})  # fmt: skip
_NAMED = {
    ObjectType.OBJECT_INDEX: "index",
    ObjectType.OBJECT_SEQUENCE: "sequence",
    ObjectType.OBJECT_SCHEMA: "schema",
    ObjectType.OBJECT_EXTENSION: "extension",
}
_ON_A_TABLE = {ObjectType.OBJECT_POLICY: "policy", ObjectType.OBJECT_TRIGGER: "trigger"}
_OPAQUE = (ast.DoStmt, ast.CallStmt)


class Item(NamedTuple):
    """Something that a statement makes or drops; `table` is what it stands on, if anything."""

    kind: str
    name: Name
    table: Name | None = None

    def __str__(self) -> str:
        return f"{self.kind} {written(self.name)}" + (f" of {written(self.table)}" if self.table else "")


@dataclass(frozen=True)
class _Step:
    """One thing that a statement does.

    Attributes:
        columns: those that it goes with.
        soft: the statement passes where it has nothing to do.
        index_of: the table of an index, which is no part of its name.
    """

    makes: bool
    item: Item
    offset: int
    columns: frozenset[str] = frozenset()
    soft: bool = False
    cascade: bool = False
    index_of: Name | None = None

    @property
    def on(self) -> Name | None:
        return self.index_of or self.item.table


def down_of(sql: str) -> str:
    """Return what stands below the mark of the way back in a text of which the tool is not known."""
    if "down" not in sql.lower():
        return ""
    for comment in comments(sql):
        if comment.alone and comment.text.lower().split(" transaction", 1)[0] in _DOWN_MARKS:
            return sql[comment.offset :]
    return ""


def mismatches(forwards: Iterable[Parsed], down: str) -> Iterator[Problem]:
    """Yield what a way back leaves or takes too much, at the statement of the way forwards that it is about.

    Args:
        forwards: the statements of the migration.
        down: the text that undoes it.
    """
    up = list(forwards)
    back = parse(down)
    if not up or not back.statements or back.faults:
        return
    if any(isinstance(one.node, _OPAQUE) for one in (*up, *back.statements)):
        return
    if any(_NO_WAY_BACK.search(comment.text.lower()) for comment in comments(down)):
        return
    state, unnamed = _State(), {table for parsed in up for table in _unnamed(parsed.node)}
    for parsed in up:
        state.take(parsed)
    before = dict(state.steps)
    for parsed in back.statements:
        state.take(parsed, back=True, unnamed=bool(unnamed))
    for item, step in state.steps.items():
        said = None if step.on in state.remade else _said(item, step, before)
        if said is not None:
            made = before.get(item)
            yield Problem(said[0], made.offset if made is not None else up[0].start, said[1])
    for new, old in state.aliases.items():
        message = f"the rollback leaves {written(old)} under its new name {written(new)}"
        yield Problem(message, up[0].start, f"Rename {written(new)} to {written(old)} in it.")


def _said(item: Item, step: _Step, before: dict[Item, _Step]) -> tuple[str, str] | None:
    """Return what is wrong with something that is not as it was before, and what to do about it."""
    known = item in before
    if step.makes and known:
        if step.soft or before[item].soft:
            return None
        return f"the rollback leaves {item}, which this migration makes", f"Drop {item} in it."
    if step.makes:
        gone = any(other == Item("relation", item.table or ()) for other in before)
        if item.kind not in {"relation", "column"} or gone:
            return None
        return f"the rollback makes {item}, which this migration does not drop", f"Leave {item} out of it."
    if step.soft:
        return None
    if not known:
        return f"the rollback drops {item}, which this migration does not make", f"Leave {item} alone in it."
    return (
        f"the rollback does not bring back {item}, which this migration drops",
        f"Make {item} again in it, or say in a comment that it is irreversible.",
    )


class _State:
    """What is other than before.

    Attributes:
        steps: by item the step that made it so.
        aliases: new names of relations, with the old ones.
        remade: relations that were dropped, perhaps to be made again: what stood on them is not known.
    """

    def __init__(self) -> None:
        self.steps: dict[Item, _Step] = {}
        self.aliases: dict[Name, Name] = {}
        self.remade: set[Name | None] = set()

    def take(self, parsed: Parsed, *, back: bool = False, unnamed: bool = False) -> None:
        """Follow a statement of the way forwards or `back`; `unnamed` if PostgreSQL named something on the way."""
        for raw in _steps(parsed):
            step = replace(raw, item=self._original(raw.item))
            may_be_unnamed = unnamed and step.item.kind in {"constraint", "index"}
            if back and not step.makes and may_be_unnamed and step.item not in self.steps:
                step = replace(step, soft=True)
            self._take(step)
        match parsed.node:
            case ast.RenameStmt(relation=ast.RangeVar() as relation, newname=str(new), renameType=kind):
                if kind in _RELATIONS:
                    old = _full(name_of(relation))
                    first, to = self.aliases.pop(old, old), (old[0], new)
                    if first != to:
                        self.aliases[to] = first

    def _original(self, item: Item) -> Item:
        if item.kind == "relation":
            return item._replace(name=self.aliases.get(item.name, item.name))
        return item._replace(table=self.aliases.get(item.table, item.table) if item.table else None)

    def _take(self, step: _Step) -> None:
        if not step.makes and step.item.kind == "relation" and step.item not in self.steps:
            self.remade.add(step.item.name)
        if step.item.kind == "constraint" and not step.makes and step.item not in self.steps:
            index = Item("index", ((step.item.table or ("",))[0], *step.item.name))
            step = replace(step, item=index) if index in self.steps else step
        known = self.steps.get(step.item)
        if known is not None and known.makes != step.makes:
            del self.steps[step.item]
        elif known is None:
            self.steps[step.item] = step
        if not step.makes:
            for item in [
                one for one, other in self.steps.items() if other.makes and _goes_with(one, other, step)
            ]:
                del self.steps[item]


def _goes_with(item: Item, made: _Step, dropped: _Step) -> bool:
    """Tell whether something is gone because what it stands on is dropped."""
    match dropped.item.kind:
        case "relation":
            return made.on == dropped.item.name
        case "column":
            return made.on == dropped.item.table and bool(made.columns & set(dropped.item.name))
        case "schema":
            return (item.table or item.name)[:1] == dropped.item.name
        case "function" | "type":
            return dropped.cascade and item.kind in {"trigger", "policy", "column"}
    return False


def _steps(parsed: Parsed) -> Iterator[_Step]:
    node, offset = parsed.node, parsed.start
    match node:
        case ast.CreateStmt(relation=ast.RangeVar() as relation):
            yield _Step(True, Item("relation", _full(name_of(relation))), offset)
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
            yield _Step(True, Item("relation", _full(name_of(relation))), offset)
        case ast.ViewStmt(view=ast.RangeVar() as relation):
            yield _Step(True, Item("relation", _full(name_of(relation))), offset, soft=bool(node.replace))
        case ast.IndexStmt(relation=ast.RangeVar() as relation, idxname=str(name)):
            table = _full(name_of(relation))
            columns = frozenset(element.name or "" for element in node.indexParams or ())
            yield _Step(True, Item("index", (table[0], name)), offset, columns, index_of=table)
        case ast.CreatePolicyStmt(table=ast.RangeVar() as relation):
            yield _Step(True, Item("policy", (node.policy_name or "",), _full(name_of(relation))), offset)
        case ast.CreateTrigStmt(relation=ast.RangeVar() as relation):
            item = Item("trigger", (node.trigname or "",), _full(name_of(relation)))
            yield _Step(True, item, offset, soft=bool(node.replace))
        case ast.CreateFunctionStmt(funcname=names):
            yield _Step(True, Item("function", _full(names_of(names))), offset, soft=bool(node.replace))
        case ast.CreateEnumStmt(typeName=names) | ast.CreateDomainStmt(domainname=names):
            yield _Step(True, Item("type", _full(names_of(names))), offset)
        case ast.CompositeTypeStmt(typevar=ast.RangeVar() as relation):
            yield _Step(True, Item("type", _full(name_of(relation))), offset)
        case ast.CreateSeqStmt(sequence=ast.RangeVar() as relation):
            owners = [
                names_of(option.arg)[:-1] for option in node.options or () if option.defname == "owned_by"
            ]
            owner = _full(owners[0]) if owners and owners[0] else None
            yield _Step(True, Item("sequence", _full(name_of(relation))), offset, index_of=owner)
        case ast.CreateSchemaStmt(schemaname=str(name)):
            yield _Step(True, Item("schema", (name,)), offset, soft=bool(node.if_not_exists))
        case ast.CreateExtensionStmt(extname=str(name)):
            yield _Step(True, Item("extension", (name,)), offset, soft=True)
        case ast.DropStmt():
            yield from _drops(node, offset)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
            for command in node.cmds or ():
                yield from _alters(command, _full(name_of(relation)), offset)
        case ast.RenameStmt():
            yield from _renames(node, offset)


def _drops(node: ast.DropStmt, offset: int) -> Iterator[_Step]:
    soft, cascade = bool(node.missing_ok), node.behavior == DropBehavior.DROP_CASCADE
    for parts in node.objects or ():
        name, kind = names_of(parts), node.removeType
        item: Item | None = None
        if kind in _RELATIONS:
            item = Item("relation", _full(name))
        elif kind in _ON_A_TABLE:
            item = Item(_ON_A_TABLE[kind], name[-1:], _full(name[:-1]))
        elif kind in ROUTINES:
            item = Item("function", _full(name))
        elif kind in TYPES:
            item = Item("type", _full(name))
        elif kind in _NAMED:
            item = Item(_NAMED[kind], name if _NAMED[kind] in {"schema", "extension"} else _full(name))
        if item is not None:
            yield _Step(False, item, offset, soft=soft, cascade=cascade)


def _alters(command: ast.AlterTableCmd, table: Name, offset: int) -> Iterator[_Step]:
    soft, name = bool(command.missing_ok), command.name or ""
    match command.subtype, command.def_:
        case AlterTableType.AT_AddColumn, ast.ColumnDef(colname=str(column)):
            columns = frozenset({column})
            yield _Step(True, Item("column", (column,), table), offset, columns)
        case AlterTableType.AT_DropColumn, _:
            yield _Step(False, Item("column", (name,), table), offset, soft=soft)
        case AlterTableType.AT_AddConstraint | AlterTableType.AT_AddIndexConstraint, ast.Constraint() as node:
            if node.conname:
                columns = frozenset((*names_of(node.keys), *names_of(node.fk_attrs)))
                yield _Step(True, Item("constraint", (node.conname,), table), offset, columns)
        case AlterTableType.AT_DropConstraint, _:
            yield _Step(False, Item("constraint", (name,), table), offset, soft=soft)
        case AlterTableType.AT_EnableRowSecurity, _:
            yield _Step(True, Item("row level security", (), table), offset)
        case AlterTableType.AT_DisableRowSecurity, _:
            yield _Step(False, Item("row level security", (), table), offset)


def _renames(node: ast.RenameStmt, offset: int) -> Iterator[_Step]:
    new, relation = node.newname or "", _full(name_of(node.relation)) if node.relation else ()
    if node.renameType == ObjectType.OBJECT_COLUMN and relation:
        yield _Step(False, Item("column", (node.subname or "",), relation), offset)
        yield _Step(True, Item("column", (new,), relation), offset)


def _unnamed(node: ast.Node) -> Iterator[Name]:
    """Yield the tables to which a statement gives a constraint or an index that PostgreSQL names."""
    match node:
        case ast.IndexStmt(relation=ast.RangeVar() as relation, idxname=None):
            yield _full(name_of(relation))
        case ast.CreateStmt(relation=ast.RangeVar() as relation):
            yield _full(name_of(relation))
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation):
            for command in node.cmds or ():
                match command.def_:
                    case ast.Constraint(conname=None) | ast.ColumnDef(constraints=tuple()):
                        yield _full(name_of(relation))


def _full(name: Name) -> Name:
    return name[-2:] if len(name) > 1 else ("public", *name)
