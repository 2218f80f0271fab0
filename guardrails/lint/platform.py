"""What is there beside the user's own objects: what Supabase brings before any migration, and what tools keep."""

from __future__ import annotations

from guardrails.lint.contracts import Name, Settings, Statement
from guardrails.lint.objects import PUBLIC

KEPT_BY_TOOLS = frozenset({
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "pgmigrations",
    "schema_migration",
    "schema_migrations",
    "spatial_ref_sys",
})  # fmt: skip
"""Tables in which tools for migrations keep what has run: small, and their own."""

ANON = "anon"
AUTHENTICATED = "authenticated"
API_ROLES = frozenset({ANON, AUTHENTICATED})
"""The roles that a request to the API runs as: <https://supabase.com/docs/guides/database/postgres/roles>."""

CLIENTS = API_ROLES | {PUBLIC}
"""Roles whose privileges a client has."""

MANAGED_SCHEMAS = frozenset({
    "auth",
    "extensions",
    "graphql",
    "graphql_public",
    "pgbouncer",
    "pgsodium",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
})  # fmt: skip
"""Schemas in which Supabase keeps its own objects, and refuses those of others since April 2025.

Source: <https://github.com/orgs/supabase/discussions/34270>
"""

SECRET_SCHEMAS = frozenset({
    "cron",
    "net",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "supabase_functions",
    "supabase_migrations",
    "vault",
})  # fmt: skip
"""Schemas of the platform that clients have no business in."""

SERVED_SCHEMAS = frozenset({"extensions", "graphql", "graphql_public", "pgmq_public", "realtime", "storage"})
"""Schemas of the platform that clients reach from the start, or by a documented step."""


def clients_reach(statement: Statement) -> bool:
    """Tell whether clients speak to this database themselves, as far as the project shows."""
    return not statement.settings.rls_by_habit or statement.schema.uses_rls


def exposed(name: Name | None, settings: Settings) -> bool:
    """Tell whether an object with this resolved name is served to clients; also when it isn't known."""
    return name is None or len(name) < 2 or name[-2] in settings.exposed_schemas


def owned_by_platform(schema: str, statement: Statement) -> bool:
    """Tell whether this is one of Supabase's own schemas, and not one that the project made itself."""
    return schema in MANAGED_SCHEMAS and schema not in statement.schema.schemas and clients_reach(statement)
