"""Layouts are built as real folders; what counts is the order and the halves that come out."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guardrails.config import Config
from guardrails.files import MOST_BYTES
from guardrails.lint.contracts import GuardrailsError, MigrationFile
from guardrails.project import (
    History,
    Project,
    Source,
    Tool,
    Unreadable,
    find_project,
    find_root,
    history_of,
    read_file,
    read_folder,
)

NOW = datetime(2026, 11, 24, 12, 30, 45, tzinfo=UTC)
GOOSE = "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"
DBMATE = "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"


def make(root: Path, *names: str, text: str = "SELECT 1;\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def only(folder: Path) -> History:
    (history,) = read_folder(folder, folder)
    return history


def paths(files: Sequence[Source]) -> list[str]:
    return [file.path for file in files]


def readable(file: Source) -> MigrationFile:
    assert isinstance(file, MigrationFile)
    return file


def moved_forwards(file: Source) -> str:
    found = readable(file)
    assert found.up is not None
    return found.sql[slice(*found.up)]


def refused(path: Path, root: Path) -> str:
    with pytest.raises(GuardrailsError) as caught:
        read_file(path, root)
    message = str(caught.value)
    assert "\n" not in message
    return message


# The layouts


def test_supabase_runs_its_files_by_name_as_text(tmp_path: Path) -> None:
    names = ("999900_z.sql", "20250102000000_b.sql", "000_a.sql", "20250101000000_a.down.sql")
    make(tmp_path / "supabase/migrations", *names)

    project = find_project(tmp_path)

    assert project.tool is Tool.SUPABASE
    assert project.migrations == tmp_path / "supabase/migrations"
    assert [Path(path).name for path in paths(project.files)] == [names[2], names[3], names[1], names[0]]
    assert (readable(project.files[0]).timestamp, readable(project.files[0]).name) == ("000", "a")
    assert project.files[0].path == "supabase/migrations/000_a.sql"


def test_supabase_leaves_out_what_its_cli_skips(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    make(folder, "20200101000000_init.sql", "20250101000000_a.sql", "seed.sql", "20250102000000_b.SQL")

    history = only(folder)

    assert paths(history.files) == ["20250101000000_a.sql"]
    assert history.left_out == {
        "20200101000000_init.sql": "supabase skips the first file of a project older than December 2021",
        "20250102000000_b.SQL": "supabase runs only <digits>_<name>.sql",
        "seed.sql": "supabase runs only <digits>_<name>.sql",
    }


def test_a_goose_mark_hides_nothing_from_a_tool_that_does_not_know_it(tmp_path: Path) -> None:
    make(tmp_path / "supabase/migrations", "20250101000000_a.sql", text=GOOSE)

    assert readable(find_project(tmp_path).files[0]).up is None


def test_prisma_runs_its_folders_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "prisma/migrations"
    make(folder, "20250102_b/migration.sql", "20250101_a/migration.sql", "20250101_a/down.sql", "note.sql")

    project = find_project(tmp_path)

    assert project.tool is Tool.PRISMA
    assert paths(project.files) == [
        "prisma/migrations/20250101_a/migration.sql",
        "prisma/migrations/20250102_b/migration.sql",
    ]
    assert [readable(file).has_rollback for file in project.files] == [True, False]
    assert (readable(project.files[0]).timestamp, readable(project.files[0]).name) == ("20250101", "a")
    assert only(folder).left_out == {"note.sql": "prisma runs only the migration.sql of a folder"}


def test_diesel_compares_versions_without_their_hyphens(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    for name in (
        "2026-01-02-000000-0000_c",
        "20260101000000_b",
        "00000000000000_setup",
        "2026-01-02-000000_a",
    ):
        make(folder, f"{name}/up.sql", f"{name}/down.sql")

    history = only(folder)

    assert history.tool is Tool.DIESEL
    assert [path.partition("/")[0] for path in paths(history.files)] == [
        "00000000000000_setup",
        "20260101000000_b",
        "2026-01-02-000000_a",
        "2026-01-02-000000-0000_c",
    ]
    assert all(readable(file).has_rollback for file in history.files)


def test_golang_migrate_counts_numbers_and_takes_only_the_way_forwards(tmp_path: Path) -> None:
    make(tmp_path / "m", "10_c.up.sql", "2_b.up.sql", "2_b.down.sql", "1_a.up.sql", "schema.sql")
    make(tmp_path / "m", "1_a.down.sql", text="-- nothing\n\n/* can\nbe undone */\n")

    history = only(tmp_path / "m")

    assert history.tool is Tool.GOLANG_MIGRATE
    assert paths(history.files) == ["1_a.up.sql", "2_b.up.sql", "10_c.up.sql"]
    assert [readable(file).has_rollback for file in history.files] == [False, True, False]
    assert (readable(history.files[2]).timestamp, readable(history.files[2]).name) == ("10", "c")
    assert set(history.left_out) == {"2_b.down.sql", "1_a.down.sql", "schema.sql"}


def test_a_numbered_file_without_a_direction_stays_among_those_that_have_one(tmp_path: Path) -> None:
    make(tmp_path, "1_a.up.sql", "1_a.down.sql", "2_drop.sql")

    assert paths(only(tmp_path).files) == ["1_a.up.sql", "2_drop.sql"]


@pytest.mark.parametrize("names", [("2_b.sql", "10_c.sql"), ("2_b.up.sql", "10_c.up.sql")])
def test_sqlx_is_told_by_the_cargo_toml_above(tmp_path: Path, names: tuple[str, ...]) -> None:
    make(tmp_path, "Cargo.toml", ".git/HEAD")
    make(tmp_path / "crates/storage/migrations", *names)

    project = find_project(tmp_path)

    assert project.tool is Tool.SQLX
    assert paths(project.files) == [f"crates/storage/migrations/{name}" for name in names]


def test_variants_for_other_databases_give_way_to_those_for_postgresql(tmp_path: Path) -> None:
    names = (
        "1_a.up.sql",
        "1_a.postgres.up.sql",
        "1_a.mysql.up.sql",
        "2_b.sqlite3.up.sql",
        "3_c.autocommit.up.sql",
    )
    make(tmp_path / "sql", *names, "1_a.postgres.down.sql", "1_a.mysql.down.sql", "1_a.down.sql")

    history = only(tmp_path / "sql")

    assert paths(history.files) == ["1_a.postgres.up.sql", "3_c.autocommit.up.sql"]
    assert history.left_out["1_a.mysql.up.sql"] == "it is for mysql"
    assert history.left_out["1_a.up.sql"] == "a variant for PostgreSQL stands beside it"
    assert [readable(file).has_rollback for file in history.files] == [True, False]


def test_a_name_that_only_sounds_like_a_variant_stays(tmp_path: Path) -> None:
    make(tmp_path, "0001_a.sql", "0002_drop.mysql.sql")

    assert paths(only(tmp_path).files) == ["0001_a.sql", "0002_drop.mysql.sql"]


def test_goose_runs_the_part_before_its_down_mark(tmp_path: Path) -> None:
    make(tmp_path, "10_b.sql", text=GOOSE)
    make(
        tmp_path,
        "9_a.sql",
        text="-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\n-- +goose Down\n-- no way\n",
    )
    make(tmp_path, "11_c.sql", text="-- +goose Up\nSELECT 2;\n")

    history = only(tmp_path)

    assert history.tool is Tool.GOOSE
    assert paths(history.files) == ["9_a.sql", "10_b.sql", "11_c.sql"]
    assert moved_forwards(history.files[1]) == "-- +goose Up\nCREATE TABLE a (id int);\n"
    assert moved_forwards(history.files[2]) == "-- +goose Up\nSELECT 2;\n"
    assert [readable(file).has_rollback for file in history.files] == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose Up\r\nSELECT 'é';\r\n-- +goose Down\r\nSELECT 3;\r\n",
        "\ufeff-- +goose Up\nSELECT 'é';\n--+goose Down\t\nSELECT 3;\n",
        "-- +goose UP\n-- +goose StatementBegin\nSELECT 'é';\n-- +goose StatementEnd\n-- +goose DOWN\n",
    ],
    ids=["crlf", "bom", "capitals"],
)
def test_offsets_of_a_section_count_characters_of_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "1_a.sql").write_bytes(text.encode("utf-8"))

    (file,) = only(tmp_path).readable

    assert file.sql == text.removeprefix("\ufeff")
    assert file.up is not None and "SELECT 'é';" in file.sql[slice(*file.up)]
    assert file.sql[file.up[1] :].lstrip("- ").lower().startswith("+goose down")


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose Down\nDROP TABLE a;\n-- +goose Up\nSELECT 1;\n",
        "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n-- +goose Up\nDROP TABLE a;\n",
        "-- +goose Up\nSELECT 1;\n-- +goose down\nDROP TABLE a;\n",
    ],
    ids=["down first", "up twice", "a down that an older goose runs over"],
)
def test_what_goose_would_refuse_is_read_whole(tmp_path: Path, text: str) -> None:
    make(tmp_path, "1_a.sql", text=text)

    (file,) = only(tmp_path).readable

    assert file.up is None
    assert not file.has_rollback


@pytest.mark.parametrize(
    "mark", [" -- +goose Down", "-- +goose Down\x1c", "-- +goose Down now", "/* +goose Down */"]
)
def test_what_is_no_mark_to_goose_hides_nothing(tmp_path: Path, mark: str) -> None:
    make(tmp_path, "1_a.sql", text=f"-- +goose Up\nSELECT 1;\n{mark}\nDROP TABLE a;\n")

    assert moved_forwards(only(tmp_path).files[0]).endswith("DROP TABLE a;\n")


@pytest.mark.parametrize(("text", "tool"), [(GOOSE, Tool.GOOSE), (DBMATE, Tool.DBMATE)])
def test_a_file_without_a_mark_is_refused_and_leaves_the_folder_to_its_tool(
    tmp_path: Path, text: str, tool: Tool
) -> None:
    make(tmp_path, "1_a.sql", text=text)
    make(tmp_path, "2_b.sql")

    history = only(tmp_path)

    assert history.tool is tool
    assert moved_forwards(history.files[0]).endswith("CREATE TABLE a (id int);\n")
    assert isinstance(history.files[1], Unreadable)
    assert f"{tool} refuses it" in history.files[1].reason
    with pytest.raises(GuardrailsError, match=r"2_b\.sql has no line"):
        read_file(tmp_path / "2_b.sql", tmp_path)


@pytest.mark.parametrize("text", [GOOSE, DBMATE])
def test_one_mark_among_files_without_hides_no_half_of_its_file(tmp_path: Path, text: str) -> None:
    make(tmp_path, "1_a.sql", "2_b.sql")
    make(tmp_path, "3_c.sql", text=text)

    history = only(tmp_path)

    assert history.readable == ()
    assert len(history.files) == 3


def test_dbmate_runs_the_part_before_its_down_mark_by_name_as_text(tmp_path: Path) -> None:
    make(tmp_path / "db/migrations", "9_a.sql", "10_b.sql", text=DBMATE)
    make(tmp_path / "db/migrations", "11_c.sql", text=DBMATE.replace(":down", ":down transaction:false"))
    make(tmp_path / "db/migrations", "README.sql")

    project = find_project(tmp_path)

    assert project.tool is Tool.DBMATE
    assert [Path(path).name for path in paths(project.files)] == ["10_b.sql", "11_c.sql", "9_a.sql"]
    assert moved_forwards(project.files[0]) == "-- migrate:up\nCREATE TABLE a (id int);\n"
    assert moved_forwards(project.files[1]) == "-- migrate:up\nCREATE TABLE a (id int);\n"
    assert project.rollbacks


def test_flyway_runs_versions_in_their_order_and_repeatable_ones_last(tmp_path: Path) -> None:
    names = ("V1_10__d.sql", "V1.2__c.sql", "V1__b.sql", "V2__e.sql", "R__views.sql", "V0_9__a.sql")
    make(
        tmp_path / "src/main/resources/db/migration",
        *names,
        "U2__e.sql",
        "B1.2__base.sql",
        "afterMigrate.sql",
    )

    project = find_project(tmp_path)

    assert project.tool is Tool.FLYWAY
    assert [Path(path).name for path in paths(project.files)] == [
        "V0_9__a.sql",
        "V1__b.sql",
        "V1.2__c.sql",
        "V1_10__d.sql",
        "V2__e.sql",
        "R__views.sql",
    ]
    last, repeatable = readable(project.files[-2]), readable(project.files[-1])
    assert (last.timestamp, last.name, last.has_rollback) == ("2", "e", True)
    assert (repeatable.timestamp, repeatable.name) == ("", "views")
    left_out = read_folder(tmp_path, tmp_path)[0].left_out
    assert sorted(Path(path).name for path in left_out) == ["B1.2__base.sql", "U2__e.sql", "afterMigrate.sql"]


def test_a_flyway_version_ends_before_its_zeros(tmp_path: Path) -> None:
    make(tmp_path, "V1.0__a.sql", "B1__base.sql")

    assert paths(only(tmp_path).files) == ["V1.0__a.sql"]


def test_a_flyway_baseline_that_repeats_nothing_is_part_of_the_history(tmp_path: Path) -> None:
    make(tmp_path, "B5__base.sql", "V6__a.sql")

    assert paths(only(tmp_path).files) == ["B5__base.sql", "V6__a.sql"]


def test_plain_files_run_by_their_numbers_and_unnumbered_ones_last(tmp_path: Path) -> None:
    make(tmp_path, "10-c.sql", "2_b.sql", "2024-01-02-d.sql", "0001.sql", "grants.sql", ".hidden.sql")

    history = only(tmp_path)

    assert history.tool is Tool.PLAIN
    assert paths(history.files) == ["0001.sql", "2_b.sql", "10-c.sql", "2024-01-02-d.sql", "grants.sql"]
    assert [(readable(file).timestamp, readable(file).name) for file in history.files] == [
        ("0001", ""),
        ("2", "b"),
        ("10", "c"),
        ("2024-01-02", "d"),
        ("", "grants"),
    ]


@pytest.mark.parametrize(
    "undo",
    [
        "1_a.down.sql",
        "1_a_down.sql",
        "rollback_1_a.sql",
        "1_a_rollback.sql",
        "down/1_a.sql",
        "../rollbacks/1_a.sql",
    ],
)
def test_a_plain_file_that_undoes_another_is_no_history(tmp_path: Path, undo: str) -> None:
    folder = tmp_path / "migrations"
    make(folder, "1_a.sql", "2_scale_down.sql", undo)

    project = find_project(tmp_path)

    assert [Path(path).name for path in paths(project.files)] == ["1_a.sql", "2_scale_down.sql"]
    assert [readable(file).has_rollback for file in project.files] == [True, False]
    assert project.rollbacks


def test_one_odd_folder_does_not_hide_numbered_files(tmp_path: Path) -> None:
    make(tmp_path, "0001_a.sql", "0002_b.sql", "x/up.sql")

    assert paths(only(tmp_path).files) == ["0001_a.sql", "0002_b.sql"]


# Finding


def test_each_tree_of_a_monorepo_is_a_history_of_its_own(tmp_path: Path) -> None:
    make(tmp_path, "apps/a/supabase/migrations/1_a.sql", "apps/b/prisma/migrations/1_a/migration.sql")
    make(tmp_path, "node_modules/x/migrations/1_a.sql", "mysql/migrations/1_a.sql", "docs/queries/1_a.sql")
    make(
        tmp_path, "services/jdbc-clickhouse/migrations/1_a.sql", "services/c/migrations/1_a.sql", "schema.sql"
    )

    histories = read_folder(tmp_path, tmp_path)

    assert [(history.tool, history.folder.relative_to(tmp_path).as_posix()) for history in histories] == [
        (Tool.SUPABASE, "apps/a/supabase/migrations"),
        (Tool.PRISMA, "apps/b/prisma/migrations"),
        (Tool.PLAIN, "services/c/migrations"),
    ]


def test_a_folder_for_another_database_is_read_when_it_is_named(tmp_path: Path) -> None:
    make(tmp_path, "mysql/1_a.sql")

    assert len(only(tmp_path / "mysql").files) == 1


def test_files_without_numbers_are_migrations_when_there_are_no_others(tmp_path: Path) -> None:
    make(tmp_path, "b.sql", "a.sql")

    assert paths(only(tmp_path).files) == ["a.sql", "b.sql"]


def test_the_project_is_the_same_from_wherever_in_it(tmp_path: Path) -> None:
    make(tmp_path, "supabase/migrations/1_a.sql", "src/deep/x.ts", ".git/HEAD")

    starts = ("", "supabase", "supabase/migrations", "supabase/migrations/1_a.sql", "src/deep")

    assert {find_project(tmp_path / start) for start in starts} == {find_project(tmp_path)}
    assert find_project(tmp_path).root == tmp_path


def test_the_nearest_project_of_a_monorepo_is_taken(tmp_path: Path) -> None:
    make(tmp_path, "supabase/migrations/1_a.sql", "packages/db/migrations/1_a.sql", ".git/HEAD")
    make(tmp_path, "packages/db/package.json", text="{}")

    assert find_root(tmp_path / "packages/db") == tmp_path / "packages/db"
    assert find_project(tmp_path).migrations == tmp_path / "supabase/migrations"


def test_a_configuration_above_holds_for_the_projects_below_it(tmp_path: Path) -> None:
    make(tmp_path, "supabase/migrations/1_a.sql", "packages/db/migrations/1_a.sql")
    make(tmp_path, "guardrails.toml", text="")

    project = find_project(tmp_path / "packages/db")

    assert project.root == tmp_path
    assert project.migrations == tmp_path / "packages/db/migrations"


def test_the_tree_that_one_stands_in_goes_before_the_others_of_a_repository(tmp_path: Path) -> None:
    make(tmp_path, "a/migration/1_a/migration.sql", "b/migration/1_b/migration.sql", ".git/HEAD")

    project = find_project(tmp_path / "b")

    assert (project.migrations, project.others) == (tmp_path / "b/migration", ())
    assert find_project(tmp_path).migrations == tmp_path / "a/migration"


def test_the_search_for_a_project_does_not_leave_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "guardrails.toml", text='profile = "strict"')
    make(tmp_path, "migrations/1_a.sql", "repository/.git/HEAD", "repository/src/x.py")

    project = find_project(tmp_path / "repository/src")

    assert project == Project(
        tmp_path / "repository", Tool.PLAIN, None, (), False, home=tmp_path / "repository/migrations"
    )


def test_the_search_for_a_project_does_not_reach_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "guardrails.toml", text="")
    make(tmp_path, "work/x.py")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert find_root(tmp_path / "work") == tmp_path / "work"


def test_the_configured_folder_is_the_history(tmp_path: Path) -> None:
    make(tmp_path, "supabase/migrations/1_a.sql", "old/2_b.sql")

    project = find_project(tmp_path, Config(migrations="old"))

    assert paths(project.files) == ["old/2_b.sql"]


def test_a_configured_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "guardrails.toml", text='migrations = "suapbase/migrations"\n')

    with pytest.raises(GuardrailsError) as caught:
        find_project(tmp_path)

    assert str(caught.value) == (
        'guardrails.toml names the folder "suapbase/migrations", which is not there: '
        "make it, or correct the name"
    )


def test_a_project_without_migrations_has_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    project = find_project(tmp_path)

    assert (project.migrations, project.files, project.rollbacks) == (None, (), False)


def test_an_empty_migrations_folder_is_one(tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)

    project = find_project(tmp_path)

    assert (project.tool, project.migrations) == (Tool.SUPABASE, tmp_path / "supabase/migrations")
    assert project.files == ()


def test_a_missing_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GuardrailsError, match=r"^there is no .*gone: check the path$"):
        find_project(tmp_path / "gone")


# A named file, and its place


def test_history_is_what_runs_before_a_file(tmp_path: Path) -> None:
    make(tmp_path / "db", "1_a.up.sql", "2_b.up.sql", "10_c.up.sql", "2_b.down.sql")
    make(tmp_path, ".git/HEAD")
    project = find_project(tmp_path)

    assert paths(history_of(project, tmp_path / "db/10_c.up.sql")) == ["db/1_a.up.sql", "db/2_b.up.sql"]
    assert paths(history_of(project, tmp_path / "db/3_new.up.sql")) == ["db/1_a.up.sql", "db/2_b.up.sql"]


def test_history_of_a_file_in_another_tree_is_that_of_its_own_tree(tmp_path: Path) -> None:
    make(
        tmp_path,
        "supabase/migrations/1_a.sql",
        "x/migrations/1_a/up.sql",
        "x/migrations/2_b/up.sql",
        ".git/HEAD",
    )
    project = find_project(tmp_path)

    assert paths(history_of(project, tmp_path / "x/migrations/2_b/up.sql")) == ["x/migrations/1_a/up.sql"]
    assert history_of(project, tmp_path / "elsewhere/1_a.sql") == ()


def test_a_named_file_is_read_as_its_neighbours_say(tmp_path: Path) -> None:
    make(tmp_path / "goose", "1_a.sql", "2_b.sql", text=GOOSE)
    make(
        tmp_path,
        "prisma/migrations/20250101_a/migration.sql",
        "prisma/migrations/20250101_a/down.sql",
        "one.sql",
    )

    goose = read_file(tmp_path / "goose/1_a.sql", tmp_path)
    prisma = read_file(tmp_path / "prisma/migrations/20250101_a/migration.sql", tmp_path)

    assert moved_forwards(goose) == "-- +goose Up\nCREATE TABLE a (id int);\n"
    assert (prisma.path, prisma.timestamp, prisma.name, prisma.has_rollback) == (
        "prisma/migrations/20250101_a/migration.sql",
        "20250101",
        "a",
        True,
    )
    assert read_file(tmp_path / "one.sql", tmp_path) == MigrationFile("one.sql", "", "one", "SELECT 1;\n")


def test_a_file_that_its_tool_would_not_run_is_read_when_it_is_named(tmp_path: Path) -> None:
    make(tmp_path / "supabase/migrations", "1_a.sql", "seed.sql")

    assert read_file(tmp_path / "supabase/migrations/seed.sql", tmp_path).sql == "SELECT 1;\n"


def test_a_relative_path_is_given_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "db/1_a.sql")
    monkeypatch.chdir(tmp_path / "db")

    assert read_file(Path("1_a.sql"), tmp_path).path == "db/1_a.sql"


# What can't be read


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"SELECT 1;\nSELECT '\xe9';\n", "1_a.sql is not UTF-8 at byte 18 on line 2: save it as UTF-8"),
        (b"\xef\xbb\xbf\xff", "1_a.sql is not UTF-8 at byte 3 on line 1: save it as UTF-8"),
        ("SELECT 1;".encode("utf-16"), "1_a.sql is UTF-16 text: save it as UTF-8"),
        ("SELECT 1;".encode("utf-32"), "1_a.sql is UTF-32 text: save it as UTF-8"),
        (b"SELECT\n\0;", "1_a.sql has a NUL at byte 7 on line 2: save it as UTF-8 text without NULs"),
        (
            b"-" * (MOST_BYTES + 1),
            "1_a.sql is larger than 8 MiB: split it, or load its data outside the migration",
        ),
    ],
    ids=["latin-1", "after a mark", "utf-16", "utf-32", "nul", "large"],
)
def test_a_file_that_is_no_text_is_one_sentence_and_hides_no_other(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "1_a.sql").write_bytes(data)
    make(tmp_path, "2_b.sql")

    first, second = only(tmp_path).files

    assert first == Unreadable("1_a.sql", message)
    assert readable(second).sql == "SELECT 1;\n"
    assert refused(tmp_path / "1_a.sql", tmp_path) == message


def test_nothing_that_could_block_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1_pipe.sql")
    (tmp_path / "3_dir.sql").mkdir()
    make(tmp_path, "4_a.sql")
    server = socket.socket(socket.AF_UNIX)
    with server:
        server.bind(os.path.relpath(tmp_path / "2_sock.sql"))

        files = only(tmp_path).files

    assert files[:2] == (
        Unreadable("1_pipe.sql", "1_pipe.sql is a named pipe, not a file: name one that holds text"),
        Unreadable("2_sock.sql", "2_sock.sql is a socket, not a file: name one that holds text"),
    )
    assert paths(files[2:]) == ["4_a.sql"]
    assert (
        refused(tmp_path / "3_dir.sql", tmp_path)
        == "3_dir.sql is a folder, not a file: name one that holds text"
    )
    assert (
        refused(Path("/dev/zero"), tmp_path) == "/dev/zero is a device, not a file: name one that holds text"
    )


@pytest.mark.parametrize("name", ["gone.sql", "file/gone.sql", "a\0b.sql"])
def test_a_missing_file_is_an_error(tmp_path: Path, name: str) -> None:
    make(tmp_path, "file")

    assert refused(tmp_path / name, tmp_path).startswith("there is no file ")


def test_a_name_too_long_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path / ("x" * 300), tmp_path).endswith(
        "can't be read: file name too long; check the path"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_named(tmp_path: Path) -> None:
    make(tmp_path, "1_a.sql")
    (tmp_path / "1_a.sql").chmod(0)

    assert refused(tmp_path / "1_a.sql", tmp_path) == (
        "1_a.sql can't be read: permission denied; give yourself the right to read it"
    )


def test_links_in_a_circle_and_to_nowhere_are_named(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").symlink_to("1_a.sql")
    (tmp_path / "2_b.sql").symlink_to("gone.sql")
    make(tmp_path, "3_c.sql")
    (tmp_path / "self").symlink_to(".")

    files = only(tmp_path).files

    assert files[0] == Unreadable(
        "1_a.sql", "1_a.sql is a link that leads back to itself: replace it by the file"
    )
    assert files[1] == Unreadable("2_b.sql", "there is no file 2_b.sql: check the path")
    assert paths(files[2:]) == ["3_c.sql"]


def test_a_found_link_that_leads_out_of_the_project_is_not_followed_but_a_named_one_is(
    tmp_path: Path,
) -> None:
    make(tmp_path, "outside.sql", "project/migrations/2_b.sql", "project/shared/c.sql")
    folder = tmp_path / "project/migrations"
    (folder / "1_a.sql").symlink_to(tmp_path / "outside.sql")
    (folder / "3_c.sql").symlink_to("../shared/c.sql")

    first, *others = find_project(tmp_path / "project").files

    assert first == Unreadable(
        "migrations/1_a.sql",
        "migrations/1_a.sql is a link that leads out of the project: replace it by the file",
    )
    assert [readable(file).name for file in others] == ["b", "c"]
    assert read_file(folder / "1_a.sql", tmp_path / "project").sql == "SELECT 1;\n"


def test_a_folder_of_migrations_that_links_out_of_the_project_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "shared/1_a.sql", "project/.git/HEAD")
    (tmp_path / "project/migrations").symlink_to(tmp_path / "shared")

    with pytest.raises(GuardrailsError, match=r"^migrations is a link that leads out of the project: "):
        find_project(tmp_path / "project")

    assert len(only(tmp_path / "project/migrations").files) == 1


def test_a_name_that_would_move_the_cursor_is_shown_escaped(tmp_path: Path) -> None:
    make(tmp_path, "1_\x1b[2J\n\u202e.sql")
    (tmp_path / os.fsdecode(b"2_\xff.sql")).write_bytes(b"\xff")

    first, second = only(tmp_path).files

    assert first.path == "1_\\x1b[2J\\n\\u202e.sql"
    assert second == Unreadable(
        "2_\\udcff.sql", "2_\\udcff.sql is not UTF-8 at byte 0 on line 1: save it as UTF-8"
    )


def test_a_folder_without_migrations_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "db/README.md", "db/queries/1_a.sql")

    with pytest.raises(GuardrailsError, match=r"^db holds no SQL migrations: name the folder that does"):
        read_folder(tmp_path / "db", tmp_path)
    with pytest.raises(GuardrailsError, match=r"^there is no folder gone: check the path$"):
        read_folder(tmp_path / "gone", tmp_path)


# Where a new migration goes


@pytest.mark.parametrize(
    ("present", "new", "undo"),
    [
        (
            ["supabase/functions/x.ts"],
            "supabase/migrations/20261124123045_x.sql",
            "supabase/rollbacks/20261124123045_x.sql",
        ),
        (
            ["supabase/migrations/20990101000000_a.sql"],
            "supabase/migrations/20990101000001_x.sql",
            "supabase/rollbacks/20990101000001_x.sql",
        ),
        (
            ["prisma/migrations/20250101000000_a/migration.sql"],
            "prisma/migrations/20261124123045_x/migration.sql",
            "prisma/migrations/20261124123045_x/down.sql",
        ),
        (["diesel.toml"], "migrations/2026-11-24-123045_x/up.sql", "migrations/2026-11-24-123045_x/down.sql"),
        (
            ["migrations/2026-01-02-000000-0000_a/up.sql"],
            "migrations/2026-11-24-123045-0000_x/up.sql",
            "migrations/2026-11-24-123045-0000_x/down.sql",
        ),
        (
            ["migrations/000009_a.up.sql", "migrations/000009_a.down.sql"],
            "migrations/000010_x.up.sql",
            "migrations/000010_x.down.sql",
        ),
        (
            ["migrations/1481574547_a.up.sql"],
            "migrations/1795523445_x.up.sql",
            "migrations/1795523445_x.down.sql",
        ),
        (["Cargo.toml", "migrations/20250101000000_a.sql"], "migrations/20261124123045_x.sql", None),
        (
            ["db/migration/V1_9__a.sql", "db/migration/R__v.sql"],
            "db/migration/V1_10__x.sql",
            "db/migration/U1_10__x.sql",
        ),
        (["db/migration/R__v.sql"], "db/migration/V1__x.sql", "db/migration/U1__x.sql"),
        (["migrations/0099-a.sql", "migrations/zz.sql"], "migrations/0100-x.sql", "rollbacks/0100-x.sql"),
        (
            ["migrations/9_a.sql", "migrations/9_a.down.sql"],
            "migrations/10_x.sql",
            "migrations/10_x.down.sql",
        ),
        (["migrations/20250101_a.sql"], "migrations/20261124_x.sql", "rollbacks/20261124_x.sql"),
        (["README.md"], "migrations/20261124123045_x.sql", "rollbacks/20261124123045_x.sql"),
    ],
)
def test_a_new_migration_follows_the_style_of_its_neighbours(
    tmp_path: Path, present: list[str], new: str, undo: str | None
) -> None:
    make(tmp_path, *present)
    project = find_project(tmp_path)

    path = project.next_path("x", NOW)

    assert path == tmp_path / new
    assert project.rollback_path(path) == (None if undo is None else tmp_path / undo)
    make(tmp_path, new)
    assert find_project(tmp_path).files[-1 if "R__v" not in str(present) else 0 : None]
    assert new in paths(find_project(tmp_path).files)
    assert len(history_of(find_project(tmp_path), path)) == len(
        [file for file in project.files if Path(file.path).name not in {"R__v.sql", "zz.sql"}]
    )


@pytest.mark.parametrize("text", [GOOSE, DBMATE])
def test_a_tool_with_sections_keeps_both_ways_in_one_file(tmp_path: Path, text: str) -> None:
    make(tmp_path / "migrations", "00001_a.sql", text=text)
    project = find_project(tmp_path)

    path = project.next_path("x", NOW)

    assert path == tmp_path / "migrations/00002_x.sql"
    assert project.rollback_path(path) is None


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "é", "_a", "a" * 101, "a\n"])
def test_a_name_that_is_none_names_no_migration(tmp_path: Path, name: str) -> None:
    with pytest.raises(GuardrailsError, match="can't name a migration"):
        find_project(tmp_path).next_path(name, NOW)


def test_numbers_that_nothing_sorts_after_are_an_error(tmp_path: Path) -> None:
    make(tmp_path, "supabase/migrations/999_a.sql")

    with pytest.raises(GuardrailsError, match=r"^no number sorts after '999_a.sql' as supabase sorts names"):
        find_project(tmp_path).next_path("x", NOW)


def test_several_folders_of_migrations_want_a_word_on_where_a_new_one_goes(tmp_path: Path) -> None:
    make(tmp_path, "migrations/a/1_a.sql", "migrations/b/1_a.sql")
    project = find_project(tmp_path)

    assert [history.folder.name for history in project.others] == ["b"]
    with pytest.raises(
        GuardrailsError, match=r"^migrations/a and migrations/b all hold migrations: name the one"
    ):
        project.next_path("x", NOW)
    assert find_project(tmp_path, Config(migrations="migrations/b")).next_path("x", NOW).name == "2_x.sql"


def test_finding_a_project_loads_no_parser() -> None:
    code = (
        "import sys, guardrails.project; print({'pglast.parser', 'pydantic', 'psycopg'} & set(sys.modules))"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"
