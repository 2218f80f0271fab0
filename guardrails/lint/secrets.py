"""Text -> the secrets in it, known by their shape; and the text with these made unreadable.

A shape is one that its issuer documents, so that a match is no accident. Keys that are no secret are
left out: Supabase's `anon` and publishable keys, which every browser has, and the demo keys that
every local Supabase starts with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

_SHAPES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"\bsb_secret_[A-Za-z0-9_-]{16,}", "a secret key of Supabase", ("sb_secret_",)),
    (r"\bsbp_[a-f0-9]{40}\b", "an access token of Supabase", ("sbp_",)),
    (r"\b[sr]k_live_[A-Za-z0-9]{16,}", "a live key of Stripe", ("k_live_",)),
    (r"\bwhsec_[A-Za-z0-9+/=]{24,}", "a webhook's signing secret", ("whsec_",)),
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "an access key of AWS", ("AKIA", "ASIA")),
    (r"\bgh[pousr]_[A-Za-z0-9]{36,}", "a token of GitHub", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    (r"\bgithub_pat_[A-Za-z0-9_]{60,}", "a token of GitHub", ("github_pat_",)),
    (r"\bglpat-[A-Za-z0-9_-]{20,}", "a token of GitLab", ("glpat-",)),
    (r"\bxox[abprs]-[A-Za-z0-9-]{20,}", "a token of Slack", ("xox",)),
    (r"\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}", "an API key of a model's provider", ("sk-",)),
    (r"\bAIza[A-Za-z0-9_-]{35}", "an API key of Google", ("AIza",)),
    (r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "an API key of SendGrid", ("SG.",)),
    (r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b", "an API key of Resend", ("re_",)),
    (r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*", "a private key", ("PRIVATE KEY",)),
)
"""The pattern of each, what it is, and words of which one stands in each match."""

_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.(eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]{20,}")
_URL = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|https?)://[^\s:/@'\"]*:([^\s:/@'\"]+)@"
    r"([^\s:/@'\"]+)"
)
_KEYWORD = re.compile(r"\bpassword\s*=\s*(?:'{1,2}([^']+)'|([^\s']+))", re.IGNORECASE)
_IN_CONNECTION = re.compile(r"(\bpassword=)('{1,2}[^']+'|[^\s'();,]+(?=[\s']))", re.IGNORECASE)
_IN_STATEMENT = re.compile(r"(\bpassword\s+E?')((?:[^']|'')+)(?=')", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"""
    <.*> | \[.*\] | \{.*\} | \$\{?\w.* | %.*% | \* + | [xX.]{3,} | \.\.\.
    | (?:your|my|the|some|insert|replace|enter|put|set)[-_ ].*
    | .*(?:placeholder|change[-_ ]?me|replace[-_ ]?me|change[-_ ]?this|your[-_ ]|dummy|redacted).*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]", "db", "postgres", "host.docker.internal"})
_WITHOUT_HARM = frozenset({"anon", "authenticated"})
_DEMO_ISSUERS = frozenset({"supabase-demo"})
_LONG = 6


class Secret(NamedTuple):
    """A secret's place as offsets, and what it is, without what it says."""

    start: int
    end: int
    what: str


def secrets_in(text: str) -> Iterator[Secret]:
    """Yield the secrets of known shapes in a text, in no order."""
    shapes = tuple((pattern, what) for pattern, what, words in _SHAPES if any(word in text for word in words))
    for match in _any_of(shapes).finditer(text) if shapes else ():
        what = next(what for pattern, what in shapes if re.fullmatch(pattern, match[0]))
        if not _looks_made_up(match[0]):
            yield Secret(*match.span(), what)
    for match in _JWT.finditer(text) if "eyJ" in text else ():
        if claim := _token(match[1]):
            yield Secret(*match.span(), claim)
    for match in _URL.finditer(text) if "://" in text else ():
        if not is_placeholder(match[1]) and match[2] not in _LOCAL:
            yield Secret(*match.span(1), "a password in a connection string")


@cache
def _any_of(shapes: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern, _ in shapes))


def password_in(connection: str) -> bool:
    """Tell whether a connection string in libpq's form, keyword = value, holds a password."""
    found = _KEYWORD.search(connection)
    return found is not None and not is_placeholder(found[1] or found[2] or "")


def is_placeholder(text: str) -> bool:
    """Tell whether a value only says where the real one would stand."""
    return not text.strip() or _PLACEHOLDER.fullmatch(text.strip()) is not None


def masked(line: str, known: Iterable[str] = ()) -> str:
    """Return a line with every secret in it overwritten, character by character.

    Args:
        line: a line of SQL.
        known: secrets whose shape doesn't tell what they are; a short one only between quotes.
    """
    for word in known:
        exactly = re.escape(word) if len(word) >= _LONG else f"(?<='){re.escape(word)}(?=')"
        line = re.sub(exactly, "*" * len(word), line)
    for secret in tuple(secrets_in(line)):
        line = line[: secret.start] + "*" * (secret.end - secret.start) + line[secret.end :]
    for shape in (_IN_CONNECTION, _IN_STATEMENT):
        line = shape.sub(lambda match: match[1] + "*" * len(match[2]), line)
    return line


def _token(payload: str) -> str | None:
    import base64  # noqa: PLC0415
    import binascii  # noqa: PLC0415
    import json  # noqa: PLC0415

    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict) or claims.get("iss") in _DEMO_ISSUERS:
        return None
    role = claims.get("role")
    if role is None or role in _WITHOUT_HARM:
        return None
    return "a key of the role service_role" if role == "service_role" else "a signed token with a role"


def _looks_made_up(text: str) -> bool:
    """Tell whether a token's body is one repeated character or says that it is an example."""
    body = re.split(r"[_-]", text)[-1]
    return (len(set(body)) <= 3 and "KEY" not in text) or "example" in text.lower() or "your" in text.lower()
