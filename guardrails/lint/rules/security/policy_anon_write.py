"""A policy that lets strangers write opens the table to the public key.

Without TO, a policy is for everybody. What it asks must then be who the caller is: `auth.uid()`, a
claim of the token, a function of the project. An insert that only looks at the new row, as a contact
form does, is a warning.

Exempt are restrictive policies, and expressions that are never true.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC
from guardrails.lint.policies import NODES, STRANGERS, Draft, drafted


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not (draft.permissive and draft.writes and draft.everyone & STRANGERS):
        return
    if _is_open(draft):
        is_form = draft.command == "insert" and not draft.always(draft.with_check)
        who = "everybody" if PUBLIC in draft.everyone else "anon"
        yield Problem(
            f"{draft.shown} lets {who} write without asking who it is",
            draft.offset,
            severity=Severity.WARNING if is_form else None,
        )


def _is_open(draft: Draft) -> bool:
    using, new = draft.asks(draft.using), draft.asks(draft.check)
    match draft.command:
        case "insert":
            return not new
        case "delete":
            return not using
        case "update":
            return not using and not new
    return not using or not new


RULE = Rule(
    code="POLICY_ANON_WRITE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Write it TO authenticated, and tie the row to the caller; take forms through a server that has the service role."
    ),
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR INSERT TO anon WITH CHECK (true);",
        "CREATE POLICY p ON orders FOR DELETE USING (status = 'draft');",
        "CREATE POLICY p ON orders USING (auth.uid() IS NULL OR auth.uid() = user_id);",
        "CREATE POLICY p ON messages FOR INSERT TO anon WITH CHECK (length(body) < 1000);",
        ("CREATE POLICY p ON orders FOR ALL TO public USING (auth.uid() = user_id) WITH CHECK (total > 0);"),
        (
            "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (note = '');\nALTER POLICY p ON orders TO anon;"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR ALL USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders FOR SELECT TO anon USING (true);",
        "CREATE POLICY p ON orders FOR INSERT TO anon WITH CHECK (false);",
        "CREATE POLICY p ON orders FOR INSERT WITH CHECK (may_order(shop_id));",
        "CREATE POLICY p ON orders AS RESTRICTIVE FOR INSERT TO anon WITH CHECK (total < 100);",
        "CREATE POLICY p ON orders FOR UPDATE USING (tenant = current_setting('app.tenant', true));",
        "CREATE POLICY p ON orders FOR INSERT TO authenticated WITH CHECK (total > 0);",
    ),
    check=check,
)
