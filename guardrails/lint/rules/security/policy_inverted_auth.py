"""A branch that is true for callers who are nobody lets strangers in.

`auth.uid() IS NULL OR …`, `auth.role() = 'anon'`, `auth.uid() <> user_id`, `NOT (auth.uid() =
user_id)`, `(auth.uid() = user_id) IS NOT FALSE` and `coalesce(auth.uid() = user_id, true)` are true
for the callers that were meant to be kept out.

Exempt are branches that also ask for a signed-in caller, branches that read and have a condition on
the row as well, and restrictive policies.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.callers import asks_who, conjuncts, disjuncts, lets_strangers_in
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, Draft, drafted, own_columns, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not draft.permissive or not draft.is_for_clients:
        return
    for word, expression in draft.stated:
        if (found := next(_ways_in(expression, (), draft), None)) is not None:
            yield Problem(
                f"{draft.shown} has a branch in {word} that is true for callers who are not signed in, or not the "
                "owner",
                place(found, draft.offset),
            )


def _ways_in(node: ast.Node, others: tuple[ast.Node, ...], draft: Draft) -> Iterator[ast.Node]:
    for way in disjuncts(node):
        parts = tuple(conjuncts(way))
        for number, part in enumerate(parts):
            rest = (*others, *parts[:number], *parts[number + 1 :])
            if lets_strangers_in(part):
                if not _is_held(rest, draft):
                    yield part
            elif len(tuple(disjuncts(part))) > 1:
                yield from _ways_in(part, rest, draft)


def _is_held(others: tuple[ast.Node, ...], draft: Draft) -> bool:
    if any(asks_who(part, draft.schema) for part in others):
        return True
    return draft.command == "select" and any(
        own_columns(part, draft) and not draft.always(part) and not lets_strangers_in(part) for part in others
    )


RULE = Rule(
    code="POLICY_INVERTED_AUTH",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Remove the branch, and let it hold only for who is signed in: (SELECT auth.uid()) = user_id.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT USING (auth.uid() IS NULL OR auth.uid() = user_id);",
        "CREATE POLICY p ON orders FOR DELETE TO authenticated USING ((SELECT auth.uid()) <> user_id);",
        "CREATE POLICY p ON orders FOR ALL USING (auth.role() = 'anon' OR auth.uid() = user_id);",
        "CREATE POLICY p ON orders FOR SELECT USING (NOT (auth.uid() = user_id));",
        "CREATE POLICY p ON orders FOR SELECT USING (coalesce(auth.uid() = user_id, true));",
        "CREATE POLICY p ON orders FOR SELECT USING ((auth.uid() = user_id) IS NOT FALSE);",
        (
            "CREATE POLICY p ON orders FOR UPDATE USING (open AND (auth.uid() IS NULL OR auth.uid() = user_id));"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders FOR SELECT USING (auth.uid() IS NULL AND published);",
        (
            "CREATE POLICY p ON votes FOR INSERT TO authenticated WITH CHECK (auth.uid() = voter_id AND auth.uid() <> author_id);"
        ),
        "CREATE POLICY p ON orders FOR SELECT USING (auth.uid() IS NOT NULL);",
        "CREATE POLICY p ON orders FOR SELECT USING (auth.role() <> 'anon');",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (deleted_at IS NULL AND auth.uid() = user_id);"
        ),
    ),
    check=check,
)
