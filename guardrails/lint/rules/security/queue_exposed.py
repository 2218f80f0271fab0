"""Queues that clients reach: they read, send and delete everyone's messages.

The tables of `pgmq` start without row level security. Usage of its schemas and privileges on its
tables for `anon`, `authenticated` or everyone want a policy on each queue's table.

Source: <https://supabase.com/docs/guides/queues/expose-self-hosted-queues>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.platform import CLIENTS
from guardrails.lint.privileges import granted, grantees, in_words, role_in_words, targets
from guardrails.lint.spelling import written

_SCHEMAS = frozenset({"pgmq", "pgmq_public"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt(is_grant=True) as node if node.targtype != GrantTargetType.ACL_TARGET_DEFAULTS:
            of_schema = (
                node.objtype == ObjectType.OBJECT_SCHEMA
                or node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA
            )
            for name in targets(node):
                if (name[-1:] if of_schema else name[:-1]) in {(schema,) for schema in _SCHEMAS}:
                    for role, spec in grantees(node.grantees, CLIENTS):
                        yield Problem(
                            f"gives {in_words(granted(node))} on {written(name)} to {role_in_words(role)}: "
                            "clients reach everyone's messages",
                            spec.location or statement.start,
                        )


RULE = Rule(
    code="QUEUE_EXPOSED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Let a server role send and read; else enable row level security on each table of pgmq first.",
    nodes=("GrantStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "GRANT USAGE ON SCHEMA pgmq TO anon;",
        "GRANT ALL ON pgmq.q_mails TO authenticated;",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq_public TO PUBLIC;",
    ),
    good=(
        "GRANT USAGE ON SCHEMA pgmq TO service_role;",
        "GRANT SELECT ON pgmq TO authenticated;",
        "REVOKE ALL ON SCHEMA pgmq FROM anon;",
    ),
    check=check,
)
