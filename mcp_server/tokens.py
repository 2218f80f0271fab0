"""Where the bearer token comes from: a file or the environment, never an argument that every process may read."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from guardrails.lint.contracts import GuardrailsError

VARIABLE = "GUARDRAILS_MCP_TOKEN"
_LEAST = 24
_MOST = 4_096
_ADVICE = "make one with `openssl rand -hex 32`"


def find_token(file: Path | None) -> str | None:
    """Return the token, or None if nobody gave one. It is taken out of the environment, so that no child inherits it.

    Raises:
        GuardrailsError: the file can't be trusted, or what stands there is no token.
    """
    given = os.environ.pop(VARIABLE, None)
    if file is not None:
        return _checked(_read(file), str(file))
    return None if given is None else _checked(given, VARIABLE)


def _read(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise GuardrailsError(f"the token's file {file} is no file")
            if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
                raise GuardrailsError(
                    f"the token's file {file} must be yours and open to nobody else: chmod 600 {file}"
                )
            return opened.read(_MOST).decode("ascii", errors="replace")
    except OSError as error:
        raise GuardrailsError(
            f"the token's file {file} can't be read: {(error.strerror or '').lower()}"
        ) from error


def _checked(text: str, source: str) -> str:
    token = text.strip()
    if len(token) < _LEAST:
        raise GuardrailsError(f"the token in {source} has fewer than {_LEAST} characters; {_ADVICE}")
    if not re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", token):  # RFC 6750, section 2.1
        raise GuardrailsError(f"the token in {source} has characters that no bearer token has; {_ADVICE}")
    return token
