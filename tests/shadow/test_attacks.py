"""Foreign SQL gains nothing: no privilege, no file, no program, no network, no more than its share."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest

from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.shadow.engine import Limits, Platform, Server, connect, deadline, disposable_server
from guardrails.shadow.replay import replay
from guardrails.shadow.sandbox import missing

CANARY = Path("/tmp/written-by-a-migration")
FORBIDDEN = "42501"
TRIGGER = "CREATE FUNCTION trap_{0}() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$"

sandboxed = pytest.mark.skipif(bool(missing()), reason="this system has no sandbox")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server(platform=Platform.SUPABASE) as running:
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
    ("session_replication_role", ["SET session_replication_role = replica", "ALTER TABLE auth.users ADD mine int"], FORBIDDEN),
    ("session_authorization", ["SET SESSION AUTHORIZATION guardrails_root"], FORBIDDEN),
    ("set_role", ["SET ROLE guardrails_root"], FORBIDDEN),
    ("set_role_inspector", ["SET ROLE guardrails_inspector"], FORBIDDEN),
    ("set_role_storage_admin", ["SET ROLE supabase_storage_admin"], FORBIDDEN),
    ("reset_role", ["SET ROLE anon", "RESET ROLE", "RESET SESSION AUTHORIZATION", "SELECT pg_read_file('PG_VERSION')"], FORBIDDEN),
    ("role_of_a_function", ["CREATE FUNCTION c3() RETURNS text LANGUAGE sql SET role = 'guardrails_root' AS 'SELECT 1::text'", "SELECT c3()"], FORBIDDEN),
    ("role_by_set_config", ["DO $$ BEGIN PERFORM set_config('role', 'guardrails_root', false); END $$"], FORBIDDEN),
    ("role_of_a_role", ["ALTER ROLE postgres SET role = 'guardrails_root'"], ""),
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
    conninfo: str, database: str
) -> None:
    elsewhere = psycopg.conninfo.make_conninfo(conninfo, dbname=database)

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"), connect(elsewhere):
        pass


TIGHT = Limits(memory_bytes=768 << 20, file_bytes=64 << 20, disk_bytes=256 << 20, cpu_seconds=60)
IN_A_LOOP = "DO $$ BEGIN LOOP {} END LOOP; END $$"
MEMORY, TEMPORARY, STACK, ENDED, PARAMETER = "53200", "53400", "54001", "57P01", "22023"
FILE_SIZE = "XX000"  # what PostgreSQL makes of the system's "File too large"
KILLED = ""

# Name, the statements, and how the last one may end: the SQLSTATE, or the end of the server.
RESOURCE_ATTACKS = [
    ("sleep", ["SELECT pg_sleep(600)"], {ENDED}),
    ("loop", [IN_A_LOOP.format("NULL;")], {ENDED}),
    ("loop_that_catches_cancelling", [IN_A_LOOP.format("BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled OR OTHERS THEN NULL; END;")], {ENDED}),
    ("no_statement_timeout", ["SET statement_timeout = 0", "SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d"], {ENDED}),
    ("recursive_query", ["WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"], {ENDED, FILE_SIZE}),
    ("transactions", [IN_A_LOOP.format("PERFORM pg_sleep(0.01); COMMIT;")], {ENDED}),
    ("lock_starvation", ["CREATE TABLE l (a int)", "BEGIN", "LOCK TABLE l IN ACCESS EXCLUSIVE MODE", "SELECT pg_advisory_lock(1), pg_sleep(600)"], {ENDED}),
    ("log_flood", [IN_A_LOOP.format("RAISE LOG '%', repeat('x', 100000);")], {ENDED}),
    ("recursion", ["CREATE FUNCTION r(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN r($1 + 1); END $$", "SELECT r(1)"], {STACK, MEMORY}),
    ("catalog_lock", ["BEGIN", "LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE"], {FORBIDDEN}),
    ("advisory_locks", ["DO $$ BEGIN FOR i IN 1..100000000 LOOP PERFORM pg_advisory_lock(i); END LOOP; END $$"], {MEMORY}),
    ("tables", ["DO $$ BEGIN FOR i IN 1..1000000 LOOP EXECUTE 'CREATE TABLE m' || i || ' (a int)'; END LOOP; END $$"], {MEMORY, KILLED}),
    ("work_mem", ["SET work_mem = '3TB'"], {PARAMETER}),
    ("sort_in_memory", ["SET work_mem = '60GB'", "SELECT count(*) FROM (SELECT DISTINCT repeat(md5(g::text), 90) FROM generate_series(1, 200000000) g) q"], {MEMORY, FILE_SIZE}),
    ("array", ["DO $$ DECLARE a text[] := '{}'; BEGIN LOOP a := a || repeat('x', 20000000); END LOOP; END $$"], {MEMORY}),
    ("long_text", ["SELECT length(repeat('x', 1000000000) || repeat('y', 70000000))"], {MEMORY}),
    ("session_settings", ["DO $$ BEGIN FOR i IN 1..1000000 LOOP PERFORM set_config('x.y' || i, repeat('x', 10000000), false); END LOOP; END $$"], {MEMORY}),
    ("temporary_file", ["SET work_mem = '64kB'", "SELECT count(*) FROM (SELECT md5(g::text) FROM generate_series(1, 200000000) g ORDER BY 1) q"], {TEMPORARY, FILE_SIZE, KILLED}),
    ("series", ["SELECT count(*) FROM generate_series(1, 1000000000000)"], {TEMPORARY, FILE_SIZE, KILLED}),
    ("notifications", ["LISTEN c", "DO $$ BEGIN FOR i IN 1..10000000 LOOP PERFORM pg_notify('c', repeat('x', 7900) || i); END LOOP; END $$"], {MEMORY}),
    ("rows", ["CREATE TABLE b (a text)", "ALTER TABLE b ALTER a SET STORAGE EXTERNAL", IN_A_LOOP.format("INSERT INTO b SELECT repeat(md5(g::text), 200) FROM generate_series(1, 5000) g;")], {FILE_SIZE, KILLED}),
    ("files", ["DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE 'CREATE UNLOGGED TABLE u' || i || ' AS SELECT repeat(md5(g::text), 60) FROM generate_series(1, 20000) g'; END LOOP; END $$"], {KILLED}),
    ("write_ahead_log", [IN_A_LOOP.format("PERFORM pg_logical_emit_message(false, 'x', repeat('x', 8000000));")], {KILLED}),
    ("large_objects", ["DO $$ DECLARE b bytea := (SELECT string_agg(decode(md5(g::text), 'hex'), '') FROM generate_series(1, 200000) g); BEGIN LOOP PERFORM lo_from_bytea(0, b); END LOOP; END $$"], {KILLED, FILE_SIZE}),
    ("prepared_transactions", ["BEGIN", "CREATE TABLE p (a int)", "PREPARE TRANSACTION 'p'"], {"55000"}),
]  # fmt: skip


class Tight:
    """A server with narrow limits; one that was killed is followed by another."""

    def __init__(self, running: contextlib.ExitStack) -> None:
        self.running = running
        self.servers: list[Server] = []

    def server(self) -> Server:
        if not self.servers or self.servers[-1].process.poll() is not None:
            self.servers.append(self.running.enter_context(disposable_server(limits=TIGHT)))
        return self.servers[-1]


@pytest.fixture(scope="module")
def tight() -> Iterator[Tight]:
    with contextlib.ExitStack() as running:
        made = Tight(running)
        yield made
    assert [one.folder for one in made.servers if one.folder.exists()] == []


def run(conninfo: str, statements: list[str], seconds: float) -> None:
    with connect(conninfo, autocommit=True) as connection, deadline(connection, seconds):
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("statements", "expected"), [pytest.param(*attack, id=name) for name, *attack in RESOURCE_ATTACKS]
)
def test_foreign_sql_takes_no_more_than_its_share(
    tight: Tight, statements: list[str], expected: set[str]
) -> None:
    server = tight.server()
    conninfo = server.database()

    with pytest.raises(psycopg.Error) as refused:
        run(conninfo, statements, 1 if ENDED in expected else 40)

    state = refused.value.sqlstate or ""
    assert state in expected
    if state == "":
        server.process.wait(10)
        assert server.stop_reason() is not None
    else:
        server.drop(conninfo)
        after = server.database()
        run(after, ["CREATE TABLE usable (a int)"], 5)
        server.drop(after)


def test_the_superuser_gets_in_when_foreign_sql_uses_up_its_connections(
    server: Server, conninfo: str
) -> None:
    with contextlib.ExitStack() as opened:
        for _ in range(8):
            opened.enter_context(connect(conninfo))

        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            opened.enter_context(connect(conninfo))
        assert standing(server) is not None


# What an attacker could do who became superuser all the same: the system's own walls stand then.
BEHIND_THE_LAST_LINE = [
    ("program", f"COPY (SELECT 1) TO PROGRAM 'touch {CANARY}'"),
    ("program_without_a_shell", "COPY (SELECT 1) FROM PROGRAM '/bin/true'"),
    ("write", f"COPY (SELECT 1) TO '{CANARY}'"),
    ("write_a_large_object", f"SELECT lo_export(lo_from_bytea(0, 'x'), '{CANARY}')"),
    ("read", "SELECT pg_read_file('/etc/passwd')"),
    ("read_a_large_object", "SELECT lo_import('/etc/hostname')"),
    ("list_the_root", "SELECT pg_ls_dir('/')"),
    ("list_processes", "SELECT pg_ls_dir('/proc')"),
    ("environment_of_the_parent", "SELECT pg_read_file('/proc/self/environ')"),
    ("list_temporary_files", "SELECT pg_ls_dir('/tmp')"),
    ("list_home", "SELECT pg_ls_dir('/root')"),
    ("tablespace", "CREATE TABLESPACE t LOCATION '/tmp'"),
    ("library", f"LOAD '{CANARY}.so'"),
    ("network", "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={port} dbname=x user=x' PUBLICATION p"),
    ("network_by_name", "CREATE SUBSCRIPTION s CONNECTION 'host=localhost port={port} dbname=x user=x' PUBLICATION p"),
    ("unix_socket", "CREATE SUBSCRIPTION s CONNECTION 'host={folder} port=5432 dbname=x user=x' PUBLICATION p"),
]  # fmt: skip


@sandboxed
@pytest.mark.parametrize("attack", [pytest.param(text, id=name) for name, text in BEHIND_THE_LAST_LINE])
def test_even_a_superuser_does_not_leave_the_sandbox(server: Server, tmp_path: Path, attack: str) -> None:
    with (
        socket.socket() as listening,
        socket.socket(socket.AF_UNIX) as beside,
        server.connect_as_root("template1") as connection,
    ):
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        short = Path(os.path.relpath(tmp_path))
        beside.bind(str(short / ".s.PGSQL.5432"))
        beside.listen()
        text = attack.replace("{port}", str(listening.getsockname()[1])).replace("{folder}", str(tmp_path))
        listening.settimeout(0.05)
        beside.settimeout(0.05)

        with pytest.raises(psycopg.Error):
            connection.execute(text.encode())

        for one in (listening, beside):
            with pytest.raises(TimeoutError):
                one.accept()


def processes_of(server: Server) -> list[int]:
    """The server's postmaster and those that it started."""
    first = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


