"""A history that is kept says what one says that is read again, whatever was judged after it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.lint.contracts import MigrationFile
from guardrails.lint.engine import check
from guardrails.lint.kept import keeping
from tests.histories import histories, texts


def files(sql: list[str]) -> list[MigrationFile]:
    return [MigrationFile(f"{number:02}.sql", f"{number:02}", "", text) for number, text in enumerate(sql)]


@settings(max_examples=150, deadline=None)
@given(histories, st.lists(st.tuples(st.integers(0, 6), texts), min_size=1, max_size=4))
def test_what_is_judged_after_a_kept_history_is_judged_as_after_one_that_is_read_again(
    history: list[str], judged: list[tuple[int, str]]
) -> None:
    known = files(history)
    asked = [([MigrationFile("new.sql", "", "", sql)], known[:number]) for number, sql in judged]

    apart = [check(new, before) for new, before in asked]
    with keeping():
        together = [check(new, before) for new, before in asked]
        again = [check(new, before) for new, before in asked]

    assert together == apart
    assert again == apart


@settings(max_examples=50, deadline=None)
@given(histories, histories, texts)
def test_a_history_that_changed_is_not_taken_for_the_one_that_is_kept(
    first: list[str], second: list[str], sql: str
) -> None:
    new = [MigrationFile("new.sql", "", "", sql)]

    apart = check(new, files(second))
    with keeping():
        check(new, files(first))
        together = check(new, files(second))

    assert together == apart
