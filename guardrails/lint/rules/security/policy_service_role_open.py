"""A policy that only its name restricts to the service role is open.

Without TO it is for everybody: the name of a policy does nothing. The service role passes by row
level security anyway, so that such a policy has one effect: it opens the table to clients.

Exempt are policies with `TO service_role`, and those that ask who the caller is.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.patterns import regex
from guardrails.lint.policies import CLIENTS, NODES, drafted

_INTENT = regex(
    r"(?<![a-z])(service[\s_-]*roles?|admins?|administrators?|back[\s_-]?end|servers?|systems?|internal|cron|workers?|"
    r"edge[\s_-]?functions?|webhooks?)(?![a-z])"
)


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not draft.permissive or not draft.everyone & CLIENTS:
        return
    meant = _INTENT.search(draft.name.lower())
    if (
        meant
        and meant[0].removesuffix("s") not in draft.table[-1].lower()
        and any(draft.always(node) for node in (draft.using, draft.with_check))
    ):
        yield Problem(
            f"{draft.shown} is named for {meant[0]}, but is always true for {draft.role_names}", draft.offset
        )


RULE = Rule(
    code="POLICY_SERVICE_ROLE_OPEN",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Drop the policy: the service role passes by row level security. For other roles, name them in TO."
    ),
    nodes=NODES,
    bad=(
        'CREATE POLICY "Service role full access" ON orders USING (true) WITH CHECK (true);',
        "CREATE POLICY orders_admin ON orders FOR SELECT TO authenticated USING (1 = 1);",
        ('CREATE POLICY "Backend can insert" ON orders FOR INSERT TO anon, authenticated WITH CHECK (true);'),
    ),
    good=(
        (
            'CREATE POLICY "Service role full access" ON orders TO service_role USING (true) WITH '
            "CHECK (true);"
        ),
        "CREATE POLICY \"Service role\" ON orders USING ((SELECT auth.role()) = 'service_role');",
        'CREATE POLICY "Anyone reads" ON orders FOR SELECT USING (true);',
        'CREATE POLICY "Admins" ON orders TO authenticated USING (is_admin());',
    ),
    check=check,
)