@sandboxed
def test_every_process_of_a_server_is_under_the_kernel_s_filter(server: Server, conninfo: str) -> None:
    with connect(conninfo) as connection:
        processes = processes_of(server)
        assert connection.info.backend_pid in processes
        status = [Path(f"/proc/{one}/status").read_text() for one in processes]

    assert len(processes) > 2
    for held in ("NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Seccomp_filters:\t1\n", "CapEff:\t0000000000000000\n"):
        assert [one for one in status if held not in one] == []


# libpq says nothing of a socket that it could not even make; Landlock alone would let it come to a connection.
@sandboxed
@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("host=127.0.0.1 port={port}", ""),
        ("host=::1 port={port}", ""),
        ("host={folder} port=5432", "Operation not permitted"),
    ],
)
def test_the_filter_of_the_server_itself_refuses_every_call_outwards(
    server: Server, where: str, said: str
) -> None:
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        socket.socket() as listening,
        socket.socket(socket.AF_UNIX) as beside,
    ):
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        beside.bind(f"{folder}/.s.PGSQL.5432")
        for place in (folder, f"{folder}/.s.PGSQL.5432"):
            Path(place).chmod(0o777)
        beside.listen()
        address = where.replace("{port}", str(listening.getsockname()[1])).replace("{folder}", folder)

        with (
            server.connect_as_root("template1") as connection,
            pytest.raises(psycopg.Error) as refused,
        ):
            connection.execute(
                f"SET LOCAL search_path = public; CREATE EXTENSION dblink SCHEMA public; "
                f"SELECT public.dblink_connect('{address} user=x')".encode()
            )

    detail = refused.value.diag.message_detail or ""
    assert refused.value.sqlstate == "08001"
    assert said in detail
    assert bool(detail) == bool(said)


