"""Edits, and what the hook says of a migration that was just written."""

import json
import subprocess
from pathlib import Path

import pytest

from commands.hook import hook
from tests.agent.support import answer, run

MIGRATION = "supabase/migrations/20260101000000_a.sql"


def git(folder: Path, *words: str) -> None:
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "core.hooksPath=/dev/null",
    )
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    path = tmp_path / MIGRATION
    path.parent.mkdir(parents=True)
    path.write_text("create table a (id int);")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a")
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [".claude/settings.json", ".claude/settings.local.json", ".claude/hooks/a.sh", ".mcp.json", ".codex/hooks.json", ".cursor/hooks.json", ".gemini/settings.json", ".github/workflows/db.yml", ".github/hooks/a.json",
     ".git/hooks/pre-commit", ".husky/pre-push", ".pre-commit-config.yaml", "CODEOWNERS", ".github/CODEOWNERS", "guardrails.toml", ".guardrails/approvals/a.json", ".guardrails/audit.jsonl", "supabase/approvals/a.json", "x/../.claude/settings.json", ".CLAUDE/Settings.json"],
)  # fmt: skip
@pytest.mark.parametrize("tool", ["Write", "Edit", "MultiEdit"])
def test_a_guard_file_is_not_edited(path: str, tool: str, tmp_path: Path) -> None:
    assert answer(tool, {"file_path": str(tmp_path / path)}, tmp_path) == "deny"


@pytest.mark.parametrize(
    "path",
    [
        "src/app.ts",
        ".claude/commands/x.md",
        "docs/CODEOWNERS.md",
        ".github/dependabot.yml",
        "supabase/config.toml",
        MIGRATION,
        ".guardrails/drafts/a.sql",
    ],
)
def test_other_files_are(path: str, tmp_path: Path) -> None:
    assert answer("Write", {"file_path": str(tmp_path / path)}, tmp_path) == "pass"


def test_a_link_to_a_guard_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / "x").symlink_to(tmp_path / ".claude")

    assert answer("Write", {"file_path": str(tmp_path / "x/settings.json")}, tmp_path) == "deny"


def test_a_migration_on_the_deployed_branch_is_not_changed(repository: Path) -> None:
    assert answer("Edit", {"file_path": str(repository / MIGRATION)}, repository) == "deny"
    assert run(f"rm {MIGRATION}", repository) == "deny"
    assert run("rm -rf supabase/migrations", repository) == "deny"
    assert (
        answer("Edit", {"file_path": str(repository / MIGRATION.replace("_a", "_b"))}, repository) == "pass"
    )


def test_a_migration_that_is_committed_on_a_branch_is_asked_about(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feat/b")
    new = repository / "supabase/migrations/20260102000000_b.sql"
    new.write_text("create table b (id int);")
    assert answer("Edit", {"file_path": str(new)}, repository) == "pass"

    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "b")
    assert answer("Edit", {"file_path": str(new)}, repository) == "ask"
    assert answer("Edit", {"file_path": str(repository / MIGRATION)}, repository) == "deny"


def after(folder: Path, path: str, tool: str = "Write") -> dict[str, object]:
    event = {
        "hook_event_name": "PostToolUse",
        "tool_name": tool,
        "tool_input": {"file_path": str(folder / path)},
        "tool_response": {},
        "cwd": str(folder),
    }
    said = hook("claude", json.dumps(event).encode(), {})
    assert said.exit_code == 0
    return json.loads(said.stdout) if said.stdout else {}


def test_a_migration_that_was_just_written_is_validated(tmp_path: Path) -> None:
    path = tmp_path / MIGRATION
    path.parent.mkdir(parents=True)
    path.write_text("drop table users;")

    said = after(tmp_path, MIGRATION)

    assert said["decision"] == "block"
    assert "DROP_TABLE" in str(said["reason"])


def test_warnings_are_told_and_do_not_block(tmp_path: Path) -> None:
    path = tmp_path / MIGRATION
    path.parent.mkdir(parents=True)
    path.write_text("create table a (id uuid primary key);")

    said = after(tmp_path, MIGRATION, "Edit")

    assert "decision" not in said
    assert "MISSING_RLS" in str(said["hookSpecificOutput"])


def test_nothing_is_said_of_a_clean_migration_or_of_other_files(tmp_path: Path) -> None:
    path = tmp_path / MIGRATION
    path.parent.mkdir(parents=True)
    path.write_text("alter table users add column bio text;")
    (tmp_path / "a.sql").write_text("drop table users;")

    assert after(tmp_path, MIGRATION) == {}
    assert after(tmp_path, "a.sql") == {}
    assert after(tmp_path, "missing/migrations/1_x.sql") == {}


def test_a_file_that_can_not_be_read_as_sql_blocks(tmp_path: Path) -> None:
    path = tmp_path / MIGRATION
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe\x00")

    assert after(tmp_path, MIGRATION)["decision"] == "block"


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        "app/.env.local",
        "~/.pgpass",
        "supabase/.temp/project-ref",
        "/root/.supabase/access-token",
    ],
)
def test_reading_credentials_is_asked_about(path: str, tmp_path: Path) -> None:
    assert answer("Read", {"file_path": path}, tmp_path) == "ask"
    assert run(f"cat {path}", tmp_path) == "ask"


@pytest.mark.parametrize("path", [".env.example", "environment.ts", "README.md", "src/env.d.ts"])
def test_reading_other_files_is_not(path: str, tmp_path: Path) -> None:
    assert answer("Read", {"file_path": path}, tmp_path) == "pass"
