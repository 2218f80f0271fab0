"""A view of `auth.users` in an exposed schema shows clients who the users are.

Addresses, phone numbers, when someone last signed in, the hash of a password. A view, a materialized
view and a table made from it are reported, also through other views, and a SECURITY DEFINER function
that reads it without asking who calls.

Exempt is a view with security_invoker, since clients may not read `auth` themselves; a function that
runs as its caller; and what neither role of the API may select at the end.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0002_auth_users_exposed>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Access
from guardrails.lint.parsing import name_of, walk
from guardrails.lint.platform import clients_reach, exposed, owned_by_platform
from guardrails.lint.privileges import out_of_reach, who_executes
from guardrails.lint.routines import (
    asks_who_calls,
    nodes_in_body,
    option,
    relations_in,
    signature,
    that_stands,
)
from guardrails.lint.spelling import written

_AUTH = "auth"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ViewStmt(view=ast.RangeVar() as relation, query=ast.Node() as query):
            yield from _relation(statement, relation, query)
        case ast.CreateTableAsStmt(
            into=ast.IntoClause(rel=ast.RangeVar() as relation), query=ast.Node() as query
        ):
            yield from _relation(statement, relation, query)
        case ast.CreateFunctionStmt() as node:
            yield from _function(statement, node)


def _relation(statement: Statement, relation: ast.RangeVar, query: ast.Node) -> Iterator[Problem]:
    schema = statement.schema
    source = _reaches_auth(statement, frozenset(relations_in(walk(query))))
    if source is None or relation.relpersistence == "t":
        return
    resolved = schema.own_name(name_of(relation))
    is_table = isinstance(statement.node, ast.CreateTableAsStmt) and (
        statement.node.objtype == ObjectType.OBJECT_TABLE
    )

    def is_closed() -> bool:
        if not clients_reach(statement):
            return True
        if is_table:
            table = schema.made_by(relation)
            return (
                table is None or table.dropped or table.rls or _is_closed(statement, table.name, table.access)
            )
        view = schema.view_made_by(statement.node)
        if view is None or schema.views.get(view.name) is not view or view.security_invoker:
            return True
        return _is_closed(statement, view.name, view.access)

    kind = "table" if is_table else "view"
    yield Problem(
        f"{kind} {written(name_of(relation))} shows clients what {written(source)} holds about every user",
        relation.location or statement.start,
        unless=is_closed if statement.runs else lambda: not exposed(resolved, statement.settings),
    )


def _is_closed(statement: Statement, name: Name, access: Access) -> bool:
    return not exposed(name, statement.settings) or out_of_reach(access)


def _function(statement: Statement, node: ast.CreateFunctionStmt) -> Iterator[Problem]:
    if option(node.options, "security") is not True or node.returnType is None or not node.returnType.setof:
        return
    nodes = list(nodes_in_body(node, statement.text, statement.start))
    selects = [part for part in nodes if isinstance(part, ast.SelectStmt)]
    source = _reaches_auth(statement, frozenset(relations_in(nodes))) if selects else None
    if source is None or asks_who_calls(nodes):
        return

    def is_closed() -> bool:
        function = that_stands(statement)
        return (
            function is None
            or not function.security_definer
            or not clients_reach(statement)
            or not exposed(function.resolved, statement.settings)
            or not who_executes(function.access, statement)
        )

    name, _ = signature(node)
    yield Problem(
        f"function {written(name)} shows whoever calls it what {written(source)} holds about every user",
        statement.start,
        unless=is_closed,
    )


def _reaches_auth(statement: Statement, reads: frozenset[Name]) -> Name | None:
    """Return the table of `auth` that relations read, through however many views."""
    schema = statement.schema
    seen: set[Name] = set()
    pending = sorted(reads)
    while pending:
        resolved = schema.resolve(pending.pop())
        if resolved is None or resolved in seen:
            continue
        seen.add(resolved)
        if resolved[0] == _AUTH and owned_by_platform(_AUTH, statement):
            return resolved
        if view := schema.views.get(resolved):
            pending.extend(sorted(view.reads))
    return None


RULE = Rule(
    code="AUTH_USERS_EXPOSED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Keep what clients need in a table of your own with row level security, filled by a trigger on "
        "auth.users."
    ),
    nodes=("ViewStmt", "CreateTableAsStmt", "CreateFunctionStmt"),
    bad=(
        "CREATE VIEW people AS SELECT id, email FROM auth.users;",
        "CREATE MATERIALIZED VIEW people AS SELECT u.email FROM orders JOIN auth.users AS u USING (id);",
        "CREATE VIEW private.people AS SELECT * FROM auth.users;\nCREATE VIEW people AS SELECT * FROM private.people;",
        (
            "CREATE FUNCTION people() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = '' "
            "AS 'SELECT email FROM auth.users';"
        ),
        "CREATE TABLE people AS SELECT id, email FROM auth.users;",
        'CREATE VIEW people AS WITH u AS (SELECT * FROM "auth"."identities") SELECT * FROM u;',
        "SET search_path = auth, public;\nCREATE VIEW public.people AS SELECT email FROM users;",
    ),
    good=(
        "CREATE VIEW people WITH (security_invoker = true) AS SELECT id, email FROM auth.users;",
        "CREATE VIEW private.people AS SELECT id, email FROM auth.users;",
        "CREATE VIEW people AS SELECT id FROM profiles WHERE id = auth.uid();",
        (
            "CREATE FUNCTION mine() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = '' "
            "AS 'SELECT email FROM auth.users WHERE id = auth.uid()';"
        ),
        "CREATE FUNCTION people() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM auth.users';",
        "CREATE VIEW people AS SELECT id, email FROM auth.users;\nREVOKE ALL ON people FROM anon, authenticated;",
    ),
    check=check,
)
