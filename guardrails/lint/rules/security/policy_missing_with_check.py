"""WITH CHECK says what a new row must be; without it, no insert passes.

For UPDATE and ALL, PostgreSQL takes USING in its place. That is reported where USING doesn't tie the
row to the caller, so that nobody has said what a row may be changed to.

Exempt are USING expressions about the owner of the row, those that are always or never true, and
restrictive policies.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or draft.with_check is not None or not isinstance(statement.node, ast.CreatePolicyStmt):
        return
    if draft.command == "insert":
        yield Problem(
            f"{draft.shown} has no WITH CHECK: no row can be inserted",
            draft.offset,
            "Add: WITH CHECK ((SELECT auth.uid()) = …)",
        )
    elif (
        draft.command in {"update", "all"}
        and draft.permissive
        and draft.using is not None
        and not (draft.asks(draft.using) or draft.always(draft.using))
    ):
        yield Problem(
            f"{draft.shown} doesn't say what a row may be changed to: USING, which doesn't ask who the caller is, "
            "is taken for that too",
            draft.offset,
        )


RULE = Rule(
    code="POLICY_MISSING_WITH_CHECK",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Add WITH CHECK with what must be true of the row that is written.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR INSERT TO authenticated;",
        "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (status = 'draft');",
    ),
    good=(
        ("CREATE POLICY p ON orders FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) = user_id);"),
        "CREATE POLICY p ON orders FOR ALL TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (status = 'draft') WITH CHECK (status <> 'paid');"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (status = 'draft');",
    ),
    check=check,
)
