"""A policy without TO is for everybody, strangers included.

PostgreSQL then evaluates it for callers that it can never let through, and what its expression
forgets to ask, nobody else asks.

Exempt are restrictive policies, which should hold for everybody, expressions that are never true, and
`TO public`, which says what is meant.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if (
        isinstance(statement.node, ast.CreatePolicyStmt)
        and draft is not None
        and draft.permissive
        and not draft.names_roles
        and not (draft.never(draft.using) and draft.never(draft.check))
    ):
        yield Problem(f"{draft.shown} names no role: it is for everybody, also for strangers", draft.offset)


RULE = Rule(
    code="POLICY_NO_ROLE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Say whom it is for: TO authenticated, or TO anon, authenticated.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT USING ((SELECT auth.uid()) = user_id);",
        'CREATE POLICY "Own rows" ON "Orders" USING (auth.uid() = user_id);',
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders FOR SELECT TO public USING (shown);",
        "CREATE POLICY p ON orders AS RESTRICTIVE USING (tenant_id = 1);",
        "CREATE POLICY p ON orders FOR DELETE USING (false);",
    ),
    check=check,
)
