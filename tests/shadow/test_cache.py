"""What is kept of servers is whole or made again, belongs to one history, and is cleaned up."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from guardrails.config import ShadowSettings, load_config
from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.binaries import find_binaries, reachable_by_others
from guardrails.shadow.cache import key_of, tidy
from guardrails.shadow.engine import Begun, Platform, Prepared, connect, disposable_server, prepared_server

HISTORY = ("1.sql", b"CREATE TABLE a (id int)")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pg-guardrails" / "shadow"


@pytest.fixture(scope="module")
def empty_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entry of an empty cluster, made once for all tests."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        with disposable_server():
            pass
    (entry,) = entries(folder / "pg-guardrails" / "shadow")
    return folder / "pg-guardrails" / "shadow" / entry


@pytest.fixture
def cache(empty_cache: Path, empty_cluster: Path) -> Path:
    """A cache that holds the empty cluster."""
    empty_cache.mkdir(parents=True)
    shutil.copy(empty_cluster, empty_cache)
    return empty_cache


@contextmanager
def prepared(*history: str | bytes, sql: str = "CREATE TABLE a (id int)") -> Iterator[Prepared]:
    def fill(begun: Begun) -> str:
        with connect(begun.conninfo, autocommit=True) as connection:
            connection.execute(sql.encode())
        return f"{begun.note}ran {sql}"

    with prepared_server(Platform.PLAIN, history or HISTORY, fill) as server:
        yield server


def entries(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {"lock"}


def tables(server: Prepared) -> list[str]:
    with connect(server.conninfo) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1"
        )
        return [name for (name,) in rows]


def test_a_history_that_ran_before_does_not_run_again(cache: Path) -> None:
    with prepared() as first:
        assert (first.warm, tables(first)) == (False, ["a"])

    with prepared(sql="SELECT 1 / 0") as second:
        assert (second.warm, second.note, tables(second)) == (True, "ran CREATE TABLE a (id int)", ["a"])
    assert len(entries(cache)) == 2


def test_a_kept_history_can_be_copied(cache: Path) -> None:
    for warm in (False, True):
        with prepared() as server:
            copy = server.server.copy(server.conninfo)
            other = server.server.database(Platform.SUPABASE)
            with connect(copy, autocommit=True) as connection:
                connection.execute("DROP TABLE a")
            with connect(other) as connection:
                found = connection.execute("SELECT to_regclass('auth.users') IS NOT NULL").fetchone()

            assert (server.warm, found, tables(server)) == (warm, (True,), ["a"])
    assert len(entries(cache)) == 2


@pytest.mark.usefixtures("cache")
def test_what_one_run_does_is_not_there_in_the_next() -> None:
    with prepared() as first, connect(first.conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE secret (id int)")
        connection.execute("CREATE ROLE left_behind")
        connection.execute("ALTER ROLE postgres PASSWORD 'mine'")

    with prepared() as second:
        assert tables(second) == ["a"]
        with connect(second.conninfo) as connection:
            assert connection.execute(
                "SELECT count(*) FROM pg_roles WHERE rolname = 'left_behind'"
            ).fetchone() == (0,)


@pytest.mark.usefixtures("cache")
def test_a_history_keeps_its_roles_and_may_have_changed_its_own_password() -> None:
    sql = "CREATE ROLE reader; ALTER ROLE postgres PASSWORD 'mine'; ALTER DATABASE postgres SET work_mem = '5MB'"
    with prepared("x", sql=sql):
        pass

    with prepared("x", sql="SELECT 1 / 0") as second, connect(second.conninfo) as connection:
        found = connection.execute(
            "SELECT current_setting('work_mem'), (SELECT count(*) FROM pg_roles WHERE rolname = 'reader')"
        ).fetchone()

    assert found == ("5MB", 1)


@pytest.mark.usefixtures("cache")
def test_another_history_has_a_cluster_of_its_own() -> None:
    with prepared("1.sql", b"a"):
        pass

    with prepared("1.sqla", b"", sql="CREATE TABLE b (id int)") as other:
        assert (other.warm, tables(other)) == (False, ["b"])


@pytest.mark.usefixtures("cache")
def test_a_longer_history_begins_with_what_was_kept_of_a_shorter_one() -> None:
    with prepared("1", "2"):
        pass

    with prepared("1", "2", "3", sql="CREATE TABLE b (id int)") as longer:
        assert (longer.warm, tables(longer)) == (False, ["a", "b"])
        assert longer.note == "ran CREATE TABLE a (id int)ran CREATE TABLE b (id int)"
    with prepared("1", "2", "4", sql="CREATE TABLE c (id int)") as other:
        assert tables(other) == ["a", "c"]


def test_of_a_history_that_fails_nothing_is_kept(cache: Path) -> None:
    before = entries(cache)

    with pytest.raises(psycopg.Error), prepared(sql="SELECT 1 / 0"):
        pass

    assert entries(cache) == before


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert key_of("ab", "c") != key_of("a", "bc") != key_of("abc")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)


def let_others_write(path: Path) -> None:
    path.chmod(0o666)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def link(path: Path) -> None:
    elsewhere = path.with_name("unfinished-elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def swap(path: Path) -> None:
    other = next(one for one in path.parent.iterdir() if one.name not in {path.name, "lock"})
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("damage", [cut, change, let_others_write, empty, link, swap])
def test_a_damaged_entry_is_made_again(cache: Path, damage: Callable[[Path], None]) -> None:
    with prepared():
        pass
    kept = max(cache.iterdir(), key=lambda path: path.stat().st_mtime_ns if path.name != "lock" else 0)
    damage(kept)

    with prepared() as again:
        assert (again.warm, tables(again)) == (False, ["a"])
    with prepared() as third:
        assert third.warm


def test_without_a_place_for_a_cache_it_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with prepared() as server:
        assert (server.warm, tables(server)) == (False, ["a"])


def test_two_at_once_make_one_empty_cluster_and_both_run(empty_cache: Path) -> None:
    found: list[list[str]] = []

    def run() -> None:
        with prepared() as server:
            found.append(tables(server))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [["a"], ["a"]]
    assert len(entries(empty_cache)) == 2


def test_the_oldest_entries_make_room(tmp_path: Path) -> None:
    now = time.time()
    for name, size, age in (
        ("new", 600 << 20, 10),
        ("old", 300 << 20, 1000),
        ("older", 300 << 20, 2000),
        ("unused", 10, 40 * 24 * 3600),
    ):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
        os.utime(tmp_path / name, (now - age, now - age))

    tidy(tmp_path, keep="new")

    assert entries(tmp_path) == {"new", "old"}


def test_an_installation_is_used_by_the_folder_of_its_programs() -> None:
    settings = ShadowSettings(postgres_bin=find_binaries() / "bin")
    if os.geteuid() == 0 and not reachable_by_others(find_binaries()):
        with pytest.raises(GuardrailsError, match="others may enter"), disposable_server(settings):
            pass
        return

    with disposable_server(settings) as server, connect(server.database()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def fake_installation(folder: Path, version: str) -> Path:
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize("version", ["15.9", "9.6.24", "14beta1"])
def test_an_old_installation_is_refused(tmp_path: Path, version: str) -> None:
    settings = ShadowSettings(postgres_bin=fake_installation(tmp_path, version))

    with pytest.raises(GuardrailsError, match="16 or newer"), disposable_server(settings):
        pass


def test_an_installation_that_others_may_change_is_refused(tmp_path: Path) -> None:
    settings = ShadowSettings(postgres_bin=fake_installation(tmp_path, "18.1"))
    (tmp_path / "postgres").chmod(0o777)

    with pytest.raises(GuardrailsError, match="could be replaced by others"), disposable_server(settings):
        pass


def test_a_folder_without_programs_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(GuardrailsError, match="there is no postgres"),
        disposable_server(ShadowSettings(tmp_path)),
    ):
        pass


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('postgres_bin = "bin"', "the absolute path of a folder outside of the project"),
        ('postgres_bin = "{root}/bin"', "the absolute path of a folder outside of the project"),
        ("postgres_bin = 1", "the absolute path of a folder outside of the project"),
        ("accept_weaker = 1", "true or false"),
        ('url = "postgres://x"', 'unknown key "url"'),
    ],
)
def test_a_repository_can_bring_no_programs_and_no_address(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "guardrails.toml").write_text("[shadow]\n" + text.replace("{root}", str(tmp_path)))

    with pytest.raises(GuardrailsError, match=complaint):
        load_config(tmp_path)


def test_settings_of_the_shadow_are_read(tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(
        '[shadow]\npostgres_bin = "/usr/lib/x/bin"\naccept_weaker = true\n'
    )

    assert load_config(tmp_path).shadow == ShadowSettings(Path("/usr/lib/x/bin"), accept_weaker=True)


def test_without_a_sandbox_it_refuses_unless_that_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrails.shadow.engine.missing", lambda: ("the kernel has no Landlock",))

    with (
        pytest.raises(GuardrailsError, match=r"the kernel has no Landlock.*accept_weaker"),
        disposable_server(),
    ):
        pass
    with (
        disposable_server(ShadowSettings(accept_weaker=True)) as server,
        connect(server.database()) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)
