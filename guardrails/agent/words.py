"""A word of bash, as the parser leaves it -> the words that the shell would make of it.

Quotes and backslashes go, variables and substitutions are filled in, braces are expanded and unquoted
values are split. What can't be known becomes `UNKNOWN`, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING

from guardrails.agent.contracts import UNKNOWN

if TYPE_CHECKING:
    from tree_sitter import Node

Value = str | list[str]

# Unquoted characters that still mean something to the shell; the quoted ones are plain text by then.
_ACTIVE = {"{": "\ue001", "}": "\ue002", ",": "\ue003", "*": "\ue004", "?": "\ue005", "[": "\ue006"}
_PLAIN = {active: plain for plain, active in _ACTIVE.items()}
_GLOB = re.compile("[\ue004\ue005\ue006]")
_SPLIT = "\ue007"  # between the words of an unquoted value
_BREAK = "\ue008"  # between the words of "$@", which may be empty
_PRIVATE = re.compile("[\ue001-\ue008]")
_BRACES = re.compile("\ue001([^\ue001\ue002]*)\ue002")
_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])")
_MOST_WORDS = 256
_MOST_MATCHED = 2_000  # characters of a value that a pattern is compared with
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}
_ANSI = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_BACKTICKS = re.compile(r"`([^`]*)`")
_QUOTED = frozenset({"string", "raw_string", "ansi_c_string", "translated_string"})


class Words:
    """Resolves words with the variables of a shell, and runs the commands that stand inside them.

    Args:
        lookup: gives the value of a variable, a positional parameter or `@`, None when it is unknown.
        run: runs what stands in `$(…)` and returns what it prints.
        text_run: the same for the text between backticks that the parser did not see.
        feed: runs what stands in `<(…)` and returns the path of the pipe.
        assign: keeps what `${name:=value}` sets.
    """

    def __init__(
        self,
        lookup: Callable[[str], Value | None],
        run: Callable[[Node], str],
        text_run: Callable[[str], str],
        feed: Callable[[Node], str],
        assign: Callable[[str, Value], None],
    ) -> None:
        self._lookup = lookup
        self._run = run
        self._text_run = text_run
        self._feed = feed
        self._assign = assign

    def several(self, node: Node) -> list[str]:
        """Return the words that one word becomes, as in an argument list."""
        text = self._text(node, quoted=False)
        words = [
            part
            for whole in _braced(text)
            for piece in whole.split(_BREAK)
            for part in (piece.split(_SPLIT) if _SPLIT in piece else (piece,))
        ]
        kept = [word for word in words if word or _holds_quotes(node)]
        return [_plain(word) for word in kept[:_MOST_WORDS]]

    def one(self, node: Node) -> str:
        """Return what a word becomes where the shell does not split it, as in an assignment."""
        return _plain(re.sub(f"[{_SPLIT}{_BREAK}]", " ", self._text(node, quoted=False)))

    def patterns(self, node: Node) -> list[str]:
        """Return the words with their glob characters still marked: `is_pattern` tells, `matches` asks."""
        text = self._text(node, quoted=False)
        words = [part for whole in _braced(text) for part in re.split(f"[{_SPLIT}{_BREAK}]", whole) if part]
        return words[:_MOST_WORDS]

    def document(self, node: Node) -> str:
        """Return the text of a here-document that the shell expands."""
        return _plain(self._children(node, quoted=True))

    def _text(self, node: Node, *, quoted: bool) -> str:
        text = (node.text or b"").decode("utf-8", "replace")
        match node.type:
            case "word" | "number" | "variable_name" | "test_operator" | "regex" | "extglob_pattern":
                # Inside ${…} the parser leaves backticks in the word.
                return _BACKTICKS.sub(lambda found: self._text_run(found[1]), _unquoted(text))
            case "raw_string":
                return text[1:-1]
            case "ansi_c_string":
                return _ANSI.sub(_escape, text[2:-1])
            case "string" | "translated_string":
                return self._double_quoted(node)
            case "concatenation" | "command_name":
                return self._children(node, quoted=quoted)
            case "simple_expansion":
                return self._spread(self._lookup(text[1:]), quoted=quoted, joined=text == "$*")
            case "expansion":
                return self._expansion(node, text, quoted=quoted)
            case "command_substitution":
                return self._spread(self._run(node).rstrip("\n"), quoted=quoted)
            case "process_substitution":
                return self._feed(node)
            case "brace_expression":
                return _unquoted(text)
            case "string_content" | "heredoc_content":
                return text
        for child in node.named_children:
            self._text(child, quoted=quoted)
        return UNKNOWN

    def _children(self, node: Node, *, quoted: bool) -> str:
        """Return the text of the children, and of what stands between them."""
        start, whole = node.start_byte, node.text or b""
        if not node.children:
            text = whole.decode("utf-8", "replace")
            return text if quoted else _unquoted(text)
        parts: list[str] = []
        place = 0
        for child in node.children:
            between = whole[place : child.start_byte - start].decode("utf-8", "replace")
            parts.append(between if quoted else _unquoted(between))
            parts.append(
                self._text(child, quoted=quoted)
                if child.is_named
                else (child.text or b"").decode("utf-8", "replace")
            )
            place = child.end_byte - start
        rest = whole[place:].decode("utf-8", "replace")
        return "".join((*parts, rest if quoted else _unquoted(rest)))

    def _double_quoted(self, node: Node) -> str:
        start, whole = node.start_byte, node.text or b""
        place = whole.index(b'"') + 1
        parts: list[str] = []
        for child in node.named_children:
            parts.append(_in_quotes(whole[place : child.start_byte - start].decode("utf-8", "replace")))
            text = self._text(child, quoted=True)
            parts.append(_in_quotes(text) if child.type == "string_content" else text)
            place = child.end_byte - start
        parts.append(_in_quotes(whole[place : len(whole) - 1].decode("utf-8", "replace")))
        return "".join(parts)

    def _spread(self, value: Value | None, *, quoted: bool, joined: bool = False) -> str:
        if value is None:
            return UNKNOWN
        if isinstance(value, list):
            return (" " if joined and quoted else _BREAK).join(value)
        if quoted:
            return value
        separators = self._lookup("IFS")
        if separators is None or not isinstance(separators, str):
            separators = " \t\n"
        return re.sub(f"[{re.escape(separators)}]+", _SPLIT, value) if separators else value

    def _expansion(self, node: Node, text: str, *, quoted: bool) -> str:
        inner = text[2:-1]
        for child in node.named_children:
            if child.type in {"command_substitution", "process_substitution"}:
                self._text(child, quoted=True)
        if found := re.fullmatch(r"(\w+|[@*#?])\[([@*]|-?\d+)\]", inner):
            return self._spread(self._element(found[1], found[2]), quoted=quoted, joined=found[2] == "*")
        if not (found := re.match(r"(!?)(\w+|[@*])(.*)", inner, re.DOTALL)):
            return UNKNOWN
        value = self._lookup(found[2])
        if found[1]:
            value = self._lookup(value) if isinstance(value, str) else None
        return self._spread(self._modified(found[2], value, found[3], node), quoted=quoted)

    def _element(self, name: str, index: str) -> Value | None:
        value = self._lookup(name)
        values = [value] if isinstance(value, str) else value
        if values is None or index in {"@", "*"}:
            return values
        place = int(index)
        return values[place] if -len(values) <= place < len(values) else ""

    def _modified(self, name: str, value: Value | None, rest: str, node: Node) -> Value | None:
        if not rest:
            return value
        if found := re.match(r":?([-=+?])", rest):
            return self._defaulted(name, value, found[1], rest[found.end() :], node)
        if value is None or isinstance(value, list):
            return _slice_of(value, rest)
        if len(value) > _MOST_MATCHED:
            return None
        if found := re.fullmatch(r":\s*(-?\d+)(?::\s*(-?\d+))?", rest):
            start = int(found[1])
            return value[start:][: int(found[2])] if found[2] else value[start:]
        if found := re.fullmatch(r"(##?|%%?)(.*)", rest, re.DOTALL):
            return _trimmed(value, found[1], _unquoted_plain(found[2]))
        if found := re.fullmatch(r"(//?)[#%]?((?:\\.|[^/])*)/?(.*)", rest, re.DOTALL):
            pattern, new = translate(_unquoted_plain(found[2])), _unquoted_plain(found[3])
            # The end of the text is \Z before Python 3.14, and \z since.
            anywhere = pattern.removesuffix("\\Z").removesuffix("\\z")
            return re.sub(anywhere, lambda _: new, value, count=0 if found[1] == "//" else 1)
        match rest:
            case "^^":
                return value.upper()
            case ",,":
                return value.lower()
            case "^":
                return value[:1].upper() + value[1:]
            case ",":
                return value[:1].lower() + value[1:]
        return None

    def _defaulted(self, name: str, value: Value | None, sign: str, written: str, node: Node) -> Value | None:
        words = [
            child
            for child in node.named_children
            if child.type not in {"variable_name", "special_variable_name", "subscript"}
        ]
        default = _plain("".join(self._text(word, quoted=True) for word in words)) if words else written
        if sign == "+":
            return default if value is None or value else ""
        if sign == "?" or value:
            return value
        if sign == "=":
            self._assign(name, default)
        return default


def is_pattern(word: str) -> bool:
    """Tell whether a word of `Words.patterns` holds a glob that the shell would expand."""
    return _GLOB.search(word) is not None


def plain(word: str) -> str:
    """Return a word of `Words.patterns` as text."""
    return _plain(word)


def matches(word: str, names: Iterator[str]) -> str | None:
    """Return the first of some names that a glob of `Words.patterns` fits."""
    pattern = "".join(f"[{char}]" if char in "*?[" else _PLAIN.get(char, char) for char in word)
    return next((name for name in names if fnmatchcase(name, pattern)), None)


def without_private(text: str) -> str:
    """Replace the characters that this module uses as marks, which no real command holds."""
    return _PRIVATE.sub("?", text)


def _plain(text: str) -> str:
    return "".join(_PLAIN.get(char, char) for char in text) if _PRIVATE.search(text) else text


def _unquoted(text: str) -> str:
    """Take the backslashes out of unquoted text, and mark what the shell would still act on."""
    out: list[str] = []
    chars = iter(text)
    for char in chars:
        if char == "\\":
            following = next(chars, "")
            out.append("" if following == "\n" else following)
        else:
            out.append(_ACTIVE.get(char, char))
    return "".join(out)


def _unquoted_plain(text: str) -> str:
    return re.sub(r"""['"]|\\(?=.)""", "", text)


def _in_quotes(text: str) -> str:
    return re.sub(r"\\([$`\"\\\n])", lambda found: "" if found[1] == "\n" else found[1], text)


def _escape(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "?"
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    if code[0] == "c" and len(code) > 1:
        return chr(ord(code[1]) & 0x1F)
    return _ESCAPES.get(code, code)


def _braced(text: str) -> list[str]:
    """Expand the braces of one word, innermost first."""
    pending: list[str] = [text]
    done: list[str] = []
    while pending and len(done) + len(pending) < _MOST_WORDS:
        word = pending.pop(0)
        found = _BRACES.search(word)
        choices = _choices(found[1]) if found else None
        if found is None:
            done.append(word)
        elif choices is None:
            pending.insert(0, f"{word[: found.start()]}{{{found[1]}}}{word[found.end() :]}")
        else:
            pending[:0] = [f"{word[: found.start()]}{choice}{word[found.end() :]}" for choice in choices]
    return done + pending


def _choices(inside: str) -> list[str] | None:
    if _ACTIVE[","] in inside:
        return inside.split(_ACTIVE[","])
    if not (found := _RANGE.fullmatch(inside)):
        return None
    low, high = found[1], found[2]
    if low.lstrip("-").isdigit() and high.lstrip("-").isdigit():
        step = 1 if int(low) <= int(high) else -1
        return [str(number) for number in range(int(low), int(high) + step, step)[:_MOST_WORDS]]
    step = 1 if low <= high else -1
    return [chr(number) for number in range(ord(low[0]), ord(high[0]) + step, step)]


def _trimmed(value: str, sign: str, pattern: str) -> str:
    expression = re.compile(translate(pattern))
    lengths = range(len(value) + 1)
    if sign in {"##", "%%"}:
        lengths = lengths[::-1]
    for length in lengths:
        part = value[:length] if sign[0] == "#" else value[len(value) - length :]
        if expression.match(part):
            return value[length:] if sign[0] == "#" else value[: len(value) - length]
    return value


def _slice_of(value: Value | None, rest: str) -> Value | None:
    if isinstance(value, list) and (found := re.fullmatch(r":\s*(\d+)(?::\s*(\d+))?", rest)):
        start = max(int(found[1]) - 1, 0)
        return value[start:][: int(found[2])] if found[2] else value[start:]
    return None


def _holds_quotes(node: Node) -> bool:
    return node.type in _QUOTED or any(child.type in _QUOTED for child in node.children)
