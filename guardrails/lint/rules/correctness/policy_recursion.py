"""A policy that comes back to its own table fails at each query.

It reads the table itself, or others whose policies do. PostgreSQL then says "infinite recursion
detected in policy". It happens where the policies for reading that a sub-select brings into play read
on, and come back to a table that is being read.

Exempt are tables that are read through a SECURITY DEFINER function or a view of the owner, policies
for different roles, and a cycle that ends at a table whose policies for reading read nothing.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from pglast import ast

from guardrails.lint.bodies import body_of
from guardrails.lint.callers import own_calls
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Function, Policy, Table
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.policies import NODES, Draft, drafted, tables_read
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written
from guardrails.lint.values import NamedTuple


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    table = draft.known_table if draft else None
    if draft is None or not draft.stated:
        return
    reads = [name_of(relation) for _, node in draft.stated for relation in tables_read(node)]
    calls = any(next(own_calls(node), None) for _, node in draft.stated)
    if not reads and not calls:
        return
    own = draft.schema.resolve(draft.table)
    direct = own in {draft.schema.resolve(name) for name in reads}
    listed = ", ".join(dict.fromkeys(map(written, reads))) or "a function"
    through = "its own table" if direct else f"{listed}, whose policies lead back to {written(draft.table)}"
    yield Problem(
        f"{draft.shown} reads {through}: queries fail with infinite recursion",
        draft.offset,
        unless=_is_fine(draft, table),
    )


def _is_fine(draft: Draft, known: Table | None) -> Callable[[], bool]:
    schema, node = draft.schema, draft.statement.node

    def is_fine() -> bool:
        policy = schema.policy_made_by(node)
        table = known or schema.created_or_changed(draft.table)
        if policy is None or table is None or table.dropped or policy.dropped or policy.node is not node:
            return True
        named = _named((policy.using, policy.with_check))
        return not _comes_back(_reads(named, schema), policy.roles, table.name, schema)

    return is_fine


def _comes_back(first: set[Name], roles: frozenset[str], start: Name, schema: Schema) -> bool:
    """Tell whether reading these tables brings the policies of `start` into play, which are at work already."""
    pending = [(name, roles) for name in first]
    seen: set[tuple[Name, frozenset[str]]] = set()
    while pending:
        name, roles = step = pending.pop()
        table = schema.tables.get(name) or schema.changed.get(name)
        if step in seen or table is None or (name in schema.tables and not table.rls and name != start):
            continue
        seen.add(step)
        for policy in table.policies:
            shared = _shared(roles, policy.roles)
            if policy.command in {"select", "all"} and shared:
                reads = _reads(_named_by(policy, id(policy.using)), schema)
                if reads and name == start:
                    return True
                pending += [(read, shared) for read in reads]
    return False


def _shared(roles: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    if PUBLIC in roles:
        return others
    return roles if PUBLIC in others else roles & others


class _Named(NamedTuple):
    """What an expression or a body reads and calls, as written."""

    relations: tuple[Name, ...]
    calls: tuple[Name, ...]


def _named(nodes: Iterable[ast.Node | None]) -> _Named:
    found = [node for node in nodes if node is not None]
    return _Named(
        tuple(name_of(relation) for node in found for relation in tables_read(node)),
        tuple(names_of(call.funcname) for node in found for call in own_calls(node)),
    )


@lru_cache(maxsize=4096)
def _named_by(policy: Policy, _using: int) -> _Named:
    """Read a policy's USING; it changes in place, hence its identity."""
    return _named((policy.using,))


@lru_cache(maxsize=512)
def _named_in(function: Function) -> _Named:
    return _named(body_of(function))


def _reads(named: _Named, schema: Schema) -> set[Name]:
    """Return the tables that are read, also in functions that run as the caller."""
    found: set[Name] = set()
    pending = [named]
    seen: set[Function] = set()
    while pending:
        relations, calls = pending.pop()
        found |= {schema.resolve(name) or ("", "") for name in relations}
        for name in calls:
            for function in schema.functions_named(name):
                if not function.security_definer and function not in seen:
                    seen.add(function)
                    pending.append(_named_in(function))
    return found


RULE = Rule(
    code="POLICY_RECURSION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Read the table in a SECURITY DEFINER function of a schema that is not exposed, with SET search_path = ''."
    ),
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON members FOR SELECT TO authenticated USING (team_id IN (SELECT m.team_id FROM members m WHERE m.user_id = (SELECT auth.uid())));"
        ),
        (
            "CREATE POLICY a ON teams FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = teams.id));\nCREATE POLICY b ON members FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM teams t WHERE t.id = members.team_id));"
        ),
        (
            "CREATE FUNCTION my_teams() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT team_id FROM public.members';\nCREATE POLICY p ON members TO authenticated USING (team_id IN (SELECT my_teams()));"
        ),
    ),
    good=(
        (
            "CREATE POLICY p ON members FOR INSERT TO authenticated WITH CHECK (EXISTS (SELECT 1 FROM members m WHERE m.user_id = (SELECT auth.uid())));\nCREATE POLICY q ON members FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));"
        ),
        (
            "CREATE FUNCTION my_teams() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT team_id FROM public.members';\nCREATE POLICY p ON members TO authenticated USING (team_id IN (SELECT my_teams()));"
        ),
        (
            "CREATE POLICY a ON teams FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = teams.id));\nCREATE POLICY b ON members FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));"
        ),
        (
            "CREATE POLICY p ON members FOR SELECT TO authenticated USING (team_id IN (SELECT m.team_id FROM members m));\nDROP POLICY p ON members;"
        ),
        (
            "CREATE POLICY a ON teams FOR SELECT TO anon USING (EXISTS (SELECT 1 FROM members m WHERE m.team_id = teams.id));\nCREATE POLICY b ON members FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM teams t WHERE t.id = members.team_id));"
        ),
    ),
    check=check,
)
