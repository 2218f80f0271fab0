from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "GUARDRAILS_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return tmp_path
