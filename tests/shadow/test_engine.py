"""The disposable server is ours alone, holds foreign SQL, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guardrails.lint.contracts import MigrationFile
from guardrails.shadow.binaries import find_binaries
from guardrails.shadow.engine import Server, connect, disposable_server
from guardrails.shadow.platform import Platform
from guardrails.shadow.replay import replay


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


def migration(sql: str, up: tuple[int, int] | None = None) -> MigrationFile:
    return MigrationFile("supabase/migrations/1_x.sql", "1", "x", sql, up)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_server_and_its_folder_are_gone_after_the_block() -> None:
    with disposable_server() as running:
        assert alive(running.process.pid)

    assert not alive(running.process.pid)
    assert not running.folder.exists()


def test_the_server_and_its_folder_are_gone_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), disposable_server() as running:
        raise ZeroDivisionError

    assert not alive(running.process.pid)
    assert not running.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal is Linux's")
def test_a_killed_tool_leaves_no_server_and_the_next_one_removes_its_folder() -> None:
    script = (
        "import time\nfrom guardrails.shadow.engine import disposable_server\n"
        "with disposable_server() as s:\n print(s.process.pid, s.folder, flush=True)\n time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None
        pid, _, folder = tool.stdout.readline().strip().partition(" ")
        server_exit = os.pidfd_open(int(pid))
        tool.send_signal(signal.SIGKILL)
        tool.wait()
    import select  # noqa: PLC0415

    ready, _, _ = select.select([server_exit], [], [], 20)
    os.close(server_exit)

    assert ready
    with disposable_server():
        assert not Path(folder).exists()


@pytest.mark.parametrize("name", ["with a space", "long" * 30])
def test_it_starts_whatever_the_temporary_folder_is_called(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for place in (tmp_path.parent.parent, tmp_path.parent, tmp_path, folder):
        place.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    with disposable_server() as running, connect(running.database()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")
def test_it_starts_from_a_folder_that_only_root_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_binaries().parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for name in (package.name, f"{package.name}.libs"):
        if package.with_name(name).is_dir():
            shutil.copytree(package.with_name(name), private / name)
    monkeypatch.setattr(
        "guardrails.shadow.engine.find_binaries", lambda: private / package.name / "pginstall"
    )

    with disposable_server() as running, connect(running.database()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_environment_leads_no_connection_elsewhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.2")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=nowhere")

    with connect(server.database()) as connection:
        found = connection.execute(
            "SELECT current_setting('cluster_name'), current_setting('search_path')"
        ).fetchone()

    assert found == (server.nonce, '"$user", public')
    assert os.environ["PGHOSTADDR"] == "127.0.0.2"


@pytest.mark.parametrize(
    "attack",
    [
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY (SELECT 1) TO '/tmp/written_by_a_migration'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE EXTENSION dblink",
        "CREATE DATABASE other",
        "ALTER ROLE postgres SUPERUSER",
        "SET SESSION AUTHORIZATION guardrails_root",
        "GRANT guardrails_root TO postgres",
        "ALTER SYSTEM SET archive_command = 'id'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x.so'",
    ],
)
def test_foreign_sql_can_not_leave_its_database(server: Server, attack: str) -> None:
    with connect(server.database(), autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute(attack.encode())


def test_the_login_of_foreign_sql_is_no_superuser(server: Server) -> None:
    with connect(server.database(Platform.SUPABASE)) as connection:
        query = "SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user"

        assert connection.execute(query).fetchone() == ("postgres", False)


def test_a_replay_tells_what_did_not_run_and_goes_on(server: Server) -> None:
    conninfo = server.database()
    sql = "CREATE TABLE a (id int);\nALTER TABLE nowhere ADD x int;\nCREATE TABLE b (id int);\n"

    replayed = replay(conninfo, [migration(sql)])

    assert [(one.line, one.message) for one in replayed.skipped] == [(2, 'relation "nowhere" does not exist')]
    with connect(conninfo) as connection:
        assert connection.execute(
            "SELECT to_regclass('a') IS NOT NULL, to_regclass('b') IS NOT NULL"
        ).fetchone() == (
            True,
            True,
        )


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);", id="concurrently"),
        pytest.param("BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;", id="its own transaction"),
        pytest.param(
            "CREATE TABLE a (id int);\nDO $$ BEGIN COMMIT; END $$;\nINSERT INTO a VALUES (1);",
            id="a commit inside",
        ),
        pytest.param("CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);", id="one transaction"),
    ],
)
def test_a_replay_runs_files_as_their_tools_do(server: Server, sql: str) -> None:
    conninfo = server.database()

    replayed = replay(conninfo, [migration(sql)])

    assert [
        one for one in replayed.skipped if "COMMIT" not in one.message and "terminat" not in one.message
    ] == []
    with connect(conninfo) as connection:
        assert connection.execute("SELECT to_regclass('a') IS NOT NULL").fetchone() == (True,)


def test_a_replay_runs_only_the_part_that_goes_forwards(server: Server) -> None:
    conninfo = server.database()
    sql = "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"

    replay(conninfo, [migration(sql, (0, sql.index("-- +goose Down")))])

    with connect(conninfo) as connection:
        assert connection.execute("SELECT to_regclass('a') IS NOT NULL").fetchone() == (True,)


def test_rows_for_psql_are_told_as_not_run(server: Server) -> None:
    sql = "CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\n\\.\nCREATE TABLE b (id int);\n"

    replayed = replay(server.database(), [migration(sql)])

    assert sorted(one.line for one in replayed.skipped) == [2, 3]
