"""A review page that is open -> a code that answers it once. Codes live in this process's memory and nowhere else.

Two secrets make an answer, which reach the page on two ways: the page's own key stands in its HTML, the code
comes with the draft. Whoever sees only one of the ways can't answer. Neither ever travels back: an answer is an
HMAC (RFC 2104) under both of what is decided about which content, so whoever reads answers learns nothing of use.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex

from guardrails.lint.contracts import GuardrailsError

LIFETIME_S = 3600
_MOST = 100


@dataclass(frozen=True)
class _Ticket:
    code: str
    sha256: str
    expires: float


@dataclass
class Tickets:
    """The open reviews of one server.

    Attributes:
        key: of the page; `page` is the part of it that may be told, so that a page knows whether it is old.
        clock: seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    key: str = field(default_factory=lambda: token_hex(24))
    _open: dict[str, _Ticket] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return self.key[:8]

    def open(self, draft_id: str, sha256: str) -> str:
        """Return a new code for a draft with exactly this content; an older code for it ends."""
        self._open.pop(draft_id, None)
        while len(self._open) >= _MOST:
            self._open.pop(next(iter(self._open)))
        code = token_hex(24)
        self._open[draft_id] = _Ticket(code, sha256, self.clock() + LIFETIME_S)
        return code

    def check(self, draft_id: str, action: str, answer: str) -> str:
        """Return the hash of the content that an answer is about; its code stays good.

        Args:
            draft_id: names the draft.
            action: what is wanted, as in "approve".
            answer: `answer_of` that.

        Raises:
            GuardrailsError: it was made without the secrets, or its code was used or ended.
        """
        ticket = self._open.get(draft_id)
        known = ticket or _Ticket(token_hex(24), "", 0)  # so that no time tells whether there is a draft
        wanted = answer_of(self.key, known.code, action, draft_id, known.sha256)
        same = hmac.compare_digest(answer.encode(errors="surrogatepass"), wanted.encode())
        if ticket is None or not same or self.clock() >= ticket.expires:
            raise GuardrailsError(
                "this page can't answer: the draft was answered already, was drafted anew, or waited for more than "
                f"{LIFETIME_S // 60} minutes"
            )
        return ticket.sha256

    def take(self, draft_id: str, action: str, answer: str) -> str:
        """Return the same as `check`, and end the code.

        Raises:
            GuardrailsError: as with `check`.
        """
        sha256 = self.check(draft_id, action, answer)
        del self._open[draft_id]
        return sha256


def answer_of(key: str, code: str, action: str, draft_id: str, sha256: str) -> str:
    """Return what a page sends: an HMAC-SHA-256, in hex, of `action`, the draft and what was shown of it."""
    said = f"{action}\n{draft_id}\n{sha256}"
    return hmac.new(f"{key}{code}".encode(), said.encode(errors="surrogatepass"), "sha256").hexdigest()
