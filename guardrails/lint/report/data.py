"""Plain data -> JSON that stays data wherever it is printed."""

from __future__ import annotations

import json
import re

from guardrails.lint.patterns import regex

# A runner of GitHub or Azure takes these for a command, also in the middle of a line.
_COMMAND = regex(r"(##(?:vso)?)\[", re.IGNORECASE)


def as_json(data: object, *, indent: int | None = None) -> str:
    """Return JSON in ASCII; without `indent` it is as short as it can be."""
    text = json.dumps(data, indent=indent, separators=(",", ": " if indent else ":"))
    return _COMMAND.sub(r"\1\\u005b", text)
