"""A rule -> its page in Markdown, with what is reported on each of its examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from guardrails.lint.contracts import Rule, ValidationResult
from guardrails.lint.report.text import render_file


def render_rule(rule: Rule, check: Callable[[str], ValidationResult]) -> str:
    """Return the Markdown page of a rule, each example with what `check` reports on it."""
    return (
        f"# {rule.code}\n\nSeverity: {rule.severity}. Profile: {rule.profile}.\n\n{rule.docs.strip()}\n\n"
        f"**Instead:** {rule.suggestion}\n"
        + "".join(_examples("Reported", rule.bad, check))
        + "".join(_examples("Passes", rule.good, check))
    )


def _examples(title: str, examples: Iterable[str], check: Callable[[str], ValidationResult]) -> Iterator[str]:
    if examples:
        yield f"\n## {title}\n"
    for sql in examples:
        yield f"\n```sql\n{sql}\n```\n"
        result = check(sql)
        if result.findings or result.allowed:
            yield f"\n```text\n{render_file(result).rstrip()}\n```\n"
