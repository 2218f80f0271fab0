"""A text of lines and a block to add -> the same text with the block between two marks, and back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import yaml

from guardrails.installing.contracts import Form, Insertion
from guardrails.lint.contracts import GuardrailsError

_MARKS: Mapping[Form, tuple[str, str]] = {
    Form.MARKDOWN: ("<!-- pg-guardrails: begin -->", "<!-- pg-guardrails: end -->"),
}
_HASH_MARKS = ("# pg-guardrails: begin", "# pg-guardrails: end")


def marked(form: Form, lines: str, newline: str = "\n") -> str:
    """Return a block between its marks."""
    begin, end = _MARKS.get(form, _HASH_MARKS)
    return newline.join([begin, *lines.rstrip("\n").split("\n"), end]) + newline


def add_block(text: str, form: Form, lines: str, shown: str) -> Insertion | str:
    """Return what has to be inserted so that the text holds the block, or a sentence why that can't be.

    Raises:
        GuardrailsError: the text is not what its form says, or the block can't stand in it.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    check(text, form, shown)
    if form is Form.PRE_COMMIT and "repos" in (yaml.safe_load(text) or {}):
        return _below_repos(text, lines, newline, shown)
    body = marked(form, lines, newline)
    if form is Form.PRE_COMMIT:
        body = f"repos:{newline}{body}"
    ends = "" if not text or text.endswith("\n") else newline
    insertion = Insertion(len(text), ends + (newline if text.strip() else "") + body)
    check(text + insertion.text, form, shown, ours=True)
    return insertion


def block_in(text: str, form: Form) -> tuple[int, int] | None:
    """Return where a block begins and ends, whole lines; None when there is none, or a mark is missing."""
    begin, end = _MARKS.get(form, _HASH_MARKS)
    start, stop, place = -1, -1, 0
    for line in text.splitlines(keepends=True):
        if line.strip() == begin and start < 0:
            start = place
        place += len(line)
        if line.strip() == end and start >= 0:
            stop = place
            break
    return (start, stop) if stop >= 0 else None


def without_block(text: str, form: Form, insertions: tuple[Insertion, ...]) -> str:
    """Return the text without its block, and without the empty line that was put before it."""
    place = block_in(text, form)
    if place is None:
        return text
    start, stop = place
    before = text[:start]
    if insertions and insertions[0].text[:1] in {"\n", "\r"}:
        for gap in ("\r\n", "\n"):
            if before.endswith(gap * 2):
                before = before.removesuffix(gap)
                break
    return before + text[stop:]


def check(text: str, form: Form, shown: str, *, ours: bool = False) -> None:
    """Refuse a text that its own tool could not read; `ours` says that the block is in it.

    Raises:
        GuardrailsError: it is broken.
    """
    try:
        if form is Form.TOML:
            tomllib.loads(text)
        if form is Form.PRE_COMMIT and not isinstance(yaml.safe_load(text) or {}, dict):
            raise GuardrailsError(f"{shown} holds no table; mend it first")
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        kind = "TOML" if form is Form.TOML else "YAML"
        if ours:
            raise GuardrailsError(
                f"{shown} leaves no place for the entry of pg-guardrails; add it by hand"
            ) from error
        place = (
            f", line {mark.line + 1}"
            if (mark := getattr(error, "problem_mark", None))
            else f": {error}"
            if form is Form.TOML
            else ""
        )
        raise GuardrailsError(f"{shown} is broken {kind}{place}; mend it first") from error


def _below_repos(text: str, lines: str, newline: str, shown: str) -> Insertion | str:
    """Insert an entry above the first one: what follows the last is not told from it by any token."""
    by_hand = f"{shown}: its repos are no plain list, so the entry is left out; add it by hand"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    repos = next(value for key, value in root.value if key.value == "repos")
    if not isinstance(repos, yaml.SequenceNode) or repos.flow_style or not repos.value:
        return by_hand
    start = repos.start_mark.index
    line = text.rfind("\n", 0, start) + 1
    indent = text[line:start]
    if indent.strip():
        return by_hand
    body = newline.join(indent + one for one in marked(Form.PRE_COMMIT, lines).rstrip("\n").split("\n"))
    insertion = Insertion(line, body + newline)
    ours = yaml.safe_load(lines)
    before, after = yaml.safe_load(text), yaml.safe_load(text[:line] + insertion.text + text[line:])
    return insertion if after == {**before, "repos": [*ours, *before["repos"]]} else by_hand
