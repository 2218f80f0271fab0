"""A private schema served to clients shows everything in it, secrets too.

`pgrst.db_schemas` on a role or the database tells the API which schemas to serve; `USAGE` on a schema
is what a client's role needs to reach in. An error for a change of what the API serves and for the
schemas in which the platform keeps secrets and jobs; a warning for any other schema that the API
doesn't serve by now.

Exempt are exposed schemas, those that clients may reach by Supabase's own documentation, roles that no
client has, and any other schema with a function that the role is granted by name, as policies need it.

Source: <https://docs.postgrest.org/en/stable/references/api/schemas.html>,
<https://supabase.com/docs/guides/api/using-custom-schemas>
"""

from collections.abc import Iterator
from functools import partial

from pglast import ast
from pglast.enums import ObjectType, VariableSetKind

from guardrails.lint.constants import text_of
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC
from guardrails.lint.parsing import names_of, place_of
from guardrails.lint.platform import CLIENTS, SECRET_SCHEMAS, SERVED_SCHEMAS, clients_reach
from guardrails.lint.privileges import granted, grantees, grants_on, role_in_words
from guardrails.lint.shapes import words_of
from guardrails.lint.spelling import written

_SETTINGS = frozenset({"pgrst.db_schemas", "pgrst.db_schema", "pgrst.db_extra_search_path"})
_GUARDED = SECRET_SCHEMAS | {"auth"}


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case (
            ast.AlterRoleSetStmt(setstmt=ast.VariableSetStmt() as setting)
            | ast.AlterDatabaseSetStmt(setstmt=ast.VariableSetStmt() as setting)
        ):
            name = (setting.name or "").lower()
            if name in _SETTINGS and setting.kind == VariableSetKind.VAR_SET_VALUE:
                yield from _served(statement, words_of(setting))
        case ast.FuncCall(funcname=funcname, args=(setting, value, *_)):
            if names_of(funcname)[-1:] == ("set_config",) and (text_of(setting) or "").lower() in _SETTINGS:
                match value:
                    case ast.A_Const(val=ast.String(sval=str(word))):
                        yield from _served(statement, [word])
                    case _:
                        yield from _served(statement, None)
        case ast.GrantStmt() as node if grants_on(node, ObjectType.OBJECT_SCHEMA):
            yield from _reached(statement, node)


def _served(statement: Statement, words: list[str] | None) -> Iterator[Problem]:
    served = [part.strip().strip('"') for word in words or () for part in word.split(",") if part.strip()]
    known = statement.settings.exposed_schemas | SERVED_SCHEMAS
    others = [name for name in served if name not in known]
    if words is not None and not others:
        return
    shown = ", ".join(written((name,)) for name in others) if others else "what is only known at run time"
    yield Problem(
        f"tells the API to serve {shown}: clients reach everything there",
        place_of(statement.text, "pgrst", statement.start, statement.end),
    )


def _reached(statement: Statement, node: ast.GrantStmt) -> Iterator[Problem]:
    if "usage" not in granted(node):
        return
    for name in names_of(node.objects):
        if name in statement.settings.exposed_schemas or name in SERVED_SCHEMAS:
            continue
        for role, spec in grantees(node.grantees, CLIENTS):
            if role == PUBLIC and not clients_reach(statement):
                continue
            yield Problem(
                f"lets {role_in_words(role)} into schema {written((name,))}, which is not for clients",
                spec.location or statement.start,
                "Leave it out, and give clients what they need through a view or a function in an exposed "
                "schema.",
                None if name in _GUARDED else Severity.WARNING,
                None if name in _GUARDED else partial(_is_for_functions, statement, name, role),
            )


def _is_for_functions(statement: Statement, schema: str, role: str) -> bool:
    """Tell whether a role was granted a function there: policies that call it want USAGE too."""
    return any(
        function.resolved is not None
        and function.resolved[0] == schema
        and function.access.may(role, "execute")
        for function in statement.schema.functions
    )


RULE = Rule(
    code="API_SCHEMA_EXPOSED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Keep private schemas out of the API; serve a schema of its own that holds only what clients may see.",
    nodes=("AlterRoleSetStmt", "AlterDatabaseSetStmt", "GrantStmt", "FuncCall"),
    bad=(
        "ALTER ROLE authenticator SET pgrst.db_schemas = 'public, private';",
        "ALTER DATABASE postgres SET pgrst.db_schemas TO public, internal;",
        "GRANT USAGE ON SCHEMA vault TO authenticated;",
        "GRANT ALL ON SCHEMA private TO anon;",
        "SELECT set_config('pgrst.db_schemas', 'public,private', false);",
    ),
    good=(
        "ALTER ROLE authenticator SET pgrst.db_schemas = 'public, graphql_public';",
        "ALTER ROLE authenticator RESET pgrst.db_schemas;",
        "GRANT USAGE ON SCHEMA public TO anon;",
        "GRANT USAGE ON SCHEMA extensions TO authenticated;",
        "GRANT USAGE ON SCHEMA private TO reporting;",
        (
            "CREATE FUNCTION private.is_admin() RETURNS bool LANGUAGE sql AS 'SELECT true';\n"
            "GRANT USAGE ON SCHEMA private TO authenticated;\n"
            "GRANT EXECUTE ON FUNCTION private.is_admin() TO authenticated;"
        ),
        "ALTER ROLE authenticator SET statement_timeout = '8s';",
    ),
    check=check,
)
