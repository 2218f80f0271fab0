"""One row of the catalogue, and how the words of a command are compared with it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent.contracts import UNKNOWN, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAFT = (
    "draft the change with create_migration, prove it with `pg-guardrails verify`, "
    "and leave applying it to the team's own pipeline"
)
PERSON = "say what you need and why, and let a person do it"
NEW_MIGRATION = "leave the history as it is and draft a new migration with create_migration"
REVIEW = "push a branch of its own and open a pull request, so that a person reviews and merges it"


class Row(NamedTuple):
    """A known way to change a database, or what guards it.

    Attributes:
        programs: what the program may be called.
        forms: the words that lead to the effect. `|` parts alternatives of one word, `*` stands for any
            letters, `!` excludes; a form that begins with `...` may stand anywhere among the words.
        why: the effect, as a sentence that begins with "it" left out.
        instead: the legitimate way.
        verdict: the answer where nobody spelled out which database it is.
        targeted: it changes a database that a command may spell out. One on this machine is asked
            about, and one elsewhere is refused.
        at_home: without any target it is the one on this machine.
        unless: words that make it harmless.
        needs: at least one of these words has to be there too.
        folds: capitals and dashes make no difference.
        shortens: each part between colons may be shortened.
    """

    programs: tuple[str, ...]
    forms: tuple[str, ...]
    why: str
    instead: str = DRAFT
    verdict: Verdict = Verdict.DENY
    targeted: bool = True
    at_home: bool = False
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    folds: bool = False
    shortens: bool = False


class Match(NamedTuple):
    row: Row
    form: str
    certain: bool


def matched(rows: Sequence[Row], words: Sequence[str]) -> Match | None:
    """Return the first row that the words after a program's name fit, those with no unknown word first."""
    doubtful = None
    for row in rows:
        if exempt(words, row.unless) or (row.needs and not _has(words, row.needs)):
            continue
        for form in row.forms:
            fits = _fits(form, words, row)
            if fits is not None:
                if UNKNOWN not in fits:
                    return Match(row, fits, True)
                doubtful = doubtful or Match(row, form, False)
    return doubtful


def exempt(words: Sequence[str], flags: Sequence[str]) -> bool:
    """Tell whether one of some options is set; `--dry-run=false` does not set it, nor does what follows `--`."""
    own = words[: words.index("--")] if "--" in words else words
    asked = (*flags, "--help")
    return any(
        word == flag
        or (
            word.startswith(f"{flag}=") and word.partition("=")[2].lower() not in {"false", "0", "no", "none"}
        )
        for word in own
        for flag in asked
    ) or own[:1] in (["help"], ["--version"], ["-V"], ["version"])


def _has(words: Sequence[str], needed: Sequence[str]) -> bool:
    return any(
        word in (one, UNKNOWN) or word.startswith(f"{one}=") or fnmatchcase(word, one)
        for word in words
        for one in needed
    )


def _fits(form: str, words: Sequence[str], row: Row) -> str | None:
    """Return the words that fit a form, joined, None when they don't.

    An option may or may not take the word after it: both ways are tried, so no table of options is needed.
    """
    if form.startswith("..."):
        parts = form[3:].split()
        for place in range(len(words)):
            if (found := _from(parts, words, place, row)) is not None:
                return found
        return None
    if not form:
        return ""
    return _leading(form.split(), words, row)


def _leading(parts: list[str], words: Sequence[str], row: Row) -> str | None:
    pending, seen = [(0, 0, "")], set()
    doubtful = None
    while pending:
        place, part, so_far = pending.pop()
        if part == len(parts):
            found = so_far.strip()
            if UNKNOWN not in found:
                return found
            doubtful = found
            continue
        if place >= len(words) or (place, part, UNKNOWN in so_far) in seen:
            continue
        seen.add((place, part, UNKNOWN in so_far))
        word = words[place]
        if word.startswith("-") and word != "-":
            pending += (
                [(place + 2, part, so_far), (place + 1, part, so_far)]
                if "=" not in word
                else [(place + 1, part, so_far)]
            )
        elif _is_assignment(word):
            pending.append((place + 1, part, so_far))
        elif _same(parts[part], word, row):
            pending.append((place + 1, part + 1, f"{so_far} {word}"))
    return doubtful


def _from(parts: list[str], words: Sequence[str], place: int, row: Row) -> str | None:
    taken = words[place : place + len(parts)]
    if len(taken) < len(parts) or any(UNKNOWN in word for word in taken):
        return None
    return (
        " ".join(taken)
        if all(_same(part, word, row) for part, word in zip(parts, taken, strict=True))
        else None
    )


def _same(part: str, word: str, row: Row) -> bool:
    if UNKNOWN in word:
        return True
    spelled = word.rstrip(",").partition("[")[0]
    if row.folds:
        spelled = spelled.lower().replace("-", "").replace("_", "")
    wanted, refused = _alternatives(part)
    if any(fnmatchcase(spelled, one) for one in refused):
        return False
    if any(fnmatchcase(spelled, one) for one in wanted):
        return True
    return row.shortens and len(spelled) > 2 and any(_is_short_for(spelled, one) for one in wanted)


@cache
def _alternatives(part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = part.split("|")
    return tuple(word for word in words if word[0] != "!"), tuple(
        word[1:] for word in words if word[0] == "!"
    )


def _is_short_for(word: str, full: str) -> bool:
    short, long = word.split(":"), full.split(":")
    return len(short) == len(long) and all(
        part and whole.startswith(part) for part, whole in zip(short, long, strict=True)
    )


def _is_assignment(word: str) -> bool:
    name, sign, _ = word.partition("=")
    return bool(sign) and name.isidentifier()
