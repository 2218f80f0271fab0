"""A policy that is true of every row leaves all of them to its roles.

Always true is what its form shows: `true`, `1 = 1`, `id = id`, `NOT false`, `… OR true`, `EXISTS
(SELECT 1)`, `id IS NOT NULL` where it has no NULL, a function of the project that only returns true,
also one that comes to do so later. A policy that only reads is a warning, since some tables are for
everybody; so is a restrictive one, which then restrains nothing, and one for a role that no client
has.

Exempt are policies for roles that row level security does not hold for.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.policies import (
    CLIENTS,
    NODES,
    Draft,
    drafted,
    place,
    policies_calling,
    returns_only_true,
)
from guardrails.lint.spelling import written

_VERBS = {
    "select": "read",
    "insert": "add",
    "update": "change",
    "delete": "delete",
    "all": "read, change and delete",
}


def check(statement: Statement) -> Iterator[Problem]:
    if isinstance(statement.node, ast.CreateFunctionStmt):
        yield from _changed_function(statement, statement.node)
        return
    draft = drafted(statement)
    if draft is None or not draft.is_for_clients:
        return
    for word, node in draft.stated:
        if not draft.always(node):
            continue
        if word == "WITH CHECK" and draft.using is not None and not draft.always(draft.using):
            return  # it is WITH CHECK that is wider than USING, which has a rule of its own
        if draft.permissive:
            message = f"lets {draft.role_names} {_VERBS.get(draft.command or 'all')} any row"
        else:
            message = "restrains nothing"
        yield Problem(
            f"{draft.shown} {message}: its {word} is always true",
            place(node, draft.offset),
            severity=None if _opens(draft) else Severity.WARNING,
        )
        return


def _changed_function(statement: Statement, node: ast.CreateFunctionStmt) -> Iterator[Problem]:
    """Report a function that a policy relies on already, and that now only returns true."""
    schema, name = statement.schema, names_of(node.funcname)

    def asks_something() -> bool:
        made = schema.function_made_by(node)
        return made is None or not returns_only_true(made, schema)

    for policy in policies_calling(name, schema)[:1]:
        yield Problem(
            f"function {written(name)}, which policy {written((policy.name,))} on {written(policy.table)} relies on, "
            "only returns true",
            statement.start,
            unless=asks_something,
        )


def _opens(draft: Draft) -> bool:
    return draft.permissive and draft.writes and bool(draft.everyone & CLIENTS)


RULE = Rule(
    code="POLICY_ALWAYS_TRUE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Tie the row to the caller, as in USING ((SELECT auth.uid()) = user_id).",
    nodes=(*NODES, "CreateFunctionStmt"),
    bad=(
        (
            "CREATE FUNCTION fine() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';\n"
            "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (fine());"
        ),
        "CREATE POLICY p ON orders FOR ALL TO authenticated USING (true);",
        "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (1 = 1) WITH CHECK ('a' = 'a');",
        ("CREATE POLICY p ON orders FOR DELETE TO authenticated USING (user_id = auth.uid() OR NOT false);"),
        "CREATE POLICY p ON orders FOR INSERT TO authenticated WITH CHECK (EXISTS (SELECT 1));",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (coalesce((SELECT true), false));",
        ("CREATE POLICY p ON orders FOR DELETE TO authenticated USING (orders.id IS NOT DISTINCT FROM id);"),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (true);",
        "ALTER POLICY p ON orders USING (true);",
        "DO $$ BEGIN EXECUTE format('CREATE POLICY %I ON orders USING (true)', 'p'); END $$;",
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, user_id uuid NOT NULL);\nCREATE POLICY p ON orders FOR DELETE TO authenticated USING (user_id IS NOT NULL);"
        ),
        (
            "CREATE FUNCTION fine() RETURNS boolean LANGUAGE sql AS 'SELECT true';\nCREATE POLICY p ON orders FOR DELETE TO authenticated USING (fine());"
        ),
    ),
    good=(
        (
            "CREATE FUNCTION fine() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN auth.uid() IS NOT NULL; END';\n"
            "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (fine());"
        ),
        "CREATE POLICY p ON orders FOR ALL TO authenticated USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders FOR ALL TO service_role USING (true) WITH CHECK (true);",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (user_id IS NOT NULL);",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (false);",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (is_admin());",
    ),
    check=check,
)
