"""A policy opens nothing for a role that holds no privilege on the table.

Supabase's default privileges used to grant every new table of `public` to `anon` and `authenticated`.
New projects don't have them since May 2026, and none since the end of October: without a GRANT the
API answers 42501. Reported is a table made here whose policies name one of the two roles, when nothing
grants that role anything by the end.

Exempt are tables without such policies, those that known default privileges grant, and policies that open
nothing anyway: restrictive ones, and `USING (false)`.

Source: <https://supabase.com/changelog/45329-breaking-change-tables-not-exposed-to-data-and-graphql-api-automatically>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Table
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import API_ROLES
from guardrails.lint.privileges import grantees
from guardrails.lint.spelling import written

_NEEDS = {
    "select": "SELECT",
    "insert": "SELECT, INSERT",
    "update": "SELECT, UPDATE",
    "delete": "SELECT, DELETE",
}


def check(statement: Statement) -> Iterator[Problem]:
    node = statement.node
    if not isinstance(node, ast.CreatePolicyStmt) or statement.settings.rls_by_habit:
        return
    if not node.permissive or (
        (_is_false(node.qual) or node.qual is None) and _is_false(node.with_check or node.qual)
    ):
        return
    table = statement.schema.table(name_of(node.table))
    if table is None or not table.new or table.name[0] not in statement.settings.exposed_schemas:
        return
    known = frozenset[str]().union(*(policy.roles for policy in table.policies))
    for role, spec in grantees(node.roles, API_ROLES):
        if role not in known:
            shown = written(table.name)
            privileges = _NEEDS.get(node.cmd_name or "all", "SELECT, INSERT, UPDATE, DELETE")
            yield Problem(
                f"this policy opens nothing: {role} holds no privilege on {shown}, so the API answers 42501",
                spec.location or statement.start,
                f"Add: GRANT {privileges} ON {shown} TO {role};",
                unless=lambda role=role: table.dropped or _has_any(table, role),  # type: ignore[misc]
            )


def _is_false(expression: ast.Node | None) -> bool:
    match expression:
        case ast.A_Const(val=ast.Boolean(boolval=flag)):
            return not flag
    return False


def _has_any(table: Table, role: str) -> bool:
    access = table.access
    return any(access.granted.get(one) or access.granted_columns.get(one) for one in (role, PUBLIC))


RULE = Rule(
    code="MISSING_API_GRANT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Grant the role what its policies are about.",
    nodes=("CreatePolicyStmt",),
    bad=(
        (
            "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);"
        ),
        (
            "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;\n"
            "GRANT SELECT ON todos TO service_role;\n"
            'CREATE POLICY read ON todos FOR SELECT TO "anon" USING (id > 0);'
        ),
    ),
    good=(
        (
            "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);\n"
            "GRANT SELECT ON todos TO authenticated;"
        ),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO authenticated;\n"
            "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);"
        ),
        "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;",
        "CREATE POLICY read ON todos FOR SELECT TO authenticated USING (id > 0);",
        (
            "CREATE TABLE todos (id bigint PRIMARY KEY);\nALTER TABLE todos ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY nobody ON todos TO anon, authenticated USING (false) WITH CHECK (false);"
        ),
    ),
    check=check,
)
