"""A JSON text and values to add -> the same text with insertions, and back.

Nothing that stands in the text is moved, respaced or rewritten: keys keep their order, and the indentation
and line ends of the file are taken up by what is added. Comments and trailing commas, which some editors
allow, are read over where the file's own reader does so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardrails.installing.contracts import Addition, Insertion, Json
from guardrails.lint.contracts import GuardrailsError

_STRING = r'"(?:\\.|[^"\\\n])*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\n\r]*|/\*.*?\*/", re.DOTALL)
_LOOSE_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")
_INDENT = re.compile(r"[{\[]\r?\n([ \t]+)\S")
_DECODER = json.JSONDecoder()
_SHORT = 60


def read_json(text: str, shown: str, *, comments: bool = False) -> dict[str, Json]:
    """Return the object that a text holds.

    Args:
        text: without byte order mark; one of spaces alone holds an empty object.
        shown: what the sentence of an error calls it.
        comments: its reader allows comments and trailing commas.

    Raises:
        GuardrailsError: it is no JSON, or no object.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(_bare(text) if comments else text)
    except (json.JSONDecodeError, RecursionError) as error:
        place = (
            f"line {error.lineno}: {error.msg.lower()}"
            if isinstance(error, json.JSONDecodeError)
            else "it is nested too deeply"
        )
        raise GuardrailsError(f"{shown} is broken JSON, {place}; mend it first") from error
    if not isinstance(value, dict):
        raise GuardrailsError(f"{shown} holds no JSON object; mend it first")
    return value


def add(
    text: str, wanted: dict[str, Json], shown: str, *, comments: bool = False
) -> tuple[tuple[Insertion, ...], tuple[Addition, ...], tuple[str, ...]]:
    """Return what has to be inserted so that the text holds `wanted` beside what it says already.

    Returns:
        the insertions, by place in `text`; the values that they add; and sentences on what stays as it is
        because the text says something else.

    Raises:
        GuardrailsError: the text is broken, or an object or a list is needed where it has something else.
    """
    present = read_json(text, shown, comments=comments)
    newline = "\r\n" if "\r\n" in text else "\n"
    if not text.strip():
        rendered = json.dumps(wanted, indent=2, ensure_ascii=False).replace("\n", newline)
        return (Insertion(len(text), rendered + newline),), (Addition((), wanted),), ()
    bare = _bare(text) if comments else text
    found = _INDENT.search(bare)
    adding = _Adding(
        bare, _Style(found.group(1) if found else "  ", newline, found is not None or "\n" in bare), shown
    )
    adding.into_object(_skip(bare, 0), present, wanted, ())
    return (
        tuple(sorted(adding.insertions, key=lambda one: one.at)),
        tuple(adding.additions),
        tuple(adding.kept),
    )


def subtract(
    text: str,
    additions: tuple[Addition, ...],
    shown: str,
    *,
    comments: bool = False,
    to_add_again: bool = False,
) -> str:
    """Return the text without values that were added to it; what somebody put beside or into them stays.

    What starts a program is known by that: it goes as a whole even if its other keys were changed since.

    Args:
        text: without byte order mark.
        additions: what was added.
        shown: what the sentence of an error calls the text.
        comments: its reader allows comments and trailing commas.
        to_add_again: a member that somebody changed stays, since it would be put back otherwise.

    Raises:
        GuardrailsError: the text is broken.
    """
    for addition in reversed(additions):
        value: Json = read_json(text, shown, comments=comments)
        bare = _bare(text) if comments else text
        start = _skip(bare, 0)
        for key in addition.path:
            item = next((one for one in _items(bare, start) if one.key == key), None) if value else None
            if item is None:
                break
            start, value = item.value_start, item.value
        else:
            taking = _Taking(comments=comments, to_add_again=to_add_again)
            text = taking.out_of(text, start, value, addition.value)
    return text


