"""The nouns of the hooks: what an assistant is about to do, and the answer to it.

Named tuples and not dataclasses: a hook runs before every command of an assistant, and importing
`dataclasses` alone costs more than judging one.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Protocol

UNKNOWN = "\x00"
"""Stands in a word, or in a text, for a part that can only be known when the command runs."""


class Verdict(IntEnum):
    """The answer to an event; of several the greatest stands."""

    PASS = 0  # the hook has nothing to say; the harness's own permissions still apply
    ASK = 1  # a person decides
    DENY = 2


class Decision(NamedTuple):
    """An answer with everything that a refusal has to say.

    Attributes:
        seen: what was recognised, as in "supabase db push".
        why: what it would do, as a sentence without its full stop.
        person: what a person types to do it all the same, or "" when that is the command as given.
        instead: the legitimate way for an assistant, as an order.
        certain: a known form was recognised, and no likeness of one.
    """

    verdict: Verdict
    seen: str = ""
    why: str = ""
    person: str = ""
    instead: str = ""
    certain: bool = True


PASS = Decision(Verdict.PASS)


def worst(*decisions: Decision) -> Decision:
    """Return the strictest of several answers, the first of them where two are alike."""
    return max(decisions, key=lambda decision: decision.verdict, default=PASS)


def softened(decision: Decision) -> Decision:
    """Return an answer that asks where it would deny: for what only looks like a known form."""
    return decision._replace(verdict=min(decision.verdict, Verdict.ASK), certain=False)


class Command(NamedTuple):
    """A shell is about to run a text in a folder."""

    text: str
    folder: str


class ToolCall(NamedTuple):
    """A tool of an MCP server is about to be called with these arguments."""

    name: str
    arguments: dict[str, object]


class Edit(NamedTuple):
    """A file is about to be written, changed, moved or removed; `path` is absolute or from `folder`."""

    path: str
    folder: str


class Read(NamedTuple):
    """A file is about to be read."""

    path: str
    folder: str


class SettingsChange(NamedTuple):
    """The settings of the assistant itself are about to change while it runs."""

    source: str


class Written(NamedTuple):
    """Files were written; there is nothing to refuse any more, but something to say."""

    paths: tuple[str, ...]
    folder: str


class Other(NamedTuple):
    """Something that the hooks have nothing to say about."""

    name: str


Event = Command | ToolCall | Edit | Read | SettingsChange | Written | Other


class Kept(IntEnum):
    """How well version control holds a file; the greater, the less an assistant may touch it."""

    NO = 0
    COMMITTED = 1  # on this branch
    BASE = 2  # on the branch that is deployed: it may be applied already


class Project(Protocol):
    """What may be asked about the machine. Nothing here writes, runs a project's code or waits."""

    def text(self, path: str) -> str | None:
        """Return what stands in a file; None when it is missing, no regular file, too large or no text."""

    def folders(self, path: str, depth: int) -> tuple[str, ...]:
        """Return a folder and those below it, down to a depth, without what installers fill."""

    def kept(self, path: str) -> Kept:
        """Tell whether version control has a file."""

    def variable(self, name: str) -> str | None:
        """Return a variable of the environment that the assistant's commands inherit."""
