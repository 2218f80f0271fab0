"""What the documentation shows as printed is what is printed. `make docs` brings it up to date."""

import os
from pathlib import Path

import pytest

from tests.docs.transcripts import AtATerminal, Stage, current

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "guide.md", DOCS / "other-tools.md", *(DOCS / "commands").glob("*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path, at_a_terminal: AtATerminal) -> None:
    text = page.read_text(encoding="utf-8")

    shown = current(text, Stage(tmp_path, at_a_terminal))

    if os.environ.get("TRANSCRIPTS") == "write":
        page.write_text(shown, encoding="utf-8")
    else:
        assert shown == text, "run: make docs"
