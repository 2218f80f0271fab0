"""A statement -> the SQL that runs from inside it: bodies of code, EXECUTE'd text, strings for a scheduler.

One layer at a time: whoever calls `inside` reads the SQL that it yields and asks again about that.
What can't be known is yielded too, as `Unread`; nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pglast import ast

from guardrails.lint.constants import Hole, Kind, Value, constant, elements, fold, holes_in, shape, unknown
from guardrails.lint.memory import remembered
from guardrails.lint.parsing import ParseError, names_of, parse, parse_plpgsql_json, scan, walk
from guardrails.lint.templates import is_known_but_for_names
from guardrails.lint.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RUNS_ITS_ARGUMENT = {
    "schedule": "cron",
    "schedule_in_database": "cron",
    "alter_job": "cron",
    "dblink": "dblink",
    "dblink_exec": "dblink",
    "dblink_send_query": "dblink",
    "dblink_open": "dblink",
    "exec_sql": "execute",
    "execute_sql": "execute",
    "run_sql": "execute",
    "exec": "execute",
    "query_to_xml": "execute",
    "query_to_xmlschema": "execute",
    "query_to_xml_and_xmlschema": "execute",
    "ts_stat": "execute",
}
_IN_SCHEMA = {"schedule": "cron", "schedule_in_database": "cron", "alter_job": "cron"}
_BASE_TYPES = frozenset(
    [
        "bool",
        "int2",
        "int4",
        "int8",
        "numeric",
        "float4",
        "float8",
        "text",
        "varchar",
        "bpchar",
        "name",
        "uuid",
        "json",
        "jsonb",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "bytea",
        "inet",
        "cidr",
        "oid",
        "regclass",
        "void",
        "trigger",
        "event_trigger",
        "record",
    ]
)
_NAMES = frozenset({"regclass", "pg_catalog.regclass"})
_OUT = frozenset("ot")
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})


@dataclass(frozen=True)
class Inner:
    """SQL that runs from inside a statement.

    Attributes:
        sql: its text, folded.
        offset: where it stands, word for word, in the enclosing text; None if it does not.
        anchor: offset in the enclosing text of what it comes from.
        via: "do", "function:f", "execute", "cron", "dblink", "prepare", "explain", "rule".
        certain: it runs each time its carrier does: no condition, loop or handler around it.
        runs: it runs when its carrier runs; False in a body that is only defined.
        nodes: its statements, when the parser read them together with the carrier. Their
            locations count into the enclosing text, and `sql` is "".
    """

    sql: str
    offset: int | None
    anchor: int
    via: str
    certain: bool = True
    runs: bool = True
    nodes: tuple[ast.Node, ...] = ()


@dataclass(frozen=True)
class Unread:
    """Something that runs and can't be known; `dynamic` when it is text put together at run time.

    `template` when what that text does is known, and only to which object or value it does it is not.
    """

    anchor: int
    reason: str
    via: str
    runs: bool
    dynamic: bool
    template: bool = False


Found = Inner | Unread
Environment = dict[str, list[Value]]


def inside(node: ast.Node, text: str, start: int) -> Iterator[Found]:
    """Yield what runs from inside one statement.

    Args:
        node: the statement.
        text: what its locations count into.
        start: offset of its first character.
    """
    match node:
        case ast.DoStmt(args=options):
            yield from _code(options or (), node, text, start, "do", runs=True)
        case ast.CreateFunctionStmt(options=options):
            via = f"function:{'.'.join(names_of(node.funcname))}"
            if node.sql_body is not None:
                yield Inner("", None, start, via, runs=False, nodes=tuple(_statements_in(node.sql_body)))
            else:
                yield from _code(options or (), node, text, start, via, runs=False)
        case ast.RuleStmt(actions=actions):
            yield Inner("", None, start, "rule", runs=False, nodes=tuple(actions or ()))
        case ast.PrepareStmt(query=ast.Node() as query):
            yield Inner("", None, start, "prepare", nodes=(query,))
        case ast.ExplainStmt(query=ast.Node() as query, options=options):
            if any(option.defname == "analyze" and not _is_off(option.arg) for option in options or ()):
                yield Inner("", None, start, "explain", nodes=(query,))
        case ast.CreateSchemaStmt(schemaElts=parts):
            if parts:
                yield Inner("", None, start, "schema", nodes=tuple(parts))
    for part in own_nodes(node):
        if isinstance(part, ast.FuncCall):
            yield from _argument(part, text, start)


def own_nodes(node: ast.Node) -> tuple[ast.Node, ...]:
    """Return a statement and the nodes below it, without those that `inside` yields."""
    match node:
        case ast.CreateFunctionStmt(parameters=parameters):
            return (node, *(part for parameter in parameters or () for part in walk(parameter)))
        case ast.RuleStmt() | ast.PrepareStmt() | ast.ExplainStmt() | ast.CreateSchemaStmt():
            return (node,)
    return walk(node)


def _is_off(argument: object) -> bool:
    match argument:
        case ast.String(sval=str(word)):
            return word.lower() in {"false", "off", "0"}
        case ast.Integer(ival=number):
            return not number
        case ast.Boolean(boolval=flag):
            return not flag
    return False


def _statements_in(body: object) -> Iterator[ast.Node]:
    match body:
        case tuple():
            for part in body:
                yield from _statements_in(part)
        case ast.ReturnStmt(returnval=ast.Node() as value):
            yield ast.SelectStmt(targetList=(ast.ResTarget(val=value),))
        case ast.Node():
            yield body


def _argument(call: ast.FuncCall, text: str, start: int) -> Iterator[Found]:
    """Yield the strings that a function runs as SQL, here or elsewhere, now or later."""
    name = names_of(call.funcname)
    via = _RUNS_ITS_ARGUMENT.get(name[-1])
    if via is None or (len(name) > 1 and name[-1] in _IN_SCHEMA and name[-2] != _IN_SCHEMA[name[-1]]):
        return
    anchor = call.location if call.location is not None and call.location >= 0 else start
    values = [value for argument in call.args or () for value in fold(_unnamed(argument), {})]
    commands = [value for value in values if (sql := constant(value)) and _is_sql(sql)]
    for value in commands:
        sql = constant(value) or ""
        offset = text.find(sql, anchor)
        yield Inner(sql, offset if offset >= 0 else None, anchor, via)
    if not commands and any(holes_in(value) for value in values):
        reason = f"{name[-1]}() runs SQL that is only known when it is called"
        yield Unread(anchor, reason, via, runs=True, dynamic=True)


def _unnamed(argument: object) -> object:
    return argument.arg if isinstance(argument, ast.NamedArgExpr) else argument


def _is_sql(sql: str) -> bool:
    script = parse(sql)
    return bool(script.statements) and not script.faults


def _code(
    options: Sequence[object], carrier: ast.Node, text: str, start: int, via: str, *, runs: bool
) -> Iterator[Found]:
    """Yield what a body of code runs: that of a DO block, a function or a procedure."""
    language = "plpgsql" if isinstance(carrier, ast.DoStmt) else "sql"
    body: str | None = None
    anchor = start
    for option in options:
        match option:
            case ast.DefElem(defname="language", arg=ast.String(sval=str(name))):
                language = name.lower()
            case ast.DefElem(defname="as", arg=ast.String(sval=str(code)) | (ast.String(sval=str(code)), *_)):
                body, anchor = code, max(option.arg_location or 0, option.location or 0, start)
    if body is None:
        return
    found = text.find(body, anchor)
    offset = found if body and 0 <= found <= anchor + 70 else None
    match language:
        case "sql":
            yield Inner(body, offset, anchor, via, runs=runs)
        case "plpgsql":
            read = _bodies(carrier)
            here = (body, offset, anchor, via, runs)
            if here not in read:
                read[here] = tuple(_Body(*here).read(carrier))
            yield from read[here]
        case _:
            what = "this DO block" if via == "do" else f"the body of {via.partition(':')[2]!r}"
            yield Unread(
                anchor, f"{what} is in the language {language!r}, which is not read", via, runs, dynamic=False
            )


@remembered
def _bodies(_: ast.Node) -> dict[tuple[str, int | None, int, str, bool], tuple[Found, ...]]:
    """Return what was read so far of the body of a function or DO block."""
    return {}


def _kind_of(variable: Mapping[str, Any]) -> Kind:
    """Return what a variable's text may be: that of a `regclass` is a name, quoted where it needs it."""
    datatype = variable.get("datatype", {}).get("PLpgSQL_type", {}).get("typname", "")
    return Kind.IDENTIFIER if datatype.strip().lower() in _NAMES else Kind.TEXT


