"""A policy that is true of no row does nothing.

Without any policy the answer is the same. What it seems to deny, another permissive policy still
allows.

Exempt are restrictive policies, which do deny, and those whose name says that they deny.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.patterns import regex
from guardrails.lint.policies import NODES, drafted, place

_DENIES = regex(
    r"(?<![a-z])(den(y|y_all|ied|ies)|block(s|ed)?|no|nobody|none|never|disallow(s|ed)?|forbid(s|den)?|prevent(s|ed)?|reject)(?![a-z])"
)


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not draft.permissive or _DENIES.search(draft.name.lower()):
        return
    for word, node in draft.stated:
        if draft.never(node):
            yield Problem(
                f"{draft.shown} lets nothing through: its {word} is never true", place(node, draft.offset)
            )


RULE = Rule(
    code="POLICY_NEVER_TRUE",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Remove it, or take the privilege away: REVOKE … ON … FROM …;",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT USING (false);",
        "CREATE POLICY p ON orders FOR INSERT WITH CHECK (1 = 2);",
        "CREATE POLICY p ON orders FOR SELECT USING (NULL);",
        "CREATE POLICY p ON orders FOR SELECT USING (user_id = NULL AND open);",
    ),
    good=(
        "CREATE POLICY p ON orders AS RESTRICTIVE FOR DELETE USING (false);",
        'CREATE POLICY "No deletes" ON orders FOR DELETE USING (false);',
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
    ),
    check=check,
)
