"""A dropped policy takes rows from clients, or shows them what it kept back.

Without a policy that let rows through, clients lose them; without a restrictive one, they gain them.

A policy that comes back under its name is compared with what it was: it is reported where it surely
lets more through, as ALTER POLICY is: to more roles, for more commands, without one of its
conditions, with another way in, or without the question who the caller is.

Exempt are policies of the same migration, those that come back and let no more through, permissive
ones whose commands another new policy covers, policies that are known not to exist, and those of a
table that is dropped.

Source: <https://www.postgresql.org/docs/current/sql-droppolicy.html>, <https://www.postgresql.org/docs/current/sql-alterpolicy.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Policy
from guardrails.lint.parsing import names_of
from guardrails.lint.policies import Draft, drafted, widened
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_POLICY, objects=tuple(objects)):
            for parts in objects:
                yield from _dropped(statement, names_of(parts))
        case _:
            if draft := drafted(statement):
                yield from _widened(draft)


def _dropped(statement: Statement, name: Name) -> Iterator[Problem]:
    schema, table_name = statement.schema, name[:-1]
    table = schema.created_or_changed(table_name)
    policies = {policy.name: policy for policy in table.policies} if table else {}
    policy = policies.get(name[-1])
    if policy is None and table_name and schema.complete_for(table_name):
        return
    if policy is not None and policy.new:
        return

    def is_settled() -> bool:
        now = table or schema.created_or_changed(table_name)
        if now is None or now.dropped:
            resolved = schema.resolve(table_name)
            return now is not None or (resolved is not None and resolved in schema.dropped)
        return any(new.new and (new.name == name[-1] or _covers(new, policy)) for new in now.policies)

    restrained = policy is not None and not policy.permissive
    effect = (
        "what it kept back is let through" if restrained else "what it let through is lost, or it kept back"
    )
    yield Problem(
        f"drops policy {written(name[-1:])} on {written(table_name)}: {effect}",
        statement.start,
        severity=Severity.ERROR if restrained else None,
        unless=is_settled,
    )


def _covers(new: Policy, old: Policy | None) -> bool:
    """Tell whether a new policy stands for a permissive one that is gone: what it lets through is judged on its own."""
    return old is not None and old.permissive and new.permissive and new.command in {old.command, "all"}


def _widened(draft: Draft) -> Iterator[Problem]:
    table = draft.known_table
    before = draft.before or (draft.schema.dropped_policies.get((table.name, draft.name)) if table else None)
    if before is None or before.new:
        return
    how = widened(
        before,
        draft.schema,
        permissive=draft.permissive,
        command=draft.command,
        roles=draft.everyone,
        using=draft.using,
        with_check=draft.with_check,
    )
    if how:
        yield Problem(
            f"{draft.shown} lets more through than before: {how}",
            draft.offset,
            severity=Severity.ERROR if not before.permissive else None,
        )


RULE = Rule(
    code="DROP_POLICY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Change it with ALTER POLICY, or drop it and create what takes its place in the same migration.",
    nodes=("DropStmt", "CreatePolicyStmt", "AlterPolicyStmt"),
    bad=(
        "DROP POLICY p ON orders;",
        'DROP POLICY IF EXISTS "Own rows" ON shop.orders;',
        (
            "DROP POLICY p ON orders;\nCREATE POLICY p ON refunds FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
    ),
    good=(
        (
            "DROP POLICY IF EXISTS p ON orders;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);\nDROP POLICY p ON orders;"
        ),
        ("DROP POLICY p ON orders;\nDROP TABLE orders;"),
        "ALTER POLICY p ON orders RENAME TO q;",
    ),
    check=check,
)
