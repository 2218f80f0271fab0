"""`GRANT … ON ALL TABLES IN SCHEMA` to a client opens tables nobody looked at.

Every table, view and function that stands there gets it, also the one that was never meant for
clients. Exempt are the roles that no client has, and the use of sequences, which shows no rows.

Source: <https://www.postgresql.org/docs/current/sql-grant.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.platform import CLIENTS
from guardrails.lint.privileges import granted, grantees, in_words, role_in_words, targets
from guardrails.lint.shapes import ROUTINES
from guardrails.lint.spelling import written

_USING_A_SEQUENCE = frozenset({"usage", "select"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt(is_grant=True, targtype=GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA) as node:
            privileges = granted(node)
            if node.objtype == ObjectType.OBJECT_SEQUENCE and privileges <= _USING_A_SEQUENCE:
                return
            where = ", ".join(written(name) for name in targets(node))
            for role, spec in grantees(node.grantees, CLIENTS):
                yield Problem(
                    f"gives {in_words(privileges)} on all {_kind(node)} in schema {where} to "
                    f"{role_in_words(role)}, also on those never meant for clients",
                    spec.location or statement.start,
                )


def _kind(node: ast.GrantStmt) -> str:
    if node.objtype in ROUTINES:
        return "functions"
    return "sequences" if node.objtype == ObjectType.OBJECT_SEQUENCE else "tables"


RULE = Rule(
    code="GRANT_ALL_IN_SCHEMA",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Grant on each table by its name, and only what the clients do with it.",
    nodes=("GrantStmt",),
    bad=(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO authenticated;",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO postgres, anon, service_role;",
        "GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO PUBLIC;",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO anon;",
    ),
    good=(
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO service_role;",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO authenticated;",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM anon;",
        "GRANT SELECT ON orders TO authenticated;",
    ),
    check=check,
)
