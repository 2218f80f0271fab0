"""A user's file as text that can be put back together byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from guardrails.files import read_text

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Current:
    """A file as it is: `text` is without the byte order mark, line ends stay."""

    data: bytes
    text: str

    def encoded(self, text: str) -> bytes:
        """Return the bytes of this file with another text."""
        mark = _MARK if self.data.startswith(_MARK) else b""
        return mark + text.encode()

    @property
    def hash(self) -> str:
        return hash_of(self.data)

    def is_whole(self, hashed: str) -> bool:
        """Tell whether this is a file of ours that was hashed, even if git turned its line ends since."""
        return hashed in {self.hash, hash_of(self.data.replace(b"\r\n", b"\n"))}


def read_current(path: Path, root: Path) -> Current | None:
    """Return a file, None where there is none.

    Raises:
        GuardrailsError: it is no regular file of UTF-8 text, or can't be read.
    """
    if not path.exists():
        return None
    text = read_text(path, root)
    return Current(path.read_bytes(), text)


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
