"""How a project's tool runs a file decides what may stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.validate import validate_paths, validate_text

ALONE = "CREATE INDEX CONCURRENTLY i ON orders (a);\n"
TWO = f"{ALONE}CREATE INDEX CONCURRENTLY j ON orders (b);\n"


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def fails(root: Path) -> bool:
    report = validate_paths([root], root)
    return any(one.code == "CONCURRENTLY_IN_TRANSACTION" for file in report.files for one in file.warnings)


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        pytest.param({"supabase/migrations/1_a.sql": ALONE}, False, id="supabase-alone"),
        pytest.param({"supabase/migrations/1_a.sql": TWO}, True, id="supabase-two"),
        pytest.param({"migrations/20250101_a/migration.sql": ALONE}, False, id="prisma-alone"),
        pytest.param({"migrations/20250101_a/migration.sql": TWO}, True, id="prisma-two"),
        pytest.param({"migrations/1_a.up.sql": ALONE}, False, id="golang-migrate-alone"),
        pytest.param({"migrations/1_a.up.sql": TWO}, True, id="golang-migrate-two"),
        pytest.param({"migrations/1_a/up.sql": ALONE}, True, id="diesel"),
        pytest.param(
            {"migrations/1_a/up.sql": ALONE, "migrations/1_a/metadata.toml": "run_in_transaction = false\n"},
            False,
            id="diesel-without",
        ),
        pytest.param(
            {
                "migrations/1_a/up.sql": ALONE,
                "migrations/1_a/metadata.toml": "# run_in_transaction = false\n",
            },
            True,
            id="diesel-comment",
        ),
        pytest.param({"Cargo.toml": "", "migrations/1_a.sql": ALONE}, True, id="sqlx"),
        pytest.param(
            {"Cargo.toml": "", "migrations/1_a.sql": f"-- no-transaction\n{ALONE}"}, False, id="sqlx-without"
        ),
        pytest.param({"migrations/1_a.sql": f"-- +goose Up\n{ALONE}"}, True, id="goose"),
        pytest.param(
            {"migrations/1_a.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{TWO}"},
            False,
            id="goose-without",
        ),
        pytest.param({"db/migrations/1_a.sql": f"-- migrate:up\n{ALONE}"}, True, id="dbmate"),
        pytest.param(
            {"db/migrations/1_a.sql": f"-- migrate:up transaction:false\n{ALONE}"}, False, id="dbmate-without"
        ),
        pytest.param(
            {"db/migrations/1_a.sql": f"-- migrate:up transaction:false\n{TWO}"},
            True,
            id="dbmate-without-two",
        ),
        pytest.param({"db/migration/V1__a.sql": TWO}, False, id="flyway-only-such"),
        pytest.param({"db/migration/V1__a.sql": f"{ALONE}SELECT 1;"}, True, id="flyway-mixed"),
        pytest.param(
            {
                "db/migration/V1__a.sql": f"{ALONE}SELECT 1;",
                "db/migration/V1__a.sql.conf": "executeInTransaction=false\n",
            },
            False,
            id="flyway-without",
        ),
        pytest.param({"migrations/001_a.sql": TWO}, False, id="plain"),
    ],
)
def test_a_concurrent_build_is_refused_only_where_the_tool_runs_it_in_a_transaction(
    tmp_path: Path, files: dict[str, str], refused: bool
) -> None:
    put(tmp_path, files)

    assert fails(tmp_path) is refused


def test_text_is_judged_as_the_tool_of_its_project_would_run_it(tmp_path: Path) -> None:
    put(tmp_path, {"supabase/migrations/1_a.sql": "SELECT 1;"})

    assert [one.code for one in validate_text(ALONE, tmp_path).warnings] == []
    assert [one.code for one in validate_text(f"SELECT 1;\n{ALONE}", tmp_path).warnings] == [
        "CONCURRENTLY_IN_TRANSACTION"
    ]
