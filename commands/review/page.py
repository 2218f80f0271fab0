"""A review -> one HTML file that shows it, and asks nothing of any network.

Nothing of a review becomes markup: it stands in the page as JSON, in which no character can end the element
around it, and the page's script puts it into text nodes only. The page's own policy holds both: no script or
style but the two that are hashed in it, no request, and no text that is turned into markup.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from commands.review.colouring import coloured
from commands.review.comparing import compared
from commands.review.contracts import Fact, Review
from commands.review.locks import changed, drawn
from commands.review.summary import facts, file_of, headline
from guardrails.lint.contracts import Finding, ValidationResult
from guardrails.lint.report.json import finding_as_data
from guardrails.lint.rules import RULES
from guardrails.shadow.contracts import Verified
from guardrails.shadow.report import sentences

MARK = '<meta name="generator" content="pg-guardrails review">'

_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def render(review: Review) -> str:
    """Return the page that shows a review; it has no way to answer, and says how a person does."""
    return _page(review_as_data(review), "")


def app_page(key: str) -> str:
    """Return the page without a review, which an MCP host hands it; `key` is sent back with an answer."""
    return _page(None, key)


def review_as_data(review: Review) -> dict[str, Any]:
    """Return all that the page shows, as plain data."""
    verified = file_of(review)
    return {
        "kind": str(review.kind),
        "title": review.title,
        "path": review.path,
        "purpose": review.purpose,
        "dependencies": list(review.dependencies),
        "added": list(review.added),
        "sha256": review.sha256,
        "valid": review.result.valid,
        "headline": _fact(headline(review)),
        "facts": [_fact(one) for one in facts(review)],
        "findings": _findings(review.result),
        "lines": coloured(review.sql),
        "rollback": coloured(review.rollback.rstrip()) if review.rollback.strip() else None,
        "earlier": review.earlier
        and {"label": review.earlier.label, **compared(review.earlier.sql, review.sql)},
        "proof": verified and _proof(verified),
        "proved": review.verification is not None,
        "command": review.command,
        "draft_id": review.draft_id,
        "version": version("pg-guardrails"),
    }


def is_page(beginning: bytes) -> bool:
    """Tell whether a file is a review page by how it begins."""
    return MARK.encode() in beginning


def as_script(data: object) -> str:
    """Return JSON that is safe inside a script element: ASCII, and nothing in it opens or closes markup."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _page(data: object, key: str) -> str:
    script, style = _asset("page.js"), _asset("page.css")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    parts = {"policy": policy, "mark": MARK, "key": key, "style": style, "script": script}
    page = _asset("page.html")
    for name, part in parts.items():
        page = page.replace(f"%%{name}%%", part)
    return page.replace("%%data%%", as_script(data))


@cache
def _asset(name: str) -> str:
    return files("commands.review").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _fact(fact: Fact) -> dict[str, Any]:
    return {"label": fact.label, "value": fact.value, "tone": str(fact.tone), "details": list(fact.details)}


def _findings(result: ValidationResult) -> list[dict[str, Any]]:
    groups = {
        "error": result.errors,
        "warning": result.warnings,
        "allowed": result.allowed,
        "hidden": result.hidden,
    }
    found = [_finding(one, standing) for standing, group in groups.items() for one in group]
    return sorted(found, key=lambda one: (one["line"], one["column"]))


def _finding(finding: Finding, standing: str) -> dict[str, Any]:
    rule = RULES.get(finding.code)
    return finding_as_data(finding) | {"standing": standing, "summary": rule.summary if rule else ""}


def _proof(verified: Verified) -> dict[str, Any]:
    rollback = verified.rollback
    return {
        "verdict": str(verified.verdict),
        "findings": [
            {
                "code": one.code,
                "severity": str(one.severity),
                "message": one.message,
                "suggestion": one.suggestion,
            }
            for one in verified.findings
        ],
        "failure": verified.failure and sentences.place(verified.failure),
        "rows": sentences.of_rows(verified),
        "locks": drawn(verified),
        "schema": changed(verified.difference.changes),
        "rollback": sentences.of_rollback(verified),
        "left": changed(rollback.difference.changes) if rollback else [],
        "second_run": sentences.of_repetition(verified),
        "isolation": dict(verified.isolation.data) if verified.isolation else None,
    }