@dataclass(frozen=True)
class _Taking:
    """Takes values out of the container that begins at a place; what is before that place never moves."""

    comments: bool
    to_add_again: bool

    def out_of(self, text: str, start: int, present: Json, ours: Json) -> str:
        match present, ours:
            case dict(), dict():
                for key, value in ours.items():
                    if key in present:
                        text = self._item(text, start, key, present[key], value)
            case list(), list():
                for number in reversed(range(len(present))):
                    one = next((one for one in ours if _is_same(present[number], one)), None)
                    if one is not None:
                        text = self._item(text, start, number, present[number], one)
        return text

    def _item(self, text: str, start: int, key: str | int, present: Json, ours: Json) -> str:
        """Take out an item, or of it what is still ours when somebody added to it."""
        whole = present == ours or _program(ours) is not None
        if present != ours and whole and self.to_add_again and isinstance(key, str):
            return text
        if not whole:
            place = next(item.value_start for item in _items(self._bare(text), start) if item.key == key)
            hooks = ours.get("hooks") if isinstance(ours, dict) else None
            # A matcher belongs to all hooks of its group: it goes with the last of them.
            text = self.out_of(text, place, present, {"hooks": hooks} if isinstance(hooks, list) else ours)
            left = next(item.value for item in _items(self._bare(text), start) if item.key == key)
            whole = left in ({}, []) or (
                isinstance(left, dict) and isinstance(hooks, list) and not left.get("hooks")
            )
        return _cut(text, self._bare(text), start, key) if whole else text

    def _bare(self, text: str) -> str:
        return _bare(text) if self.comments else text


def _program(value: Json) -> tuple[Json, ...] | None:
    """Return what an entry starts, None for what starts nothing."""
    if not isinstance(value, dict):
        return None
    started = tuple(value.get(key) for key in ("command", "bash", "args"))
    return started if any(started) else None


def _is_same(present: Json, ours: Json) -> bool:
    """Tell whether an element of a list is one that was added, perhaps changed since."""
    if present == ours or (_program(ours) is not None and _program(present) == _program(ours)):
        return True
    match present, ours:
        case {"hooks": list(theirs)}, {"hooks": list(several)}:
            return any(_is_same(one, hook) for one in theirs for hook in several)
    return False


@dataclass(frozen=True)
class _Style:
    indent: str
    newline: str
    broken: bool


@dataclass(frozen=True)
class _Item:
    """A member of an object, or an element of a list: where it begins and ends, and its value."""

    key: str | int
    start: int
    value_start: int
    end: int
    value: Json


