"""What a server says of itself -> what makes it certainly, or maybe, no development server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from seeds.guard.addresses import is_loopback, is_of_containers
from seeds.guard.reasons import Doubt, Reason, doubt, refused

_CLOUD_ROLES = (
    "rdsadmin", "rds_superuser", "rds_replication", "rds_iam", "cloudsqlsuperuser", "cloudsqladmin", "cloudsqlagent",
    "alloydbsuperuser", "alloydbadmin", "azure_pg_admin", "azuresu", "neon_superuser", "neon_service", "doadmin", "avnadmin",
    "tsdbadmin", "tsdbowner", "crunchy_superuser", "ccp_monitoring", "flypgadmin", "pscale_admin", "pscale_superuser",
    "ibm-cloud-base-user",
)  # fmt: skip
_CLOUD_PREFIXES = ("rds.", "cloudsql.", "alloydb.", "azure.", "neon.", "aiven.", "apg_", "google_")
# What a server only was started with is in no list, but can be asked for by its name.
_CLOUD_SETTINGS = (
    "rds.extensions", "rds.allowed_extensions", "rds.force_ssl", "cloudsql.iam_authentication", "cloudsql.enable_pgaudit",
    "alloydb.iam_authentication", "azure.extensions", "azure.accepted_password_auth_method", "neon.timeline_id",
    "neon.tenant_id", "neon.project_id",
)  # fmt: skip
_CLOUD_EXTENSIONS = (
    "aws_s3", "aws_commons", "aws_lambda", "aws_ml", "rds_tools", "google_ml_integration", "google_columnar_engine",
    "azure_ai", "azure_storage", "pg_azure_storage", "azure_local_ai", "neon", "neon_utils", "aiven_extras", "apg_plan_mgmt",
    "heroku_ext",
)  # fmt: skip
# `supabase start` sets it on every database that it makes, on every machine.
# Source: <https://github.com/supabase/cli/blob/main/internal/db/start/templates/schema.sql>
_PUBLIC_SECRET = "app.settings.jwt_secret=super-secret-jwt-token-with-at-least-32-characters-long"  # noqa: S105
_OWN_SLOTS = "supabase_realtime"
MOST_BYTES = 4 << 30
"""A larger database is somebody's work, whatever is in it; ten million seeded rows take less."""

# What a DSN's options can set is never asked, only what is stored.
_FACTS = """
SELECT pg_catalog.pg_is_in_recovery() AS recovering,
  (SELECT count(*) FROM pg_catalog.pg_stat_replication r WHERE NOT EXISTS (
     SELECT FROM pg_catalog.pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) AS standbys,
  EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical') AS place_kept,
  ARRAY(SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND active) AS streams,
  ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY (%(roles)s)) AS roles,
  ARRAY(SELECT name FROM pg_catalog.pg_settings, pg_catalog.unnest(%(prefixes)s::text[]) prefix
        WHERE pg_catalog.starts_with(name, prefix)
        UNION SELECT name FROM pg_catalog.unnest(%(settings)s::text[]) name
        WHERE pg_catalog.current_setting(name, true) <> '') AS settings,
  ARRAY(SELECT name::text FROM pg_catalog.pg_available_extensions WHERE name = ANY (%(extensions)s)) AS extensions,
  (SELECT setting <> 'off' FROM pg_catalog.pg_settings WHERE name = 'archive_mode') AS archives,
  EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'supabase_admin') AS supabase,
  EXISTS (SELECT FROM pg_catalog.pg_db_role_setting
          WHERE setrole = 0 AND %(secret)s = ANY (setconfig)
            AND setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
         ) AS public_secret,
  ARRAY(SELECT DISTINCT pg_catalog.host(client_addr) FROM pg_catalog.pg_stat_activity
        WHERE client_addr IS NOT NULL AND datname = pg_catalog.current_database()
          AND client_addr IS DISTINCT FROM pg_catalog.inet_client_addr()) AS clients,
  pg_catalog.host(pg_catalog.inet_server_addr()) AS address,
  pg_catalog.pg_database_size(pg_catalog.current_database()) AS bytes
"""


@dataclass(frozen=True)
class Facts:
    """What a server says of itself.

    Attributes:
        standbys: connections that copy the whole server.
        place_kept: a replication slot for a standby, in use or not.
        streams: logical replication slots that somebody reads from.
        roles, settings, extensions: those that only hosted servers have.
        supabase: it has the roles of Supabase.
        public_secret: it has the secret that `supabase start` sets and that everybody knows.
        clients: addresses of others that are connected to the same database, as far as this login sees them.
        address: the server's own; None: a unix socket.
        bytes: of the whole database on disk.
    """

    recovering: bool
    standbys: int
    place_kept: bool
    streams: list[str]
    roles: list[str]
    settings: list[str]
    extensions: list[str]
    archives: bool
    supabase: bool
    public_secret: bool
    clients: list[str]
    address: str | None
    bytes: int

    @property
    def is_supabase_start(self) -> bool:
        """Whether it is the database of `supabase start`, in a container on this machine."""
        here = self.address is None or _is_near(self.address)
        return self.supabase and self.public_secret and here


def facts_of(connection: psycopg.Connection) -> Facts:
    given = {
        "roles": list(_CLOUD_ROLES),
        "prefixes": list(_CLOUD_PREFIXES),
        "settings": list(_CLOUD_SETTINGS),
        "extensions": list(_CLOUD_EXTENSIONS),
        "secret": _PUBLIC_SECRET,
    }
    with connection.cursor(row_factory=class_row(Facts)) as cursor:
        facts = cursor.execute(_FACTS, given).fetchone()
    assert facts is not None
    return facts


def refuse_live(facts: Facts, where: str) -> None:
    """Refuse a server that is certainly live or hosted.

    Raises:
        Refused: with the first sign.
    """
    if facts.recovering:
        raise refused(Reason.STANDBY, where=where)
    if facts.standbys:
        raise refused(Reason.REPLICATED, where=where)
    for reason, names in (
        (Reason.CLOUD_ROLE, facts.roles),
        (Reason.CLOUD_SETTING, facts.settings),
        (Reason.CLOUD_EXTENSION, facts.extensions),
    ):
        if names:
            raise refused(reason, where=where, name=min(names))


def doubts_of(facts: Facts) -> Iterator[Doubt]:
    if facts.place_kept:
        yield doubt(Reason.STANDBY_BEFORE)
    own = facts.is_supabase_start
    if any(not (own and name.startswith(_OWN_SLOTS)) for name in facts.streams):
        yield doubt(Reason.LOGICAL_REPLICATION)
    if facts.archives:
        yield doubt(Reason.ARCHIVED)
    if any(not _is_near(address) for address in facts.clients):
        yield doubt(Reason.OTHER_CLIENTS)
    if facts.bytes > MOST_BYTES:
        yield doubt(Reason.LARGE, size=f"{facts.bytes / (1 << 30):.1f} GiB")
    if facts.supabase and not own:
        yield doubt(Reason.SUPABASE_ELSEWHERE)


def _is_near(address: str) -> bool:
    return is_loopback(address) or is_of_containers(address)
