"""A policy about neither the row nor the caller gives all rows, or none.

`EXISTS (SELECT 1 FROM admins WHERE active)` is true for all callers as soon as there is one active
administrator.

Exempt are expressions that ask who the caller is, also through a function of the project, and those
that are always or never true, which have rules of their own.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted, own_columns, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not draft.is_for_clients:
        return
    for word, node in draft.stated:
        if not draft.asks(node) and not draft.always(node) and not own_columns(node, draft, doubtful=False):
            yield Problem(
                f"{draft.shown} speaks neither of the row nor of the caller in {word}: it holds for all rows or none",
                place(node, draft.offset),
            )


RULE = Rule(
    code="POLICY_NO_OWN_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Compare a column of the row with the caller, as in (SELECT auth.uid()) = admins.user_id.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM admins WHERE active));"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (now() < '2030-01-01');",
    ),
    good=(
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM admins WHERE admins.user_id = (SELECT auth.uid())));"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM shops s WHERE s.id = orders.shop_id AND s.open));"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (is_admin());",
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (published);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (((SELECT auth.jwt()) ->> 'role') = 'admin');"
        ),
    ),
    check=check,
)
