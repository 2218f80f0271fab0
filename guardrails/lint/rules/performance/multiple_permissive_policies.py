"""Permissive policies for the same command and role are all evaluated.

They are joined by OR. Each costs in every query, and together they let through more than any one of
them says.

A policy FOR ALL is for each command too; beside one for a single command it is reported in the strict
profile, since it is a usual way to let the owner do everything and others read.

Exempt are restrictive policies, policies for different roles or commands, those on the tables of
`storage` and `realtime`, which hold rows of many kinds, and those of roles that row level security
does not hold for.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.objects import PUBLIC, Policy
from guardrails.lint.policies import NODES, WITHOUT_RLS, Draft, drafted
from guardrails.lint.spelling import written

_SHARED = frozenset({"storage", "realtime"})
"""Schemas of Supabase whose few tables hold the rows of many things, each with policies of its own."""


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or not draft.permissive or not isinstance(statement.node, ast.CreatePolicyStmt):
        return
    table = draft.known_table
    if table is None or table.name[0] in _SHARED:
        return
    others = [policy for policy in table.policies if _overlaps(policy, draft)]
    if others and draft.is_for_clients:
        listed = ", ".join(written((policy.name,)) for policy in others)
        yield Problem(
            f"{draft.shown} is for the same command and roles as {listed}: each query evaluates all of them",
            draft.offset,
            unless=_is_fine(draft, others),
        )


def _overlaps(policy: Policy, draft: Draft) -> bool:
    return (
        policy.permissive
        and policy.name != draft.name
        and not policy.roles <= WITHOUT_RLS
        and _same_command(policy, draft)
        and (PUBLIC in policy.roles | draft.everyone or bool(policy.roles & draft.everyone))
    )


def _same_command(policy: Policy, draft: Draft) -> bool:
    if policy.command == draft.command:
        return True
    strict = draft.statement.settings.profile is Profile.STRICT
    return strict and "all" in {policy.command, draft.command}


def _is_fine(draft: Draft, others: list[Policy]) -> Callable[[], bool]:
    def is_fine() -> bool:
        policy = draft.schema.policy_made_by(draft.statement.node)
        return policy is None or policy.dropped or all(other.dropped for other in others)

    return is_fine


RULE = Rule(
    code="MULTIPLE_PERMISSIVE_POLICIES",
    severity=Severity.WARNING,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Join them with OR into one policy; split a policy FOR ALL into one for each command.",
    nodes=NODES,
    bad=(
        (
            "CREATE POLICY a ON orders FOR SELECT TO authenticated USING (a);\nCREATE POLICY b ON orders FOR SELECT TO authenticated USING (b);"
        ),
        (
            "CREATE POLICY a ON orders TO authenticated USING (a);\nCREATE POLICY b ON orders FOR SELECT USING (b);"
        ),
    ),
    good=(
        (
            "CREATE POLICY a ON orders FOR SELECT TO authenticated USING (a);\nCREATE POLICY b ON orders FOR UPDATE TO authenticated USING (b);"
        ),
        (
            "CREATE POLICY a ON orders FOR SELECT TO authenticated USING (a);\nCREATE POLICY b ON orders FOR SELECT TO anon USING (b);"
        ),
        (
            "CREATE POLICY a ON orders FOR SELECT TO authenticated USING (a);\nCREATE POLICY b ON orders AS RESTRICTIVE FOR SELECT TO authenticated USING (b);"
        ),
        (
            "CREATE POLICY a ON orders FOR SELECT TO authenticated USING (a);\nDROP POLICY a ON orders;\nCREATE POLICY b ON orders FOR SELECT TO authenticated USING (b);"
        ),
        (
            "CREATE POLICY a ON orders TO service_role USING (a);\nCREATE POLICY b ON orders FOR SELECT USING (b);"
        ),
    ),
    check=check,
)
