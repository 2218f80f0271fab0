"""What one look found: the value that every check of `doctor` returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """`OFF` is wrong, `WARNING` is worth knowing, `UNKNOWN` was not looked at."""

    OK = "ok"
    WARNING = "warning"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` says how to put it right, "" when nothing is to be done.

    Neither of them ever holds the value of a credential.
    """

    area: str
    status: Status
    message: str
    fix: str = ""
