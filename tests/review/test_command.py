"""`pg-guardrails review`: a summary in the terminal, a page in a file, and what it refuses."""

import subprocess
from pathlib import Path

import pytest

from commands.cli import main
from commands.create import draft_migration

SAFE = (
    "CREATE TABLE public.notes (id uuid PRIMARY KEY);\nALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;\n"
)
LOSES = "-- Migration: Tidy up\n-- Purpose: Nobody reads it\n-- Dependencies: none\nDROP TABLE old_notes;\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(root: Path, sql: str, name: str = "20260101000000_notes.sql") -> str:
    path = root / "supabase" / "migrations" / name
    path.write_text(sql)
    return path.relative_to(root).as_posix()


def test_the_summary_begins_with_what_it_comes_to(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["review", written(root, LOSES)])
    lines = capsys.readouterr().out.splitlines()

    assert code == 1
    assert lines[0] == "✗ Blocked: 1 error, so it can't be merged as it is"
    assert lines[1].strip() == "Tidy up (supabase/migrations/20260101000000_notes.sql)"
    assert "  purpose: Nobody reads it" in lines
    assert "· proof: not run" in lines
    assert lines[-1].endswith("pg-guardrails approve supabase/migrations/20260101000000_notes.sql")


def test_a_migration_without_findings_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["review", written(root, "CREATE TYPE public.mood AS ENUM ('good', 'bad');\n")])

    assert code == 0
    assert capsys.readouterr().out.startswith("· Nothing found: no rule speaks against it; it was not run")


def test_a_proof_is_summed_up(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(root, SAFE)
    sql = "ALTER TABLE public.notes ADD COLUMN body text;\n"
    main(["review", written(root, sql, "20260102000000_body.sql"), "--verify"])
    shown = capsys.readouterr().out

    assert "✓ proof: proved" in shown
    assert "· locks: reads and writes wait on 1 table, at most 1 statement long" in shown
    assert "· schema: 1 added" in shown


def test_a_proof_that_fails_blocks(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "CREATE TABLE public.notes (id uuid PRIMARY KEY, total int DEFAULT 'many');\nALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;\n"
    code = main(["review", written(root, sql), "--verify"])
    shown = capsys.readouterr().out

    assert code == 1
    assert shown.startswith("✗ Refuted")
    assert "invalid input syntax for type integer" in shown


@pytest.mark.parametrize("by", ["id", "file"])
def test_a_draft_is_reviewed_by_its_id_or_its_file(
    root: Path, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    draft = draft_migration(root, "Add notes", "People write", sql=SAFE)
    code = main(["review", draft.id if by == "id" else draft.path])
    shown = capsys.readouterr().out

    assert code == 0
    assert "Add notes" in shown
    assert "· rollback: there is one; it was not tried" in shown
    assert shown.rstrip().endswith(f"pg-guardrails confirm {draft.id}")


def test_the_rollback_of_a_draft_is_tried(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = draft_migration(root, "Add notes", "People write", sql=SAFE)
    main(["review", draft.id, "--verify"])

    assert "✓ rollback: the schema is what it was" in capsys.readouterr().out


def test_a_draft_is_compared_with_the_one_before_of_its_name(root: Path) -> None:
    before = draft_migration(root, "Add notes", "People write", sql=SAFE)
    draft = draft_migration(root, "Add notes", "People write", sql=SAFE.replace("notes", "memos"))
    main(["review", draft.id, "--html", "page.html"])
    page = Path("page.html").read_text()

    assert f"draft {before.id} of the same name" in page
    assert '["-",5,null,"CREATE TABLE public.notes (id uuid PRIMARY KEY);"]' in page


def test_a_changed_migration_is_compared_with_what_was_approved(root: Path) -> None:
    path = written(root, SAFE)
    git = ["git", "-C", str(root), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    approve(root, path)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "notes"], check=True)
    (root / path).write_text(SAFE + "CREATE INDEX notes_idx ON public.notes (id);\n")
    main(["review", path, "--html", "page.html"])
    page = Path("page.html").read_text()

    assert "the version that ada@example.com approved at" in page
    assert '"CREATE INDEX notes_idx ON public.notes (id);"]' in page
    assert '"value":"changed"' in page


def approve(root: Path, path: str) -> None:
    """Approve as a person does who types the hash that they are shown."""
    from commands.approve import approve as command  # noqa: PLC0415

    def typed(_text: str, question: str, _command: str) -> str:
        return question.rpartition("type ")[2].rstrip(":")

    assert command(root, root / path, approver="ada@example.com", environ={}, answered=typed) is not None


def test_a_page_is_written_over_a_page(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(root, SAFE)
    main(["review", path, "--html", "page.html"])
    code = main(["review", path, "--html", "page.html"])

    assert code == 0
    assert capsys.readouterr().out.rstrip().endswith("Page: page.html")


def test_what_is_no_page_is_not_written_over(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(root, SAFE)
    (root / "notes.txt").write_text("mine")
    code = main(["review", path, "--html", "notes.txt"])

    assert code == 2
    assert "is no review page" in capsys.readouterr().err
    assert (root / "notes.txt").read_text() == "mine"

    assert main(["review", path, "--html", "notes.txt", "--force"]) == 0
    assert (root / "notes.txt").read_text().startswith("<!doctype html>")


def test_a_link_is_never_written_through(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(root, SAFE)
    (root / "mine.sql").write_text("mine")
    (root / "page.html").symlink_to(root / "mine.sql")
    code = main(["review", path, "--html", "page.html", "--force"])

    assert code == 2
    assert "is no ordinary file" in capsys.readouterr().err
    assert (root / "mine.sql").read_text() == "mine"


def test_the_page_goes_to_standard_output(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["review", written(root, SAFE), "--html", "-"])
    shown = capsys.readouterr().out

    assert shown.startswith("<!doctype html>")
    assert shown.endswith("</html>\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.sql"], "there is no file nowhere.sql"),
        (["supabase/migrations"], "is a folder"),
        (["0123456789ab"], "there is no draft 0123456789ab"),
        (["x.sql", "--force"], "--html"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert root.is_dir()
    assert main(["review", *arguments]) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert sentence in shown.err
    assert shown.err.count("\n") == 1


def test_a_page_that_can_not_be_written_is_said_in_a_sentence(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["review", written(root, SAFE), "--html", "missing/page.html"])

    assert code == 2
    assert capsys.readouterr().err == "error: missing/page.html can't be written: no such file or directory\n"


def test_escapes_in_a_migration_do_not_reach_the_terminal(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["review", written(root, "-- Migration: \x1b]0;owned\x07 \u202e\nSELECT 1;\n")])
    shown = capsys.readouterr().out

    assert "\x1b" not in shown
    assert "\u202e" not in shown
