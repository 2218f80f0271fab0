"""What a GRANT or a REVOKE says: to whom, on what, which privileges; and what stands without one.

Source: <https://www.postgresql.org/docs/current/ddl-priv.html>
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.objects import PUBLIC, Access
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.platform import ANON
from guardrails.lint.shapes import privileges_of, role_of
from guardrails.lint.spelling import written

READING = frozenset({"select"})
WRITING = frozenset({"insert", "update", "delete"})
BEYOND_RLS = frozenset({"truncate", "references", "trigger"})
"""Privileges on a table that no policy is asked about."""

_ON_A_SEQUENCE = frozenset({"select", "update", "usage"})


def grants_on(node: ast.GrantStmt, *kinds: ObjectType, everywhere: bool = False) -> bool:
    """Tell whether this grants on objects of these kinds; `everywhere`: also on all of a schema."""
    target = node.targtype == GrantTargetType.ACL_TARGET_OBJECT or (
        everywhere and node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA
    )
    return bool(node.is_grant) and target and node.objtype in kinds


def grantees(
    nodes: Iterable[ast.RoleSpec] | None, among: Collection[str]
) -> Iterator[tuple[str, ast.RoleSpec]]:
    """Yield those roles of a list that are among some, each with its node."""
    for node in nodes or ():
        if (role := role_of(node)) in among:
            yield role, node


def granted(node: ast.GrantStmt) -> frozenset[str]:
    """Return all privileges of a GRANT or REVOKE in lower case, also those on single columns."""
    whole, single = privileges_of(node)
    return whole | {privilege for privilege, _ in single}


def targets(node: ast.GrantStmt) -> tuple[Name, ...]:
    """Return what a GRANT or REVOKE is on, as written; the schemas of ALL … IN SCHEMA."""
    return tuple(
        name_of(target) if isinstance(target, ast.RangeVar) else names_of(target)
        for target in node.objects or ()
    )


def in_words(privileges: Iterable[str]) -> str:
    """Return privileges as SQL spells them: ALL for all that there are on a table or a sequence."""
    several = frozenset(privileges)
    if several >= READING | WRITING | BEYOND_RLS or several >= _ON_A_SEQUENCE:
        return "ALL"
    return ", ".join(sorted(privilege.upper() for privilege in several))


def role_in_words(role: str) -> str:
    return "PUBLIC (every role there is)" if role == PUBLIC else f"role {written((role,))}"


def role_in_sql(role: str) -> str:
    return "PUBLIC" if role == PUBLIC else written((role,))


def roles_in_sql(roles: Iterable[str]) -> str:
    return ", ".join(role_in_sql(role) for role in sorted(roles, key=lambda role: (role != PUBLIC, role)))


def who_executes(access: Access, statement: Statement) -> frozenset[str]:
    """Return those of PUBLIC, anon and authenticated who may execute a function without being named for it.

    PUBLIC may from the start. On Supabase default privileges also give EXECUTE to `anon` and
    `authenticated` by name, so that taking it from PUBLIC alone changes nothing for them.
    """
    roles = {role for role in (PUBLIC, ANON) if not access.taken(role, "execute")}
    if statement.settings.rls_by_habit and not access.may(ANON, "execute"):
        roles.discard(ANON)
    return frozenset(roles)


def out_of_reach(access: Access, privilege: str = "select") -> bool:
    """Tell whether a privilege on a relation was taken from both roles of the API."""
    return all(access.taken(role, privilege) for role in ("anon", "authenticated"))