PROBE = """
import ctypes, errno, os, socket, sys
sys.path.append({package!r})
from guardrails.shadow.sandbox import restrict_calls, restrict_files
{become}
folder = {folder!r}
libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", sys.base_prefix]
restrict_files([one for one in libraries if os.access(one, os.X_OK)], [folder], [])
restrict_calls()

def refused(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return error.errno in (errno.EPERM, errno.EACCES, errno.EXDEV)
    return False

library = ctypes.CDLL(None, use_errno=True)

def system_call(*arguments):
    if library.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")

open(folder + "/own", "w").write("x")
left, right = socket.socketpair()
checks = dict(
    read=refused(open, "/etc/passwd"),
    write=refused(open, {canary!r}, "w"),
    append=refused(open, folder + "/../beside", "a"),
    execute=refused(os.execv, "/bin/true", ["true"]),
    tcp=refused(socket.socket, socket.AF_INET, socket.SOCK_STREAM),
    tcp6=refused(socket.socket, socket.AF_INET6, socket.SOCK_STREAM),
    udp=refused(socket.socket, socket.AF_INET, socket.SOCK_DGRAM),
    netlink=refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW),
    packet=refused(socket.socket, socket.AF_PACKET, socket.SOCK_RAW),
    unix=refused(socket.socket(socket.AF_UNIX).connect, folder + "/nothing"),
    link=refused(os.symlink, "/etc/passwd", folder + "/link"),
    hard_link=refused(os.link, "/etc/passwd", folder + "/hard"),
    memory_file=refused(os.memfd_create, "x"),
    namespace=refused(system_call, {unshare}, 0x10000000),
    trace=refused(system_call, {ptrace}, 0, 0, 0, 0),
    device=refused(os.mknod, folder + "/device", 0o020600, os.makedev(1, 1)),
)
print(sorted(name for name, held in checks.items() if not held))
"""


