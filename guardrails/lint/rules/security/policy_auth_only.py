"""That somebody is signed in doesn't say whose row it is.

Every user may then write every row. Who signs up by himself is signed in, and so is who signed in
anonymously, with the role `authenticated`. A policy for that role which looks at the row alone is
reported too.

Exempt are policies that only read, and restrictive ones.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.callers import only_signed_in
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not (draft.writes and draft.permissive and draft.is_for_clients):
        return
    for word, node in draft.stated:
        if only_signed_in(node):
            what = "asks in {} only whether somebody is signed in: every user may write every row"
        elif draft.everyone == {"authenticated"} and not (draft.asks(node) or draft.always(node)):
            what = "doesn't ask in {} who the caller is: every user may write the rows that it is true of"
        else:
            continue
        yield Problem(f"{draft.shown} {what.format(word)}", place(node, draft.offset))
        return


RULE = Rule(
    code="POLICY_AUTH_ONLY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Compare the caller with the row, as in (SELECT auth.uid()) = user_id.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (status = 'draft');",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (auth.uid() IS NOT NULL);",
        "CREATE POLICY p ON orders FOR INSERT WITH CHECK ((SELECT auth.role()) = 'authenticated');",
        (
            "CREATE POLICY p ON orders USING ((auth.jwt() ->> 'role') = 'authenticated' AND auth.uid() IS NOT NULL);"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR UPDATE TO authenticated USING (may_change(id));",
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (auth.uid() IS NOT NULL);",
        (
            "CREATE POLICY p ON orders FOR DELETE TO authenticated USING (auth.uid() IS NOT NULL AND user_id = auth.uid());"
        ),
        "CREATE POLICY p ON orders USING (auth.role() = 'service_role');",
        "CREATE POLICY p ON orders AS RESTRICTIVE TO authenticated USING (auth.uid() IS NOT NULL);",
    ),
    check=check,
)
