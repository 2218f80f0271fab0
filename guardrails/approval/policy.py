"""What a team demands of its approvals: `policy.toml` beside the records, always read from the base branch."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from guardrails.files import decode, escape
from guardrails.lint.contracts import GuardrailsError

FILE = "policy.toml"
SIGNERS = "allowed_signers"
_KEYS = ("require_signature", "environments", "acknowledge")


@dataclass(frozen=True)
class Policy:
    """What every new approval has to have; without a policy, a record is enough.

    Attributes:
        require_signature: an SSH signature of one of the allowed signers.
        environments: names that the record has to hold.
        acknowledge: codes of errors that a person may accept; None: any.
    """

    require_signature: bool = False
    environments: tuple[str, ...] = ()
    acknowledge: frozenset[str] | None = None


def parse_policy(data: bytes | None, shown: str) -> Policy:
    """Return the policy that a file holds, the one that asks for nothing when there is no file.

    Raises:
        GuardrailsError: it is broken or says what can't be.
    """
    if data is None:
        return Policy()
    try:
        table = tomllib.loads(decode(data, shown))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise GuardrailsError(f"{shown} can't be read as TOML: {escape(str(error))[:120]}") from error
    if unknown := [key for key in table if key not in _KEYS]:
        raise GuardrailsError(
            f"{shown} has an unknown key {escape(unknown[0])[:60]!r}: the keys are {', '.join(_KEYS)}"
        )
    signature = table.get("require_signature", False)
    if not isinstance(signature, bool):
        raise GuardrailsError(f"{shown}: require_signature has to be true or false")
    acknowledge = _names(table, "acknowledge", shown)
    return Policy(
        signature,
        _names(table, "environments", shown) or (),
        None if acknowledge is None else frozenset(acknowledge),
    )


def strictest(policies: Iterable[Policy]) -> Policy:
    """Return the policy that demands all that any of them does."""
    whole = Policy()
    for one in policies:
        either = [names for names in (whole.acknowledge, one.acknowledge) if names is not None]
        whole = Policy(
            whole.require_signature or one.require_signature,
            tuple(dict.fromkeys((*whole.environments, *one.environments))),
            frozenset.intersection(*either) if either else None,
        )
    return whole


def _names(table: dict[str, object], key: str, shown: str) -> tuple[str, ...] | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise GuardrailsError(f"{shown}: {key} has to be a list of names")
    return tuple(value)
