"""Default privileges for clients open every table that will ever be made.

No later migration shows it: the next table is readable the moment it exists. Supabase stopped
granting that by itself in 2026; this line brings it back.

On tables it is an error; on sequences, schemas and functions, and in schemas that are not exposed, a
warning. Types are open to everyone anyway.

Source: <https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.platform import CLIENTS
from guardrails.lint.privileges import granted, grantees, in_words, role_in_words
from guardrails.lint.shapes import ROUTINES
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.AlterDefaultPrivilegesStmt(action=ast.GrantStmt(is_grant=True) as action) as node:
            if action.objtype == ObjectType.OBJECT_TYPE:
                return
            schemas = [
                name
                for option in node.options or ()
                if option.defname == "schemas"
                for name in names_of(option.arg)
            ]
            is_served = not schemas or bool(statement.settings.exposed_schemas.intersection(schemas))
            is_data = action.objtype == ObjectType.OBJECT_TABLE
            place = f" in schema {', '.join(written((name,)) for name in schemas)}" if schemas else ""
            for role, spec in grantees(action.grantees, CLIENTS):
                yield Problem(
                    f"gives {in_words(granted(action))} on every {_kind(action)} that will be made{place} to "
                    f"{role_in_words(role)}",
                    spec.location or statement.start,
                    severity=None if is_data and is_served else Severity.WARNING,
                )


def _kind(action: ast.GrantStmt) -> str:
    if action.objtype in ROUTINES:
        return "function"
    return {ObjectType.OBJECT_TABLE: "table", ObjectType.OBJECT_SEQUENCE: "sequence"}.get(
        action.objtype or ObjectType.OBJECT_TABLE, "schema"
    )


RULE = Rule(
    code="DEFAULT_PRIVILEGES_WIDENED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Grant on each table by its name, in the migration that makes it.",
    nodes=("AlterDefaultPrivilegesStmt",),
    bad=(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO PUBLIC, authenticated;",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA internal GRANT SELECT ON TABLES TO authenticated;",
        "DO $$ BEGIN ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO anon; END $$;",
    ),
    good=(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO service_role;",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon;",
        "ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO PUBLIC;",
        'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "Public";',
    ),
    check=check,
)
