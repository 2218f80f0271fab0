"""The text of a shell -> the commands that it would start, with their words, input and surroundings.

Nothing runs. The text is parsed as bash and walked like a shell would, as far as the text itself and the
project's files tell: variables, functions, loops over known words, pipes out of `echo`, scripts, `eval`.
Every branch is walked, since nobody knows which one will be taken.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from guardrails.agent import grammar
from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.launchers import starts
from guardrails.agent.outputs import printed
from guardrails.agent.starts import Code, Inner, Opaque, Place, Script, ScriptFile, Start
from guardrails.agent.words import Value, Words, is_pattern, matches, plain, without_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tree_sitter import Node

    from guardrails.agent.contracts import Project

_MOST_DEPTH = 16
_MOST_STEPS = 2_000
_MOST_ROUNDS = 12
_MOST_TEXT = 200_000
_MOST_VALUE = 20_000
_SKIPPED = frozenset({"comment", "heredoc_start", "heredoc_end", "heredoc_body", "file_descriptor"})
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_LEADING_BRACE = re.compile(r"(^|[;&|(\n])([ \t]*)\{(?=[^\s{}]*,[^\s{}]*\})")
_BACKTICKS = re.compile(r"(?<!\\)`([^`]*)`")
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?([\w.+-]+)")


class TooMuchError(Exception):
    """The text is nested too deeply, or does too much, to be followed."""


class Leaf(NamedTuple):
    """A command that starts no other, or none that can be followed.

    Attributes:
        argv: its words; `UNKNOWN` stands for what can't be known.
        stdin: what it reads, None for nothing in particular.
        writes: files that its output goes to.
        variables: what its environment is known to hold.
        folder: where it runs, with `UNKNOWN` where that is open.
        code: instead of a command, a program in another language.
        opaque: why what it starts can't be known.
    """

    argv: tuple[str, ...]
    stdin: str | None
    writes: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str
    place: Place
    code: Code | None = None
    opaque: str | None = None


class _Frame:
    """What a shell remembers; a subshell works on a copy."""

    def __init__(self, folder: str, place: Place) -> None:
        self.variables: dict[str, Value | None] = {}
        self.exported: set[str] = set()
        self.functions: dict[str, Node] = {}
        self.aliases: dict[str, str] = {}
        self.parameters: list[str] | None = None
        self.folder = folder
        self.place = place

    def copy(self) -> _Frame:
        other = _Frame(self.folder, self.place)
        other.variables = dict(self.variables)
        other.exported = set(self.exported)
        other.functions, other.aliases = dict(self.functions), dict(self.aliases)
        other.parameters = self.parameters
        return other


class Walk:
    """One walk over a text; `leaves` holds what was found and `broken` tells of text that is no bash.

    Args:
        project: gives the texts of scripts.
        programs: the names that a glob in place of a program may fit.
    """

    def __init__(self, project: Project, programs: Sequence[str]) -> None:
        self.leaves: list[Leaf] = []
        self.broken = False
        self.files: dict[str, str] = {}
        self._project = project
        self._programs = programs
        self._steps = 0
        self._depth = 0
        self._pipes = 0
        self._called: set[str] = set()

    def over(self, text: str, folder: str) -> None:
        """Walk over a text.

        Raises:
            TooMuchError: it can't be followed to its end.
        """
        self._text(text, None, _Frame(folder, Place.HERE))

    def text_of(self, path: str, folder: str) -> str | None:
        """Return the text of a file as the commands before would have left it."""
        if UNKNOWN in path or UNKNOWN in folder:
            return None
        whole = os.path.normpath(os.path.join(folder, os.path.expanduser(path)))
        return self.files[whole] if whole in self.files else self._project.text(whole)

    def _text(self, text: str, stdin: str | None, frame: _Frame) -> str:
        if len(text) > _MOST_TEXT:
            raise TooMuchError("it is longer than 200,000 characters")
        if self._depth >= _MOST_DEPTH:
            raise TooMuchError("it starts shells in shells too deeply")
        source = without_private(text)
        tree = grammar.parsed(source)
        if tree.has_error and (mended := _LEADING_BRACE.sub(r"\1\2''{", source)) != source:
            tree = grammar.parsed(mended)
        self.broken = self.broken or tree.has_error
        self._depth += 1
        defined = set(frame.functions)
        out = self._walk(tree, stdin, frame)
        for name in [name for name in frame.functions if name not in defined | self._called]:
            self._called.add(name)
            self._walk(frame.functions[name], None, frame.copy())
        self._depth -= 1
        return out

    def _words(self, frame: _Frame, stdin: str | None = None) -> Words:
        def run(node: Node) -> str:
            return "".join(self._walk(child, stdin, frame.copy()) for child in node.named_children)

        def feed(node: Node) -> str:
            self._pipes += 1
            path = f"/dev/fd/{self._pipes + 62}"
            self.files[path] = run(node)
            return path

        def assign(name: str, value: Value) -> None:
            frame.variables[name] = value

        def text_run(text: str) -> str:
            return self._text(text, stdin, frame.copy()).rstrip("\n")

        return Words(lambda name: _looked_up(frame, name), run, text_run, feed, assign)

    def _walk(self, node: Node, stdin: str | None, frame: _Frame) -> str:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooMuchError("it does too much to be followed")
        match node.type:
            case "command":
                return self._command(node, stdin, frame, (), (), ())
            case "redirected_statement":
                return self._redirected(node, stdin, frame)
            case "pipeline":
                fed = stdin
                for child in node.named_children:
                    fed = self._walk(child, fed, frame.copy())
                return fed or ""
            case "subshell" | "command_substitution":
                frame = frame.copy()
            case "function_definition":
                name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
                if name is not None and body is not None and name.text:
                    frame.functions[name.text.decode("utf-8", "replace")] = body
                return ""
            case "for_statement" | "select_statement":
                return self._loop(node, stdin, frame)
            case "while_statement":
                return self._lines(node, stdin, frame)
            case "variable_assignment":
                self._assign(node, frame)
                return ""
            case "declaration_command":
                self._declare(node, frame)
                return ""
            case "unset_command":
                for child in node.named_children:
                    frame.variables.pop((child.text or b"").decode("utf-8", "replace"), None)
                named = self._arguments(node.named_children, frame)
                self._emit(("unset", *named), None, (), {}, frame)
                return ""
            case "test_command" | "case_item":
                words = self._words(frame)
                for child in node.named_children:
                    if grammar.is_word(child.type):
                        words.one(child)
            case kind if kind in _SKIPPED:
                return ""
            case kind if grammar.is_word(kind) and kind != "command_substitution":
                self._words(frame).one(node)
                return ""
        return "".join(self._walk(child, stdin, frame) for child in node.named_children)

    def _loop(self, node: Node, stdin: str | None, frame: _Frame) -> str:
        name = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        values = [
            word
            for child in node.named_children
            if child not in (name, body)
            for word in self._words(frame).several(child)
        ]
        if body is None or name is None or not name.text:
            return ""
        variable = name.text.decode("utf-8", "replace")
        rounds: list[str | None] = list(values[:_MOST_ROUNDS]) or [None]
        out = ""
        for value in rounds:
            frame.variables[variable] = None if value is not None and UNKNOWN in value else value
            out += self._walk(body, stdin, frame)
        return out

    def _lines(self, node: Node, stdin: str | None, frame: _Frame) -> str:
        """Walk a `while` once for each line that it may read."""
        lines: list[str | None] = [stdin]
        if stdin and UNKNOWN not in stdin and stdin.count("\n") < _MOST_ROUNDS:
            lines = list(stdin.split("\n"))
        return "".join(self._walk(child, line, frame) for line in lines for child in node.named_children)

    def _assign(self, node: Node, frame: _Frame) -> dict[str, str]:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or not name.text:
            return {}
        key = name.text.decode("utf-8", "replace")
        adds = any(child.type == "+=" for child in node.children)
        if value is not None and value.type == "array":
            before = frame.variables.get(key) if adds else None
            items = self._arguments(value.named_children, frame)
            frame.variables[key] = [*before, *items] if isinstance(before, list) else items
            return {}
        text = self._words(frame).one(value) if value is not None else ""
        before = frame.variables.get(key)
        if adds and isinstance(before, str):
            text = before + text
        if name.type == "subscript":
            return {}
        if len(text) > _MOST_VALUE:
            text = UNKNOWN
        frame.variables[key] = text
        return {key: text}

    def _declare(self, node: Node, frame: _Frame) -> None:
        made: dict[str, str] = {}
        for child in node.named_children:
            if child.type == "variable_assignment":
                made |= self._assign(child, frame)
            elif child.type == "variable_name" and child.text:
                frame.exported.add(child.text.decode("utf-8", "replace"))
            else:
                self._words(frame).one(child)
        frame.exported |= set(made)
        if made:
            self._emit(("export", *(f"{name}={value}" for name, value in made.items())), None, (), {}, frame)

    def _arguments(self, nodes: Sequence[Node], frame: _Frame) -> list[str]:
        words = self._words(frame)
        return [word for node in nodes for word in words.several(node)]

    def _redirected(self, node: Node, stdin: str | None, frame: _Frame) -> str:
        body = node.child_by_field_name("body")
        writes: list[tuple[str, bool]] = []
        more: list[Node] = []
        after: list[Node] = []
        string_follows = False
        for child in node.named_children:
            match child.type:
                case "heredoc_redirect":
                    stdin = self._document(child, frame)
                    for part in child.named_children:
                        if part.type == "file_redirect":
                            stdin = self._file(part, stdin, writes, frame)
                        elif part.type not in _SKIPPED:
                            (more if grammar.is_word(part.type) else after).append(part)
                case "herestring_redirect":
                    stdin = self._string(child, frame)
                case "file_redirect" if string_follows:
                    stdin = self._string(child, frame)
                case "file_redirect":
                    stdin = self._file(child, stdin, writes, frame)
            string_follows = child.type == "ERROR" and child.text == b"<<"
        if body is None:
            self._keep("", writes, frame)
            self._emit((), None, tuple(path for path, _ in writes), {}, frame)
            return ""
        paths = tuple(path for path, _ in writes)
        if body.type == "command":
            out = self._command(body, stdin, frame, paths, more, _dash(node, body))
        else:
            out = self._walk(body, stdin, frame)
            if paths:
                self._emit((), None, paths, {}, frame)
        if writes:
            self._keep(out, writes, frame)
            out = ""
        for part in after:
            out = self._walk(part, out if part.type == "pipeline" else None, frame)
        return out

    def _document(self, node: Node, frame: _Frame) -> str:
        start = next((child for child in node.named_children if child.type == "heredoc_start"), None)
        body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
        if body is None or body.text is None:
            return ""
        text = body.text.decode("utf-8", "replace")
        if any(child.type == "<<-" for child in node.children):
            text = re.sub(r"(?m)^\t+", "", text)
        if start is not None and re.search(rb"['\"\\]", start.text or b""):
            return text
        expanded = self._words(frame).document(body)
        for script in _BACKTICKS.findall(expanded):
            self._text(script, None, frame.copy())
        return expanded

    def _string(self, node: Node, frame: _Frame) -> str:
        return f"{self._words(frame).one(node.named_children[-1])}\n" if node.named_children else ""

    def _file(
        self, node: Node, stdin: str | None, writes: list[tuple[str, bool]], frame: _Frame
    ) -> str | None:
        """Take one redirection in, and return what the command reads after it."""
        sign = "".join(child.type for child in node.children if not child.is_named)
        destination = node.child_by_field_name("destination")
        if destination is None:
            return stdin
        path = self._words(frame).one(destination)
        if sign.startswith("<") and not sign.startswith(("<&", "<>")):
            self._emit(("<", path), None, (), {}, frame)
            found = self.text_of(path, frame.folder)
            return UNKNOWN if found is None else found
        if ">" in sign and not (sign.endswith("&") and (path.isdigit() or path == "-")):
            writes.append((path, ">>" in sign))
        return stdin

    def _keep(self, text: str, writes: list[tuple[str, bool]], frame: _Frame) -> None:
        """Remember what a file holds, so that a later command of the same text may run it."""
        for path, appends in writes:
            if UNKNOWN in path or UNKNOWN in frame.folder:
                continue
            whole = os.path.normpath(os.path.join(frame.folder, path))
            before = (self.text_of(whole, "/") or "") if appends else ""
            self.files[whole] = before + text

    def _command(
        self,
        node: Node,
        stdin: str | None,
        frame: _Frame,
        writes: tuple[str, ...],
        more: Sequence[Node],
        dash: tuple[str, ...],
    ) -> str:
        """Walk one command; `more` and `dash` are words of it that stand elsewhere in the tree."""
        words = self._words(frame, stdin)
        argv: list[str] = []
        local: dict[str, Value | None] = {}
        kept: list[tuple[str, bool]] = []
        for child in (*node.named_children, *more):
            if child.type == "variable_assignment":
                before = dict(frame.variables)
                local |= dict(self._assign(child, frame))
                frame.variables = before
            elif child.type == "herestring_redirect":
                stdin = self._string(child, frame)
            elif child.type == "file_redirect":
                stdin = self._file(child, stdin, kept, frame)
            elif child.type == "command_name" and not argv:
                argv += self._program(child, words)
            else:
                argv += words.several(child)
        if not argv:
            frame.variables |= local
        argv += dash
        variables = {name: value for name, value in local.items() if isinstance(value, str)}
        out = self._started(argv, stdin, frame, (*writes, *(path for path, _ in kept)), variables)
        if kept:
            self._keep(out, kept, frame)
            return ""
        return out

    def _program(self, node: Node, words: Words) -> list[str]:
        target = node.named_children[0] if node.named_children else node
        found = words.patterns(target)
        if found and is_pattern(found[0]):
            first = found[0].rpartition("/")[2]
            fitting = matches(first, iter(self._programs)) if is_pattern(first) else plain(first)
            return [fitting or UNKNOWN, *map(plain, found[1:])]
        return words.several(target)

    def _started(
        self,
        argv: list[str],
        stdin: str | None,
        frame: _Frame,
        writes: tuple[str, ...],
        variables: Mapping[str, str],
    ) -> str:
        """Follow one command, and return what it prints."""
        self._steps += 1
        if self._steps > _MOST_STEPS or self._depth >= _MOST_DEPTH:
            raise TooMuchError("it does too much to be followed")
        name = argv[0] if argv else ""
        if name in frame.functions:
            return self._called_function(name, argv[1:], stdin, frame, writes)
        if name in frame.aliases:
            text = " ".join((frame.aliases[name], *map(_quoted, argv[1:])))
            inner = frame.copy()
            del inner.aliases[name]
            return self._text(text, stdin, inner)
        if (said := self._builtin(argv, stdin, frame)) is not None:
            return said
        known = {**_environment(frame), **variables}
        found = starts(
            argv,
            stdin,
            known,
            lambda path: self.text_of(path, frame.folder),
            frame.folder,
            self._project.folders,
        )
        if found is None:
            self._emit(tuple(argv), stdin, writes, known, frame)
            if name in {"tee", "/usr/bin/tee"} and stdin is not None:
                self._keep(stdin, [(path, "-a" in argv) for path in argv[1:] if path[0:1] != "-"], frame)
            if name in {"cp", "mv", "ln", "install"} and len(argv) >= 3:
                copied = self.text_of(argv[-2], frame.folder)
                self._keep(copied or "", [(argv[-1], False)], frame) if copied else None
            return printed(argv, stdin, lambda path: self.text_of(path, frame.folder))
        if not found or name in {"find", "fd"}:
            self._emit(tuple(argv), stdin, writes, known, frame)
        elif writes:
            self._emit((), None, writes, {}, frame)
        return "".join(self._follow(start, stdin, frame, known) for start in found) if found else UNKNOWN

    def _follow(self, start: Start, stdin: str | None, frame: _Frame, known: Mapping[str, str]) -> str:
        inner = frame.copy()
        inner.place = max(frame.place, start.place)
        if start.folder:
            inner.folder = os.path.normpath(os.path.join(frame.folder, start.folder))
        self._depth += 1
        try:
            match start:
                case Inner(argv=argv, variables=more, stdin=given):
                    return self._started(
                        list(argv), stdin if given is None else given, inner, (), {**known, **more}
                    )
                case Script(text=text, stdin=given):
                    inner.variables |= known
                    inner.exported |= set(known)
                    inner.parameters = list(start.parameters)
                    inner.variables["0"] = start.name or None
                    return self._text(text, stdin if given is None else given, inner)
                case ScriptFile(path=path, parameters=parameters):
                    return self._file_run(path, parameters, stdin, inner, known)
                case Code():
                    self._emit((start.language,), stdin, (), known, inner, code=start)
                case Opaque(why=why):
                    self._emit(start.argv, stdin, (), known, inner, opaque=why)
        finally:
            self._depth -= 1
        return UNKNOWN

    def _file_run(
        self, path: str, parameters: Sequence[str], stdin: str | None, frame: _Frame, known: Mapping[str, str]
    ) -> str:
        text = self.text_of(path, frame.folder)
        if text is None:
            self._emit((path, *parameters), stdin, (), known, frame)
            return UNKNOWN
        if text.strip().startswith(UNKNOWN):
            self._emit(
                (path, *parameters), stdin, (), known, frame, opaque="what the script holds can't be seen"
            )
            return UNKNOWN
        shebang = _SHEBANG.match(text)
        language = shebang[1] if shebang else "sh"
        if not grammar.is_shell(language):
            inner = starts(
                [language, path, *parameters], None, {}, lambda name: self.text_of(name, frame.folder), ""
            )
            if inner:
                return "".join(self._follow(start, stdin, frame, known) for start in inner)
            return UNKNOWN
        frame.variables |= known
        frame.exported |= set(known)
        frame.parameters = list(parameters)
        return self._text(text, stdin, frame)

    def _called_function(
        self, name: str, arguments: list[str], stdin: str | None, frame: _Frame, writes: tuple[str, ...]
    ) -> str:
        self._called.add(name)
        if self._depth >= _MOST_DEPTH:
            raise TooMuchError("its functions call each other too deeply")
        body, before = frame.functions[name], frame.parameters
        inner = frame.copy()
        inner.parameters = arguments
        del inner.functions[name]
        self._depth += 1
        out = self._walk(body, stdin, inner)
        self._depth -= 1
        frame.variables, frame.folder, frame.parameters = inner.variables, inner.folder, before
        if writes:
            self._emit((), None, writes, {}, frame)
        return out

    def _builtin(self, argv: list[str], stdin: str | None, frame: _Frame) -> str | None:
        """Do what changes the shell itself; None for any other command."""
        match argv:
            case ["cd" | "pushd", *rest]:
                places = [word for word in rest if not word.startswith("-")]
                frame.folder = _joined(frame.folder, places[0]) if places else UNKNOWN
                return ""
            case ["eval", *rest]:
                return self._evaluated(" ".join(rest[1:] if rest[:1] == ["--"] else rest), stdin, frame)
            case ["source" | ".", path, *rest]:
                text = self.text_of(path, frame.folder)
                if (text is None and UNKNOWN in path) or (text or "").strip().startswith(UNKNOWN):
                    self._emit(
                        ("source", path), stdin, (), {}, frame, opaque="the file that it runs is computed"
                    )
                    return UNKNOWN
                self._emit(("source", path), None, (), {}, frame)
                before = frame.parameters
                frame.parameters = rest or before
                out = self._text(text or "", stdin, frame)
                frame.parameters = before
                return out
            case ["trap", *rest]:
                script = next((word for word in rest if not word.startswith("-")), "")
                return self._evaluated(script, None, frame.copy())
            case ["alias", *rest]:
                for word in rest:
                    name, sign, text = word.partition("=")
                    if sign:
                        frame.aliases[name] = text
                        self._evaluated(text, None, frame.copy())
                self._emit(tuple(argv), None, (), {}, frame)
                return ""
            case ["set", *rest]:
                if "--" in rest:
                    frame.parameters = rest[rest.index("--") + 1 :]
                return ""
            case ["shift", *_]:
                frame.parameters = frame.parameters[1:] if frame.parameters else frame.parameters
                return ""
            case ["read" | "mapfile" | "readarray", *rest]:
                _read(rest, stdin, frame, array="-a" in rest or argv[0] != "read")
                return ""
            case ["printf", "-v", name, *rest]:
                frame.variables[name] = printed(["printf", *rest], None, lambda _: None)
                return ""
        return None

    def _evaluated(self, text: str, stdin: str | None, frame: _Frame) -> str:
        if UNKNOWN in text:
            self._emit(("eval", text), stdin, (), {}, frame, opaque="the text that it runs is computed")
        return self._text(text.replace(UNKNOWN, "$__unknown"), stdin, frame)

    def _emit(
        self,
        argv: tuple[str, ...],
        stdin: str | None,
        writes: tuple[str, ...],
        variables: Mapping[str, str],
        frame: _Frame,
        *,
        code: Code | None = None,
        opaque: str | None = None,
    ) -> None:
        self.leaves.append(Leaf(argv, stdin, writes, variables, frame.folder, frame.place, code, opaque))


def _looked_up(frame: _Frame, name: str) -> Value | None:
    if name in {"@", "*"}:
        return frame.parameters
    if name.isdigit():
        if name == "0":
            return frame.variables.get("0")
        if frame.parameters is None:
            return None
        place = int(name) - 1
        return frame.parameters[place] if place < len(frame.parameters) else ""
    if name == "PWD":
        return frame.folder
    if name == "IFS" and name not in frame.variables:
        return " \t\n"
    return frame.variables.get(name)


def _dash(node: Node, body: Node) -> tuple[str, ...]:
    """Return the word `-` that the grammar loses before a here-document."""
    after = (node.text or b"")[body.end_byte - node.start_byte :]
    return ("-",) if re.match(rb"\s+-\s+<<", after) else ()


def _environment(frame: _Frame) -> dict[str, str]:
    """Return the variables that are known. One that is not exported counts too: it may be, out of sight."""
    return {name: value for name, value in frame.variables.items() if isinstance(value, str)}


def _joined(folder: str, place: str) -> str:
    if UNKNOWN in folder or UNKNOWN in place:
        return UNKNOWN if UNKNOWN in place else place if place.startswith("/") else UNKNOWN
    return os.path.normpath(os.path.join(folder, os.path.expanduser(place)))


def _read(rest: list[str], stdin: str | None, frame: _Frame, *, array: bool) -> None:
    names = list(_names_to_read(rest))
    line = None if stdin is None or UNKNOWN in stdin else stdin.split("\n", 1)[0]
    if array:
        for name in names:
            frame.variables[name] = None if line is None else line.split()
        return
    words = line.split(None, max(len(names) - 1, 0)) if line is not None else []
    for number, name in enumerate(names):
        frame.variables[name] = None if line is None else words[number] if number < len(words) else ""


def _names_to_read(rest: list[str]) -> Iterator[str]:
    words = iter(rest)
    for word in words:
        if word in {"-p", "-d", "-n", "-N", "-t", "-u", "-i"}:
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
