"""The page of the hooks shows the catalogue as it is."""

from pathlib import Path

from commands.hook_page import with_catalogue
from guardrails.agent.catalogue.index import ROWS

PAGE = Path(__file__).parent.parent.parent / "docs" / "agent-hooks.md"


def test_the_tables_of_the_page_are_current() -> None:
    text = PAGE.read_text()

    assert text == with_catalogue(text), "run: make docs"


def test_every_row_says_why_and_what_to_do_instead() -> None:
    for row in ROWS:
        assert row.programs and row.forms, row
        assert row.why and row.instead and not row.why.endswith("."), row


def test_no_form_hides_a_space_in_an_alternative() -> None:
    """In "a|b c|d" the alternatives are a and b, then c and d; a form of one word with spaces is a mistake."""
    for row in ROWS:
        for form in row.forms:
            assert len(form.removeprefix("...").split()) <= 4, form
