"""A role that becomes a superuser, passes by policies or joins a stronger role.

`BYPASSRLS` and `SUPERUSER` pass by every policy; `CREATEROLE` makes more of the kind; `REPLICATION`
reads every table. Membership in `postgres`, `service_role`, `pg_read_all_data`,
`pg_execute_server_program` and the like gives the same. Whatever is granted to `anon` or
`authenticated` is granted to every client. Writing the role catalogs by hand is the same thing.

Exempt is what an API's own login role needs: `service_role` granted to `authenticator`.

Source: <https://www.postgresql.org/docs/current/role-attributes.html>,
<https://www.postgresql.org/docs/current/predefined-roles.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, place_of
from guardrails.lint.platform import API_ROLES
from guardrails.lint.routines import option
from guardrails.lint.shapes import role_of
from guardrails.lint.spelling import written

_ATTRIBUTES = {
    "superuser": "SUPERUSER: it may do anything",
    "bypassrls": "BYPASSRLS: no policy holds for it",
    "createrole": "CREATEROLE: it may make and alter roles",
    "isreplication": "REPLICATION: it may read every table",
}
_STRONG = frozenset({
    "azure_pg_admin",
    "cloudsqlsuperuser",
    "dashboard_user",
    "pg_create_subscription",
    "pg_execute_server_program",
    "pg_read_all_data",
    "pg_read_server_files",
    "pg_write_all_data",
    "pg_write_server_files",
    "postgres",
    "rds_superuser",
    "rdsadmin",
    "service_role",
    "supabase_admin",
    "supabase_auth_admin",
    "supabase_etl_admin",
    "supabase_realtime_admin",
    "supabase_replication_admin",
    "supabase_storage_admin",
})  # fmt: skip
_LOGIN_OF_THE_API = "authenticator"
_CATALOGS = frozenset({"pg_authid", "pg_auth_members", "pg_roles", "pg_user"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateRoleStmt(role=str(role), options=options):
            yield from _attributes(statement, role, options or ())
            for group in _roles(option(options, "addroleto")):
                yield from _joined(statement, group, role)
            for given in ("rolemembers", "adminmembers"):
                for member in _roles(option(options, given)):
                    yield from _joined(statement, role, member)
        case ast.AlterRoleStmt(role=ast.RoleSpec() as spec, options=options, action=action):
            yield from _attributes(statement, role_of(spec), options or ())
            for member in _roles(option(options, "rolemembers")) if action == 1 else ():
                yield from _joined(statement, role_of(spec), member)
        case ast.GrantRoleStmt(is_grant=True, granted_roles=groups, grantee_roles=members):
            for group in groups or ():
                for spec in members or ():
                    yield from _joined(statement, group.priv_name or "", role_of(spec))
        case ast.UpdateStmt(relation=relation) | ast.InsertStmt(relation=relation):
            if relation is not None and relation.relname in _CATALOGS:
                yield Problem(
                    f"writes the catalog of roles {written(name_of(relation))} by hand",
                    relation.location or 0,
                )


def _attributes(statement: Statement, role: str, options: tuple[ast.DefElem, ...]) -> Iterator[Problem]:
    for name, meaning in _ATTRIBUTES.items():
        if option(options, name) is True:
            keyword = "replication" if name == "isreplication" else name
            yield Problem(
                f"makes role {written((role,))} {meaning}",
                place_of(statement.text, keyword, statement.start, statement.end),
            )


def _roles(value: object) -> Iterator[str]:
    for spec in value if isinstance(value, tuple) else ():
        yield role_of(spec)


def _joined(statement: Statement, group: str, member: str) -> Iterator[Problem]:
    if member in API_ROLES:
        problem = f"gives role {written((group,))} to {written((member,))}, that is to every client"
    elif group in _STRONG and not (group == "service_role" and member == _LOGIN_OF_THE_API):
        problem = f"gives role {written((member,))} everything that {written((group,))} may do"
    else:
        return
    yield Problem(problem, place_of(statement.text, group, statement.start, statement.end))


RULE = Rule(
    code="ROLE_ESCALATION",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Make a role that may do what the task needs and no more, and grant it the tables by name.",
    nodes=("CreateRoleStmt", "AlterRoleStmt", "GrantRoleStmt", "UpdateStmt", "InsertStmt"),
    bad=(
        "GRANT service_role TO authenticated;",
        "CREATE ROLE reporting LOGIN BYPASSRLS;",
        'ALTER ROLE "app" SUPERUSER;',
        "GRANT pg_read_all_data TO reporting WITH ADMIN OPTION;",
        "CREATE USER helper IN ROLE postgres;",
        "ALTER GROUP supabase_admin ADD USER helper;",
        "GRANT editors TO anon;",
        "UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = 'app';",
        "DO $$ BEGIN EXECUTE format('ALTER ROLE %I CREATEROLE', 'app'); END $$;",
    ),
    good=(
        "CREATE ROLE reporting LOGIN NOBYPASSRLS NOSUPERUSER;",
        "GRANT anon, authenticated, service_role TO authenticator;",
        "GRANT pg_monitor TO reporting;",
        "REVOKE service_role FROM reporting;",
        "ALTER ROLE reporting SET statement_timeout = '5s';",
        "GRANT editors TO reporting;",
        "ALTER GROUP supabase_admin DROP USER helper;",
    ),
    check=check,
)
