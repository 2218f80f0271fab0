"""Read about the rules."""

from __future__ import annotations

from difflib import get_close_matches

from guardrails.lint.contracts import GuardrailsError, Rule, ValidationResult
from guardrails.lint.engine import check_sql
from guardrails.lint.report.text import render_rule
from guardrails.lint.rules import RULES


def list_rules() -> tuple[Rule, ...]:
    """List every rule with its severity and a one-line summary."""
    return tuple(RULES.values())


def explain_rule(code: str) -> str:
    """Explain one rule in Markdown: why it exists, what it reports, what to write instead.

    Raises:
        GuardrailsError: no rule has this code.
    """
    rule = RULES.get(code.strip().upper())
    if rule is None:
        near = get_close_matches(code.upper(), RULES, n=3) or list(RULES)
        raise GuardrailsError(f"there is no rule {code!r}; did you mean {', '.join(near)}?")

    def check(sql: str) -> ValidationResult:
        return check_sql(sql, "example.sql", rule.settings)

    return render_rule(rule, check)


def rules_page() -> str:
    """Return all rules on one Markdown page: the content of docs/rules.md."""
    listing = "\n".join(
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.summary} |"
        for rule in RULES.values()
    )
    head = (
        "<!-- Written by `make docs` from guardrails/lint/rules. -->\n\n"
        "# Rules\n\nAn error blocks a migration until a person approves exactly its bytes; a warning informs.\n\n"
        f"| Code | Severity | What it reports |\n|---|---|---|\n{listing}\n"
    )
    pages = (explain_rule(code).replace("\n## ", "\n### ").replace("# ", "## ", 1) for code in RULES)
    return "\n".join((head, *pages))
