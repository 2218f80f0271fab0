"""A migration -> what the rules say about each of its statements, also those that run from inside others.

Found that way: data changes in a CTE, the bodies of DO blocks and functions, EXECUTE'd text, and the
bodies of functions that the migration calls or that a trigger fires.
"""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import (
    MigrationFile,
    Name,
    Problem,
    Profile,
    Rule,
    Settings,
    Severity,
    Statement,
    Transactions,
)
from guardrails.lint.fold import apply, undone
from guardrails.lint.levels import switched_on
from guardrails.lint.locks import TAKE_LOCKS, Lock, locks_of
from guardrails.lint.memory import forget
from guardrails.lint.parsing import Parsed, Script, name_of, names_of, parse, walk
from guardrails.lint.plpgsql import Inner, Unread, inside, own_nodes
from guardrails.lint.rules import BY_NODE, NODES, RULES, of_the_text
from guardrails.lint.schema import Schema
from guardrails.lint.session import Session
from guardrails.lint.values import dataclass, field, replace

_MOST_NESTED = 12

_ONLY_DEFINES = (
    ast.CreateFunctionStmt,
    ast.ViewStmt,
    ast.CreatePolicyStmt,
    ast.AlterPolicyStmt,
    ast.RuleStmt,
    ast.PrepareStmt,
)
"""Statements that hold expressions which do not run when they do."""

_ELSEWHERE = frozenset({"cron", "dblink"})
"""How a statement is found that another session runs."""

_EVENTS = {"InsertStmt": 4, "DeleteStmt": 8, "UpdateStmt": 16, "TruncateStmt": 32, "MergeStmt": 28}
"""Bits of `CreateTrigStmt.events` that a statement fires: TRIGGER_TYPE_* in PostgreSQL's pg_trigger.h."""

_LOOKED_AT = frozenset({"FuncCall", "CreateTrigStmt", "CreateEventTrigStmt", *NODES, *TAKE_LOCKS, *_EVENTS})
"""The classes of nodes that something is asked about."""


@dataclass(frozen=True)
class Place:
    """Where a statement was found, and how its offsets become offsets of the file.

    Attributes:
        carrier: index of the top-level statement that it belongs to; -1 before the first.
        origin: offset of its text in the file, or of the thing there that stands for all of it.
        verbatim: its text stands in the file as it is, so offsets add up.
        via, runs, certain: as `plpgsql.Inner` has them, for all the layers around it together.
        depth: the number of those layers.
        body_of: the definition whose body it stands in, if that does not run.
    """

    carrier: int
    origin: int = 0
    verbatim: bool = True
    via: str | None = None
    runs: bool = True
    certain: bool = True
    depth: int = 0
    body_of: ast.Node | None = None

    def offset(self, offset: int) -> int:
        return self.origin + offset if self.verbatim else self.origin


@dataclass(frozen=True)
class Entry:
    """A problem of a rule, before it is known whether it stands; `offset` counts into the file."""

    rule: Rule
    problem: Problem
    offset: int
    place: Place

    @property
    def severity(self) -> Severity:
        if not self.place.runs:
            return Severity.WARNING
        return self.problem.severity or self.rule.severity


@dataclass
class Reading:
    """One migration as it was read: the value that `read` returns.

    Attributes:
        called: definitions of functions that the migration runs, by the identity of their nodes.
    """

    file: MigrationFile
    script: Script
    entries: list[Entry] = field(default_factory=list)
    called: set[int] = field(default_factory=set)

    @property
    def secrets(self) -> frozenset[str]:
        """What the rules found that no report may show."""
        return frozenset(entry.problem.secret for entry in self.entries if entry.problem.secret)

    def statement_at(self, offset: int) -> int:
        """Return the index of the statement around an offset, else of the next one below it; -1: none."""
        for number, statement in enumerate(self.script.statements):
            if statement.end > offset:
                return number
        return -1

    def add(self, code: str, problem: Problem, place: Place) -> None:
        self.entries.append(Entry(RULES[code], problem, place.offset(problem.offset), place))


