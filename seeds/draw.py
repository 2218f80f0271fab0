"""(seed, table, column, row) -> a number that is always the same: the only source of chance here."""

from __future__ import annotations

import hashlib
import uuid

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Draw:
    """Numbers for one column; `draw(i)` is a pure function of the names and of `i`.

    The mixing is that of SplitMix64 (Steele, Lea and Flood, 2014), keyed by a hash of the names, so it
    depends neither on Python's hash seed nor on the order of calls.
    """

    def __init__(self, seed: int, *names: str) -> None:
        text = "\0".join((str(seed), *names)).encode()
        self.key = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")

    def __call__(self, row: int) -> int:
        """Return 64 bits for a row."""
        mixed = (self.key + row * _GOLDEN) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, row: int, limit: int) -> int:
        return self(row) % limit

    def share(self, row: int) -> float:
        """Return a number from 0 up to 1."""
        return self(row) / (1 << 64)

    def uuid(self, row: int) -> str:
        """Return a version 4 UUID; two rows never get the same one."""
        # The mixing above is a bijection on the row, so the first half alone tells rows apart; 6 of its
        # bits give way to version and variant, and stand in the second half again.
        high = self(row)
        low = (high * _GOLDEN ^ (high >> 7)) & _MASK
        bits = (high << 64) | low
        bits = bits & ~(0xF << 76) | (4 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        return str(uuid.UUID(int=bits))
