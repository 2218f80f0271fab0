"""A query, a data change or an expression -> the relations and columns that its names lead to, or that are missing.

Names are resolved as PostgreSQL does it: innermost query first, then outwards. Where anything in reach is
not wholly known (a function's result, a table that no migration created), an unqualified name may stand
for it and nothing is said.

Source: <https://www.postgresql.org/docs/current/queries-table-expressions.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind, SetOperation, SubLinkType

from guardrails.lint.contracts import Name
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import MANAGED_SCHEMAS, SECRET_SCHEMAS, SERVED_SCHEMAS
from guardrails.lint.schema import Schema
from guardrails.lint.values import dataclass, field

Columns = tuple[str, ...] | None
"""The names of all columns in order, None where they are not known."""

_SYSTEM_COLUMNS = frozenset({"ctid", "oid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_OTHERS = MANAGED_SCHEMAS | SECRET_SCHEMAS | SERVED_SCHEMAS | {
    "pg_catalog", "information_schema", "pg_toast", "pg_temp", "_realtime", "_analytics", "_supavisor",
    "pgsodium_masks", "pgtle", "topology", "tiger", "partman", "repack", "timescaledb_information",
    "_timescaledb_internal", "audit",
}  # fmt: skip
"""Schemas in which PostgreSQL, the platform or an extension keeps what no migration made."""

_OF_TOOLS = ("migrat", "schema_version", "schema_history", "databasechangelog", "alembic")
_OF_EXTENSIONS = frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns", "raster_columns"})
_MOST_NESTED = 60
_UNNAMED = -1


@dataclass(frozen=True)
class Source:
    """One entry of a FROM list.

    Attributes:
        name: what a column reference calls it.
        relation: the resolved name of the table or view that it is.
    """

    name: str
    columns: Columns
    relation: Name | None = None


@dataclass
class Scope:
    """What names may mean at one place.

    Attributes:
        open: something here is not known, so that any name may be meant for it.
        extra: more names that stand for something without a qualifier.
    """

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    ctes: dict[str, Columns] = field(default_factory=dict)
    extra: frozenset[str] = frozenset()
    open: bool = False

    def inner(self) -> Scope:
        return Scope(self, ctes=dict(self.ctes))


@dataclass(frozen=True)
class MissingRelation:
    name: Name
    offset: int


@dataclass(frozen=True)
class MissingColumn:
    """A name that no column in reach has; `among` are those that there are, of `relation` if it is one's."""

    name: Name
    offset: int
    among: tuple[str, ...]
    relation: Name | None


def is_missing(schema: Schema, name: Name) -> bool:
    """Tell whether no relation of this name exists, as far as the history is complete enough to know that."""
    if not name or name[-1].startswith("pg_") or name[-1] in _OF_EXTENSIONS:
        return False
    if any(word in name[-1].lower() for word in _OF_TOOLS):
        return False  # a migration tool makes its own table
    resolved = schema.resolve(name)
    if resolved is None or resolved[0] in _OTHERS:
        return False
    if any(resolved in known for known in (schema.tables, schema.changed, schema.views, schema.sequences)):
        return False
    within = schema.search_path or () if len(name) == 1 else resolved[:1]
    return all(schema.complete_for((inside, name[-1])) for inside in within if inside not in _OTHERS)


