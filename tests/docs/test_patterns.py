"""Every pattern of the documentation passes what it recommends: no finding, and nothing refuted or left unproved."""

import json
import re
from pathlib import Path

import pytest

from commands.cli import main

PAGE = Path(__file__).parents[2] / "docs/patterns.md"
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```\n", re.DOTALL)
SECTIONS = dict(
    re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
)


@pytest.fixture(params=SECTIONS, ids=lambda title: title)
def migrations(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The migrations of one pattern, in a Supabase project of their own; the working folder is its root."""
    written = []
    for name, text in (
        ("supabase/config.toml", 'project_id = "pattern"\n'),
        *FILE.findall(SECTIONS[request.param]),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if name.endswith(".sql"):
            written.append(name)
    monkeypatch.chdir(tmp_path)
    return written


def test_a_pattern_has_no_finding(migrations: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert migrations
    assert main(["validate", "--format", "json"]) == 0

    found = [
        finding
        for file in json.loads(capsys.readouterr().out)["files"]
        for finding in (*file["errors"], *file["warnings"])
    ]
    assert found == []


def test_a_pattern_is_proved(migrations: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", *migrations])

    shown = capsys.readouterr().out
    assert code == 0, shown
    assert not re.search(r"[1-9]\d* (refuted|unproved)", shown), shown
    assert re.search(r"[1-9]\d* proved|hold nothing to try", shown), shown
