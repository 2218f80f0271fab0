"""A policy does nothing until row level security is enabled on its table.

Every role with a grant reads and writes every row, and the policy looks as if it were not so. Asked
is the state after the last of the migrations checked.

Exempt are tables whose creation was not seen, since it may be enabled there already.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.policies import NODES, Draft, drafted
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    table = draft.schema.table(draft.table) if draft else None
    if draft and table and isinstance(statement.node, ast.CreatePolicyStmt):
        yield Problem(
            f"{draft.shown} does nothing: row level security is not enabled there",
            draft.offset,
            f"Add: ALTER TABLE {written(draft.table)} ENABLE ROW LEVEL SECURITY;",
            unless=_is_fine(draft, table),
        )


def _is_fine(draft: Draft, table: Table) -> Callable[[], bool]:
    def is_fine() -> bool:
        policy = draft.schema.policy_made_by(draft.statement.node)
        return table.dropped or table.rls or policy is None or policy.dropped

    return is_fine


RULE = Rule(
    code="POLICY_WITHOUT_RLS",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Enable row level security on the table: ALTER TABLE … ENABLE ROW LEVEL SECURITY;",
    nodes=NODES,
    bad=(
        ("CREATE TABLE orders (id bigint PRIMARY KEY);\nCREATE POLICY p ON orders USING (false);"),
        (
            'CREATE TABLE "Orders" (user_id uuid);\nCREATE POLICY p ON "Orders" TO authenticated USING ((SELECT auth.uid()) = user_id);\nALTER TABLE "Orders" ENABLE ROW LEVEL SECURITY;\nALTER TABLE "Orders" DISABLE ROW LEVEL SECURITY;'
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (id bigint);\nCREATE POLICY p ON orders USING (false);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;"
        ),
        "CREATE POLICY p ON orders USING (false);",
        (
            "CREATE TABLE orders (id bigint);\nCREATE POLICY p ON orders USING (false);\nDROP POLICY p ON orders;"
        ),
    ),
    check=check,
)
