"""Foreign SQL gains nothing: no privilege, no file, no program, no network, no more than its share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.shadow.engine import Limits, Platform, Server, connect, deadline, disposable_server
from guardrails.shadow.replay import replay
from guardrails.shadow.sandbox import missing

CANARY = Path("/tmp/written-by-a-migration")
FORBIDDEN, SYNTAX_OR_OBJECT = "42501", "42"
TRIGGER = "CREATE FUNCTION trap_{0}() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$"

sandboxed = pytest.mark.skipif(bool(missing()), reason="this system has no sandbox")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


@pytest.fixture(scope="module")
def conninfo(server: Server) -> str:
    return server.database(Platform.SUPABASE)


@pytest.fixture(autouse=True)
def nothing_written() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists()


def standing(server: Server) -> object:
    """What the login is and may, as the superuser sees it from outside."""
    with server.connect_as_root("template1") as connection:
        return connection.execute("""
            SELECT (SELECT array_agg(rolname ORDER BY rolname) FROM pg_roles WHERE rolsuper),
                   (SELECT array_agg(rolname ORDER BY rolname) FROM pg_roles
                    WHERE pg_has_role('postgres', oid, 'MEMBER')
                      AND (rolname LIKE 'pg!_%' ESCAPE '!' OR rolname LIKE 'guardrails!_%' ESCAPE '!')),
                   (SELECT array_agg(datname ORDER BY datname) FROM pg_database),
                   (SELECT (rolsuper, rolcreatedb, rolreplication, rolconnlimit) FROM pg_roles WHERE rolname = 'postgres'),
                   (SELECT count(*) FROM pg_parameter_acl), (SELECT count(*) FROM pg_event_trigger),
                   (SELECT count(*) FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'),
                   current_setting('cluster_name')
        """).fetchone()  # fmt: skip


# Name, the statements, and the SQLSTATE with which the last one is refused; "": it runs and gains nothing.
PRIVILEGE_ATTACKS = [
    ("copy_to_program", [f"COPY (SELECT 1) TO PROGRAM 'touch {CANARY}'"], FORBIDDEN),
    ("copy_from_program", ["CREATE TABLE a1 (a text)", "COPY a1 FROM PROGRAM 'id'"], FORBIDDEN),
    ("copy_to_file", [f"COPY (SELECT 1) TO '{CANARY}'"], FORBIDDEN),
    ("copy_from_file", ["CREATE TABLE a2 (a text)", "COPY a2 FROM '/etc/passwd'"], FORBIDDEN),
    ("read_file", ["SELECT pg_read_file('/etc/passwd')"], FORBIDDEN),
    ("read_binary_file", ["SELECT pg_read_binary_file('PG_VERSION')"], FORBIDDEN),
    ("list_folder", ["SELECT pg_ls_dir('/')"], FORBIDDEN),
    ("list_wal", ["SELECT pg_ls_waldir()"], FORBIDDEN),
    ("list_temporary", ["SELECT pg_ls_tmpdir()"], FORBIDDEN),
    ("stat_file", ["SELECT pg_stat_file('/etc/passwd')"], FORBIDDEN),
    ("current_logfile", ["SELECT pg_current_logfile()"], FORBIDDEN),
    ("large_object_import", ["SELECT lo_import('/etc/passwd')"], FORBIDDEN),
    ("large_object_export", [f"SELECT lo_export(lo_from_bytea(0, 'x'), '{CANARY}')"], FORBIDDEN),
    ("c_function", ["CREATE FUNCTION c1(cstring) RETURNS int AS 'libc.so.6', 'system' LANGUAGE c"], FORBIDDEN),
    ("internal_function", ["CREATE FUNCTION c2(text) RETURNS text AS 'pg_read_file_all' LANGUAGE internal"], FORBIDDEN),
    ("load", ["LOAD '/lib/x86_64-linux-gnu/libc.so.6'"], FORBIDDEN),
    ("load_plugin", ["LOAD '$libdir/plugins/x'"], "58P01"),
    ("untrusted_language", ["CREATE LANGUAGE plpython3u HANDLER plpgsql_call_handler"], FORBIDDEN),
    ("untrusted_extension", ["CREATE EXTENSION plpython3u"], "0A000"),
    ("dblink", ["CREATE EXTENSION dblink"], FORBIDDEN),
    ("postgres_fdw", ["CREATE EXTENSION postgres_fdw"], FORBIDDEN),
    ("file_fdw", ["CREATE EXTENSION file_fdw"], FORBIDDEN),
    ("adminpack_like", ["CREATE EXTENSION pageinspect"], FORBIDDEN),
    ("extension_elsewhere", ["SET extension_control_path = '/tmp'"], FORBIDDEN),
    ("foreign_data_wrapper", ["CREATE FOREIGN DATA WRAPPER w HANDLER nothing"], FORBIDDEN),
    ("foreign_server", ["CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1')"], "42704"),
    ("subscription", ["CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p"], FORBIDDEN),
    ("alter_system", [f"ALTER SYSTEM SET archive_command = 'touch {CANARY}'"], FORBIDDEN),
    ("alter_system_preload", ["ALTER SYSTEM SET shared_preload_libraries = '/tmp/x'"], FORBIDDEN),
    ("archive_command", [f"SET archive_command = 'touch {CANARY}'"], "55P02"),
    ("listen_addresses", ["SET listen_addresses = '*'"], "55P02"),
    ("session_preload", ["SET session_preload_libraries = '/tmp/x'"], FORBIDDEN),
    ("session_preload_of_a_role", ["ALTER ROLE postgres SET session_preload_libraries = '/tmp/x'"], FORBIDDEN),
    ("session_preload_of_a_database", ["ALTER DATABASE postgres SET session_preload_libraries = '/tmp/x'"], FORBIDDEN),
    ("dynamic_library_path", ["SET dynamic_library_path = '/tmp'"], FORBIDDEN),
    ("system_table_changes", ["SET allow_system_table_mods = on"], FORBIDDEN),
    ("cluster_name", ["SET cluster_name = 'other'"], "55P02"),
    ("log_statement", ["SET log_statement = 'all'"], FORBIDDEN),
    ("log_min_messages", ["SET log_min_messages = 'debug5'"], FORBIDDEN),
    ("grant_on_parameter", ["GRANT SET ON PARAMETER log_statement TO postgres"], FORBIDDEN),
    ("session_replication_role", ["SET session_replication_role = replica"], FORBIDDEN),
    ("session_authorization", ["SET SESSION AUTHORIZATION guardrails_root"], FORBIDDEN),
    ("set_role", ["SET ROLE guardrails_root"], FORBIDDEN),
    ("set_role_inspector", ["SET ROLE guardrails_inspector"], FORBIDDEN),
    ("set_role_storage_admin", ["SET ROLE supabase_storage_admin"], FORBIDDEN),
    ("reset_role", ["SET ROLE anon", "RESET ROLE", "RESET SESSION AUTHORIZATION", "SELECT pg_read_file('PG_VERSION')"], FORBIDDEN),
    ("role_of_a_function", ["CREATE FUNCTION c3() RETURNS text LANGUAGE sql SET role = 'guardrails_root' AS 'SELECT 1::text'", "SELECT c3()"], FORBIDDEN),
    ("role_by_set_config", ["DO $$ BEGIN PERFORM set_config('role', 'guardrails_root', false); END $$"], FORBIDDEN),
    ("role_of_a_role", ["ALTER ROLE postgres SET role = 'guardrails_root'"], FORBIDDEN),
    ("superuser_self", ["ALTER ROLE postgres SUPERUSER"], FORBIDDEN),
    ("superuser_new", ["CREATE ROLE r1 SUPERUSER LOGIN"], FORBIDDEN),
    ("replication_self", ["ALTER ROLE postgres REPLICATION"], FORBIDDEN),
    ("createdb_self", ["ALTER ROLE postgres CREATEDB"], FORBIDDEN),
    ("connection_limit_self", ["ALTER ROLE postgres CONNECTION LIMIT -1"], FORBIDDEN),
    ("grant_root", ["GRANT guardrails_root TO postgres"], FORBIDDEN),
    ("grant_execute_program", ["GRANT pg_execute_server_program TO postgres"], FORBIDDEN),
    ("grant_read_files", ["GRANT pg_read_server_files TO postgres"], FORBIDDEN),
    ("grant_write_files", ["GRANT pg_write_server_files TO postgres"], FORBIDDEN),
    ("grant_signal", ["GRANT pg_signal_backend TO postgres"], FORBIDDEN),
    ("grant_monitor", ["GRANT pg_monitor TO postgres"], FORBIDDEN),
    ("grant_subscription", ["GRANT pg_create_subscription TO postgres"], FORBIDDEN),
    ("role_in_role", ["CREATE ROLE r2 IN ROLE pg_execute_server_program"], FORBIDDEN),
    ("role_in_the_middle", ["CREATE ROLE r3 CREATEROLE", "GRANT pg_write_all_data TO r3"], FORBIDDEN),
    ("role_in_root", ["CREATE ROLE r4 IN ROLE guardrails_root"], FORBIDDEN),
    ("password_of_root", ["ALTER ROLE guardrails_root PASSWORD 'x'"], FORBIDDEN),
    ("password_of_the_inspector", ["ALTER ROLE guardrails_inspector PASSWORD 'x'"], FORBIDDEN),
    ("settings_of_root", ["ALTER ROLE guardrails_root SET search_path = public"], FORBIDDEN),
    ("settings_of_all", ["ALTER ROLE ALL SET search_path = public"], FORBIDDEN),
    ("settings_of_the_inspector", ["ALTER ROLE guardrails_inspector SET search_path = public"], FORBIDDEN),
    ("rename_the_inspector", ["ALTER ROLE guardrails_inspector RENAME TO r5"], FORBIDDEN),
    ("drop_root", ["DROP ROLE guardrails_root"], FORBIDDEN),
    ("reassign_root", ["REASSIGN OWNED BY guardrails_root TO postgres"], FORBIDDEN),
    ("change_pg_authid", ["UPDATE pg_authid SET rolsuper = true"], FORBIDDEN),
    ("read_pg_authid", ["SELECT rolpassword FROM pg_authid"], FORBIDDEN),
    ("read_pg_shadow", ["SELECT passwd FROM pg_shadow"], FORBIDDEN),
    ("change_pg_proc", ["UPDATE pg_proc SET prosecdef = true"], FORBIDDEN),
    ("create_in_pg_catalog", ["CREATE FUNCTION pg_catalog.lower2(text) RETURNS text LANGUAGE sql AS 'SELECT $1'"], FORBIDDEN),
    ("replace_in_pg_catalog", ["CREATE OR REPLACE FUNCTION pg_catalog.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'"], FORBIDDEN),
    ("event_trigger", [TRIGGER.format(1), "CREATE EVENT TRIGGER e1 ON ddl_command_end EXECUTE FUNCTION trap_1()"], FORBIDDEN),
    ("login_trigger", [TRIGGER.format(2), "CREATE EVENT TRIGGER e2 ON login EXECUTE FUNCTION trap_2()"], FORBIDDEN),
    ("create_database", ["CREATE DATABASE d1"], FORBIDDEN),
    ("drop_template", ["DROP DATABASE template1"], FORBIDDEN),
    ("alter_template", ["ALTER DATABASE template1 SET search_path = public"], FORBIDDEN),
    ("own_template", ["ALTER DATABASE template1 OWNER TO postgres"], FORBIDDEN),
    ("rename_database", ["ALTER DATABASE postgres RENAME TO d2"], FORBIDDEN),
    ("tablespace", ["CREATE TABLESPACE t LOCATION '/tmp'"], FORBIDDEN),
    ("dictionary_path", ["CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, StopWords = '../../../etc/passwd')"], "22023"),
    ("search_template", ["CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)"], FORBIDDEN),
    ("base_type", ["CREATE TYPE t1", "CREATE TYPE t1 (INPUT = int4in, OUTPUT = int4out)"], FORBIDDEN),
    ("access_method", ["CREATE ACCESS METHOD a TYPE INDEX HANDLER bthandler"], FORBIDDEN),
    ("operator_class", ["CREATE OPERATOR CLASS o FOR TYPE int4 USING btree AS STORAGE int4"], FORBIDDEN),
    ("cast_of_foreign_types", ["CREATE CAST (text AS int4) WITH INOUT AS IMPLICIT"], FORBIDDEN),
    ("leakproof", ["CREATE FUNCTION c4() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'"], FORBIDDEN),
    ("xml_entity", ["SELECT xmlparse(document '<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>')"], "0A000"),
    ("backup", ["SELECT pg_backup_start('x')"], FORBIDDEN),
    ("promote", ["SELECT pg_promote()"], FORBIDDEN),
    ("reload", ["SELECT pg_reload_conf()"], FORBIDDEN),
    ("rotate_log", ["SELECT pg_rotate_logfile()"], FORBIDDEN),
    ("switch_wal", ["SELECT pg_switch_wal()"], FORBIDDEN),
    ("checkpoint", ["CHECKPOINT"], FORBIDDEN),
    ("replication_slot", ["SELECT pg_create_physical_replication_slot('x')"], FORBIDDEN),
    ("replication_origin", ["SELECT pg_replication_origin_create('x')"], FORBIDDEN),
    ("logical_message", ["SELECT pg_log_backend_memory_contexts(pg_backend_pid())"], FORBIDDEN),
    ("terminate_root", ["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guardrails_root'"], ""),
    ("temp_file_limit", ["SET temp_file_limit = -1"], FORBIDDEN),
    ("stack_depth", ["SET max_stack_depth = '1GB'"], FORBIDDEN),
    ("definer", [f"CREATE FUNCTION c5() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN EXECUTE $q$COPY (SELECT 1) TO PROGRAM 'touch {CANARY}'$q$; END $f$", "SELECT c5()"], FORBIDDEN),
    ("definer_owned_by_root", ["CREATE FUNCTION c6() RETURNS void LANGUAGE sql SECURITY DEFINER AS ''", "ALTER FUNCTION c6() OWNER TO guardrails_root"], FORBIDDEN),
    ("data_directory", ["SHOW data_directory"], FORBIDDEN),
    ("hba_rules", ["SELECT * FROM pg_hba_file_rules"], FORBIDDEN),
    ("file_settings", ["SELECT * FROM pg_file_settings"], FORBIDDEN),
    ("security_label", ["SECURITY LABEL FOR x ON ROLE postgres IS 'y'"], "22023"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "expected"), [pytest.param(*attack, id=name) for name, *attack in PRIVILEGE_ATTACKS]
)
def test_foreign_sql_gains_no_privilege(
    server: Server, conninfo: str, statements: list[str], expected: str
) -> None:
    before = standing(server)
    state = ""

    with connect(conninfo, autocommit=True) as connection:
        try:
            for statement in statements:
                assert state == ""
                connection.execute(statement.encode())
        except psycopg.Error as error:
            state = error.sqlstate or "?"

    assert state == expected
    assert standing(server) == before


@pytest.mark.parametrize("database", ["template1", "guardrails_template_supabase"])
def test_foreign_sql_does_not_get_into_the_databases_that_others_are_made_from(
    server: Server, conninfo: str, database: str
) -> None:
    elsewhere = psycopg.conninfo.make_conninfo(conninfo, dbname=database)

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"), connect(elsewhere):
        pass
