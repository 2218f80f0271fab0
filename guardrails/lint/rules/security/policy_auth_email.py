"""An e-mail address can change, and may be nobody's: it is no identity.

Who takes over an address takes over its rows, and who changes it loses them.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.callers import auth_call, mentions_identity
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import walk
from guardrails.lint.policies import NODES, drafted, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        for part in walk(expression):
            if draft and isinstance(part, ast.A_Expr):
                sides = (part.lexpr, part.rexpr)
                if any(map(_is_email, sides)) and any(map(_has_column, sides)):
                    yield Problem(
                        f"{draft.shown} knows the caller by an e-mail address", place(part, draft.offset)
                    )


def _is_email(node: object) -> bool:
    for part in walk(node) if isinstance(node, ast.Node) else ():
        if auth_call(part) == "email":
            return True
        match part:
            case ast.A_Expr(lexpr=ast.Node() as claims, rexpr=ast.A_Const(val=ast.String(sval="email"))):
                if mentions_identity(claims):
                    return True
    return False


def _has_column(node: object) -> bool:
    return isinstance(node, ast.Node) and any(isinstance(part, ast.ColumnRef) for part in walk(node))


RULE = Rule(
    code="POLICY_AUTH_EMAIL",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Compare auth.uid() with the id of the user.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (email = auth.email());",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (((SELECT auth.jwt()) ->> 'email') = lower(email));"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() ->> 'email') = 'root@example.org');"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (email = backup_email);",
    ),
    check=check,
)
