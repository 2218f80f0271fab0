"""A project for a server to work in."""

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("GUARDRAILS_MCP_TOKEN", raising=False)
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path
