"""Restrictive policies alone let nothing through.

They take away from what permissive ones give. Asked is the state after the last of the migrations
checked.

Exempt are tables with a permissive policy.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, Draft, drafted


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft and not draft.permissive and isinstance(statement.node, ast.CreatePolicyStmt):
        yield Problem(
            f"{draft.shown} is restrictive, and no permissive one is known: no row is let through",
            draft.offset,
            unless=_is_fine(draft),
        )


def _is_fine(draft: Draft) -> Callable[[], bool]:
    known = draft.known_table

    def is_fine() -> bool:
        table = known or draft.schema.created_or_changed(draft.table)
        policy = draft.schema.policy_made_by(draft.statement.node)
        return (
            table is None
            or policy is None
            or policy.dropped
            or table.dropped
            or any(other.permissive for other in table.policies)
        )

    return is_fine


RULE = Rule(
    code="RLS_RESTRICTIVE_ONLY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a permissive policy, or leave AS RESTRICTIVE out.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders AS RESTRICTIVE FOR SELECT TO authenticated USING (open);",
        (
            "CREATE POLICY p ON orders TO authenticated USING ((SELECT auth.uid()) = user_id);\nCREATE POLICY q ON orders AS RESTRICTIVE USING (open);\nDROP POLICY p ON orders;"
        ),
    ),
    good=(
        (
            "CREATE POLICY p ON orders AS RESTRICTIVE USING (open);\nCREATE POLICY q ON orders TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        "CREATE POLICY p ON orders TO authenticated USING ((SELECT auth.uid()) = user_id);",
        ("CREATE POLICY p ON orders AS RESTRICTIVE USING (open);\nDROP POLICY p ON orders;"),
    ),
    check=check,
)
