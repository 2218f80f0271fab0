"""Every error that stops a command is on the page that says what to do, in the words in which it is said."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/messages.md"
PACKAGES = ("commands", "guardrails", "mcp_server", "seeds")
ROW = re.compile(r"^\| (?P<said>.+?) \| (?P<do>.+?) \|$", re.MULTILINE)


def said(node: ast.expr) -> str:
    """Return the text of an expression, with … for what is only known when it is said."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(said, parts))
        case _:
            return "…"


def messages() -> Iterator[str]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="GuardrailsError"), args=[first, *_]) if (
                        "guard" not in path.parts[-2:]
                    ):
                        text = re.sub(r"…+", "…", said(first))
                        if text != "…":
                            yield text


def as_written(text: str) -> str:
    return text.replace("&#124;", "|")


def test_every_error_is_on_the_page_and_nothing_else_is() -> None:
    rows = {as_written(row["said"]) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    rows -= {"it says", "---"}

    known = set(messages())
    assert sorted(known - rows) == [], "add a row to docs/messages.md for each"
    assert sorted(rows - known) == [], "nothing says these any more"


def test_every_row_says_what_to_do() -> None:
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        if row["said"] not in {"it says", "---"}:
            assert len(row["do"]) > 8, row["said"]
