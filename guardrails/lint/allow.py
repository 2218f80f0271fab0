"""Comments that ask to let a finding pass: `-- guardrails: allow CODE reason: why it is safe here`.

One code, one form, on a line of its own above or inside its statement. Whatever looks like another
linter's way of switching us off is met as a comment of this kind that has a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.lint.parsing import comments
from guardrails.lint.patterns import regex
from guardrails.lint.values import dataclass

FORM = "-- guardrails: allow CODE reason: why it is safe here"

_ADDRESSED = regex(
    r"(?:pg[-_ ])?guard(?:rails?)?\b[\s:,-]*"
    r"(?P<verb>allow|ignore|disable|skip|off|suppress|noqa|no-?lint|ok|exempt|silence)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_CODE = regex(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
_ALLOW = regex(r"guardrails:\s+allow\s+(?P<code>[A-Z][A-Z0-9_]*)\s+reason:\s*(?P<reason>\S.*)")


@dataclass(frozen=True)
class Allow:
    """One such comment.

    Attributes:
        code: the code it names, "" when it names none.
        reason: "" when it gives none, and then it allows nothing.
        fault: what is wrong with its form, or None.
    """

    offset: int
    code: str
    reason: str
    fault: str | None = None


def allows(text: str) -> Iterator[Allow]:
    """Yield the comments that speak to us, in order."""
    if "guard" not in text.lower():
        return  # scanning costs as much as parsing
    for comment in comments(text):
        addressed = _ADDRESSED.match(comment.text)
        if addressed is None:
            continue
        allow = None if comment.block else _ALLOW.fullmatch(comment.text)
        code = _CODE.search(addressed["rest"])
        named = code[0] if code else ""
        if allow is None:
            fault = f"{named or 'this comment'} is not allowed by it: the form is {FORM}"
            yield Allow(comment.offset, named, "", fault)
        elif not comment.alone:
            yield Allow(comment.offset, allow["code"], "", "it must stand on a line of its own")
        else:
            yield Allow(comment.offset, allow["code"], allow["reason"].strip())
