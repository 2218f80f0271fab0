"""(seed, table, column, row) -> a number that is always the same: the only source of chance here."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence

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


_CHUNK = 64
"""Rows whose numbers come from one call of the hash: more are hardly faster, and a lone row pays for all."""


class Stream:
    """64 bits for each row, made by the chunk: the fast way to draw for a block of rows.

    A pure function of the names and of the row's number, by SHAKE-128 over the number of the chunk.
    """

    def __init__(self, seed: int, *names: str) -> None:
        text = "\0".join((str(seed), *names)).encode()
        self.key = hashlib.blake2b(text, digest_size=16).digest()

    def words(self, rows: Sequence[int]) -> list[int]:
        """Return a number below 2**64 for each row."""
        if isinstance(rows, range) and rows.step == 1:
            first, last = rows.start // _CHUNK, (rows.stop - 1) // _CHUNK
            found: list[int] = []
            for chunk in range(first, last + 1):
                found += self._chunk(chunk)
            return found[rows.start - first * _CHUNK : rows.stop - first * _CHUNK]
        chunks: dict[int, list[int]] = {}
        found = []
        for row in rows:
            chunk, place = divmod(row, _CHUNK)
            if chunk not in chunks:
                chunks[chunk] = self._chunk(chunk)
            found.append(chunks[chunk][place])
        return found

    def _chunk(self, chunk: int) -> list[int]:
        digest = hashlib.shake_128(self.key + chunk.to_bytes(8, "big")).digest(8 * _CHUNK)
        return list(_UNPACK(digest))

    def uuids(self, rows: Sequence[int]) -> list[str]:
        """Return a version 4 UUID for each row, of 122 random bits."""
        if isinstance(rows, range) and rows.step == 1:
            first, last = rows.start // _CHUNK, (rows.stop - 1) // _CHUNK
            found = self._uuids_of(range(first, last + 1))
            return found[rows.start - first * _CHUNK : rows.stop - first * _CHUNK]
        chunks = sorted({row // _CHUNK for row in rows})
        found = self._uuids_of(chunks)
        begins = {chunk: place * _CHUNK for place, chunk in enumerate(chunks)}
        return [found[begins[row // _CHUNK] + row % _CHUNK] for row in rows]

    def _uuids_of(self, chunks: Sequence[int]) -> list[str]:
        """Write all digits of one place at once: a strided copy for each of the 32 is faster than any loop."""
        digests = (
            hashlib.shake_128(self.key + chunk.to_bytes(8, "big") + b"uuid").digest(16 * _CHUNK)
            for chunk in chunks
        )
        raw = bytearray(b"".join(digests))
        raw[6::16] = raw[6::16].translate(_VERSION)
        raw[8::16] = raw[8::16].translate(_VARIANT)
        digits = raw.hex().encode()
        text = bytearray(b"-" * (37 * (len(raw) // 16)))
        text[36::37] = b"\n" * (len(raw) // 16)
        for place, digit in enumerate(_PLACES):
            text[digit::37] = digits[place::32]
        return text.decode().split("\n")[:-1]


_UNPACK = struct.Struct(f"<{_CHUNK}Q").unpack
_VERSION = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))
_PLACES = [place for place in range(36) if place not in {8, 13, 18, 23}]


class Shuffle:
    """A bijection on the numbers from 0 up to `size`, that looks random: no number comes twice.

    It multiplies by a number without a common divisor and adds another, modulo `size`.
    """

    def __init__(self, size: int, seed: int, *names: str) -> None:
        draw = Draw(seed, *names, "shuffle")
        self.size = max(size, 1)
        self.shift = draw(0) % self.size
        factor = int(self.size * 0.6180339887) + draw(1) % max(self.size // 8, 1)
        while math.gcd(factor, self.size) != 1:
            factor += 1
        self.factor = factor

    def __call__(self, row: int) -> int:
        return (row * self.factor + self.shift) % self.size

    def places(self, rows: Sequence[int]) -> list[int]:
        size, factor, shift = self.size, self.factor, self.shift
        return [(row * factor + shift) % size for row in rows]


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int, width: int = 1) -> str:
    """Return a number in digits and lower-case letters, with zeros in front up to a width."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text.rjust(width, "0")
