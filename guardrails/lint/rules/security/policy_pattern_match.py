"""A pattern over who the caller is lets in more than it was written for.

`LIKE '%@example.org'` is true of `me@evil-example.org` where the `@` was forgotten, and the caller
may have chosen the value himself.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind

from guardrails.lint.callers import mentions_identity
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.policies import NODES, drafted, place

_OPERATORS = frozenset({"~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"})


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        for part in walk(expression):
            if (
                draft
                and isinstance(part, ast.A_Expr)
                and (names_of(part.name)[-1] in _OPERATORS or part.kind == A_Expr_Kind.AEXPR_SIMILAR)
                and (mentions_identity(part.lexpr) or mentions_identity(part.rexpr))
            ):
                yield Problem(f"{draft.shown} matches the caller with a pattern", place(part, draft.offset))


RULE = Rule(
    code="POLICY_PATTERN_MATCH",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Compare the whole value with =.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.email()) LIKE '%@example.org');"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() ->> 'email') ~* 'example.org$');"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (note LIKE 'public%');",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() ->> 'domain') = 'example.org');"
        ),
    ),
    check=check,
)
