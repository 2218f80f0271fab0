"""What is known of a database after the statements so far: the state that folding keeps, and its questions.

A table that the history did not create is not known, and what is asked about it has no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast

from guardrails.lint.contracts import Name
from guardrails.lint.objects import (
    Access,
    Check,
    Column,
    DefaultPrivileges,
    Domain,
    Enum,
    ForeignKey,
    Function,
    Index,
    Policy,
    Publication,
    Sequence,
    Table,
    Trigger,
    View,
)
from guardrails.lint.parsing import name_of
from guardrails.lint.shapes import DEFAULT_SEARCH_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _Made = TypeVar(
        "_Made", Table, Column, Index, ForeignKey, Policy, View, Function, Trigger, Enum, Domain, Sequence,
        Publication, Check,
    )  # fmt: skip
    _Thing = TypeVar("_Thing", Enum, Domain)

_UNKNOWN = "?"


class Schema:
    """What is known of the database after the statements so far.

    Attributes:
        tables, views, triggers, enums, domains, sequences, types, publications: what stands now, by
            resolved name where it has one; `types` holds the names of all other types.
        changed: tables that no statement created but some changed, with nothing but these changes.
        extensions: by name, with the schema that was asked for.
        schemas, roles, event_triggers: the names of those that some statement created.
        schema_access: what was granted and revoked on schemas themselves.
        search_path: None when a statement set it to something that is not constant.
        new_schemas: schemas that this change set surely created.
        dropped, dropped_columns: what this change set dropped or renamed away, by its old name; a
            table that was only renamed is not `Table.dropped`.
        dropped_views, dropped_functions, dropped_policies, dropped_triggers: what this
            change set dropped of what was there before it.
        ever: the name of every table and view that was ever there.
        uses_rls: some statement enabled row level security, on whatever table.
    """

    def __init__(self) -> None:
        self.tables: dict[Name, Table] = {}
        self.changed: dict[Name, Table] = {}
        self.views: dict[Name, View] = {}
        self.triggers: list[Trigger] = []
        self.enums: dict[Name, Enum] = {}
        self.domains: dict[Name, Domain] = {}
        self.sequences: dict[Name, Sequence] = {}
        self.types: set[Name] = set()
        self.extensions: dict[str, str | None] = {}
        self.publications: dict[str, Publication] = {}
        self.schemas: set[str] = set()
        self.roles: set[str] = set()
        self.event_triggers: set[str] = set()
        self.schema_access: dict[str, Access] = {}
        self.default_privileges: list[DefaultPrivileges] = []
        self.search_path: tuple[str, ...] | None = DEFAULT_SEARCH_PATH
        self.new_schemas: set[str] = set()
        self.dropped: dict[Name, Table | None] = {}
        self.dropped_columns: set[tuple[Name, str]] = set()
        self.dropped_views: dict[Name, View] = {}
        self.dropped_functions: list[Function] = []
        self.dropped_policies: dict[tuple[Name, str], Policy] = {}
        self.dropped_triggers: set[tuple[Name, str]] = set()
        self.ever: set[Name] = set()
        self.uses_rls = False
        self._functions: dict[str, list[Function]] = {}
        self._fresh: list[
            Table | Column | Index | ForeignKey | Policy | View | Function | Trigger | Enum | Domain
            | Sequence | Publication | Check
        ] = []  # fmt: skip
        self._added_values: list[Enum] = []
        self._made_tables: dict[int, Table] = {}
        self._made_keys: dict[int, tuple[Table, ForeignKey]] = {}
        self._made_policies: dict[int, Policy] = {}
        self._made_views: dict[int, View] = {}
        self._made_functions: dict[int, Function] = {}
        self._referred: set[str] = set()
        self._incomplete: set[str] = set()
        self._peopled: set[str] = set()
        self._peopled_before: frozenset[str] = frozenset()

    def begin_change_set(self) -> None:
        """Make everything known a part of the history: nothing of it is new any more."""
        for made in self._fresh:
            made.new = False
        self._fresh.clear()
        for enum in self._added_values:
            enum.added.clear()
        self._added_values.clear()
        for kept in (
            self.new_schemas,
            self.dropped,
            self.dropped_columns,
            self.dropped_views,
            self.dropped_functions,
            self.dropped_policies,
            self.dropped_triggers,
        ):
            kept.clear()
        self._incomplete |= self._referred
        self._referred.clear()
        self._peopled_before = frozenset(self._peopled)
        self.search_path = DEFAULT_SEARCH_PATH

    @property
    def functions(self) -> list[Function]:
        return [function for named in self._functions.values() for function in named]

    @property
    def first_schema(self) -> str:
        """The schema in which an unqualified name is created, `?` when the search path is not known."""
        return (self.search_path or (_UNKNOWN,))[0]

    def resolve(self, name: Name) -> Name | None:
        """Return schema and name of a relation, or None when the search path is not known."""
        if len(name) > 1:
            return name[-2:]
        if not name:
            return None
        for schema in ("pg_temp", *(self.search_path or ())):
            found = (schema, name[0])
            if found in self.tables or found in self.views or found in self.sequences:
                return found
        return (self.search_path[0], name[0]) if self.search_path else None

    def own_name(self, name: Name) -> Name:
        """Return schema and name under which something with this name is created."""
        return name[-2:] if len(name) > 1 else (self.first_schema, *name)

    def table(self, name: Name) -> Table | None:
        resolved = self.resolve(name)
        return self.tables.get(resolved) if resolved else None

    def created_or_changed(self, name: Name) -> Table | None:
        """Return what is known of a table, be it only the columns and indexes that were added to it."""
        resolved = self.resolve(name)
        return self.tables.get(resolved) or self.changed.get(resolved) if resolved else None

    def view(self, name: Name) -> View | None:
        resolved = self.resolve(name)
        return self.views.get(resolved) if resolved else None

    def enum(self, name: Name) -> Enum | None:
        return _named(self.enums, name, self.search_path)

    def domain(self, name: Name) -> Domain | None:
        return _named(self.domains, name, self.search_path)

    def types_named(self, name: Name) -> tuple[Name, ...]:
        """Return the resolved names of the types, enums and domains that are called so."""
        known = (*self.enums, *self.domains, *self.types)
        if len(name) > 1:
            return tuple(one for one in known if one == name[-2:])
        return tuple(one for one in known if one[1:] == name and one[0] in (self.search_path or ()))

    def made_by(self, relation: ast.RangeVar) -> Table | None:
        """Return the table that the statement with this node created, whatever became of it since.

        None when it created nothing: `IF NOT EXISTS` found one, or the statement was rolled back.
        """
        return self._made_tables.get(id(relation))

    def key_made_by(self, node: ast.Constraint) -> tuple[Table, ForeignKey] | None:
        """Return the foreign key that this node created, with its table, like `made_by`."""
        return self._made_keys.get(id(node))

    def policy_made_by(self, node: ast.Node) -> Policy | None:
        """Return the policy that this CREATE or ALTER POLICY made or changed, like `made_by`."""
        return self._made_policies.get(id(node))

    def view_made_by(self, node: ast.Node) -> View | None:
        """Return the view that this statement made, like `made_by`."""
        return self._made_views.get(id(node))

    def function_made_by(self, node: ast.CreateFunctionStmt) -> Function | None:
        """Return the function that this statement made, like `made_by`."""
        return self._made_functions.get(id(node))

    def column(self, table: Name, column: str) -> Column | None:
        known = self.created_or_changed(table)
        return known.columns.get(column) if known else None

    def columns_of(self, name: Name) -> tuple[str, ...] | None:
        """Return the names of all columns of a table or view, None where one may be missing."""
        if view := self.view(name):
            return view.columns
        table = self.table(name)
        return tuple(table.columns) if table and table.whole else None

    def is_new(self, name: Name) -> bool:
        """Tell whether this change set surely created a table or materialized view: nobody waits for it yet."""
        if view := self.view(name):
            return view.new
        table = self.table(name)
        return table is not None and (table.temporary or table.new)

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

    def complete_for(self, name: Name) -> bool:
        """Tell whether the history before this change set made everything in the schema of a relation.

        Then what is not known there does not exist. False as soon as some statement of the history
        was about a table that none of them created.
        """
        resolved = self.resolve(name)
        return (
            resolved is not None
            and resolved[0] in self._peopled_before
            and resolved[0] not in self._incomplete
            and self.search_path is not None
        )

    def functions_named(self, name: Name) -> tuple[Function, ...]:
        """Return every definition that a call under this name may reach."""
        return tuple(
            function
            for function in self._functions.get(name[-1], ())
            if len(function.name) == 1 or len(name) == 1 or function.name[-2:] == name[-2:]
        )

    def functions_like(self, name: Name, arguments: tuple[Name, ...] | None) -> tuple[Function, ...]:
        """Return the definitions with this name and, unless they are None, these types of arguments."""
        return tuple(
            function
            for function in self.functions_named(name)
            if arguments is None or _plain(function.arguments) == _plain(arguments)
        )

    def function_at(self, resolved: Name, arguments: tuple[Name, ...]) -> Function | None:
        for function in self._functions.get(resolved[-1], ()):
            if function.resolved == resolved and _plain(function.arguments) == _plain(arguments):
                return function
        return None

    def triggers_on(self, table: Name) -> tuple[Trigger, ...]:
        resolved = self.resolve(table)
        return tuple(trigger for trigger in self.triggers if trigger.table == resolved)

    def fresh(self, made: _Made, *, new: bool) -> _Made:
        """Mark something as new until the next change set begins."""
        made.new = new
        if new:
            self._fresh.append(made)
        return made

    def add_table(self, relation: ast.RangeVar, *, new: bool) -> Table:
        spelling = name_of(relation)
        inside = "pg_temp" if relation.relpersistence == "t" else relation.schemaname or self.first_schema
        name: Name = (inside, spelling[-1])
        table = self.fresh(Table(name, spelling, new, relation=relation), new=new)
        table.unlogged = relation.relpersistence == "u"
        table.access = self.starting_access("tables", inside)
        self.tables[name] = self._made_tables[id(relation)] = table
        self.changed.pop(name, None)
        self.settle(name)
        return table

    def settle(self, name: Name) -> None:
        """Note that there is a relation of this name now."""
        self._peopled.add(name[0])
        self.ever.add(name)

    def starting_access(self, kind: str, inside: str) -> Access:
        """Return what default privileges say that a new object of a kind starts with in a schema."""
        access = Access()
        for default in self.default_privileges:
            if default.kind == kind and (not default.schemas or inside in default.schemas):
                for role in default.roles:
                    (access.grant if default.grant else access.revoke)(role, default.privileges)
        return access

    def changed_table(self, spelling: Name) -> Table | None:
        """Return a table that a statement changes, known or not; None when its name can't be resolved."""
        name = self.resolve(spelling)
        if name is None:
            return None
        self.refer_to(name)
        return self.tables.get(name) or self.changed.setdefault(name, Table(name, spelling, new=False))

    def refer_to(self, name: Name) -> None:
        """Note that a statement wants this relation to exist."""
        if len(name) == 2 and name not in self.tables and name not in self.views:
            self._referred.add(name[0])

    def keep_key(self, node: ast.Constraint, table: Table, key: ForeignKey) -> None:
        self._made_keys[id(node)] = (table, key)

    def keep_policy(self, node: ast.Node, policy: Policy) -> None:
        self._made_policies[id(node)] = policy

    def keep_view(self, node: ast.Node, view: View) -> None:
        self._made_views[id(node)] = view
        self.settle(view.name)

    def keep_function(self, node: ast.CreateFunctionStmt, function: Function) -> None:
        self._made_functions[id(node)] = function
        self.add_function(function)

    def add_function(self, function: Function) -> None:
        self._functions.setdefault(function.name[-1], []).append(function)

    def forget_function(self, function: Function) -> None:
        self._functions[function.name[-1]].remove(function)

    def remember_added_value(self, enum: Enum, value: str) -> None:
        if not enum.new:
            enum.added.add(value)
            self._added_values.append(enum)


def _named(known: dict[Name, _Thing], name: Name, search_path: tuple[str, ...] | None) -> _Thing | None:
    if len(name) > 1:
        return known.get(name[-2:])
    return next((known[schema, *name] for schema in search_path or () if (schema, *name) in known), None)


def _plain(arguments: Iterable[Name]) -> tuple[Name, ...]:
    """Return argument types without their schemas, so that `public.mood` is `mood`."""
    return tuple(tuple(_last(argument)) for argument in arguments)


def _last(argument: Name) -> Iterator[str]:
    array = argument[-1:] == ("[]",)
    yield from argument[-2:] if array else argument[-1:]
