"""A caller who is named in a policy has his rights in every database.

Whoever has that id, or gets that e-mail address, has the rights, and to take them away needs another
migration.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

import re
from collections.abc import Iterator

from pglast import ast

from guardrails.lint.callers import is_identity
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import walk
from guardrails.lint.patterns import regex
from guardrails.lint.policies import NODES, drafted, place

_ID = regex(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^@\s%{}]+@[^@\s%{}]+\.[^@\s%{}]+", re.IGNORECASE)


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        for part in walk(expression):
            if draft and isinstance(part, ast.A_Expr) and (found := _named(part)):
                yield Problem(f"{draft.shown} names one caller, {found}", place(part, draft.offset))


def _named(node: ast.A_Expr) -> str | None:
    left, right = (tuple(_parts(side)) for side in (node.lexpr, node.rexpr))
    for caller, value in ((left, right), (right, left)):
        if any(map(is_identity, caller)):
            for part in value:
                match part:
                    case ast.A_Const(val=ast.String(sval=str(text))) if found := _ID.search(text):
                        return found[0]
    return None


def _parts(side: object) -> Iterator[ast.Node]:
    """Yield the nodes of one side of a comparison, without those of comparisons inside it."""
    pending: list[object] = [side]
    while pending:
        match pending.pop():
            case ast.Node() as node:
                yield node
                pending.extend(getattr(node, field) for field in node)
            case tuple() as several:
                pending.extend(several)


RULE = Rule(
    code="POLICY_HARDCODED_ID",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep who has which right in a table of roles, or in app_metadata.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON orders FOR ALL TO authenticated USING ((SELECT auth.uid()) = '0b9c6f3a-5c1e-4c3a-9a52-1f0d6d7d2a11'::uuid);"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (auth.email() IN ('root@example.org', 'a@example.org'));"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (auth.uid() = ANY ('{0b9c6f3a-5c1e-4c3a-9a52-1f0d6d7d2a11}'::uuid[]));"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (shop_id = '0b9c6f3a-5c1e-4c3a-9a52-1f0d6d7d2a11');"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() ->> 'aal') = 'aal2');",
    ),
    check=check,
)