class Resolver:
    """Follows the names of one statement.

    Attributes:
        missing: what leads nowhere, in the order in which it was met.
        used: the columns of relations that are named, by the relation's resolved name.
        spread: those that only a `*` stands for.
    """

    def __init__(self, schema: Schema, *, variables: bool = False) -> None:
        """Args: `variables` when an unqualified name, or a qualifier, may be a variable of PL/pgSQL."""
        self.schema = schema
        self.variables = variables
        self.missing: list[MissingRelation | MissingColumn] = []
        self.used: set[tuple[Name, str]] = set()
        self.spread: set[tuple[Name, str]] = set()
        self._depth = 0

    def query(self, node: ast.Node | None, outer: Scope | None = None) -> Columns:
        """Follow a statement that reads or writes rows, and return the columns of its result."""
        scope = outer.inner() if outer else Scope()
        self._depth += 1
        try:
            if self._depth > _MOST_NESTED:
                return None
            match node:
                case ast.SelectStmt():
                    return self._select(node, scope)
                case ast.InsertStmt():
                    return self._insert(node, scope)
                case ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt():
                    return self._change(node, scope)
        finally:
            self._depth -= 1
        return None

    def expression(self, node: object, scope: Scope) -> None:
        """Follow every name in an expression."""
        pending: list[object] = [node]
        while pending:
            match pending.pop():
                case ast.ColumnRef() as reference:
                    self._column(reference, scope)
                case ast.SelectStmt() as select:
                    self.query(select, scope)
                case ast.Node() as other:
                    pending.extend(reversed([getattr(other, name) for name in other]))
                case tuple() as several:
                    pending.extend(reversed(several))

    def source(self, relation: ast.RangeVar, scope: Scope | None = None) -> Source:
        """Return what a relation's name leads to, and note when it leads nowhere."""
        alias = relation.alias
        called = (alias.aliasname if alias else None) or relation.relname or ""
        if scope is not None and relation.schemaname is None and relation.relname in scope.ctes:
            return Source(called, _renamed(scope.ctes[relation.relname], alias))
        name = name_of(relation)
        if is_missing(self.schema, name):
            self.missing.append(MissingRelation(name, relation.location or 0))
        return Source(called, _renamed(self.schema.columns_of(name), alias), self.schema.resolve(name))

    def columns(self, names: Iterable[tuple[str, int]], source: Source) -> None:
        """Look for columns of one relation by their bare names."""
        for name, offset in names:
            if source.columns is None:
                continue
            if name in source.columns:
                self._use(source, name)
            elif name not in _SYSTEM_COLUMNS:
                self.missing.append(MissingColumn((name,), offset, source.columns, source.relation))

    def _select(self, node: ast.SelectStmt, scope: Scope) -> Columns:
        self._with(node.withClause, scope)
        if node.op != SetOperation.SETOP_NONE and node.op is not None:
            columns = self.query(node.larg, scope)
            self.query(node.rarg, scope)
            return columns
        if node.valuesLists:
            self.expression(node.valuesLists, scope)
            first = node.valuesLists[0]
            return tuple(f"column{number}" for number in range(1, len(first) + 1))
        for item in node.fromClause or ():
            self._from(item, scope)
        self.expression((node.targetList, node.whereClause, node.havingClause, node.windowClause), scope)
        columns = self._outputs(node.targetList or (), scope)
        named = frozenset(
            target.name
            for target in node.targetList or ()
            if isinstance(target, ast.ResTarget) and target.name
        )
        scope.extra = frozenset(columns or ()) | named
        self.expression((node.groupClause, node.sortClause, node.distinctClause, node.limitCount), scope)
        return columns

    def _with(self, clause: ast.WithClause | None, scope: Scope) -> None:
        for part in clause.ctes or () if clause else ():
            name = part.ctename or ""
            given = names_of(part.aliascolnames) or None
            if clause is not None and clause.recursive:
                scope.ctes[name] = given or self._first_arm(part.ctequery, scope)
            columns = self.query(part.ctequery, scope)
            if part.search_clause or part.cycle_clause:
                columns = given = None
            scope.ctes[name] = (
                given + (columns or ())[len(given) :] if given and columns else given or columns
            )

    def _first_arm(self, query: ast.Node | None, scope: Scope) -> Columns:
        while isinstance(query, ast.SelectStmt) and query.larg is not None:
            query = query.larg
        return Resolver(self.schema).query(query, scope)

    def _from(self, item: ast.Node, scope: Scope) -> None:
        match item:
            case ast.RangeVar():
                scope.sources.append(self.source(item, scope))
            case ast.RangeSubselect(subquery=query, alias=alias):
                columns = self.query(query, scope)
                scope.sources.append(
                    Source((alias.aliasname if alias else None) or "", _renamed(columns, alias))
                )
            case ast.JoinExpr(larg=left, rarg=right, alias=alias):
                for side in (left, right):
                    if side is not None:
                        self._from(side, scope)
                if alias is not None or item.join_using_alias is not None:
                    scope.open = True
                self.expression(item.quals, scope)
                self._using(names_of(item.usingClause), item, scope)
            case ast.RangeTableSample(relation=ast.Node() as inner):
                self._from(inner, scope)
            case ast.RangeFunction(alias=alias, coldeflist=tuple(definitions)) if alias:
                self.expression(item.functions, scope)
                columns = tuple(definition.colname or "" for definition in definitions)
                scope.sources.append(Source(alias.aliasname or "", columns))
            case _:
                if isinstance(item, ast.RangeFunction):
                    self.expression(item.functions, scope)
                alias = getattr(item, "alias", None)
                scope.sources.append(Source((alias.aliasname if alias else None) or "", None))
                scope.open = scope.open or alias is None

    def _using(self, names: Name, join: ast.JoinExpr, scope: Scope) -> None:
        for name in names:
            if not scope.open and all(source.columns is not None for source in scope.sources):
                among = tuple(column for source in scope.sources for column in source.columns or ())
                if name not in among:
                    offset = getattr(join.rarg, "location", None) or 0
                    self.missing.append(MissingColumn((name,), offset, among, None))

    def _insert(self, node: ast.InsertStmt, scope: Scope) -> Columns:
        self._with(node.withClause, scope)
        if node.relation is None:
            return None
        target = self.source(node.relation)
        self.columns(_targets(node.cols), target)
        if node.selectStmt is not None:
            self.query(node.selectStmt, scope)
        inside = scope.inner()
        inside.sources.append(target)
        if conflict := node.onConflictClause:
            if conflict.infer is not None:
                elements = conflict.infer.indexElems or ()
                offset = node.relation.location or 0
                self.columns(((element.name, offset) for element in elements if element.name), target)
                self.expression(tuple(element.expr for element in elements), inside)
                self.expression(conflict.infer.whereClause, inside)
            both = inside.inner()
            both.sources += (target, Source("excluded", target.columns, target.relation))
            self.columns(_targets(conflict.targetList), target)
            self.expression((_values(conflict.targetList), conflict.whereClause), both)
        return self._returning(node, inside)

    def _change(self, node: ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt, scope: Scope) -> Columns:
        self._with(node.withClause, scope)
        if node.relation is None:
            return None
        target = self.source(node.relation)
        scope.sources.append(target)
        match node:
            case ast.UpdateStmt(fromClause=others, targetList=assigned, whereClause=condition):
                for item in others or ():
                    self._from(item, scope)
                self.columns(_targets(assigned), target)
                self.expression((_values(assigned), condition), scope)
            case ast.DeleteStmt(usingClause=others, whereClause=condition):
                for item in others or ():
                    self._from(item, scope)
                self.expression(condition, scope)
            case ast.MergeStmt(sourceRelation=other, joinCondition=condition, mergeWhenClauses=clauses):
                if other is not None:
                    self._from(other, scope)
                self.expression(condition, scope)
                for clause in clauses or ():
                    self.columns(_targets(clause.targetList), target)
                    self.expression((_values(clause.targetList), clause.condition, clause.values), scope)
        return self._returning(node, scope)

    def _returning(self, node: ast.Node, scope: Scope) -> Columns:
        clause = getattr(node, "returningClause", None)
        if clause is None:
            return ()
        inside = scope.inner()
        for name in ("old", "new"):
            inside.sources.append(Source(name, None))
        for option in clause.options or ():
            inside.sources.append(Source(option.value or "", None))
        qualified = Scope(scope, sources=inside.sources, ctes=scope.ctes)
        for target in clause.exprs or ():
            if _is_of_a_row(target, {source.name for source in inside.sources}):
                self.expression(target, qualified)
            else:
                self.expression(target, scope)
        return self._outputs(clause.exprs or (), scope)

    def _outputs(self, targets: tuple[ast.Node, ...], scope: Scope) -> Columns:
        names: list[str] = []
        for target in targets:
            match target:
                case ast.ResTarget(name=str(name)):
                    names.append(name)
                case ast.ResTarget(val=ast.ColumnRef(fields=(*qualifier, ast.A_Star()))):
                    wanted = names_of(tuple(qualifier))[-1:]
                    reached = [source for source in scope.sources if not wanted or source.name == wanted[0]]
                    if scope.open or not reached or any(source.columns is None for source in reached):
                        return None
                    names.extend(column for source in reached for column in source.columns or ())
                case ast.ResTarget(val=value):
                    strength, name = _figured(value)
                    if strength < 0:
                        return None
                    names.append(name)
                case _:
                    return None
        return tuple(names)

    def _column(self, reference: ast.ColumnRef, scope: Scope) -> None:
        names, offset = names_of(reference.fields), reference.location or 0
        if any(isinstance(part, ast.A_Star) for part in reference.fields or ()):
            for source in scope.sources:
                if not names or source.name == names[-1]:
                    for column in source.columns or ():
                        if source.relation is not None:
                            self.spread.add((source.relation, column))
        elif len(names) == 1:
            self._bare(names[0], offset, scope)
        elif len(names) in {2, 3}:
            self._qualified(names, offset, scope)

    def _bare(self, name: str, offset: int, scope: Scope) -> None:
        among: list[str] = []
        for level in _outwards(scope):
            if name in level.extra:
                return
            for source in level.sources:
                if source.columns is not None and name in source.columns:
                    self._use(source, name)
                    return
            if name in _SYSTEM_COLUMNS or any(source.name == name for source in level.sources):
                return
            if level.open or any(source.columns is None for source in level.sources):
                not_known = [source for source in level.sources if source.columns is None]
                if len(not_known) == 1 and not level.open and level.outer is None:
                    self._use(not_known[0], name)
                return
            among += (column for source in level.sources for column in source.columns or ())
        if among and not self.variables:
            (only,) = scope.sources if len(scope.sources) == 1 else (None,)
            relation = only.relation if only else None
            self.missing.append(MissingColumn((name,), offset, tuple(dict.fromkeys(among)), relation))

    def _qualified(self, names: Name, offset: int, scope: Scope) -> None:
        qualifier = names[-2]
        for level in _outwards(scope):
            for source in level.sources:
                if source.name == qualifier:
                    self._of_source(source, names, offset)
                    return
            if level.open:
                return
        if not self.variables and any(level.sources for level in _outwards(scope)):
            among = tuple(
                source.name for level in _outwards(scope) for source in level.sources if source.name
            )
            if qualifier not in {"new", "old", "excluded"} and not self._is_composite(qualifier, scope):
                self.missing.append(MissingColumn(names, offset, among, None))

    def _is_composite(self, name: str, scope: Scope) -> bool:
        """Tell whether a qualifier may be a column or something not known, so that its name says nothing."""
        return any(
            source.columns is None or name in source.columns
            for level in _outwards(scope)
            for source in level.sources
        )

    def _of_source(self, source: Source, names: Name, offset: int) -> None:
        name = names[-1]
        if source.columns is None or name in source.columns:
            self._use(source, name)
        elif name not in _SYSTEM_COLUMNS and not self.schema.functions_named((name,)):
            self.missing.append(MissingColumn(names, offset, source.columns, source.relation))

    def _use(self, source: Source, column: str) -> None:
        if source.relation is not None:
            self.used.add((source.relation, column))


