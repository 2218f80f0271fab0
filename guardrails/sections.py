"""The text of a file that holds both ways, as goose and dbmate write it -> where its halves are.

The tools find their marks line by line, without a look at the SQL around them, and so does this: what
is no mark to the tool runs forwards, so it must be none here either.

Sources: <https://github.com/pressly/goose/blob/main/internal/sqlparser/parser.go>,
<https://github.com/amacneil/dbmate/blob/main/pkg/dbmate/migration.go>
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from guardrails.lint.patterns import regex
from guardrails.lint.values import NamedTuple


class Tool(StrEnum):
    """What wrote the migrations, and runs them. `PLAIN` is any other runner of numbered files."""

    SUPABASE = "supabase"
    PRISMA = "prisma"
    DIESEL = "diesel"
    SQLX = "sqlx"
    GOLANG_MIGRATE = "golang-migrate"
    GOOSE = "goose"
    DBMATE = "dbmate"
    FLYWAY = "flyway"
    PLAIN = "plain"


MARKS = {Tool.GOOSE: "-- +goose Up", Tool.DBMATE: "-- migrate:up"}
"""Tools that keep both ways in one file, and the line that begins the way forwards."""

IN_SECTIONS = tuple(MARKS)

# goose trims what Go calls white space, Python's `strip` takes more: then a mark that goose does not
# see would hide what follows it. The same holds for `\s`.
_BLANKS = " \t\r\v\f"
_DBMATE_MARK = regex(r"--[ \t\f]*migrate:(up|down)(?:[ \t\f\r]*|[ \t\f]+[^ \t\f\r]+)")


class Sections(NamedTuple):
    """Offsets `(start, end)` of the halves of a file that holds both ways."""

    up: tuple[int, int]
    down: tuple[int, int] | None


def sections(tool: Tool, text: str) -> Sections | None:
    """Find the two halves of a goose or dbmate file; None for other tools and for what they would refuse.

    What stands before the mark of the way forwards counts as a part of it: the tools refuse
    statements there, so they can't be meant for later.
    """
    marks = list(_marks(tool, text)) if tool in IN_SECTIONS else []
    match [(kind.lower(), offset) for kind, offset in marks]:
        case [("up", _)]:
            return Sections((0, len(text)), None)
        # An older goose wants "Up" and "Down" as they are, and would run on through a "down".
        case [("up", _), ("down", offset)] if marks[0][0] != "Up" or marks[1][0] == "Down":
            return Sections((0, offset), (offset, len(text)))
    return None


def is_in_sections(tool: Tool, text: str) -> bool:
    """Tell whether a file says where its way forwards begins, without which the tool refuses it."""
    return any(kind.lower() == "up" for kind, _ in _marks(tool, text))


def has_statement(text: str) -> bool:
    """Tell whether a text holds more than blank lines and comments, which is asked line by line."""
    in_comment = False
    for raw in text.split("\n"):
        line = raw.strip()
        if not in_comment and line.startswith("/*"):
            in_comment, line = True, line[2:]
        if in_comment:
            _, closed, line = line.partition("*/")
            in_comment = not closed
            line = line.strip()
        if line and not line.startswith("--"):
            return True
    return False


def _marks(tool: Tool, text: str) -> Iterator[tuple[str, int]]:
    """Yield each mark of a section as it is written, with the offset of its line."""
    offset = 0
    for line in text.split("\n"):
        if line.startswith("--"):
            if tool is Tool.DBMATE:
                if found := _DBMATE_MARK.fullmatch(line):
                    yield found[1], offset
            else:
                words = line[2:].strip(_BLANKS)
                if words.lower() in {"+goose up", "+goose down"}:
                    yield words[7:], offset
        offset += len(line) + 1
