"""A program in Python -> what it plainly does: the commands that it starts, the files that it writes and reads.

Read with Python's own parser and not run. What is computed stays unknown, so this finds forms, not all of them.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from guardrails.agent.contracts import UNKNOWN
from guardrails.agent.starts import quoted

_MOST_CODE = 100_000
_SHELLS = frozenset(
    {
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "asyncio.create_subprocess_shell",
    }
)
_PROCESSES = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
) | {"pty.spawn"}
_OPENERS = frozenset({"open", "io.open", "codecs.open", "os.fdopen"})
_ALL_CHANGED = frozenset(
    {
        "os.remove",
        "os.unlink",
        "os.rename",
        "os.replace",
        "os.chmod",
        "os.truncate",
        "os.rmdir",
        "os.removedirs",
        "shutil.move",
        "shutil.rmtree",
    }
)
_SECOND_CHANGED = frozenset(
    {
        "os.symlink",
        "os.link",
        "shutil.copy",
        "shutil.copy2",
        "shutil.copyfile",
        "shutil.copytree",
    }
)
_PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath"})
_CHANGING = frozenset(
    {
        "write_text",
        "write_bytes",
        "unlink",
        "rename",
        "replace",
        "touch",
        "chmod",
        "symlink_to",
        "hardlink_to",
        "rmdir",
    }
)
# Enough to print something, and nothing that leads to more.
_PRINTS = frozenset(
    [
        "print",
        "len",
        "str",
        "repr",
        "int",
        "float",
        "bool",
        "sorted",
        "list",
        "dict",
        "set",
        "tuple",
        "range",
        "enumerate",
        "zip",
        "sum",
        "min",
        "max",
        "format",
        "chr",
        "ord",
        "round",
        "abs",
        "reversed",
    ]
)
_MODULES = frozenset({"json", "re", "math", "string", "textwrap", "datetime"})
_METHODS = frozenset(
    ["format", "join", "upper", "lower", "title", "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "replace", "startswith", "endswith", "append", "extend", "get", "items", "keys", "values", "dumps", "loads", "sub", "findall", "search", "match", "group", "dedent", "isoformat", "now", "today", "sqrt", "pi", "count", "index"]
)  # fmt: skip
_HARMLESS = (
    ast.Module, ast.Expr, ast.Import, ast.alias, ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Load, ast.Store, ast.Assign, ast.For, ast.If, ast.IfExp,
    ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.operator,
    ast.boolop, ast.unaryop, ast.cmpop, ast.Subscript, ast.Slice, ast.keyword, ast.Starred, ast.Pass,
)  # fmt: skip


class Doings(NamedTuple):
    """What a program does: commands as text for a shell, and paths."""

    starts: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    only_prints: bool = False


def doings(text: str, depth: int = 0) -> Doings:
    """Return what a program plainly does; nothing where it can't be parsed."""
    if len(text) > _MOST_CODE:
        return Doings()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Doings()
    reader = _Reader(depth)
    try:
        for node in ast.walk(tree):
            reader.learn(node)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                reader.call(node)
    except RecursionError:
        return Doings()
    return Doings(tuple(reader.starts), tuple(reader.changed), tuple(reader.read), _only_prints(tree))


def _only_prints(tree: ast.Module) -> bool:
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    known = _PRINTS | _MODULES | stored
    if stored & (_PRINTS | _MODULES):
        return False
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(one.asname or one.name not in _MODULES for one in names):
                return False
            case ast.Call(func=ast.Name(id=name)) if name not in _PRINTS:
                return False
            case ast.Call() | ast.Name():
                if isinstance(node, ast.Name) and node.id not in known:
                    return False
            case ast.Attribute(attr=name):
                if name not in _METHODS:
                    return False
            case _ if not isinstance(node, _HARMLESS):
                return False
    return True


