"""A WITH CHECK that forgets the owner lets clients give rows away.

They may then hand a row to others, or put it in another tenant. USING decides which rows may be
changed, WITH CHECK what they may become. Reported is a WITH CHECK that is always true, or in which no
condition ties the row to the caller, where USING has one.

Exempt are a WITH CHECK that asks who the caller is in its own way, and a USING that does not either.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted, owner_conjuncts, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or draft.with_check is None or draft.using is None or not draft.permissive:
        return
    if draft.command == "insert" or not draft.is_for_clients or draft.never(draft.with_check):
        return
    always = draft.always(draft.with_check)
    if (always and not draft.always(draft.using)) or (
        owner_conjuncts(draft.using, draft) and not owner_conjuncts(draft.with_check, draft)
    ):
        why = "is always true" if always else "doesn't tie the row to the caller"
        yield Problem(
            f"{draft.shown} lets a row be changed to one that it wouldn't let through: WITH CHECK {why}, USING "
            "is not so wide",
            place(draft.with_check, draft.offset)
            if any(node is draft.with_check for _, node in draft.stated)
            else draft.offset,
        )


RULE = Rule(
    code="POLICY_WITH_CHECK_WIDER",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Repeat the conditions of USING in WITH CHECK, or leave WITH CHECK out.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK (true);"
        ),
        (
            "CREATE POLICY p ON orders FOR ALL TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK (total > 0);"
        ),
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK (auth.uid() IS NOT NULL);"
        ),
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id);\nALTER POLICY p ON orders WITH CHECK (1 = 1);"
        ),
    ),
    good=(
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id AND open) WITH CHECK ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK (user_id IN (SELECT m.id FROM members m WHERE m.id = auth.uid()));"
        ),
        "CREATE POLICY p ON orders FOR UPDATE TO service_role USING (open) WITH CHECK (true);",
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK (false);"
        ),
    ),
    check=check,
)
