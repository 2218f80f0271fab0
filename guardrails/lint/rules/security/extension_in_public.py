"""An extension in an exposed schema puts its functions and tables before clients.

Without SCHEMA it goes to the first schema of the search path, which is `public`. On Supabase
extensions belong into the schema `extensions`.

Exempt are extensions that choose their own schema, and with IF NOT EXISTS those that every Supabase
project has from the start, in the right place.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0014_extension_in_public>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import place_of
from guardrails.lint.platform import clients_reach
from guardrails.lint.routines import option
from guardrails.lint.spelling import written

_CHOOSE_THEMSELVES = frozenset({
    "pg_cron",
    "pg_graphql",
    "pg_net",
    "pg_repack",
    "pg_tle",
    "pgmq",
    "pgsodium",
    "pgtle",
    "plpgsql",
    "plv8",
    "postgis_tiger_geocoder",
    "postgis_topology",
    "supabase-dbdev",
    "supabase_vault",
    "timescaledb",
})  # fmt: skip
_THERE_FROM_THE_START = frozenset({"pg_stat_statements", "pgcrypto", "pgjwt", "uuid-ossp"})


def check(statement: Statement) -> Iterator[Problem]:
    node = statement.node
    if not isinstance(node, ast.CreateExtensionStmt) or not clients_reach(statement):
        return
    name = node.extname or ""
    if name in _CHOOSE_THEMSELVES or (node.if_not_exists and name in _THERE_FROM_THE_START):
        return
    asked = option(node.options, "schema")
    schema = asked if isinstance(asked, str) else statement.schema.first_schema
    if schema in statement.settings.exposed_schemas:
        yield Problem(
            f"extension {written((name,))} goes into schema {written((schema,))}, where clients reach its "
            "functions",
            place_of(statement.text, name, statement.start, statement.end),
            f"Write: CREATE EXTENSION {'IF NOT EXISTS ' if node.if_not_exists else ''}{written((name,))} WITH "
            "SCHEMA extensions;",
        )


RULE = Rule(
    code="EXTENSION_IN_PUBLIC",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Create the extension WITH SCHEMA extensions.",
    nodes=("CreateExtensionStmt",),
    bad=(
        "CREATE EXTENSION IF NOT EXISTS citext;",
        "CREATE EXTENSION pg_trgm SCHEMA public;",
        'CREATE EXTENSION "uuid-ossp";',
    ),
    good=(
        "CREATE EXTENSION citext WITH SCHEMA extensions;",
        "CREATE EXTENSION pg_cron;",
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";',
        "SET search_path = extensions;\nCREATE EXTENSION citext;",
    ),
    check=check,
)