def _outwards(scope: Scope) -> Iterator[Scope]:
    level: Scope | None = scope
    while level is not None:
        yield level
        level = level.outer


def _renamed(columns: Columns, alias: ast.Alias | None) -> Columns:
    given = names_of(alias.colnames) if alias and alias.colnames else ()
    return columns if not given or columns is None else given + columns[len(given) :]


def _targets(targets: object) -> Iterator[tuple[str, int]]:
    for target in targets if isinstance(targets, tuple) else ():
        if isinstance(target, ast.ResTarget) and target.name:
            yield target.name, target.location or 0


def _values(targets: object) -> tuple[object, ...]:
    return tuple(target.val for target in targets) if isinstance(targets, tuple) else ()


def _is_of_a_row(target: ast.Node, names: set[str]) -> bool:
    """Tell whether something in RETURNING speaks of `old` or `new`."""
    pending: list[object] = [target]
    while pending:
        match pending.pop():
            case ast.ColumnRef(fields=fields):
                if set(names_of(fields)[:1]) & names:
                    return True
            case ast.Node() as node:
                pending.extend(getattr(node, name) for name in node)
            case tuple() as several:
                pending.extend(several)
    return False


def _figured(node: ast.Node | None) -> tuple[int, str]:
    """Return the name that PostgreSQL gives a result, and how sure it is of it: FigureColname in parse_target.c."""
    match node:
        case ast.ColumnRef(fields=(*_, ast.String(sval=str(name)))):
            return 2, name
        case ast.A_Indirection(arg=argument, indirection=indirection):
            names = names_of(indirection)
            return (2, names[-1]) if names else _figured(argument)
        case ast.FuncCall(funcname=funcname):
            return 2, names_of(funcname)[-1]
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_NULLIF):
            return 2, "nullif"
        case ast.TypeCast(arg=argument, typeName=kind):
            strength, name = _figured(argument)
            return (strength, name) if strength > 1 else (1, names_of(kind)[-1])
        case ast.CollateClause(arg=argument):
            return _figured(argument)
        case ast.CaseExpr(defresult=argument):
            strength, name = _figured(argument)
            return (strength, name) if strength > 1 else (1, "case")
        case ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK):
            return 2, "exists"
        case ast.SubLink(subLinkType=SubLinkType.ARRAY_SUBLINK) | ast.A_ArrayExpr():
            return 2, "array"
        case ast.SubLink(
            subLinkType=SubLinkType.EXPR_SUBLINK,
            subselect=ast.SelectStmt(targetList=(ast.ResTarget() as first, *_)),
        ):
            return (2, first.name) if first.name else _figured(first.val)
        case ast.CoalesceExpr():
            return 2, "coalesce"
        case ast.MinMaxExpr(op=operation):
            return 2, "least" if operation == 1 else "greatest"
        case ast.RowExpr():
            return 2, "row"
        case ast.GroupingFunc():
            return 2, "grouping"
        case (
            ast.A_Const()
            | ast.A_Expr()
            | ast.BoolExpr()
            | ast.NullTest()
            | ast.BooleanTest()
            | ast.ParamRef()
        ):
            return 0, "?column?"
    return _UNNAMED, ""
