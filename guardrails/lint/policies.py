"""CREATE and ALTER POLICY -> the policy that they leave standing, read once for all rules about policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from pglast import ast
from pglast.enums import RoleSpecType

from guardrails.lint.bodies import returned_by
from guardrails.lint.callers import (
    asks_who,
    conjuncts,
    disjuncts,
    is_identity,
    own_calls,
    reached,
    unwrapped,
)
from guardrails.lint.conditions import always_true, never_true
from guardrails.lint.contracts import Name, Statement
from guardrails.lint.objects import PUBLIC, Function, Policy, Table
from guardrails.lint.parsing import name_of, names_of, walk
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import roles_of
from guardrails.lint.spelling import written
from guardrails.lint.values import dataclass

CLIENTS = frozenset({PUBLIC, "anon", "authenticated", "authenticator"})
"""Roles that a client of Supabase's API has, or that everybody is a member of."""

STRANGERS = frozenset({PUBLIC, "anon"})
"""Roles of those who did not sign in."""

WITHOUT_RLS = frozenset({"service_role", "supabase_admin", "postgres"})
"""Roles that row level security does not hold for on Supabase, so that no policy opens more to them."""

_MOST_NESTED = 3

NODES = ("CreatePolicyStmt", "AlterPolicyStmt")


@dataclass(frozen=True)
class Draft:
    """A policy as a statement leaves it.

    Attributes:
        name, table: as written, without quotes.
        command: None when ALTER POLICY is about a policy that no known statement made.
        roles: `PUBLIC` when none are named; None like `command`.
        using, with_check: the expressions that hold, also those that an earlier statement gave it.
        stated: the expressions in this very statement, with the word for each.
        names_roles: TO stands in this statement.
        before: what it was, for ALTER POLICY.
    """

    name: str
    table: Name
    relation: ast.RangeVar
    statement: Statement
    command: str | None
    permissive: bool
    roles: frozenset[str] | None
    using: ast.Node | None
    with_check: ast.Node | None
    stated: tuple[tuple[str, ast.Node], ...]
    names_roles: bool
    before: Policy | None = None

    @property
    def schema(self) -> Schema:
        return self.statement.schema

    @property
    def offset(self) -> int:
        return self.relation.location or self.statement.start

    @property
    def shown(self) -> str:
        """The policy and its table, as a message names them."""
        return f"policy {written((self.name,))} on {written(self.table)}"

    @property
    def everyone(self) -> frozenset[str]:
        """Its roles; all of the world when they are not known."""
        return frozenset({PUBLIC}) if self.roles is None else self.roles

    @property
    def role_names(self) -> str:
        return ", ".join("everybody" if role == PUBLIC else role for role in sorted(self.everyone))

    @property
    def is_for_clients(self) -> bool:
        return not self.everyone <= WITHOUT_RLS

    @property
    def writes(self) -> bool:
        return self.command != "select"

    @property
    def check(self) -> ast.Node | None:
        """What a new row must pass: WITH CHECK, else USING, except for INSERT."""
        if self.with_check is not None or self.command == "insert":
            return self.with_check
        return self.using

    @property
    def known_table(self) -> Table | None:
        return self.schema.created_or_changed(self.table)

    def always(self, node: ast.Node | None) -> bool:
        """Tell whether an expression of it is true of every row."""
        if node is None:
            return False
        table = self.known_table
        columns = table.columns.values() if table else ()
        not_null = frozenset(column.name for column in columns if column.not_null)
        return always_true(node, self.relation, not_null, calls_always(self.schema))

    def never(self, node: ast.Node | None) -> bool:
        """Tell whether an expression of it is true of no row; so is one that is missing."""
        return node is None or never_true(node, self.relation)

    def asks(self, node: ast.Node | None) -> bool:
        """Tell whether an expression is true only for callers that it found out something about."""
        return node is None or self.never(node) or asks_who(node, self.schema)


def drafted(statement: Statement) -> Draft | None:
    """Return the policy that a CREATE or ALTER POLICY leaves, None for another statement."""
    match statement.node:
        case ast.CreatePolicyStmt(table=ast.RangeVar() as relation) as node:
            return Draft(
                name=node.policy_name or "",
                table=name_of(relation),
                relation=relation,
                statement=statement,
                command=node.cmd_name or "all",
                permissive=bool(node.permissive),
                roles=roles_of(node.roles),
                using=node.qual,
                with_check=node.with_check,
                stated=_stated(node),
                names_roles=any(
                    role.roletype != RoleSpecType.ROLESPEC_PUBLIC or role.location
                    for role in node.roles or ()
                ),
            )
        case ast.AlterPolicyStmt(table=ast.RangeVar() as relation) as node:
            table = statement.schema.created_or_changed(name_of(relation))
            before = next(
                (known for known in (table.policies if table else ()) if known.name == node.policy_name), None
            )
            return Draft(
                name=node.policy_name or "",
                table=name_of(relation),
                relation=relation,
                statement=statement,
                command=before.command if before else None,
                permissive=before.permissive if before else True,
                roles=roles_of(node.roles) if node.roles else (before.roles if before else None),
                using=node.qual or (before.using if before else None),
                with_check=node.with_check or (before.with_check if before else None),
                stated=_stated(node),
                names_roles=bool(node.roles),
                before=before,
            )
    return None