@sandboxed
@pytest.mark.parametrize("account", [None, 65534])
def test_the_sandbox_leaves_nothing_but_its_own_folder(tmp_path: Path, account: int | None) -> None:
    if account is not None and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    inside = tmp_path / "inside"
    inside.mkdir()
    inside.chmod(0o777)
    package = str(Path(__file__).parents[2])
    unshare, ptrace = (272, 101) if os.uname().machine == "x86_64" else (97, 117)
    become = "" if account is None else f"os.setgroups([]); os.setgid({account}); os.setuid({account})"
    probe = PROBE.format(
        become=become, package=package, folder=str(inside), canary=str(CANARY), unshare=unshare, ptrace=ptrace
    )
    become = (
        ""
        if account is None
        else f"import os; os.setgroups([]); os.setgid({account}); os.setuid({account})\n"
    )
    for place in (tmp_path, *tmp_path.parents[:3]):
        place.chmod(0o755)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", probe], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert not (tmp_path / "beside").exists()


TRAPS = """
CREATE TABLE public.trapped (who text, session text, super text);
GRANT INSERT ON public.trapped TO PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
CREATE FUNCTION public.spring() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.trapped VALUES (current_user, session_user, current_setting('is_superuser'));
  BEGIN
    COPY (SELECT 1) TO PROGRAM 'touch /tmp/written-by-a-migration';
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  RETURN true;
END $$;
CREATE FUNCTION public.equal(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT public.spring()';
CREATE FUNCTION public.equal(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT public.spring()';
CREATE FUNCTION public.equal(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.spring()';
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.equal);
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.equal);
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.equal);
CREATE FUNCTION public.pg_terminate_backend(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT public.spring()';
CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS text LANGUAGE sql AS 'SELECT public.spring()::text';
CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql AS 'SELECT public.spring()::text';
CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT public.spring()::text';
CREATE VIEW public.pg_class AS SELECT public.spring() AS relname, c.oid, c.relnamespace, c.relkind FROM pg_catalog.pg_class c;
CREATE VIEW public.pg_roles AS SELECT public.spring() AS rolname;
CREATE VIEW public.pg_database AS SELECT public.spring() AS datname;
CREATE DOMAIN public.careful AS text CHECK (public.spring());
CREATE TYPE public.colour AS ENUM ('red');
CREATE FUNCTION public.colour_of(public.colour) RETURNS int LANGUAGE sql AS 'SELECT public.spring()::int';
CREATE CAST (public.colour AS int) WITH FUNCTION public.colour_of(public.colour) AS IMPLICIT;
CREATE TABLE public.rows (a public.careful, b boolean DEFAULT public.spring(), c boolean CHECK (public.spring()));
CREATE FUNCTION public.on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spring(); RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON public.rows FOR EACH ROW EXECUTE FUNCTION public.on_row();
ALTER TABLE public.rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.rows FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON public.rows USING (public.spring());
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;
ALTER DATABASE {database} SET search_path = public, pg_catalog;
ALTER ROLE postgres SET search_path = public, pg_catalog;
INSERT INTO public.rows VALUES ('a', true, true);
"""


