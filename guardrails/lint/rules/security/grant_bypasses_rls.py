"""TRUNCATE, REFERENCES and TRIGGER are not subject to row level security.

Whoever may TRUNCATE empties the table whatever its policies say; a trigger runs as whoever writes.
`ALL` has all three in it. Clients need none: SELECT, INSERT, UPDATE and DELETE are what the API does.

Exempt are roles that no client has, views, and temporary tables.

Source: <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.platform import CLIENTS
from guardrails.lint.privileges import (
    BEYOND_RLS,
    granted,
    grantees,
    grants_on,
    in_words,
    role_in_sql,
    role_in_words,
    targets,
)
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt() as node if grants_on(node, ObjectType.OBJECT_TABLE, everywhere=True):
            beyond = granted(node) & BEYOND_RLS
            everywhere = node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA
            names = [name for name in targets(node) if everywhere or _is_table(statement, name)]
            if not beyond or not names:
                return
            where = ", ".join(written(name) for name in names)
            for role, spec in grantees(node.grantees, CLIENTS):
                target = f"ALL TABLES IN SCHEMA {where}" if everywhere else where
                yield Problem(
                    f"gives {in_words(beyond)} on {target} to {role_in_words(role)}: no policy is asked about "
                    "that",
                    spec.location or statement.start,
                    f"Grant what clients do by name: GRANT SELECT, INSERT, UPDATE, DELETE ON {target} TO "
                    f"{role_in_sql(role)};",
                )


def _is_table(statement: Statement, name: Name) -> bool:
    schema = statement.schema
    table = schema.table(name)
    return not (
        schema.view(name)
        or schema.resolve(name) in schema.sequences
        or (table is not None and table.temporary)
    )


RULE = Rule(
    code="GRANT_BYPASSES_RLS",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Grant SELECT, INSERT, UPDATE and DELETE by name, and nothing else.",
    nodes=("GrantStmt",),
    bad=(
        "GRANT ALL ON orders TO authenticated;",
        "GRANT SELECT, TRUNCATE ON shop.orders TO anon;",
        "GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public TO authenticated;",
        "GRANT REFERENCES (id) ON orders TO PUBLIC;",
    ),
    good=(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO authenticated;",
        "GRANT ALL ON orders TO service_role;",
        "CREATE VIEW totals AS SELECT 1 AS total;\nGRANT ALL ON totals TO authenticated;",
        "REVOKE TRUNCATE ON orders FROM anon;",
        "GRANT ALL ON SCHEMA shop TO authenticated;",
    ),
    check=check,
)