def _stated(node: ast.CreatePolicyStmt | ast.AlterPolicyStmt) -> tuple[tuple[str, ast.Node], ...]:
    parts = (("USING", node.qual), ("WITH CHECK", node.with_check))
    return tuple((word, part) for word, part in parts if part is not None)


def place(node: ast.Node, otherwise: int) -> int:
    """Return the offset at which an expression of this statement starts, as far as the parser kept it."""
    found = (getattr(part, "location", None) for part in walk(node))
    return min((offset for offset in found if isinstance(offset, int) and offset > 0), default=otherwise)


def calls_always(schema: Schema) -> Callable[[ast.FuncCall], bool | None]:
    """Return what tells whether a call can only return true: so does every definition that it may reach."""

    def always(call: ast.FuncCall, depth: int = 0) -> bool | None:
        functions = schema.functions_named(names_of(call.funcname))
        if not functions or depth > _MOST_NESTED:
            return None
        return True if all(only_true(function, depth + 1) for function in functions) else None

    def only_true(function: Function, depth: int) -> bool:
        values = returned_by(function)
        return bool(values) and all(
            always_true(value, None, frozenset(), lambda inner: always(inner, depth)) for value in values
        )

    return always


def returns_only_true(function: Function, schema: Schema) -> bool:
    """Tell whether a function can only return true."""
    values = returned_by(function)
    calls = calls_always(schema)
    return bool(values) and all(always_true(value, None, frozenset(), calls) for value in values)


def policies_calling(name: Name, schema: Schema) -> tuple[Policy, ...]:
    """Return the policies that stand and call a function of this name."""
    return tuple(
        policy
        for table in (*schema.tables.values(), *schema.changed.values())
        for policy in table.policies
        if name[-1] in _called_by(policy, id(policy.using), id(policy.with_check))
    )


@lru_cache(maxsize=4096)
def _called_by(policy: Policy, _using: int, _with_check: int) -> frozenset[str]:
    """Return the names of the functions that a policy calls; its expressions change in place, hence their identities."""
    return frozenset(
        names_of(call.funcname)[-1]
        for expression in (policy.using, policy.with_check)
        if expression is not None
        for call in own_calls(expression)
    )


def tables_read(node: ast.Node | None) -> Iterator[ast.RangeVar]:
    """Yield the relations that the sub-selects of an expression read, without its own WITH queries."""
    if node is None:
        return
    own = {part.ctename for part in walk(node) if isinstance(part, ast.CommonTableExpr)}
    for part in walk(node):
        if isinstance(part, ast.RangeVar) and not (part.relname in own and part.schemaname is None):
            yield part


def sources_of(select: ast.SelectStmt) -> Iterator[ast.Node]:
    """Yield what a query reads FROM, joins taken apart."""
    pending: list[object] = list(reversed(select.fromClause or ()))
    while pending:
        match pending.pop():
            case ast.JoinExpr(larg=left, rarg=right):
                pending += (right, left)
            case ast.Node() as source:
                yield source


def source_name(source: ast.Node) -> str | None:
    """Return the name under which a query speaks of one of its sources."""
    match source:
        case ast.RangeVar(alias=ast.Alias(aliasname=str(name))):
            return name
        case ast.RangeVar(relname=str(name)):
            return name
        case ast.RangeSubselect(alias=ast.Alias(aliasname=str(name))):
            return name
        case ast.RangeFunction(alias=ast.Alias(aliasname=str(name))):
            return name
    return None


def own_columns(node: ast.Node, draft: Draft, *, doubtful: bool = True) -> frozenset[str]:
    """Return the columns of the policy's own table that an expression speaks of.

    Args:
        node: the expression.
        draft: the policy.
        doubtful: inside a sub-select, count a name without a table also where it is not known whether
            a table there has such a column, which would then be meant.
    """
    return frozenset(_own(node, draft, (), doubtful=doubtful))


def _own(node: object, draft: Draft, around: tuple[ast.Node, ...], *, doubtful: bool) -> Iterator[str]:
    match node:
        case ast.ColumnRef(fields=fields):
            if name := _own_column(names_of(fields), draft, around, doubtful=doubtful):
                yield name
        case ast.SelectStmt():
            for field in node:
                yield from _own(getattr(node, field), draft, (*around, *sources_of(node)), doubtful=doubtful)
        case ast.Node():
            for field in node:
                yield from _own(getattr(node, field), draft, around, doubtful=doubtful)
        case tuple():
            for part in node:
                yield from _own(part, draft, around, doubtful=doubtful)