class _Reader:
    """Collects what calls do; names that are bound to one known value stand for it."""

    def __init__(self, depth: int) -> None:
        self.starts: list[str] = []
        self.changed: list[str] = []
        self.read: list[str] = []
        self._depth = depth
        self._imports: dict[str, str] = {}
        self._values: dict[str, ast.expr | None] = {}

    def learn(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                self._imports |= {one.asname: one.name for one in names if one.asname}
            case ast.ImportFrom(module=str(module), names=names):
                self._imports |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._values[name] = None if name in self._values else value
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                self._values[name] = None if name in self._values else value

    def call(self, node: ast.Call) -> None:
        name = self._name(node.func)
        given = node.args
        named = {one.arg: one.value for one in node.keywords if one.arg}
        first = given[0] if given else named.get("args") or named.get("file") or named.get("cmd")
        if first is not None:
            if name in _SHELLS:
                self._start(self._text(first))
            elif name in _PROCESSES:
                self._process(first, named)
            elif name.startswith(("os.exec", "os.spawn", "os.posix_spawn")):
                self._replaced(name, given)
            elif name in _OPENERS:
                self._opened(self._text(first), given[1] if len(given) > 1 else named.get("mode"))
            elif name in _ALL_CHANGED:
                self.changed += map(self._text, given)
            elif name in _SECOND_CHANGED:
                self.changed += map(self._text, given[1:2])
            elif name in {"exec", "eval"} and self._depth < 2:
                self._nested(self._text(first))
        if isinstance(node.func, ast.Attribute):
            self._method(node.func, given, named)

    def _method(self, func: ast.Attribute, given: list[ast.expr], named: dict[str, ast.expr]) -> None:
        if not self._is_path(func.value):
            return
        path = self._text(func.value)
        if func.attr in _CHANGING:
            self.changed.append(path)
            if func.attr in {"rename", "replace"}:
                self.changed += map(self._text, given[:1])
        elif func.attr == "open":
            self._opened(path, given[0] if given else named.get("mode"))
        elif func.attr in {"read_text", "read_bytes"}:
            self.read.append(path)

    def _nested(self, text: str) -> None:
        inner = doings(text, self._depth + 1)
        self.starts += inner.starts
        self.changed += inner.changed
        self.read += inner.read

    def _opened(self, path: str, mode: ast.expr | None) -> None:
        spelled = self._text(mode) if mode is not None else "r"
        (self.changed if set(spelled) & set("wax+") else self.read).append(path)

    def _start(self, text: str, folder: str = "", stdin: str = "") -> None:
        if not text.strip(UNKNOWN + " "):
            return
        before = f"cd {quoted(folder)} && " if folder else ""
        fed = f"printf %s {quoted(stdin)} | " if stdin else ""
        self.starts.append(before + fed + text.replace(UNKNOWN, "$__unknown"))

    def _process(self, first: ast.expr, named: dict[str, ast.expr]) -> None:
        folder = self._text(named["cwd"]) if "cwd" in named else ""
        stdin = self._text(named["input"]) if "input" in named else ""
        match first:
            case ast.Call(func=func, args=[given, *_]) if self._name(func) == "shlex.split":
                text = self._text(given)
            case ast.Call(func=ast.Attribute(value=given, attr="split")):
                text = self._text(given)
            case _:
                text = " ".join(map(quoted, self._words(first))) or self._text(first)
        self._start(text, folder, stdin)

    def _replaced(self, name: str, given: list[ast.expr]) -> None:
        rest = given[2:] if name.startswith("os.spawn") else given[1:]
        words = self._words(rest[0]) if rest else ()
        self._start(" ".join(map(quoted, words or tuple(map(self._text, rest)))))

    def _words(self, node: ast.expr) -> tuple[str, ...]:
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return tuple(word for one in items for word in (self._words(one) or (self._text(one),)))
            case ast.BinOp(left=left, op=ast.Add(), right=right) if words := self._words(left):
                return (*words, *(self._words(right) or (UNKNOWN,)))
            case ast.Starred(value=value):
                return self._words(value)
            case ast.Name(id=name) if (bound := self._values.get(name)) is not None:
                return () if isinstance(bound, ast.Name) else self._words(bound)
        return ()

    def _is_path(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=func):
                return self._name(func) in _PATHS
            case ast.BinOp(left=left, op=ast.Div()):
                return self._is_path(left)
            case ast.Name(id=name):
                value = self._values.get(name)
                return value is not None and not isinstance(value, ast.Name) and self._is_path(value)
        return False

    def _text(self, node: ast.expr) -> str:
        """Return the text that an expression stands for, with `UNKNOWN` for what is computed."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=parts):
                return "".join(map(self._text, parts))
            case ast.FormattedValue(value=value):
                return self._text(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._text(left) + self._text(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return f"{self._text(left)}/{self._text(right)}"
            case ast.Name(id=name) if (bound := self._values.get(name)) is not None:
                return UNKNOWN if isinstance(bound, ast.Name) else self._bound(name, bound)
            case ast.Call(func=func, args=given) if given and (
                self._name(func) in _PATHS | {"os.path.join", "str", "os.path.expanduser", "os.path.abspath"}
            ):
                return "/".join(map(self._text, given))
            case ast.Call(func=func) if self._name(func) == "pathlib.Path.home":
                return "~"
            case ast.Call(func=func) if self._name(func) in {"pathlib.Path.cwd", "os.getcwd", "pathlib.Path"}:
                return "."
        return UNKNOWN

    def _bound(self, name: str, value: ast.expr) -> str:
        self._values[name] = None  # a name that is bound to itself has no end
        text = self._text(value)
        self._values[name] = value
        return text

    def _name(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return self._imports.get(name, name)
            case ast.Attribute(value=value, attr=attr):
                return f"{self._name(value)}.{attr}"
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(module))]):
                return module
        return ""