def read(file: MigrationFile, schema: Schema, settings: Settings, *, judge: bool = True) -> Reading:
    """Judge a migration as one change set on top of a schema, and take it into that schema.

    Without `judge` no rule is asked, and all else is done alike.
    """
    script = parse(file.sql, file.up)
    reading = Reading(file, script)
    nodes = tuple(statement.node for statement in script.statements)
    traversal = _Traversal(reading, schema, settings, Session(file.transactions, nodes), judge=judge)
    forget(walk)  # of other migrations: together their trees may be too many to keep
    schema.begin_change_set()
    for fault in script.faults:
        reading.add("PARSE_ERROR", Problem(fault.message, fault.offset, fault.suggestion), Place(-1))
    if judge:
        traversal.text()
    gone = undone(nodes)
    for number, parsed in enumerate(script.statements):
        traversal.statement(parsed, script.text, Place(number), stays=number not in gone)
    return reading


class _Traversal:
    def __init__(
        self, reading: Reading, schema: Schema, settings: Settings, session: Session, *, judge: bool
    ) -> None:
        self.reading = reading
        self.schema = schema
        self.settings = settings
        self.switched_on = switched_on(reading.file.path, settings)
        self.session = session
        self.asks = judge
        self.judged: set[int] = set()
        self.asked: dict[tuple[str, bool], tuple[Rule, ...]] = {}

    def statement(self, parsed: Parsed, text: str, place: Place, *, stays: bool = True) -> None:
        """Judge one statement, take it into the schema, and go on to what runs inside it."""
        calls: list[tuple[Name, int]] = []
        attached: list[tuple[Name, int]] = []
        locks: list[Lock] = []
        if place.depth == 0:
            self.session.begin_statement()
        self.session.current = parsed.node
        for node in own_nodes(parsed.node):
            if type(node).__name__ not in _LOOKED_AT:
                continue
            match node:
                case ast.FuncCall(funcname=funcname, location=location):
                    calls.append((names_of(funcname), location or 0))
                case ast.CreateTrigStmt(funcname=funcname) | ast.CreateEventTrigStmt(funcname=funcname):
                    attached.append((names_of(funcname), parsed.start))
            self._rules(node, parsed, text, place)
            calls.extend(self._fired(node))
            locks.extend(locks_of(node, self.schema))
        # In PL/pgSQL, SELECT … INTO names a variable.
        assigns = place.via is not None and getattr(parsed.node, "intoClause", None) is not None
        if place.runs:
            self.session.apply(parsed.node, locks, certain=stays and place.certain)
        if stays and place.runs and not assigns:
            apply(self.schema, parsed.node, text, certain=place.certain)
        if place.depth < _MOST_NESTED:
            around = place if stays else replace(place, certain=False)
            for found in inside(parsed.node, text, parsed.start):
                self._inner(found, parsed.node, text, around)
        if place.runs and not isinstance(parsed.node, _ONLY_DEFINES):
            for called, offset in calls:
                self._call(called, max(offset, parsed.start), place)
            session, self.session = self.session, Session(Transactions.NONE, (), elsewhere=True)
            for called, offset in attached:
                self._call(called, offset, place)
            self.session = session

    def text(self) -> None:
        """Judge the text itself, before any statement of it."""
        for rule in of_the_text():
            if rule.check_text is None or not self._is_on(rule):
                continue
            for problem in rule.check_text(self.reading.file.sql):
                place = Place(self.reading.statement_at(problem.offset))
                self.reading.entries.append(Entry(rule, problem, problem.offset, place))

    def _rules(self, node: ast.Node, parsed: Parsed, text: str, place: Place) -> None:
        rules = self._asked(type(node).__name__, runs=place.runs)
        if not rules:
            return
        statement = Statement(
            node=node,
            text=text,
            start=parsed.start,
            end=parsed.end,
            schema=self.schema,
            session=self.session,
            settings=self.settings,
            via=place.via,
            runs=place.runs,
            certain=place.certain,
            nested=node is not parsed.node,
            file=self.reading.file,
        )
        for rule in rules:
            for problem in rule.check(statement):
                self.reading.entries.append(Entry(rule, problem, place.offset(problem.offset), place))

    def _asked(self, node: str, *, runs: bool) -> tuple[Rule, ...]:
        """Return the rules that are asked about a class of node."""
        key = (node, runs)
        if key not in self.asked:
            self.asked[key] = tuple(
                rule
                for rule in (BY_NODE[node] if self.asks else ())
                if self._is_on(rule) and (runs or rule.in_bodies or rule.severity is Severity.ERROR)
            )
        return self.asked[key]

    def _is_on(self, rule: Rule) -> bool:
        by_profile = rule.profile is Profile.RECOMMENDED or self.settings.profile is Profile.STRICT
        return by_profile or rule.code in self.switched_on

    def _inner(self, found: Inner | Unread, carrier: ast.Node, text: str, place: Place) -> None:
        runs = place.runs and found.runs
        place = replace(
            place,
            via=found.via if place.via is None else place.via,
            runs=runs,
            depth=place.depth + 1,
            body_of=place.body_of or (None if runs else carrier),
        )
        if isinstance(found, Unread):
            if found.template and not runs:
                return
            code = "DYNAMIC_SQL" if found.dynamic else "PARSE_ERROR"
            self.reading.add(code, Problem(found.reason, found.anchor), place)
            return
        here = replace(
            place,
            origin=place.offset(found.anchor if found.offset is None else found.offset),
            verbatim=place.verbatim and found.offset is not None,
            certain=place.certain and found.certain,
        )
        session = self.session
        if found.via in _ELSEWHERE:
            self.session = Session(Transactions.NONE, (), elsewhere=True)
        else:
            self.session.inside = True
        beside = replace(here, origin=place.origin, verbatim=place.verbatim)
        self._read(found, carrier, text, here, beside)
        self.session = session

    def _read(self, found: Inner, carrier: ast.Node, text: str, here: Place, beside: Place) -> None:
        search_path = self.schema.search_path
        if isinstance(carrier, ast.CreateSchemaStmt):
            self.schema.search_path = (carrier.schemaname,) if carrier.schemaname else None
        for node in found.nodes:
            self.statement(Parsed(node, found.anchor, len(text)), text, beside)
        self.schema.search_path = search_path if found.nodes else self.schema.search_path
        script = parse(found.sql)
        for fault in script.faults:
            self.reading.add("PARSE_ERROR", Problem(fault.message, fault.offset, fault.suggestion), here)
        for parsed in script.statements:
            self.statement(parsed, found.sql, here)

    def _call(self, called: Name, offset: int, place: Place) -> None:
        """Judge the bodies that a call reaches, at the call; each once in a change set."""
        for function in self.schema.functions_named(called):
            self.reading.called.add(id(function.node))
            if id(function) in self.judged or place.depth >= _MOST_NESTED:
                continue
            self.judged.add(id(function))
            via = f"function:{'.'.join(function.name)}"
            body = replace(place, origin=place.offset(offset), verbatim=False, via=via, depth=place.depth + 1)
            for found in inside(function.node, function.text, 0):
                self._inner(replace(found, runs=True), function.node, function.text, body)

    def _fired(self, node: ast.Node) -> Iterator[tuple[Name, int]]:
        event = _EVENTS.get(type(node).__name__)
        if event is None:
            return
        relations = (
            node.relations or () if isinstance(node, ast.TruncateStmt) else (getattr(node, "relation", None),)
        )
        for relation in relations:
            if isinstance(relation, ast.RangeVar):
                for trigger in self.schema.triggers_on(name_of(relation)):
                    if trigger.events & event:
                        yield trigger.function, relation.location or 0