class _Adding:
    """The insertions for one text, gathered on a walk through it."""

    def __init__(self, text: str, style: _Style, shown: str) -> None:
        self.text = text
        self.style = style
        self.shown = shown
        self.insertions: list[Insertion] = []
        self.additions: list[Addition] = []
        self.kept: list[str] = []

    def into_object(
        self, start: int, present: dict[str, Json], wanted: dict[str, Json], path: tuple[str, ...]
    ) -> None:
        places = {item.key: item for item in _items(self.text, start)}
        missing = {key: value for key, value in wanted.items() if key not in present}
        for key, value in wanted.items():
            if key in missing or present[key] == value:
                continue
            match present[key], value:
                case dict(inner), dict() if _program(value) is None:
                    self.into_object(places[key].value_start, inner, value, (*path, key))
                case list(inner), list():
                    new = [one for one in value if one not in inner]
                    self._insert(places[key].value_start, [(None, one) for one in new])
                    self.additions.extend(Addition((*path, key), [one]) for one in new)
                case (_, dict() | list()) if not isinstance(present[key], type(value)):
                    kind = "an object" if isinstance(value, dict) else "a list"
                    raise GuardrailsError(
                        f'{self.shown}: "{".".join((*path, key))}" is not {kind}; mend it first'
                    )
                case _:
                    self.kept.append(f'{self.shown}: "{".".join((*path, key))}" stays as it is')
        self._insert(start, list(missing.items()))
        self.additions.extend(Addition(path, {key: value}) for key, value in missing.items())

    def _insert(self, start: int, new: Sequence[tuple[str | None, Json]]) -> None:
        """Insert values behind the last one of the container that begins at `start`, laid out as that one is."""
        if not new:
            return
        items = list(_items(self.text, start))
        depth = self._indentation(start)
        if not items:
            self._fill(start, new, depth)
            return
        last = items[-1]
        line = self.text.rfind("\n", start, last.start) + 1
        broken = bool(line) and not self.text[line : last.start].strip()
        inner = self.text[line : last.start] if broken else depth
        gap = f"{self.style.newline}{inner}" if broken else " "
        pieces = (f",{gap}{self._member(key, value, inner, broken=broken)}" for key, value in new)
        self.insertions.append(Insertion(last.end, "".join(pieces)))

    def _fill(self, start: int, new: Sequence[tuple[str | None, Json]], depth: str) -> None:
        """Insert values into an empty container."""
        broken = self.style.broken
        inner = depth + self.style.indent
        gap = f"{self.style.newline}{inner}" if broken else ""
        body = f",{gap or ' '}".join(self._member(key, value, inner, broken=broken) for key, value in new)
        closed_below = "\n" in self.text[start + 1 : _skip(self.text, start + 1)]
        end = f"{self.style.newline}{depth}" if broken and not closed_below else ""
        self.insertions.append(Insertion(start + 1, gap + body + end))

    def _member(self, key: str | None, value: Json, indent: str, *, broken: bool) -> str:
        rendered = self._rendered(value, indent) if broken else json.dumps(value, ensure_ascii=False)
        return rendered if key is None else f"{json.dumps(key, ensure_ascii=False)}: {rendered}"

    def _rendered(self, value: Json, indent: str) -> str:
        """Return a value with a line for each item, unless it is short or a single one."""
        short = json.dumps(value, ensure_ascii=False)
        if not isinstance(value, dict | list) or len(short) <= _SHORT:
            return short
        inner = indent + self.style.indent
        items = (
            [
                f"{json.dumps(key, ensure_ascii=False)}: {self._rendered(one, inner)}"
                for key, one in value.items()
            ]
            if isinstance(value, dict)
            else [self._rendered(one, inner) for one in value]
        )
        gap = f"{self.style.newline}{inner}"
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return f"{opening}{gap}{f',{gap}'.join(items)}{self.style.newline}{indent}{closing}"

    def _indentation(self, place: int) -> str:
        """Return the white space that the line of a place begins with."""
        line = self.text.rfind("\n", 0, place) + 1
        return self.text[line : min(place, _skip(self.text, line))]


def _cut(text: str, bare: str, start: int, key: str | int) -> str:
    """Cut one item, and one comma with it, out of the container that begins at `start`."""
    items = list(_items(bare, start))
    number = next(number for number, item in enumerate(items) if item.key == key)
    item = items[number]
    if number:
        return text[: items[number - 1].end] + text[item.end :]
    if len(items) > 1:
        return text[: item.start] + text[items[1].start :]
    closing = _skip(bare, item.end)
    if bare[closing] == ",":
        closing = _skip(bare, closing + 1)
    return text[: start + 1] + text[closing:]


def _items(text: str, start: int) -> Iterator[_Item]:
    """Yield the items of the object or list that begins at `start` in a text that is known to be JSON."""
    place = _skip(text, start + 1)
    number = 0
    while text[place] not in "}]":
        begin = place
        key: str | int = number
        if text[start] == "{":
            key, place = _DECODER.raw_decode(text, place)
            place = _skip(text, _skip(text, place) + 1)
        value, end = _DECODER.raw_decode(text, place)
        yield _Item(key, begin, place, end, value)
        number += 1
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)


def _skip(text: str, place: int) -> int:
    """Return where the white space at a place ends."""
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _bare(text: str) -> str:
    """Return the text with comments and trailing commas blanked out, every place kept."""
    blanked = _COMMENT.sub(
        lambda found: found[0] if found[0][0] == '"' else re.sub(r"[^\r\n]", " ", found[0]), text
    )
    return _LOOSE_COMMA.sub(lambda found: " " if found[0] == "," else found[0], blanked)
