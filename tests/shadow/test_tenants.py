"""`verify` tells which rows of other tenants a migration opens, and which were open before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands.cli import main

pytestmark = pytest.mark.usefixtures("one_server")

FIRST, SECOND = (f"supabase/migrations/2026010{number}000000_x.sql" for number in (1, 2))
NOTES = """\
CREATE TABLE public.notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner_id uuid NOT NULL REFERENCES auth.users (id));
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.notes TO authenticated;
"""
KEPT = "CREATE POLICY r ON public.notes FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);"
OPEN = "CREATE POLICY r ON public.notes FOR SELECT TO authenticated USING (owner_id IS NOT NULL);"


def verified(
    folder: Path, capsys: pytest.CaptureFixture[str], *sql: str, options: tuple[str, ...] = ()
) -> tuple[int, Any]:
    (folder / "supabase/migrations").mkdir(parents=True, exist_ok=True)
    for name, text in zip((FIRST, SECOND), sql, strict=False):
        (folder / name).write_text(text)
    code = main(["verify", "--format", "json", *options])
    return code, json.loads(capsys.readouterr().out)["files"][-1]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_migration_that_opens_rows_of_other_tenants_is_refuted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, file = verified(here, capsys, NOTES + KEPT, f"DROP POLICY r ON public.notes;\n{OPEN}")

    assert code == 1
    assert [(finding["code"], finding["severity"]) for finding in file["findings"]] == [
        ("TENANTS_NOT_ISOLATED", "error")
    ]
    assert file["findings"][0]["message"] == "public.notes: user A reads a row of tenant B"


def test_rows_that_were_open_before_are_a_reservation(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, file = verified(here, capsys, NOTES + OPEN, "CREATE INDEX notes_owner ON public.notes (owner_id);")

    assert (code, file["verdict"]) == (0, "with reservations")
    assert [(finding["code"], finding["severity"]) for finding in file["findings"]] == [
        ("TENANTS_NOT_ISOLATED", "warning")
    ]


def test_tenants_that_are_kept_apart_are_proved_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, file = verified(here, capsys, NOTES + KEPT)

    assert (code, file["verdict"], file["findings"]) == (0, "proved", [])
    assert file["isolation"]["counts"]["proved"] > 0


def test_tables_declared_as_shared_and_a_proof_that_nobody_asked_for_refute_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = verified(here, capsys, NOTES + OPEN, options=("--no-isolation",))
    (here / "guardrails.toml").write_text('[isolation]\nshared = ["public.notes"]\n')
    shared = verified(here, capsys, NOTES + OPEN)

    assert (without[0], without[1]["isolation"]) == (0, None)
    assert (shared[0], shared[1]["findings"]) == (0, [])


def test_a_row_below_a_foreign_parent_wants_the_parent_checked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comments = """\
CREATE TABLE public.comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL REFERENCES auth.users (id),
  note_id uuid NOT NULL REFERENCES public.notes (id)
);
ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON public.comments TO authenticated;
CREATE POLICY r ON public.comments FOR SELECT TO authenticated USING ((SELECT auth.uid()) = owner_id);
CREATE POLICY i ON public.comments FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) = owner_id);
"""
    _, file = verified(here, capsys, NOTES + KEPT, comments)

    [finding] = [one for one in file["findings"] if one["code"] == "TENANTS_NOT_ISOLATED"]
    assert finding["message"].endswith("inserts a row that hangs from tenant B by its note_id")
    assert "EXISTS (SELECT 1 FROM public.notes p WHERE p.id = note_id" in finding["suggestion"]
    assert "shared" not in finding["suggestion"]


def test_a_shared_table_is_not_advised_to_be_shared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "guardrails.toml").write_text('[isolation]\nshared = ["public.notes"]\n')
    writable = "GRANT DELETE ON public.notes TO authenticated;\nCREATE POLICY d ON public.notes FOR DELETE USING (true);"
    _, file = verified(here, capsys, NOTES + OPEN, writable)

    [finding] = [one for one in file["findings"] if one["code"] == "TENANTS_NOT_ISOLATED"]
    assert "[isolation] shared" not in finding["suggestion"]
