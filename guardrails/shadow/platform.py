"""What a project's database comes with before its first migration -> the SQL that makes it so.

A Supabase project finds roles, schemas, tables and functions of the platform; what is imitated of them,
and what not, stands in docs/supabase-platform.md. Any other project finds an empty database.
"""

from __future__ import annotations

from enum import StrEnum

from guardrails.config import Config
from guardrails.project import Tool
from guardrails.shadow.sources import text_of

_SCHEMAS = ("schemas", "auth", "storage", "realtime", "owners", "services")


class Platform(StrEnum):
    """What a database comes with before the first migration.

    With `SUPABASE` the roles of the API get ALL on what is new in `public`; with `SUPABASE_CLOSED` it is
    closed to them until a grant opens it, which is the platform's default since 2026-10-30.
    """

    PLAIN = "plain"
    SUPABASE = "supabase"
    SUPABASE_CLOSED = "supabase-closed"


def platform_of(tool: Tool, config: Config) -> Platform:
    """Return what a project's migrations find.

    A supabase/config.toml counts as well as the Supabase CLI's layout: a project may keep its migrations
    with another tool, such as Prisma, and its database on Supabase.
    """
    if tool is not Tool.SUPABASE and not config.supabase:
        return Platform.PLAIN
    return Platform.SUPABASE if config.auto_expose_new_tables else Platform.SUPABASE_CLOSED


def server_sql(platform: Platform) -> str:
    """Return what a server needs before its first database of a platform; it may run again."""
    return "" if platform is Platform.PLAIN else text_of("supabase", "roles.sql")


def database_sql(platform: Platform) -> str:
    """Return what makes an empty database one of the platform, to be run by a superuser."""
    if platform is Platform.PLAIN:
        return text_of("plain.sql")
    closed = ("closed",) if platform is Platform.SUPABASE_CLOSED else ()
    # The guard is the last: it refuses what the others do.
    return "\n".join(text_of("supabase", f"{part}.sql") for part in (*_SCHEMAS, *closed, "guard"))
