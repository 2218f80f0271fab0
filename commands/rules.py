"""Read about the rules."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from guardrails.lint import rules
from guardrails.lint.contracts import GuardrailsError, Profile, Rule, ValidationResult
from guardrails.lint.engine import check_sql
from guardrails.lint.report.page import render_rule
from guardrails.lint.rules import FAMILY, RULES

_IN_THIS_ORDER = (
    "destructive",
    "security",
    "locking",
    "compatibility",
    "correctness",
    "performance",
    "style",
)
_WRITTEN_BY = "<!-- Written by `make docs` from guardrails/lint/rules. -->"


def list_rules(profile: Profile | None = None, family: str | None = None) -> tuple[Rule, ...]:
    """List the rules, family by family.

    Args:
        profile: only those that run in it; None: all of them.
        family: only those of it.

    Raises:
        GuardrailsError: there is no such family.
    """
    if family is not None and family not in families():
        raise GuardrailsError(f"there is no family {family!r}; the families are {', '.join(families())}")
    return tuple(
        rule
        for name in families()
        for rule in RULES.values()
        if FAMILY[rule.code] == name
        and family in {None, name}
        and (profile is not Profile.RECOMMENDED or rule.profile is Profile.RECOMMENDED)
    )


def families() -> Sequence[str]:
    """Return the families that have rules, the most dangerous first."""
    there = sorted(set(FAMILY.values()))
    return sorted(there, key=lambda name: (*_IN_THIS_ORDER, name).index(name))


def rule_as_data(rule: Rule) -> dict[str, str]:
    """Return what a list of rules says of one, as plain data."""
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "profile": rule.profile.value,
        "family": FAMILY[rule.code],
        "summary": rule.summary,
        "suggestion": rule.suggestion,
    }


def explain_rule(code: str) -> str:
    """Explain one rule in Markdown: why it exists, what it reports, what to write instead.

    Raises:
        GuardrailsError: no rule has this code.
    """
    rule = rule_named(code)

    def check(sql: str) -> ValidationResult:
        return check_sql(sql, "example.sql", rule.settings)

    return render_rule(rule, check)


def rule_named(code: str) -> Rule:
    """Return the rule with a code, however its letters are written.

    Raises:
        GuardrailsError: no rule has this code.
    """
    rule = RULES.get(code.strip().upper().replace("-", "_"))
    if rule is None:
        near = get_close_matches(code.strip().upper(), RULES, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "pg-guardrails rules lists them"
        raise GuardrailsError(f"there is no rule {code!r}; {hint}")
    return rule


def codes_by_family() -> str:
    """Return all codes in Markdown, a paragraph a family: short enough to be read by a model at once."""
    parts = [
        f"{name}: {', '.join(f'{rule.code} ({rule.severity})' for rule in list_rules(family=name))}"
        for name in families()
    ]
    return "\n\n".join(
        (f"{len(RULES)} rules. guardrails://rules/{{code}} explains one, or lists a family.", *parts)
    )


def family_listing(family: str) -> str:
    """Return the rules of a family in Markdown, a line each."""
    return "\n".join(f"- {rule.code} ({rule.severity}): {rule.summary}" for rule in list_rules(family=family))


def pages() -> dict[str, str]:
    """Return the documentation of all rules: Markdown by its path below docs/."""
    return {"rules.md": _index(), **{f"rules/{name}.md": _family_page(name) for name in families()}}


def _index() -> str:
    parts = [
        f"## [{name.capitalize()}](rules/{name}.md)\n\n{_about(name)}\n\n{_table(name, f'rules/{name}.md')}"
        for name in families()
    ]
    head = (
        f"{_WRITTEN_BY}\n\n# Rules\n\nThere are {len(RULES)}. An error blocks a migration until a person "
        "approves exactly its bytes; a warning\ninforms. Rules of the profile `strict` run only where a project asks "
        "for it, or for them\n([configuration](validating.md#configuration)). "
        "`pg-guardrails rules CODE` shows the same as these pages."
    )
    return "\n\n".join((head, *parts)) + "\n"


def _family_page(family: str) -> str:
    explained = [
        explain_rule(rule.code).replace("\n## ", "\n### ").replace("# ", "## ", 1).rstrip()
        for rule in list_rules(family=family)
    ]
    head = f"{_WRITTEN_BY}\n\n# {family.capitalize()}\n\n{_about(family)} [All rules](../rules.md)"
    return "\n\n".join((head, _table(family, ""), *explained)) + "\n"


def _table(family: str, page: str) -> str:
    rows = [
        f"| [{rule.code}]({page}#{rule.code.lower()}) | {rule.severity} | {rule.profile} | {_cell(rule.summary)} |"
        for rule in list_rules(family=family)
    ]
    return "\n".join(("| Code | Severity | Profile | What it reports |", "|---|---|---|---|", *rows))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _about(family: str) -> str:
    return (import_module(f"{rules.__name__}.{family}").__doc__ or "").strip()
