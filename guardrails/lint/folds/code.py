"""Views, functions and triggers -> what of them the schema has to know."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, SetOperation

from guardrails.lint.contracts import Name
from guardrails.lint.objects import Function, Trigger, View
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.shapes import arguments_of, function_search_path, option_is_on, signature_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lint.schema import Schema

_INVOKER = "security_invoker"


def create_view(
    schema: Schema,
    node: ast.Node,
    relation: ast.RangeVar,
    query: ast.Node | None,
    *,
    certain: bool,
    materialized: bool = False,
) -> None:
    spelling = name_of(relation)
    inside = "pg_temp" if relation.relpersistence == "t" else relation.schemaname or schema.first_schema
    name = (inside, spelling[-1])
    options = getattr(node, "options", None)
    aliases = names_of(getattr(node, "aliases", None))
    if isinstance(node, ast.CreateTableAsStmt) and node.into is not None:
        aliases = names_of(node.into.colNames)
    own = _columns(schema, query)
    replaced = schema.views.get(name)
    view = View(
        name,
        materialized,
        option_is_on(options, _INVOKER) is True,
        query,
        frozenset(relations_in(schema, query)) if query is not None else frozenset(),
        node,
        new=False,
        columns=aliases + (own or ())[len(aliases) :] if aliases else own,
        replaced=replaced or schema.dropped_views.get(name),
    )
    if replaced is not None:
        view.access = replaced.access
    else:
        view.access = schema.starting_access("tables", inside)
    schema.views[name] = schema.fresh(view, new=certain and not replaced)
    schema.keep_view(node, view)
    for read in view.reads:
        schema.refer_to(read)


def alter_view(view: View, node: ast.AlterTableStmt, *, certain: bool) -> None:
    for command in node.cmds or ():
        options = command.def_ if isinstance(command.def_, tuple) else ()
        match command.subtype:
            case AlterTableType.AT_SetRelOptions:
                said = option_is_on(options, _INVOKER)
                if said is not None and (certain or not said):
                    view.security_invoker = said
            case AlterTableType.AT_ResetRelOptions:
                if any(option.defname == _INVOKER for option in options):
                    view.security_invoker = False


def relations_in(schema: Schema, query: ast.Node) -> Iterator[Name]:
    """Yield the resolved names of the relations that a query reads, those of its WITH aside."""
    own = {part.ctename for part in walk(query) if isinstance(part, ast.CommonTableExpr)}
    for part in walk(query):
        if isinstance(part, ast.RangeVar) and not (part.schemaname is None and part.relname in own):
            resolved = schema.resolve(name_of(part))
            if resolved is not None:
                yield resolved


def _columns(schema: Schema, query: ast.Node | None) -> tuple[str, ...] | None:
    """Return the names that a query gives its columns, None where that needs the server."""
    while isinstance(query, ast.SelectStmt) and query.op != SetOperation.SETOP_NONE:
        query = query.larg
    if not isinstance(query, ast.SelectStmt) or query.valuesLists:
        return None
    names: list[str] = []
    for target in query.targetList or ():
        match target:
            case ast.ResTarget(name=str(name)):
                names.append(name)
            case ast.ResTarget(val=ast.ColumnRef(fields=(*_, ast.String(sval=str(name))))):
                names.append(name)
            case ast.ResTarget(val=ast.ColumnRef(fields=(ast.A_Star(),))):
                columns = _of_everything(schema, query.fromClause or ())
                if columns is None:
                    return None
                names.extend(columns)
            case ast.ResTarget(val=ast.FuncCall(funcname=funcname)):
                names.append(names_of(funcname)[-1])
            case _:
                return None
    return tuple(names)


def _of_everything(schema: Schema, sources: tuple[ast.Node, ...]) -> list[str] | None:
    names: list[str] = []
    for source in sources:
        if not isinstance(source, ast.RangeVar) or (source.alias and source.alias.colnames):
            return None
        columns = schema.columns_of(name_of(source))
        if columns is None:
            return None
        names.extend(columns)
    return names


def create_function(schema: Schema, node: ast.CreateFunctionStmt, text: str, *, certain: bool) -> None:
    name, arguments = names_of(node.funcname), arguments_of(node)
    resolved = name[-2:] if len(name) > 1 else (schema.first_schema, *name)
    function = Function(name, arguments, node, text, resolved)
    _read_options(function, node.options or ())
    if node.sql_body is not None:
        function.language = "sql"
    if node.returnType is not None:
        function.returns = names_of(node.returnType)[-1]
    known = schema.function_at(resolved, arguments)
    if known is not None and node.replace:
        function.replaced, function.access = known, known.access
        schema.forget_function(known)
    else:
        function.replaced = next(
            (
                gone
                for gone in schema.dropped_functions
                if gone.resolved == resolved and gone.arguments == arguments
            ),
            None,
        )
        function.access = schema.starting_access("functions", resolved[0])
    schema.keep_function(node, schema.fresh(function, new=certain and not node.replace))


def alter_function(schema: Schema, node: ast.AlterFunctionStmt, *, certain: bool) -> None:
    name, arguments = signature_of(node.func)
    for function in schema.functions_like(name, arguments):
        pinned = function.search_path
        _read_options(function, node.actions or ())
        if not certain and function.search_path is not None:
            function.search_path = pinned


def _read_options(function: Function, options: tuple[ast.DefElem, ...]) -> None:
    for option in options:
        match option:
            case ast.DefElem(defname="language", arg=ast.String(sval=str(language))):
                function.language = language.lower()
            case ast.DefElem(defname="security", arg=ast.Boolean(boolval=flag)):
                function.security_definer = bool(flag)
            case ast.DefElem(defname="volatility", arg=ast.String(sval=str(word))):
                function.volatility = word
            case ast.DefElem(defname="strict", arg=ast.Boolean(boolval=flag)):
                function.strict = bool(flag)
            case ast.DefElem(defname="leakproof", arg=ast.Boolean(boolval=flag)):
                function.leakproof = bool(flag)
    for path in function_search_path(options):
        function.search_path = path


def create_trigger(
    schema: Schema, node: ast.CreateTrigStmt, relation: ast.RangeVar, *, certain: bool
) -> None:
    table = schema.resolve(name_of(relation)) or ()
    trigger = Trigger(
        node.trigname or "",
        table,
        names_of(node.funcname),
        node.events or 0,
        row=bool(node.row),
        timing=node.timing or 0,
        columns=frozenset((*names_of(node.columns), *_asked_for(node.whenClause))),
        new=certain and not node.replace and (table, node.trigname or "") not in schema.dropped_triggers,
    )
    schema.triggers = [
        known for known in schema.triggers if (known.table, known.name) != (table, trigger.name)
    ]
    schema.triggers.append(trigger)


def _asked_for(condition: ast.Node | None) -> Iterator[str]:
    """Yield the columns of the old and the new row that a trigger's condition looks at."""
    for part in walk(condition) if condition is not None else ():
        if isinstance(part, ast.ColumnRef) and names_of(part.fields)[:1] in {("old",), ("new",)}:
            yield from names_of(part.fields)[1:2]


def drop_trigger(schema: Schema, name: Name) -> None:
    table = schema.resolve(name[:-1])
    for trigger in schema.triggers:
        if (trigger.table, trigger.name) == (table, name[-1]) and not trigger.new and table is not None:
            schema.dropped_triggers.add((table, trigger.name))
    schema.triggers = [
        trigger for trigger in schema.triggers if (trigger.table, trigger.name) != (table, name[-1])
    ]
