"""`verify` on small projects: what it says of migrations, and with which exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from commands.cli import main
from guardrails.shadow.engine import prepared_server

Project = Callable[..., Path]
HISTORY = """\
CREATE TABLE public.customers (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE public.orders (id bigint PRIMARY KEY, customer bigint, note text);
"""
FIRST, SECOND, THIRD = (f"supabase/migrations/2025010{number}000000_x.sql" for number in (1, 2, 3))
BACK = "supabase/rollbacks/20250102000000_x.sql"


pytestmark = pytest.mark.usefixtures("one_server")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    def make(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return make


@pytest.fixture
def verify(project: Project, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    def run(files: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
        project(files)
        code = main(["verify", "--format", "json", *arguments])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, report

    return run


Verify = Callable[..., tuple[int, dict[str, Any]]]


def test_a_migration_that_applies_and_can_be_undone_is_proved(verify: Verify) -> None:
    code, report = verify(
        {
            FIRST: HISTORY,
            SECOND: "CREATE INDEX orders_customer ON public.orders (customer);",
            BACK: "DROP INDEX public.orders_customer;",
        }
    )

    (file,) = report["files"]
    assert (code, report["verdict"], report["replayed"]) == (0, "proved", 1)
    assert file["path"] == SECOND
    assert file["schema"] == [
        {
            "action": "added",
            "kind": "index",
            "name": "public.orders_customer",
            "details": [],
            "sql": "CREATE INDEX orders_customer ON public.orders USING btree (customer)",
        }
    ]
    assert file["rollback"]["exact"]
    assert file["rollback"]["rows_compared"] > 0


def test_a_rollback_that_forgets_an_index_is_refuted(verify: Verify) -> None:
    code, report = verify(
        {
            FIRST: HISTORY,
            SECOND: "ALTER TABLE public.orders ADD COLUMN at date;\nCREATE INDEX noted ON public.orders (note);",
            BACK: "ALTER TABLE public.orders DROP COLUMN at;",
        }
    )

    (finding,) = report["files"][0]["findings"]
    assert (code, report["verdict"]) == (1, "refuted")
    assert finding["code"] == "ROLLBACK_MISMATCH"
    assert "index public.noted is left" in finding["message"]


def test_rows_that_a_rollback_does_not_bring_back_are_a_reservation(verify: Verify) -> None:
    code, report = verify(
        {
            FIRST: HISTORY,
            SECOND: "ALTER TABLE public.orders DROP COLUMN note;",
            BACK: "ALTER TABLE public.orders ADD COLUMN note text;",
        }
    )

    (file,) = report["files"]
    assert (code, report["verdict"]) == (0, "with reservations")
    assert [finding["code"] for finding in file["findings"]] == ["ROLLBACK_LOSES_ROWS"]
    assert [one["table"] for one in file["rollback"]["rows"]] == ["public.orders"]
    assert file["rollback"]["schema"] == []


def test_the_order_of_columns_alone_is_no_mismatch(verify: Verify) -> None:
    code, report = verify(
        {
            FIRST: HISTORY,
            SECOND: "ALTER TABLE public.orders DROP COLUMN customer;",
            BACK: "ALTER TABLE public.orders ADD COLUMN customer bigint;",
        },
        "--no-rows",
    )

    assert (code, report["verdict"]) == (0, "proved")
    assert report["files"][0]["rollback"]["column_order"] == ["public.orders"]


def test_a_migration_that_postgresql_refuses_is_refuted_at_its_line(verify: Verify) -> None:
    sql = "CREATE TABLE public.a (id int);\n  ALTER TABLE public.orders ADD COLUMN note int;"
    code, report = verify({FIRST: HISTORY, SECOND: sql})

    failure = report["files"][0]["failure"]
    assert (code, report["verdict"]) == (1, "refuted")
    assert (failure["path"], failure["line"], failure["sqlstate"]) == (SECOND, 2, "42701")
    assert "already exists" in failure["message"]


BROKEN = {FIRST: HISTORY, SECOND: "SELECT 1;\nALTER TABLE made_by_hand ADD x int;", THIRD: "SELECT 1;"}


def test_a_history_that_fails_proves_nothing_and_ways_out_are_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project(BROKEN)

    code = main(["verify"])

    out = capsys.readouterr().out
    assert code == 2
    assert out.startswith("? not proved: the history before it does not replay")
    assert f'{SECOND}:2:1: relation "made_by_hand" does not exist (42P01)' in out
    assert "--baseline" in out
    assert "--tolerant" in out


def test_a_tolerant_run_says_what_it_left_out(verify: Verify) -> None:
    code, report = verify(BROKEN, "--tolerant")

    assert (code, report["verdict"]) == (0, "with reservations")
    assert [(one["path"], one["line"]) for one in report["skipped"]] == [(SECOND, 2)]


def test_what_fails_for_want_of_what_was_left_out_is_not_proved(verify: Verify) -> None:
    code, report = verify({**BROKEN, THIRD: "ALTER TABLE made_by_hand ADD y int;"}, "--tolerant")

    assert (code, report["verdict"]) == (2, "not proved")


def test_a_baseline_stands_in_the_place_of_the_history(verify: Verify) -> None:
    dump = "\\restrict x\nSET check_function_bodies = false;\nCREATE SCHEMA public;\nCREATE TABLE public.made_by_hand (id int);\n"
    code, report = verify(
        {**BROKEN, THIRD: "ALTER TABLE made_by_hand ADD y int;", "dump.sql": dump}, "--baseline", "dump.sql"
    )

    assert (code, report["verdict"], report["baseline"]) == (0, "proved", "dump.sql")


CONCURRENT = "CREATE INDEX CONCURRENTLY noted ON orders (note);"


@pytest.mark.parametrize(
    ("folder", "mark", "sql", "verdict"),
    [
        pytest.param("supabase/migrations", "", CONCURRENT, "proved", id="supabase, alone"),
        pytest.param(
            "supabase/migrations", "", f"SELECT 1;\n{CONCURRENT}", "refuted", id="supabase, with another"
        ),
        pytest.param("migrations", "", f"SELECT 1;\n{CONCURRENT}", "proved", id="no transaction"),
        pytest.param("migrations", "-- +goose Up\n", CONCURRENT, "refuted", id="goose"),
        pytest.param(
            "migrations", "-- +goose NO TRANSACTION\n-- +goose Up\n", CONCURRENT, "proved", id="goose, told"
        ),
    ],
)
def test_a_file_runs_as_its_tool_runs_it(
    verify: Verify, folder: str, mark: str, sql: str, verdict: str
) -> None:
    first = "-- +goose Up\n" if mark else ""
    _, report = verify(
        {
            f"{folder}/20250101000000_a.sql": f"{first}{HISTORY}",
            f"{folder}/20250102000000_b.sql": f"{mark}{sql}",
        },
        "--no-rows",
    )

    assert report["verdict"] == verdict, report


def test_a_concurrent_build_has_the_lock_that_postgresql_documents(verify: Verify) -> None:
    _, report = verify({FIRST: HISTORY, SECOND: CONCURRENT}, "--no-rows")

    ((lock,),) = [file["locks"] for file in report["files"]]
    assert (lock["table"], lock["mode"], lock["sampled"]) == (
        "public.orders",
        "SHARE UPDATE EXCLUSIVE",
        False,
    )


def test_a_commit_inside_lets_the_locks_go(verify: Verify) -> None:
    sql = "ALTER TABLE orders ADD COLUMN a int;\nCOMMIT;\nALTER TABLE customers ADD COLUMN a int;\nSELECT 1;"
    _, report = verify({FIRST: HISTORY, SECOND: sql}, "--no-rows")

    spans = {lock["table"]: (lock["first"], lock["last"]) for lock in report["files"][0]["locks"]}
    assert spans == {"public.orders": (1, 1), "public.customers": (2, 3)}


def test_a_begin_without_a_commit_is_told(verify: Verify) -> None:
    code, report = verify(
        {"migrations/1_a.sql": HISTORY, "migrations/2_b.sql": "BEGIN;\nDROP TABLE orders;"}, "--no-rows"
    )

    assert (code, report["verdict"]) == (1, "refuted")
    assert "no COMMIT" in report["files"][0]["failure"]["message"]


def test_an_older_migration_is_verified_in_its_place(verify: Verify) -> None:
    code, report = verify(
        {FIRST: HISTORY, SECOND: "ALTER TABLE orders ADD COLUMN a int;", THIRD: "DROP TABLE orders;"}, SECOND
    )

    assert (code, report["replayed"]) == (0, 1)
    assert [file["path"] for file in report["files"]] == [SECOND]


def test_what_a_second_run_does_is_told(verify: Verify) -> None:
    files = {FIRST: HISTORY, SECOND: "CREATE TABLE IF NOT EXISTS public.a (id int);"}
    _, passing = verify(files, "--no-rows")
    _, failing = verify({**files, SECOND: "CREATE TABLE public.a (id int);"}, "--no-rows")
    _, adding = verify({**files, SECOND: "ALTER TABLE orders ADD CHECK (id > 0);"}, "--no-rows")

    runs = [report["files"][0]["second_run"] for report in (passing, failing, adding)]
    assert [run["failure"] and run["failure"]["sqlstate"] for run in runs] == [None, "42P07", None]
    assert [len(run["schema"]) for run in runs] == [0, 0, 1]


def test_without_an_engine_nothing_is_proved(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project({FIRST: HISTORY})
    monkeypatch.setattr("commands.verify.prepared_server", prepared_server)
    monkeypatch.setattr("guardrails.shadow.binaries.find_spec", lambda _name: None)

    code = main(["verify"])

    assert code == 2
    assert capsys.readouterr().out.startswith("? not proved: there is no embedded PostgreSQL")


def test_a_missing_path_is_wrong_use(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project({FIRST: HISTORY})

    assert main(["verify", "nowhere.sql"]) == 2
    assert capsys.readouterr().err == "error: there is no file nowhere.sql: check the path\n"


def test_locks_are_drawn_by_table_and_statement(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    sql = """\
ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers (id);
CREATE TABLE public.news (id int);
ALTER TABLE orders ALTER id TYPE numeric;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
"""
    project({FIRST: HISTORY, SECOND: sql})

    main(["verify", "--no-rows"])

    out = capsys.readouterr().out
    assert (
        "\n".join(out.split("by statement\n")[1].splitlines()[:9])
        == """\
                      1     2     3     4
    public.customers  SRX━━━━━━━━━━━━━━━━
    public.orders     SRXs━━━━━━━━AXws━━━
    AX  ACCESS EXCLUSIVE: reads and writes wait
    SRX SHARE ROW EXCLUSIVE: writes wait
    w   the table is written anew
    s   the table is read through
  public.orders: ACCESS EXCLUSIVE at statement 3 to 4 (2 statements, 1 of them read or write whole tables)
  public.customers: SHARE ROW EXCLUSIVE at statement 1 to 4 (4 statements, 2 of them read or write whole tables)"""
    )


def test_names_can_not_break_out_of_the_markdown(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    name = '"::error::<b>|@all```\n##[x]"'
    project({FIRST: f"CREATE SCHEMA {name}; CREATE TABLE {name}.a (id int);",
             SECOND: f"ALTER TABLE {name}.a ADD COLUMN {name} int; CREATE POLICY {name} ON {name}.a;"})  # fmt: skip

    main(["verify", "--no-rows", "--format", "markdown"])

    lines = capsys.readouterr().out.splitlines()
    outside: list[str] = []
    fence = ""
    for line in lines:
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.rstrip("abcdefghijklmnopqrstuvwxyz")
        else:
            outside.append(line)

    assert fence == ""
    assert not any("<b>" in line or "@all" in line for line in outside)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def test_what_is_new_on_the_branch_is_verified(verify: Verify, project: Project) -> None:
    root = project({FIRST: HISTORY})
    for arguments in (("init",), ("add", "."), ("commit", "-m", "a"), ("switch", "-c", "news")):
        git(root, *arguments)
    nothing, unchanged = verify({}, "--changed", "main")
    code, report = verify(
        {
            SECOND: "ALTER TABLE orders ADD COLUMN a int;",
            BACK: "ALTER TABLE orders DROP COLUMN a;",
            THIRD: "ALTER TABLE orders ADD COLUMN b int;",
        },
        "--no-rows",
    )

    assert (nothing, unchanged["files"]) == (0, [])
    assert "nothing to prove" in unchanged["reason"]
    assert (code, report["replayed"]) == (0, 1)
    assert [(file["path"], file["verdict"]) for file in report["files"]] == [
        (SECOND, "proved"),
        (THIRD, "proved"),
    ]


def test_the_rows_of_the_history_go_through_it_and_back(verify: Verify) -> None:
    _, report = verify(
        {
            FIRST: f"{HISTORY}INSERT INTO public.customers VALUES (1, 'Ada@Example.com');",
            SECOND: "UPDATE public.customers SET email = lower(email);",
            BACK: "SELECT 1;",
        },
        "--no-rows",
    )

    (lost,) = report["files"][0]["rollback"]["rows"]
    assert lost == {"table": "public.customers", "before": 1, "after": 1}


def test_a_rollback_that_fails_is_refuted(verify: Verify) -> None:
    code, report = verify(
        {FIRST: HISTORY, SECOND: "CREATE TABLE public.a (id int);", BACK: "DROP TABLE public.b;"}, "--no-rows"
    )

    assert (code, report["verdict"]) == (1, "refuted")
    assert report["files"][0]["rollback"]["failure"]["sqlstate"] == "42P01"


def test_rows_that_a_migration_can_not_take_are_noted_and_refute_nothing(verify: Verify) -> None:
    code, report = verify({FIRST: HISTORY, SECOND: "ALTER TABLE public.orders ADD CHECK (note = 'one');"})

    assert (code, report["verdict"]) == (0, "proved")
    assert report["files"][0]["on_rows"]["sqlstate"] == "23514"


def test_a_deferred_constraint_that_fails_at_the_commit_is_told(verify: Verify) -> None:
    sql = """CREATE TABLE public.a (id int PRIMARY KEY, other int REFERENCES public.a DEFERRABLE INITIALLY DEFERRED);
INSERT INTO public.a VALUES (1, 2);"""
    code, report = verify({FIRST: HISTORY, SECOND: sql}, "--no-rows")

    assert code == 1
    assert report["files"][0]["failure"]["sqlstate"] == "23503"


def test_a_table_that_can_not_be_read_is_passed_over(verify: Verify) -> None:
    sql = f"{HISTORY}REVOKE ALL ON public.orders FROM postgres;"
    code, report = verify(
        {FIRST: sql, SECOND: "CREATE TABLE public.a (id int);", BACK: "DROP TABLE public.a;"}
    )

    assert (code, report["verdict"]) == (0, "proved")