def test_none_of_our_own_connections_runs_planted_code_with_more_rights(server: Server) -> None:
    conninfo = server.database(Platform.SUPABASE)
    database = str(psycopg.conninfo.conninfo_to_dict(conninfo)["dbname"])

    replayed = replay(conninfo, [MigrationFile("1.sql", "1", "", TRAPS.format(database=database))])
    server.renew_passwords()
    second = server.copy(conninfo)
    for one in (conninfo, second):
        with connect(server.inspector(one), autocommit=True) as inspecting:
            inspecting.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'x'"
            )
            inspecting.execute(
                "SELECT current_setting('search_path'), pg_get_userbyid(10), format_type(25, -1)"
            )
    with connect(conninfo, autocommit=True) as connection:
        server.terminate(connection.info.backend_pid)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT 1")
    server.drop(second)

    assert replayed.skipped == ()
    with connect(conninfo) as connection:
        found = connection.execute("SELECT DISTINCT who, session, super FROM public.trapped").fetchall()
    assert found == [("postgres", "postgres", "off")]


def test_the_superuser_never_connects_to_a_database_of_foreign_sql(server: Server, conninfo: str) -> None:
    database = str(psycopg.conninfo.conninfo_to_dict(conninfo)["dbname"])

    with pytest.raises(ValueError, match=database), server.connect_as_root(database):
        pass


@pytest.mark.parametrize(
    "elsewhere",
    [
        "host=127.0.0.1 dbname=postgres user=postgres",
        "postgresql://postgres@localhost/postgres",
        "service=production",
        "host=/var/run/postgresql dbname=postgres",
        "dbname=postgres",
        "",
    ],
)
def test_a_connection_to_any_other_server_is_refused(elsewhere: str) -> None:
    with pytest.raises(GuardrailsError, match="it connects to no other"), connect(elsewhere):
        pass


@pytest.mark.parametrize("more", [{"hostaddr": "127.0.0.1"}, {"service": "production"}])
def test_nothing_leads_a_connection_to_our_server_elsewhere(conninfo: str, more: dict[str, str]) -> None:
    with (
        pytest.raises(GuardrailsError, match="it connects to no other"),
        connect(psycopg.conninfo.make_conninfo(conninfo, **more)),
    ):
        pass