def _own_column(name: Name, draft: Draft, around: tuple[ast.Node, ...], *, doubtful: bool) -> str | None:
    if len(name) > 1:
        is_own = name[-2] == draft.table[-1] and name[-2] not in map(source_name, around)
        return name[-1] if is_own else None
    if not name:
        return None
    found = [has_column(source, name[0], draft.schema) for source in around]
    if True in found:
        return None
    if None not in found or doubtful:
        return name[0]
    table = draft.known_table
    return name[0] if table and name[0] in table.columns else None


def has_column(source: ast.Node, column: str, schema: Schema) -> bool | None:
    """Tell whether what a query reads has a column of this name, None if that is not known."""
    if not isinstance(source, ast.RangeVar):
        return None
    columns = schema.columns_of(name_of(source))
    if columns is not None:
        return column in columns
    table = schema.created_or_changed(name_of(source))
    return True if table is not None and column in table.columns else None


def owner_conjuncts(node: ast.Node | None, draft: Draft) -> tuple[ast.Node, ...]:
    """Return the conjuncts that tie a row of the table to the caller."""
    if node is None:
        return ()
    return tuple(part for part in conjuncts(node) if draft.asks(part) and own_columns(part, draft))


Shape = tuple[object, ...]


def shape(node: object, table: str) -> Shape:
    """Return an expression in a form that is equal for spellings of the same: `(SELECT f())` and `f()`."""
    match node:
        case ast.ColumnRef(fields=fields):
            parts = names_of(fields)
            return ("column", parts[-1:] if parts[-2:-1] == (table,) else parts)
        case ast.BoolExpr(boolop=operator, args=arguments):
            return (operator, frozenset(shape(argument, table) for argument in arguments or ()))
        case ast.A_Expr(kind=kind, name=name, lexpr=left, rexpr=right):
            sides = (shape(left, table), shape(right, table))
            operator_name = names_of(name)
            return (kind, operator_name, frozenset(sides) if operator_name == ("=",) else sides)
        case ast.Node():
            inner = unwrapped(node)
            if inner is not node:
                return shape(inner, table)
            fields_of = (
                (field, shape(getattr(node, field), table)) for field in node if "location" not in field
            )
            return (type(node).__name__, *fields_of)
        case tuple():
            return tuple(shape(part, table) for part in node)
    return (node,)


def is_wider(before: ast.Node | None, after: ast.Node | None, table: str) -> bool:
    """Tell whether an expression surely lets more through than another: a condition is gone, or a way in came."""
    if after is None or before is None:
        return before is None and after is not None and not never_true(after, None)
    old = {shape(part, table) for part in conjuncts(before)}
    new = {shape(part, table) for part in conjuncts(after)}
    if old == new or always_true(before, None, frozenset(), lambda _: None):
        return False
    if always_true(after, None, frozenset(), lambda _: None) or new < old:
        return True
    old_ways = {shape(part, table) for part in disjuncts(before)}
    new_ways = {shape(part, table) for part in disjuncts(after)}
    return old_ways < new_ways


def forgets_caller(before: ast.Node | None, after: ast.Node | None, schema: Schema) -> bool:
    """Tell whether an expression asked surely who the caller is, and another in its place does not."""
    return (
        before is not None
        and after is not None
        and asks_who(before, schema)
        and any(map(is_identity, reached(before, schema)))
        and not never_true(after, None)
        and not asks_who(after, schema)
    )


def widened(
    before: Policy,
    schema: Schema,
    *,
    permissive: bool,
    command: str | None,
    roles: frozenset[str],
    using: ast.Node | None,
    with_check: ast.Node | None,
) -> str | None:
    """Return in words how a policy lets more through than it did before, None when that can't be told."""
    table = before.table[-1]
    if permissive and not before.permissive:
        return "it was restrictive and is now permissive"
    if not permissive and PUBLIC not in roles and not before.roles <= roles:
        return "it restrains fewer roles"
    if permissive and PUBLIC not in before.roles and not roles <= before.roles:
        return "it is for more roles"
    if permissive and command == "all" and before.command != "all":
        return f"it was for {before.command.upper()} alone and is now for every command"
    if is_wider(before.using, using, table):
        return "its USING lets more rows through"
    if forgets_caller(before.using, using, schema):
        return "its USING asks no longer who the caller is"
    old_check = before.with_check or (before.using if before.command != "insert" else None)
    new_check = with_check or (using if command != "insert" else None)
    if command != "select" and is_wider(old_check, new_check, table):
        return "what it checks new rows for is less"
    if command != "select" and forgets_caller(old_check, new_check, schema):
        return "it writes new rows without asking who the caller is"
    return None
