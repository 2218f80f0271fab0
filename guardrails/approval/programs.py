"""A program of the user's machine, git or ssh-keygen -> what it said."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from guardrails.lint.contracts import GuardrailsError

_TIMEOUT_S = 300
_WAYS_OUT = {
    "git": "approvals are kept in git, so install it",
    "ssh-keygen": "install OpenSSH's client to use signatures",
}


def run(
    arguments: Sequence[str],
    *,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    talks: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end; it reads nothing but what is given.

    Args:
        arguments: its name, and what it is told.
        given: its standard input; None: nothing.
        environment: None: our own.
        talks: what it says on standard error is for the person ("touch your key"), so it is not kept.

    Raises:
        GuardrailsError: it is missing, or does not end.
    """
    name = arguments[0]
    try:
        return subprocess.run(
            arguments,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=None if talks else subprocess.PIPE,
            check=False,
            env=environment,
            timeout=_TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise GuardrailsError(f"{name} is missing: {_WAYS_OUT[name]}") from error
    except subprocess.TimeoutExpired as error:
        raise GuardrailsError(f"{name} did not answer within {_TIMEOUT_S} s") from error
