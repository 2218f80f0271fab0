"""`DROP OWNED` drops every object that a role owns in this database.

What that is can't be read from the statement: it may be every table. `REASSIGN OWNED` and
`DROP ROLE` lose no rows but change who may do what, also outside this database: a warning.

Source: <https://www.postgresql.org/docs/current/sql-drop-owned.html>,
<https://www.postgresql.org/docs/current/role-removal.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropOwnedStmt(roles=tuple(roles)):
            for role in roles:
                yield Problem(
                    f"Destructive operation: drops every object that {_named(role)} owns in this database",
                    role.location,
                )
        case ast.ReassignOwnedStmt(roles=tuple(roles), newrole=ast.RoleSpec() as heir):
            for role in roles:
                yield Problem(
                    f"gives every object of {_named(role)} to {_named(heir)}, which changes who may alter "
                    "them",
                    role.location,
                    "Change the owner of each object by its name, with ALTER … OWNER TO.",
                    Severity.WARNING,
                )
        case ast.DropRoleStmt(roles=tuple(roles)):
            for role in roles:
                yield Problem(
                    f"drops role {_named(role)}, which belongs to the whole server and not to this database",
                    role.location,
                    (
                        "Leave roles to whoever runs the server; take the role's rights away with REVOKE "
                        "instead."
                    ),
                    Severity.WARNING,
                )


def _named(role: ast.RoleSpec) -> str:
    return written((role.rolename,)) if role.rolename else "the current role"


RULE = Rule(
    code="DROP_OWNED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Name what has to go: drop each object by its own name, and take rights away with REVOKE.",
    nodes=("DropOwnedStmt", "ReassignOwnedStmt", "DropRoleStmt"),
    bad=(
        "DROP OWNED BY reporting;",
        "DROP OWNED BY reporting, CURRENT_USER;",
        "REASSIGN OWNED BY reporting TO app;",
        "DROP ROLE IF EXISTS reporting;",
        "DROP USER reporting;",
    ),
    good=(
        "REVOKE ALL ON orders FROM reporting;",
        "ALTER TABLE orders OWNER TO app;",
        "CREATE ROLE reporting;",
    ),
    check=check,
)