class _Body:
    """A body in PL/pgSQL: its statements in order, with what its variables may hold on the way."""

    def __init__(self, body: str, offset: int | None, anchor: int, via: str, runs: bool) -> None:
        self.body = body
        self.offset = offset
        self.anchor = anchor
        self.via = via
        self.runs = runs
        self.names: list[str] = []
        self.lines = [0]
        for line in body.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.reached = 0

    def read(self, carrier: ast.Node) -> Iterator[Found]:
        for header in _headers(carrier):
            tag = "$guardrails$"
            while tag in self.body:
                tag = f"{tag[:-1]}_$"
            try:
                from json import loads  # noqa: PLC0415

                parsed = loads(parse_plpgsql_json(f"{header} AS {tag}{self.body}{tag}"))
            except (ParseError, ValueError, RecursionError):
                continue
            function = parsed[0]["PLpgSQL_function"]
            try:
                yield from tuple(
                    self._block(function["action"], self._declared(function["datums"]), certain=True)
                )
            except RecursionError:
                break
            return
        yield from self._by_tokens()

    def _declared(self, datums: Sequence[Mapping[str, Any]]) -> Environment:
        environment: Environment = {}
        for datum in datums:
            ((kind, fields),) = datum.items()
            name = str(fields.get("refname", "")).lower()
            self.names.append(name)
            if kind == "PLpgSQL_var" and name:
                default = fields.get("default_val")
                value: list[Value] = [(Hole(_kind_of(fields), name),)]
                if default:
                    value = self._fold(default["PLpgSQL_expr"]["query"], environment)
                # Two variables of one name, in two blocks: either may be meant.
                environment[name] = [*environment[name], *value] if name in environment else value
        return environment

    def _block(self, node: Any, environment: Environment, *, certain: bool) -> Iterator[Found]:
        """Yield what a statement, or a list of them, runs; changes `environment` as it goes."""
        if isinstance(node, list):
            for part in node:
                yield from self._block(part, environment, certain=certain)
            return
        ((kind, fields),) = node.items()
        read = getattr(self, f"_{kind.removeprefix('PLpgSQL_')}", None)
        if read is not None:
            yield from read(fields, environment, certain)
            return
        for name in ("cond", "expr", "t_expr", "argquery", "lower", "upper"):
            if name in fields:
                yield from self._expression(fields[name], fields, certain)
        for parameter in fields.get("params", ()):
            yield from self._expression(parameter, fields, certain)
        self._forget(fields.get("target"), environment)

    def _stmt_block(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        handlers = fields.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list", ())
        before = dict(environment)
        yield from self._block(fields.get("body", []), environment, certain=certain and not handlers)
        for handler in handlers:
            # It starts somewhere in the middle of the block.
            reached = _merged(before, environment)
            for name in self._assigned(fields.get("body", [])):
                reached[name] = [*reached.get(name, []), *unknown(name)]
            yield from self._block(handler["PLpgSQL_exception"].get("action", []), reached, certain=False)
            environment.update(_merged(environment, reached))

    def _stmt_if(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del certain
        yield from self._expression(fields["cond"], fields, certain=True)
        branches = [fields.get("then_body", [])]
        for other in fields.get("elsif_list", ()):
            yield from self._expression(
                other["PLpgSQL_if_elsif"]["cond"], other["PLpgSQL_if_elsif"], certain=False
            )
            branches.append(other["PLpgSQL_if_elsif"].get("stmts", []))
        branches.append(fields.get("else_body", []))
        yield from self._branches(branches, environment)

    def _stmt_case(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del certain
        branches = []
        for when in fields.get("case_when_list", ()):
            yield from self._expression(
                when["PLpgSQL_case_when"]["expr"], when["PLpgSQL_case_when"], certain=False
            )
            branches.append(when["PLpgSQL_case_when"].get("stmts", []))
        branches.append(fields.get("else_stmts", []))
        yield from self._branches(branches, environment)

    def _branches(self, branches: Sequence[Any], environment: Environment) -> Iterator[Found]:
        after: Environment | None = None
        for branch in branches:
            here = dict(environment)
            yield from self._block(branch, here, certain=False)
            after = here if after is None else _merged(after, here)
        environment.update(after or {})

    def _loop(self, body: Any, environment: Environment) -> Iterator[Found]:
        before = dict(environment)
        for name in self._assigned(body):
            environment[name] = [*environment.get(name, []), *unknown(name)]
        yield from self._block(body, environment, certain=False)
        environment.update(_merged(before, environment))

    def _stmt_loop(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del certain
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_while(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._expression(fields["cond"], fields, certain)
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_fori(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del certain
        name = str(fields["var"]["PLpgSQL_var"]["refname"]).lower()
        bounds = [
            constant(self._fold(fields[end]["PLpgSQL_expr"]["query"], environment)[0])
            for end in ("lower", "upper")
        ]
        if (
            all(bound and bound.isdigit() for bound in bounds)
            and int(bounds[1] or 0) - int(bounds[0] or 0) < 50
        ):
            environment[name] = [
                (str(number),) for number in range(int(bounds[0] or 0), int(bounds[1] or 0) + 1)
            ]
        else:
            environment[name] = unknown(name)
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_fors(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._sql(fields["query"], fields, certain)
        self._forget(fields.get("var"), environment)
        rows = self._rows(fields["query"]["PLpgSQL_expr"]["query"], environment)
        targets = self._targets(fields.get("var"))
        if rows is not None and len(targets) == 1:
            environment[targets[0]] = rows
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_forc(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del certain
        self._forget(fields.get("var"), environment)
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_foreach_a(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._expression(fields["expr"], fields, certain)
        name = self._name(fields.get("varno", 0))
        items = self._elements(fields["expr"]["PLpgSQL_expr"]["query"], environment)
        environment[name] = unknown(name) if items is None else items
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_dynfors(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._execute(fields["query"], fields, environment, certain)
        self._forget(fields.get("var"), environment)
        yield from self._loop(fields.get("body", []), environment)

    def _stmt_assign(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        query = fields["expr"]["PLpgSQL_expr"]["query"]
        target, expression = _assignment(query)
        yield from self._expression({"PLpgSQL_expr": {"query": expression}}, fields, certain)
        name = self._name(fields.get("varno", 0)) or target
        if "." in target or "[" in target:
            environment[target.split(".")[0].split("[")[0].strip().lower()] = unknown(target)
            return
        environment[name] = self._fold(expression, environment)

    def _stmt_execsql(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._sql(fields["sqlstmt"], fields, certain)
        self._forget(fields.get("target"), environment)
        targets = self._targets(fields.get("target"))
        rows = self._rows(fields["sqlstmt"]["PLpgSQL_expr"]["query"], environment)
        if rows and len(targets) == 1:
            environment[targets[0]] = rows

    def _stmt_perform(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        del environment
        yield from self._sql(fields["expr"], fields, certain, cut="SELECT")

    def _stmt_call(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._sql(fields["expr"], fields, certain)
        self._forget(fields.get("target"), environment)

    def _stmt_dynexecute(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._execute(fields["query"], fields, environment, certain)
        self._forget(fields.get("target"), environment)

    def _stmt_return_query(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        if "query" in fields:
            yield from self._sql(fields["query"], fields, certain)
        if "dynquery" in fields:
            yield from self._execute(fields["dynquery"], fields, environment, certain)

    def _stmt_open(self, fields: Any, environment: Environment, certain: bool) -> Iterator[Found]:
        yield from self._stmt_return_query(fields, environment, certain)

    def _sql(self, expression: Any, fields: Any, certain: bool, cut: str = "") -> Iterator[Found]:
        sql = expression["PLpgSQL_expr"]["query"]
        place = self._place(sql.removeprefix(cut).strip() if cut else sql, fields)
        if cut:
            yield Inner(sql, None, self._anchor(place), self.via, certain, self.runs)
        else:
            yield self._inner(sql, place, certain)

    def _inner(self, sql: str, place: int | None, certain: bool) -> Inner:
        offset = None if place is None or self.offset is None else self.offset + place
        return Inner(sql, offset, self._anchor(place), self.via, certain, self.runs)

    def _expression(self, expression: Any, fields: Any, certain: bool) -> Iterator[Found]:
        query = expression["PLpgSQL_expr"]["query"]
        if "(" in query:  # nothing runs in an expression without a call or a sub-select
            place = self._place(query, fields)
            yield Inner(f"SELECT {query}", None, self._anchor(place), self.via, certain, self.runs)

    def _execute(
        self, expression: Any, fields: Any, environment: Environment, certain: bool
    ) -> Iterator[Found]:
        query = expression["PLpgSQL_expr"]["query"]
        place = self._place(query, fields)
        yield from self._expression(expression, fields, certain)
        anchor = self._anchor(place)
        values = self._fold(query, environment)
        missing: list[Hole] = []
        template = True
        for value in values:
            sql = constant(value)
            if sql is not None:
                verbatim = self.body.find(sql, place or 0) if sql else -1
                offset = (
                    self.offset + verbatim
                    if self.offset is not None and 0 <= verbatim <= (place or 0) + len(query)
                    else None
                )
                yield Inner(sql, offset, anchor, self.via, certain and len(values) == 1, self.runs)
                continue
            missing.extend(holes_in(value))
            template &= is_known_but_for_names(value)
            if (
                value is not None
                and _is_sql(shape(value))
                and not all(isinstance(piece, Hole) for piece in value)
            ):
                yield Inner(shape(value), None, anchor, self.via, certain=False, runs=self.runs)
        if missing:
            shown = ", ".join(dict.fromkeys(hole.shown for hole in missing))
            reason = f"EXECUTE runs text that is only known when it runs: it depends on {shown}"
            yield Unread(anchor, reason, self.via, self.runs, dynamic=True, template=template)

    def _fold(self, query: str, environment: Environment) -> list[Value]:
        tree = _expression_of(query)
        return unknown(query) if tree is None else fold(tree, environment)

    def _elements(self, query: str, environment: Environment) -> list[Value] | None:
        return elements(_expression_of(query), environment)

    def _rows(self, query: str, environment: Environment) -> list[Value] | None:
        """Return the values of the one column of a query that reads no table, or None."""
        statements = parse(query).statements
        match statements[0].node if len(statements) == 1 else None:
            case ast.SelectStmt(targetList=(ast.ResTarget(val=value),), fromClause=None, whereClause=None):
                match value:
                    case ast.FuncCall(funcname=funcname, args=(array,)) if names_of(funcname)[-1] == "unnest":
                        return elements(array, environment)
                return fold(value, environment)
            case ast.SelectStmt(valuesLists=rows) if rows and all(len(row) == 1 for row in rows):
                return [value for row in rows for value in fold(row[0], environment)]
            case ast.SelectStmt(
                targetList=(ast.ResTarget(),),
                fromClause=(ast.RangeFunction(functions=((ast.FuncCall(args=(array,)) as call, *_),)),),
            ) if names_of(call.funcname)[-1] == "unnest":
                return elements(array, environment)
        return None

    def _targets(self, target: Any) -> list[str]:
        if isinstance(target, int):
            return [self._name(target)]
        if not target:
            return []
        ((kind, fields),) = target.items()
        if kind == "PLpgSQL_row":
            return [str(field["name"]).lower() for field in fields.get("fields", ())]
        name = fields.get("refname")
        if name is None:
            name = self._name(fields.get("dno", 0))
        return [str(name).lower()] if name else []

    def _name(self, number: int) -> str:
        """Return the name of a variable by its number, which the parser leaves out when it is 0."""
        return self.names[number] if number < len(self.names) else ""

    def _forget(self, target: Any, environment: Environment) -> None:
        for name in self._targets(target):
            environment[name] = unknown(name)

    def _assigned(self, node: Any) -> set[str]:
        """Return the variables that some statement in a piece of body writes."""
        names: set[str] = set()
        pending = [node]
        while pending:
            here = pending.pop()
            if isinstance(here, list):
                pending.extend(here)
            elif isinstance(here, dict):
                for key in ("PLpgSQL_stmt_assign", "PLpgSQL_stmt_foreach_a"):
                    if key in here:
                        names.add(self._name(here[key].get("varno", 0)))
                for key in ("target", "var"):
                    names.update(self._targets(here.get(key)))
                pending.extend(here.values())
        return names - {""}

    def _place(self, query: str, fields: Any) -> int | None:
        """Return where in the body a piece of it stands: from its line on, and behind the last one found."""
        line = min(max(int(fields.get("lineno", 1)), 1), len(self.lines)) - 1
        start = max(self.lines[line], self.reached)
        place = self.body.find(query, start)
        if place < 0:
            place = self.body.find(query, self.lines[line])
        if place < 0:
            return None
        self.reached = place
        return place

    def _anchor(self, place: int | None) -> int:
        return self.anchor if place is None or self.offset is None else self.offset + place

    def _by_tokens(self) -> Iterator[Found]:
        """Read a body that the parser of PL/pgSQL refuses: piece by piece, between its semicolons."""
        unread: list[int] = []
        try:
            pieces = list(_pieces(self.body))
        except ParseError:
            pieces, unread = [], [0]
        for begin, end, first in pieces:
            start, word = _where_sql_begins(self.body, begin, end, first)
            sql = self.body[start:end]
            if word == "EXECUTE":
                query = {"PLpgSQL_expr": {"query": _until(sql[len(word) :], {"USING", "INTO"}).strip()}}
                yield from self._execute(
                    query, {"lineno": self.body.count("\n", 0, start) + 1}, {}, certain=False
                )
            elif word == "PERFORM":
                yield Inner(
                    f"SELECT {sql[len(word) :]}", None, self._anchor(start), self.via, False, self.runs
                )
            elif word not in _WORDS_OF_PLPGSQL and _is_sql(sql):
                yield self._inner(sql, start, certain=False)
            elif word not in _WORDS_OF_PLPGSQL and _is_sql(without_into := _without_into(sql)):
                yield Inner(without_into, None, self._anchor(start), self.via, False, self.runs)
            elif _is_sql(selected := f"SELECT {_assignment(sql)[1]}"):
                if "(" in sql:
                    yield Inner(selected, None, self._anchor(start), self.via, False, self.runs)
            elif word not in _WORDS_OF_PLPGSQL and sql.strip() and word != "an expression":
                unread.append(start)
        if unread:
            what = "this DO block" if self.via == "do" else f"the body of {self.via.partition(':')[2]}"
            reason = f"{what} can't be read as PL/pgSQL from here on, so this part of it was not checked"
            yield Unread(self._anchor(unread[0]), reason, self.via, self.runs, dynamic=False)


_WORDS_OF_PLPGSQL = frozenset(
    [
        "DECLARE",
        "BEGIN",
        "END",
        "IF",
        "ELSIF",
        "ELSEIF",
        "ELSE",
        "CASE",
        "WHEN",
        "LOOP",
        "WHILE",
        "FOR",
        "FOREACH",
        "EXIT",
        "CONTINUE",
        "RETURN",
        "RAISE",
        "GET",
        "OPEN",
        "FETCH",
        "CLOSE",
        "MOVE",
        "NULL",
        "ASSERT",
        "EXCEPTION",
        "COMMIT",
        "ROLLBACK",
        "STRICT",
        "INTO",
    ]
)
_BEFORE_SQL = frozenset({"FOR", "RETURN", "OPEN", "IF", "ELSIF", "ELSEIF", "WHILE"})
_FIRST_WORDS = frozenset({"EXECUTE", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES"})
_BETWEEN = frozenset({"THEN", "ELSE", "LOOP", "BEGIN", "DECLARE", "ELSIF"})


def _pieces(body: str) -> Iterator[tuple[int, int, str]]:
    """Yield the pieces of a body between semicolons and block words, each with its first word."""
    start: int | None = None
    word = ""
    depth = cases = 0
    declares = False
    for token in scan(body):
        raw = body[token.start : token.end + 1].upper()
        if token.name in _COMMENTS or (start is None and raw in {"<<", ">>"}):
            continue
        if start is None and body[: token.start].endswith("<<"):
            continue  # a label
        depth += (raw == "(") - (raw == ")")
        cases += start is not None and raw == "CASE"
        ends = raw == ";" or (raw in _BETWEEN and depth <= 0 and not cases)
        if ends:
            if start is not None:
                yield start, token.start, "DECLARE" if declares else word
            start, depth, cases = None, 0, 0
            declares = (declares or raw == "DECLARE") and raw != "BEGIN"
        elif start is None:
            start, word = token.start, raw
        cases -= cases > 0 and raw == "END"
    if start is not None:
        yield start, len(body), word


def _where_sql_begins(body: str, start: int, end: int, word: str) -> tuple[int, str]:
    """Return where the SQL in a piece of PL/pgSQL begins, behind `FOR … IN`, `RETURN QUERY` and the like."""
    if word not in _BEFORE_SQL:
        return start, word
    depth = 0
    for token in scan(body[start:end])[1:]:
        raw = body[start + token.start : start + token.end + 1].upper()
        depth += (raw == "(") - (raw == ")")
        if raw in _FIRST_WORDS and not depth:
            return start + token.start, raw
    return (
        (start + len(word), "an expression")
        if word in {"IF", "ELSIF", "ELSEIF", "WHILE", "RETURN"}
        else (start, word)
    )


def _without_into(sql: str) -> str:
    """Return a query without the `INTO variables` that PL/pgSQL takes out of it before it runs."""
    depth = 0
    start = -1
    before = ""
    for token in scan(sql):
        raw = sql[token.start : token.end + 1].upper()
        depth += (raw == "(") - (raw == ")")
        if start < 0 and raw == "INTO" and not depth and before not in {"INSERT", "MERGE"}:
            start = token.start
        before = raw
        if start == token.start:
            continue
        if start >= 0 and token.kind == "RESERVED_KEYWORD":
            return sql[:start] + sql[token.start :]
    return sql[:start] if start >= 0 else sql


def _until(sql: str, words: set[str]) -> str:
    depth = 0
    for token in scan(sql):
        raw = sql[token.start : token.end + 1].upper()
        depth += (raw == "(") - (raw == ")")
        if raw in words and not depth:
            return sql[: token.start]
    return sql


def _assignment(query: str) -> tuple[str, str]:
    """Take `target := expression` apart; the target is "" when there is no assignment."""
    for token in scan(query):
        if token.name in {"COLON_EQUALS", "ASCII_61"}:
            return query[: token.start].strip(), query[token.end + 1 :].strip()
    return "", query


def _expression_of(query: str) -> object:
    statements = parse(f"SELECT {query}").statements
    match statements[0].node if len(statements) == 1 else None:
        case ast.SelectStmt(targetList=(ast.ResTarget(val=value), *_)):
            return value
    return None


def _merged(one: Environment, other: Environment) -> Environment:
    return {
        name: list(dict.fromkeys((*one.get(name, ()), *other.get(name, ()))))
        for name in one.keys() | other.keys()
    }


def _headers(carrier: ast.Node) -> Iterator[str]:
    """Yield headers of functions that a body may belong to, the likeliest first.

    The parser knows the built-in types only, so every other stands as text; what it then refuses
    (a field of a composite argument, say) it may take with the argument left out.
    """
    if not isinstance(carrier, ast.CreateFunctionStmt):
        yield "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql"
        return
    parameters = []
    for number, parameter in enumerate(carrier.parameters or ()):
        mode = str(getattr(parameter.mode, "value", parameter.mode))
        name = '"' + (parameter.name or f"unnamed_{number}").replace('"', '""') + '"'
        parameters.append(f"{'OUT ' if mode in _OUT else ''}{name} {_type(parameter.argType)}")
    returns = carrier.returnType
    setof = "SETOF " if returns is not None and returns.setof else ""
    result = f"RETURNS {setof}{_type(returns)}" if returns is not None else "RETURNS void"
    if any(parameter.startswith("OUT ") for parameter in parameters):
        result = "RETURNS SETOF record" if setof or len(parameters) > 1 else ""
    arguments = ", ".join(parameters)
    yield f"CREATE FUNCTION f({arguments}) {result} LANGUAGE plpgsql"
    inputs = ", ".join(parameter.removeprefix("OUT ") for parameter in parameters)
    for other in ("RETURNS SETOF text", "RETURNS text", "RETURNS void", "RETURNS trigger"):
        yield f"CREATE FUNCTION f({'' if other == 'RETURNS trigger' else inputs}) {other} LANGUAGE plpgsql"


def _type(node: ast.TypeName | None) -> str:
    name = names_of(node)[-1] if node is not None and names_of(node) else "text"
    return (name if name in _BASE_TYPES else "text") + ("[]" if node is not None and node.arrayBounds else "")
