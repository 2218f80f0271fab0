"""Text -> the secrets in it, known by their shape; and the text with these made unreadable.

A shape is one that its issuer documents, so that a match is no accident. Keys that are no secret are
left out: Supabase's `anon` and publishable keys, which every browser has, and the demo keys that
every local Supabase starts with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from guardrails.lint.patterns import regex
from guardrails.lint.values import NamedTuple

_SHAPES = tuple(
    (prefix, regex(re.escape(prefix) + rest), what)
    for prefixes, rest, what in (
        (("sb_secret_",), r"[A-Za-z0-9_-]{16,}", "a secret key of Supabase"),
        (("sbp_",), r"[a-f0-9]{40}\b", "an access token of Supabase"),
        (("sk_live_", "rk_live_"), r"[A-Za-z0-9]{16,}", "a live key of Stripe"),
        (("whsec_",), r"[A-Za-z0-9+/=]{24,}", "a webhook's signing secret"),
        (("AKIA", "ASIA"), r"[A-Z0-9]{16}\b", "an access key of AWS"),
        (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"[A-Za-z0-9]{36,}", "a token of GitHub"),
        (("github_pat_",), r"[A-Za-z0-9_]{60,}", "a token of GitHub"),
        (("glpat-",), r"[A-Za-z0-9_-]{20,}", "a token of GitLab"),
        (("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"), r"[A-Za-z0-9-]{20,}", "a token of Slack"),
        (("sk-",), r"[A-Za-z0-9_-]{32,}", "an API key of a model's provider"),
        (("AIza",), r"[A-Za-z0-9_-]{35}", "an API key of Google"),
        (("SG.",), r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "an API key of SendGrid"),
        (("re_",), r"[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b", "an API key of Resend"),
        (
            ("-----BEGIN ",),
            r"(?:[A-Z]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*",
            "a private key",
        ),
    )
    for prefix in prefixes
)
"""What a secret begins with, its whole form, and what it is. To look for the beginning first is much faster."""

_JWT = regex(r"eyJ[A-Za-z0-9_-]{8,}\.(eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]{20,}")
_IN_URL = regex(r"://[^\s:/@'\"]*:([^\s:/@'\"]+)@([^\s:/@'\"]+)")
_KEYWORD = regex(r"\bpassword\s*=\s*(?:'{1,2}([^']+)'|([^\s']+))", re.IGNORECASE)
_IN_CONNECTION = regex(r"(\bpassword=)('{1,2}[^']+'|[^\s'();,]+(?=[\s']))", re.IGNORECASE)
_IN_STATEMENT = regex(r"(\bpassword\s+E?')((?:[^']|'')+)(?=')", re.IGNORECASE)
_PLACEHOLDER = regex(
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
    for prefix, shape, what in _SHAPES:
        for match in shape.finditer(text) if prefix in text else ():
            if _begins_a_word(text, match.start()) and not _looks_made_up(match[0]):
                yield Secret(*match.span(), what)
    for match in _JWT.finditer(text) if "eyJ" in text else ():
        if claim := _token(match[1]):
            yield Secret(*match.span(), claim)
    for match in _IN_URL.finditer(text) if "://" in text and "@" in text else ():
        if not is_placeholder(match[1]) and match[2] not in _LOCAL:
            yield Secret(*match.span(1), "a password in a connection string")


def _begins_a_word(text: str, start: int) -> bool:
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_-")


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
    for shape in (_IN_CONNECTION, _IN_STATEMENT) if "password" in line.casefold() else ():
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
