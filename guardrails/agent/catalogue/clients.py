"""The programs that come with PostgreSQL, and others that carry SQL to it."""

from __future__ import annotations

from guardrails.agent.catalogue.rows import DRAFT, PERSON, Row

_READS = "read with SELECT on a database of this machine, or draft the change with create_migration"

SQL = Row(
    ("psql", "pgcli", "usql", "ysqlsh", "cockroach", "edb-psql", "pgsql", "litecli"),
    (),
    "runs SQL on a database",
    _READS,
)
"""Its SQL is read: from -c, from -f, from what is piped into it. Reading on this machine passes, reading
elsewhere asks; what writes asks on this machine and is refused elsewhere."""

RESTORE = Row(("pg_restore",), (), "writes a dump into a database", DRAFT)

CLIENTS = (
    Row(("dropdb",), ("",), "drops a database", PERSON, at_home=True),
    Row(("createdb", "createuser", "initdb"), ("",), "makes a database or a role", PERSON, at_home=True),
    Row(("dropuser",), ("",), "drops a role", PERSON, at_home=True),
    Row(("reindexdb", "vacuumdb", "clusterdb"), ("",), "rewrites or locks tables", PERSON, at_home=True),
    Row(("pgloader", "pgcopydb", "pgsync", "pg_bulkload", "pg_repack", "pg_squeeze", "ora2pg", "sling", "timescaledb-parallel-copy"), ("",), "writes into a database", DRAFT, unless=("--dry-run", "list", "version")),
    Row(("pgbench",), ("",), "makes tables and writes rows", PERSON, at_home=True),
    Row(("vacuumlo",), ("",), "deletes large objects", PERSON, at_home=True, unless=("-n", "--dry-run")),
    Row(("pg_ctl", "pg_ctlcluster", "pg_dropcluster", "pg_createcluster", "pg_resetwal", "pg_rewind", "pg_upgrade", "pg_upgradecluster", "pg_renamecluster"), ("*", ""), "stops, changes or deletes a server", PERSON, at_home=True, unless=("status", "--check", "-c", "-n")),
    Row(("pgbackrest", "barman", "wal-g", "wal-e", "pgdump-restore"), ("...restore|recover|backup-fetch|delete|stanza-delete|expire|backup-delete|delete",), "overwrites a server with a backup, or deletes backups", PERSON),
    Row(("repmgr", "patronictl", "pg_autoctl", "stolonctl"), ("...failover|switchover|reinit|remove|restart|drop|promote|standby|init|edit-config",), "changes which server is in charge", PERSON),
)  # fmt: skip
