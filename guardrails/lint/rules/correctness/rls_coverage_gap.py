"""Who may change or delete rows but not read them changes none, and gets no error.

An UPDATE or DELETE with a WHERE sees only the rows that a policy for SELECT lets through, so that it
touches 0 rows. Asked is the state after the last of the migrations checked.

Exempt are tables whose creation was not seen, since they may have such a policy.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Table
from guardrails.lint.policies import NODES, Draft, drafted


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    table = draft.schema.table(draft.table) if draft else None
    if (
        draft
        and table
        and draft.permissive
        and draft.is_for_clients
        and draft.command in {"update", "delete"}
        and isinstance(statement.node, ast.CreatePolicyStmt)
    ):
        yield Problem(
            f"{draft.shown} is for {draft.command.upper()}, but no policy lets {draft.role_names} read: WHERE finds "
            "no row",
            draft.offset,
            "Add a policy FOR SELECT with the same roles and condition.",
            unless=_is_fine(draft, table),
        )


def _is_fine(draft: Draft, table: Table) -> Callable[[], bool]:
    def is_fine() -> bool:
        policy = draft.schema.policy_made_by(draft.statement.node)
        if policy is None or policy.dropped or table.dropped:
            return True
        return any(
            other.permissive
            and other.command in {"select", "all"}
            and (PUBLIC in other.roles | policy.roles or other.roles & policy.roles)
            for other in table.policies
        )

    return is_fine


RULE = Rule(
    code="RLS_COVERAGE_GAP",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add a policy FOR SELECT for the same roles.",
    nodes=NODES,
    bad=(
        (
            "CREATE TABLE orders (user_id uuid);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR DELETE TO authenticated USING ((SELECT auth.uid()) = user_id);\nCREATE POLICY q ON orders FOR SELECT TO anon USING (open);"
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id);\nCREATE POLICY q ON orders FOR SELECT USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR ALL TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR INSERT TO anon WITH CHECK (length(note) < 9);"
        ),
    ),
    check=check,
)
