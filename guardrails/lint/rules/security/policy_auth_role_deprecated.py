"""`auth.role()` is deprecated: TO says the same, and checks the name.

With TO the policy doesn't even run for other roles. A role that is misspelt in a string is never
equal to anything, which denies without a word; in TO it is an error.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.callers import auth_call
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import walk
from guardrails.lint.policies import NODES, drafted, place

_KNOWN = frozenset({"anon", "authenticated", "service_role"})


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        call = next((part for part in walk(expression) if auth_call(part) == "role"), None)
        if draft and call is not None:
            wrong = sorted(_compared_with(expression) - _KNOWN)
            effect = (
                f": no caller has the role {', '.join(map(repr, wrong))}"
                if wrong
                else ", which is deprecated"
            )
            yield Problem(f"{draft.shown} calls auth.role(){effect}", place(call, draft.offset))
            return


def _compared_with(expression: ast.Node) -> set[str]:
    """Return the roles that auth.role() is compared with."""
    found: set[str] = set()
    for part in walk(expression):
        if isinstance(part, ast.A_Expr) and any(auth_call(inner) == "role" for inner in walk(part)):
            found |= {
                value.val.sval or ""
                for value in walk(part)
                if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String)
            }
    return found


RULE = Rule(
    code="POLICY_AUTH_ROLE_DEPRECATED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Name the role in TO, as in TO authenticated, and leave auth.role() out.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT USING (auth.role() = 'authenticated');",
        "CREATE POLICY p ON orders FOR SELECT USING ((SELECT auth.role()) = 'authentificated');",
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (published);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() ->> 'user_role') = 'admin');"
        ),
        "CREATE POLICY p ON orders FOR SELECT USING (shop.role() = 'x');",
    ),
    check=check,
)
