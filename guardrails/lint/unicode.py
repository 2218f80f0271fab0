"""Characters that make a text look other than it reads, and what each of them is."""

from __future__ import annotations

import unicodedata

from guardrails.lint.patterns import regex

_INVISIBLE = (
    "\u00a0\u00ad\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200d\u2028\u2029\u202f\u205f-\u2065"
    "\u206a-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LIKE_LATIN = "\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13ff\uff21-\uff5a\U0001d400-\U0001d7ff"

SUSPICIOUS = regex(f"[{_INVISIBLE}{_BIDI}{_LIKE_LATIN}]")
INVISIBLE = regex(f"[{_INVISIBLE}{_BIDI}]")
REORDERING = regex("[\u202a-\u202e\u2066-\u2069]")
"""Characters that show the text behind them in another order than it stands in."""

_TAGS = "\U000e0001\U000e0020-\U000e007f"
SMUGGLED = regex(
    f"(?<![\U0001f3f4{_TAGS}])[{_TAGS}]|\U0001f3f4[{_TAGS}]{{8}}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{4}}"
)
"""Characters that spell a text which only a machine reads: tags but for those of a flag, selectors in a row."""

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_WORD = regex(r"[^\W\d_]+")
_GREEK_LIKE_LATIN = frozenset("αικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")


def named(character: str) -> str:
    """Return what Unicode calls a character, for a person who can't see it."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def reads_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def impostor_in(text: str) -> str | None:
    """Return a letter that passes for a Latin one inside a word of Latin letters, None if there is none."""
    for word in _WORD.findall(text):
        if any(_is_latin(letter) for letter in word):
            for letter in word:
                if _passes_for_latin(letter):
                    return str(letter)
    return None


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ")


def _passes_for_latin(letter: str) -> bool:
    if letter.isascii():
        return False
    name = unicodedata.name(letter, "")
    return letter in _GREEK_LIKE_LATIN or name.startswith(
        ("CYRILLIC ", "ARMENIAN ", "CHEROKEE ", "FULLWIDTH LATIN ", "MATHEMATICAL ")
    )
