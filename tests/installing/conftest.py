"""Repositories of several kinds, as `init` meets them, and an environment that no assistant has marked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(sys.executable).parent
SETTINGS = (
    '{\n   "model": "opus",\n   "hooks": {\n      "PreToolUse": [\n         {\n            "matcher": "Bash",\n'
    '            "hooks": [ { "type": "command", "command": "./mine.sh" } ]\n         }\n      ]\n   },\n'
    '   "permissions": { "allow": ["Bash(ls:*)"], "deny": ["Read(./.env)"] }\n}'
)
PRE_COMMIT = (
    "# our hooks\nminimum_pre_commit_version: '3.2.0'\nrepos:\n  # formatting\n  - repo: local\n    hooks:\n"
    "      - id: fmt   # quick\n        name: fmt\n        entry: fmt\n        language: system\nci:\n  autofix_prs: false\n"
)


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own, no credentials, and a PATH that has the program and git."""
    home = tmp_path / "home"
    home.mkdir()
    for name in os.environ:
        if not name.startswith(("COV", "LANG", "LC_", "PYTEST", "PYTHON", "TMP")):
            monkeypatch.delenv(name)
    # Whoever runs the tests may be an assistant.
    monkeypatch.setattr("guardrails.approval.terminal.agent_above", lambda: None, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{HERE}:/usr/bin:/bin")
    return home


def empty(_root: Path) -> None: ...


def supabase(root: Path) -> None:
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/20260101000000_a.sql").write_text("CREATE TABLE a (id int);\n")
    (root / ".claude").mkdir()
    (root / ".claude/settings.json").write_text(SETTINGS)
    (root / ".mcp.json").write_text(
        '{"mcpServers": {"other": {"command": "other", "env": {"KEY": "s3cret"}}}}'
    )
    (root / ".cursor").mkdir()
    (root / ".cursor/hooks.json").write_text('{\n\t"version": 1,\n\t"hooks": {}\n}\n')
    (root / ".vscode").mkdir()
    (root / ".vscode/mcp.json").write_text('{\n  // ours\n  "servers": {},\n}\n')
    (root / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
    (root / ".gitignore").write_text("node_modules\n.env")
    (root / "AGENTS.md").write_text("# Rules\n\nBe kind.\n")


def windows(root: Path) -> None:
    supabase(root)
    for path in root.rglob("*"):
        if path.is_file():
            path.write_bytes(
                b"\xef\xbb\xbf" * (path.suffix == ".md") + path.read_bytes().replace(b"\n", b"\r\n")
            )


def monorepo(root: Path) -> None:
    (root / "packages/db/supabase/migrations").mkdir(parents=True)
    (root / "packages/db/supabase/migrations/20260101000000_a.sql").write_text("CREATE TABLE a (id int);\n")
    (root / "packages/web").mkdir()
    (root / "package.json").write_text("{}")
    (root / ".gitlab-ci.yml").write_text("stages: [test]\n")
    (root / ".gemini").mkdir()
    (root / ".codex").mkdir()
    (root / ".codex/config.toml").write_text('model = "x" # ours\n[mcp_servers.other]\ncommand = "y"')


def linked(root: Path) -> None:
    (root / "agents/claude").mkdir(parents=True)
    (root / ".claude").symlink_to("agents/claude")
    (root / "AGENTS.md").write_text("# Rules")
    (root / "CLAUDE.md").symlink_to("AGENTS.md")


KINDS: dict[str, Callable[[Path], None]] = {
    "empty": empty,
    "supabase": supabase,
    "windows": windows,
    "monorepo": monorepo,
    "linked": linked,
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Make a repository of a kind, and go into it."""

    def make(kind: str, *, git: bool = True) -> Path:
        root = tmp_path / "repository"
        root.mkdir()
        if git:
            subprocess.run([shutil.which("git") or "git", "init", "-q", str(root)], check=True)
        KINDS[kind](root)
        monkeypatch.chdir(root)
        return root

    return make


def snapshot(root: Path) -> dict[str, bytes | str]:
    """Return all that a folder holds: bytes of files, where links lead, and folders."""
    return {
        path.relative_to(root).as_posix(): (
            str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
        )
        for path in sorted(root.rglob("*"))
        if ".git" not in path.relative_to(root).parts
    }
