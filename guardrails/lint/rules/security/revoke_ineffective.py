"""A REVOKE takes nothing away when the privilege comes from somewhere else.

EXECUTE on a function is with PUBLIC from the start, so a REVOKE from `anon` changes nothing. A REVOKE
on a column changes nothing while the role holds the privilege on the whole table. A REVOKE from PUBLIC
changes nothing for a role that was granted it by name.

Asked is the state at the end, of objects whose creation was seen.

Source: <https://www.postgresql.org/docs/current/sql-revoke.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Function, Table
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import API_ROLES
from guardrails.lint.privileges import granted, in_words, role_in_sql
from guardrails.lint.shapes import ROUTINES, privileges_of, role_of, signature_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.GrantStmt(is_grant=False, targtype=GrantTargetType.ACL_TARGET_OBJECT) as node:
            if node.grant_option:
                return
            for target in node.objects or ():
                if node.objtype in ROUTINES:
                    yield from _execute(statement, node, target)
                elif node.objtype == ObjectType.OBJECT_TABLE and isinstance(target, ast.RangeVar):
                    yield from _columns(statement, node, name_of(target))
                    yield from _by_name(statement, node, name_of(target))


def _execute(statement: Statement, node: ast.GrantStmt, target: ast.Node) -> Iterator[Problem]:
    name, arguments = signature_of(target)
    known = statement.schema.functions_like(name, arguments)
    if not known or "execute" not in granted(node):
        return
    roles = [role_of(spec) for spec in node.grantees or ()]
    for role in roles:
        if role == PUBLIC:
            yield from _still_named(statement, known, name, roles)
        else:
            yield Problem(
                f"takes nothing from {written((role,))}: PUBLIC may execute {written(name)}, and so may every "
                "role",
                statement.start,
                f"Take it from PUBLIC too: REVOKE EXECUTE ON FUNCTION {written(name)} FROM PUBLIC, "
                f"{written((role,))};",
                unless=lambda: all(
                    function.dropped or function.access.taken(PUBLIC, "execute") for function in known
                ),
            )


def _still_named(
    statement: Statement, known: tuple[Function, ...], name: Name, roles: list[str]
) -> Iterator[Problem]:
    for role in sorted(API_ROLES.difference(roles)):
        holders = [function for function in known if function.access.may(role, "execute")]
        if holders:
            yield _by_name_problem(
                statement,
                f"FUNCTION {written(name)}",
                role,
                "EXECUTE",
                lambda role=role, holders=holders: (
                    not any(
                        not function.dropped and function.access.may(role, "execute") for function in holders
                    )
                ),
            )


def _by_name(statement: Statement, node: ast.GrantStmt, name: Name) -> Iterator[Problem]:
    roles = [role_of(spec) for spec in node.grantees or ()]
    table = statement.schema.created_or_changed(name)
    if PUBLIC not in roles or table is None:
        return
    whole, _ = privileges_of(node)
    for role in sorted(API_ROLES.difference(roles)):
        held = frozenset(privilege for privilege in whole if table.access.may(role, privilege))
        if held:
            yield _by_name_problem(
                statement,
                written(name),
                role,
                in_words(held),
                lambda role=role, held=held: (
                    table.dropped or not any(table.access.may(role, privilege) for privilege in held)
                ),
            )


def _by_name_problem(
    statement: Statement, target: str, role: str, privileges: str, unless: object
) -> Problem:
    assert callable(unless)
    return Problem(
        f"{role_in_sql(role)} keeps {privileges} on {target.removeprefix('FUNCTION ')}: it was granted by name",
        statement.start,
        f"Take it by name too: REVOKE {privileges} ON {target} FROM PUBLIC, {role_in_sql(role)};",
        unless=unless,
    )


def _columns(statement: Statement, node: ast.GrantStmt, name: Name) -> Iterator[Problem]:
    _, single = privileges_of(node)
    table = statement.schema.created_or_changed(name)
    if not single or table is None:
        return
    for spec in node.grantees or ():
        role = role_of(spec)
        privileges = {privilege for privilege, _ in single if _has_it_all(statement, table, role, privilege)}
        for privilege in sorted(privileges):
            columns = ", ".join(sorted(written((column,)) for what, column in single if what == privilege))
            yield Problem(
                f"takes nothing from {role_in_sql(role)}: it holds {privilege.upper()} on all of "
                f"{written(name)}, columns included",
                spec.location or statement.start,
                f"Take the whole away and grant the other columns: REVOKE {privilege.upper()} ON "
                f"{written(name)} FROM {role_in_sql(role)}; then GRANT {privilege.upper()} (…) without {columns}.",
                unless=lambda role=role, privilege=privilege: (
                    table.dropped  # type: ignore[misc]
                    or not _has_it_all(statement, table, role, privilege)
                ),
            )


def _has_it_all(statement: Statement, table: Table, role: str, privilege: str) -> bool:
    if table.access.may(role, privilege):
        return True
    by_default = role in API_ROLES and not statement.settings.rls_by_habit
    is_ours = table.name in statement.schema.tables and table.name[0] in statement.settings.exposed_schemas
    return by_default and is_ours and not table.access.taken(role, privilege)


RULE = Rule(
    code="REVOKE_INEFFECTIVE",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Take the privilege away where it comes from: from PUBLIC, from the whole table, or by name.",
    nodes=("GrantStmt",),
    bad=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM anon, authenticated;"
        ),
        (
            "CREATE TABLE members (id bigint, email text);\nGRANT SELECT ON members TO anon;\n"
            "REVOKE SELECT (email) ON members FROM anon;"
        ),
        "CREATE TABLE members (id bigint);\nGRANT SELECT ON members TO anon;\nREVOKE ALL ON members FROM PUBLIC;",
    ),
    good=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;\nREVOKE EXECUTE ON FUNCTION total() FROM anon;"
        ),
        (
            "CREATE TABLE members (id bigint, email text);\nGRANT SELECT ON members TO anon;\n"
            "REVOKE SELECT ON members FROM anon;\nREVOKE SELECT (email) ON members FROM anon;"
        ),
        "REVOKE EXECUTE ON FUNCTION total() FROM anon;",
        (
            "CREATE TABLE members (id bigint);\nGRANT SELECT ON members TO anon;\n"
            "REVOKE ALL ON members FROM PUBLIC, anon;"
        ),
    ),
    check=check,
)
