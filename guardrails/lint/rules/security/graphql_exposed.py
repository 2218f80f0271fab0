"""`pg_graphql` shows clients every table that their role may select.

Names of tables and columns are readable through introspection even where policies hide all rows.

Source: <https://supabase.com/docs/guides/database/extensions/pg_graphql>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import place_of


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateExtensionStmt(extname="pg_graphql"):
            yield Problem(
                "adds pg_graphql: clients see the names of all tables and columns that their role may select",
                place_of(statement.text, "pg_graphql", statement.start, statement.end),
            )


RULE = Rule(
    code="GRAPHQL_EXPOSED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave the extension out if no client speaks GraphQL; else take SELECT on what they don't need.",
    nodes=("CreateExtensionStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=("CREATE EXTENSION pg_graphql;", 'CREATE EXTENSION IF NOT EXISTS "pg_graphql" WITH SCHEMA graphql;'),
    good=(
        "CREATE EXTENSION pg_trgm WITH SCHEMA extensions;",
        "DROP EXTENSION pg_graphql;",
        "SELECT 'pg_graphql';",
    ),
    check=check,
)
