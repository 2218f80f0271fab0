"""Dropped and created again, an object has its first privileges back.

What an earlier REVOKE took away is there again: EXECUTE for PUBLIC on a function, and on Supabase
whatever default privileges give to `anon` and `authenticated`. CREATE OR REPLACE keeps privileges;
after a DROP each REVOKE has to be said again.

Source: <https://www.postgresql.org/docs/current/ddl-priv.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Access
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import API_ROLES
from guardrails.lint.privileges import in_words, role_in_sql, roles_in_sql
from guardrails.lint.routines import signature, that_stands
from guardrails.lint.shapes import arguments_of
from guardrails.lint.spelling import written

_DEFAULTS = {PUBLIC: frozenset({"execute"})} | dict.fromkeys(API_ROLES, frozenset({"execute"}))


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt() as node:
            yield from _function(statement, node)
        case ast.CreateStmt(relation=ast.RangeVar() as relation):
            yield from _relation(statement, relation)
        case ast.ViewStmt(view=ast.RangeVar() as relation):
            yield from _relation(statement, relation)
        case ast.CreateTableAsStmt(into=ast.IntoClause(rel=ast.RangeVar() as relation)):
            yield from _relation(statement, relation)


def _function(statement: Statement, node: ast.CreateFunctionStmt) -> Iterator[Problem]:
    schema = statement.schema
    resolved, arguments = schema.own_name(names_of(node.funcname)), arguments_of(node)
    if schema.function_at(resolved, arguments):
        return
    for gone in reversed(schema.dropped_functions):
        if gone.resolved == resolved and gone.arguments == arguments:
            name, shown = signature(node)
            lost = {role: frozenset({"execute"}) for role in _DEFAULTS if gone.access.taken(role, "execute")}

            def access() -> Access | None:
                made = that_stands(statement)
                return made.access if made else None

            yield from _problems(
                statement, lost, f"FUNCTION {written(name)}({shown})", access, statement.start
            )
            return


def _relation(statement: Statement, relation: ast.RangeVar) -> Iterator[Problem]:
    schema, name = statement.schema, name_of(relation)
    resolved = schema.own_name(name)
    old: Access | None = None
    if resolved in schema.tables or resolved in schema.views or relation.relpersistence == "t":
        return
    if table := schema.dropped.get(resolved):
        old = table.access if table.dropped else None
    elif view := schema.dropped_views.get(resolved):
        old = view.access
    if old is None:
        return
    lost = {role: frozenset(old.revoked.get(role, ())) for role in API_ROLES if old.revoked.get(role)}
    yield from _problems(
        statement, lost, written(name), lambda: _access_of(statement, resolved), relation.location or 0
    )


def _access_of(statement: Statement, resolved: Name) -> Access | None:
    schema = statement.schema
    made = schema.tables.get(resolved) or schema.views.get(resolved)
    return made.access if made else None


def _problems(
    statement: Statement,
    lost: dict[str, frozenset[str]],
    target: str,
    access: object,
    offset: int,
) -> Iterator[Problem]:
    assert callable(access)
    if not lost:
        return
    privileges = frozenset().union(*lost.values())
    shown = in_words(privileges)

    def is_taken_again() -> bool:
        found = access()
        return found is None or all(
            found.taken(role, privilege) or not statement.runs
            for role, several in lost.items()
            for privilege in several
        )

    yield Problem(
        f"{target.removeprefix('FUNCTION ')} was dropped, and with it the REVOKE from "
        f"{', '.join(role_in_sql(role) for role in sorted(lost))}: the new one starts with the default privileges",
        offset,
        f"Add: REVOKE {shown} ON {target} FROM {roles_in_sql(lost)};",
        unless=is_taken_again,
    )


RULE = Rule(
    code="REVOKE_LOST",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Use CREATE OR REPLACE, which keeps privileges, or repeat the REVOKE after the CREATE.",
    nodes=("CreateFunctionStmt", "CreateStmt", "ViewStmt", "CreateTableAsStmt"),
    bad=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;\nDROP FUNCTION total();\n"
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
        (
            "CREATE TABLE orders (id bigint);\nREVOKE ALL ON orders FROM anon;\nDROP TABLE orders;\n"
            "CREATE TABLE orders (id bigint, note text);"
        ),
    ),
    good=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;\n"
            "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;\nDROP FUNCTION total();\n"
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;"
        ),
        "DROP FUNCTION total();\nCREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;\nDROP FUNCTION total();\n"
            "CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
    ),
    check=check,
)
