"""Whoever may create in a schema can put an object in the way of another's.

Unqualified names find the stranger's object first, and code of others runs it with their rights.
PostgreSQL 15 took CREATE on `public` away from everyone for that reason. On a database it means
making schemas.

Exempt are roles that no client has.

Source: <https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.platform import CLIENTS
from guardrails.lint.privileges import (
    granted,
    grantees,
    grants_on,
    role_in_sql,
    role_in_words,
    targets,
)
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt() as node if grants_on(node, ObjectType.OBJECT_SCHEMA, ObjectType.OBJECT_DATABASE):
            if "create" not in granted(node):
                return
            kind = "SCHEMA" if node.objtype == ObjectType.OBJECT_SCHEMA else "DATABASE"
            where = ", ".join(written(name) for name in targets(node))
            for role, spec in grantees(node.grantees, CLIENTS):
                instead = (
                    f"Write: GRANT USAGE ON SCHEMA {where} TO {role_in_sql(role)};"
                    if kind == "SCHEMA"
                    else "Leave it out: clients create no schemas."
                )
                yield Problem(
                    f"lets {role_in_words(role)} create objects in {kind.lower()} {where}, in the way of those "
                    "that other code calls",
                    spec.location or statement.start,
                    instead,
                )


RULE = Rule(
    code="GRANT_CREATE_ON_SCHEMA",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Grant USAGE on the schema and nothing else.",
    nodes=("GrantStmt",),
    bad=(
        "GRANT CREATE ON SCHEMA public TO PUBLIC;",
        "GRANT ALL ON SCHEMA shop TO app, authenticated;",
        "GRANT USAGE, CREATE ON SCHEMA public TO anon;",
        "GRANT CREATE ON DATABASE app TO PUBLIC;",
    ),
    good=(
        "GRANT USAGE ON SCHEMA public TO anon;",
        "GRANT ALL ON SCHEMA shop TO migrations;",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
        "GRANT CONNECT ON DATABASE app TO PUBLIC;",
    ),
    check=check,
)
