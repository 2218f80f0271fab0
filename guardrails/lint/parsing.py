"""SQL text -> `Script`: its statements and what could not be read. Holds every call of the SQL parser.

Offsets are code points into the text that was given, on every path: what must not be parsed (the
"down" half of a file, psql's own lines, COPY data) is blanked out, never cut out.

Traps of the parser, and where they are met:

- A NUL ends parsing without an error: refused here.
- A deep tree ends the process while it is turned into Python objects. Serialising it to protobuf
  measures the depth and refuses in time, so that runs first on any text that is long enough.
- The length of an unterminated last statement is 0, and a syntax error at the very end has no offset.
- Four fifths of the time for a tree goes into `Node.__setattr__`, which checks that each attribute has the type
  that the parser just gave it. Nobody else builds trees here, so the check is taken off; what else it did
  was to make `Boolean.boolval` a bool.
- Each offset is found by walking over all non-ASCII characters before it, so much text in another
  script than Latin makes parsing quadratic: where it can't matter it is masked, one for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from pglast import ast, parser
from pglast.parser import ParseError, Token, parse_plpgsql_json, parse_sql, parse_sql_protobuf

from guardrails.lint.memory import remembered
from guardrails.lint.nodes import take_off_checks
from guardrails.lint.patterns import regex
from guardrails.lint.values import NamedTuple, dataclass
from guardrails.lint.worker import on_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Comment",
    "Fault",
    "ParseError",
    "Parsed",
    "Script",
    "Token",
    "calls_in",
    "comments",
    "name_of",
    "names_of",
    "parse",
    "parse_plpgsql_json",
    "place_of",
    "scan",
    "walk",
]

_DEEP_TEXT = 4_000
_MANY_NON_ASCII = 10_000
_MOST_REPAIRS = 50
_NON_ASCII = regex(r"[^\x00-\x7f]")
_NOT_BLANK = regex(r"[^\n\r\t]")
_META_COMMAND = regex(r"\\[^\s;]+")
_PLACEHOLDER = regex(
    r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}|#\{.*?\}|<%.*?%>|%\(\w+\)s|%s|\?|:'?\w+'?|@\w+@|__\w+__"
)
_READ_THE_REST = "Nothing in this statement was checked; mend it and validate again."


take_off_checks(ast)


class Parsed(NamedTuple):
    """One statement: the root of its tree, the offset of its first character and of the one after its last."""

    node: ast.Node
    start: int
    end: int


class Fault(NamedTuple):
    """Text that was not read as SQL, so that nothing in it was checked."""

    message: str
    offset: int
    suggestion: str = _READ_THE_REST


class Comment(NamedTuple):
    """A comment: its text without what makes it one, and whether it is one with `--` on its own line."""

    text: str
    offset: int
    alone: bool
    block: bool = False


@dataclass(frozen=True)
class Script:
    """A text with its statements in order; every part of it is in a statement, in a fault, or no SQL."""

    text: str
    statements: tuple[Parsed, ...]
    faults: tuple[Fault, ...]


def parse(text: str, up: tuple[int, int] | None = None) -> Script:
    """Split a migration into statements; what is not SQL becomes a `Fault`, and the rest is still read.

    Args:
        text: the whole file.
        up: offsets of the part that runs forwards; the rest is not looked at.
    """
    return on_worker(lambda: _parsed(text, up))


def scan(text: str) -> list[Token]:
    """Return the tokens of a text.

    Raises:
        ParseError: a quotation or a comment is not closed.
    """
    return on_worker(lambda: parser.scan(text))


def _parsed(text: str, up: tuple[int, int] | None) -> Script:
    sql = text if up is None else _blank(text, 0, up[0])[: up[1]]
    if (nul := sql.find("\0")) >= 0:
        message = "a NUL character stands here: PostgreSQL would stop reading, and nothing was checked"
        return Script(
            text, (), (Fault(message, nul, "Save the file as plain UTF-8 text without NUL characters."),)
        )
    faults: list[Fault] = []
    try:
        sql = _mask(sql)
        for _ in range(_MOST_REPAIRS):
            try:
                return Script(text, tuple(_statements(sql)), tuple(faults))
            except ParseError as error:
                repair = _repair(sql, error)
                if repair is None:
                    break
                sql, fault = repair
                faults.append(fault)
        return _one_by_one(text, sql, faults)
    except ParseError as error:
        return Script(text, (), (*faults, _fault(sql, error)))


def comments(text: str) -> Iterator[Comment]:
    """Yield the comments of a text; a string or a function body that quotes one does not count."""
    try:
        tokens = scan(text if len(text) < _DEEP_TEXT else _NON_ASCII.sub("x", text))
    except ParseError:
        return
    for token in tokens:
        if token.name == "SQL_COMMENT":
            line_start = text.rfind("\n", 0, token.start) + 1
            body = text[token.start + 2 : token.end + 1].strip()
            yield Comment(body, token.start, not text[line_start : token.start].strip())
        elif token.name == "C_COMMENT":
            yield Comment(text[token.start + 2 : token.end - 1].strip(), token.start, False, block=True)


@remembered
def walk(node: ast.Node) -> tuple[ast.Node, ...]:
    """Return a node and all below it, parents first."""
    found: list[ast.Node] = []
    pending: list[Any] = [node]
    while pending:
        here = pending.pop()
        kind = type(here)
        if kind is tuple:
            pending += here[::-1]
            continue
        if kind not in _BELOW:
            _BELOW[kind] = _below(kind) if issubclass(kind, ast.Node) else None
        below = _BELOW[kind]
        if below is not None:
            found.append(here)
            if below is not _nothing:
                pending += filter(None, below(here))
    return tuple(found)


@remembered
def calls_in(node: ast.Node) -> tuple[ast.FuncCall, ...]:
    """Return the calls of functions in a tree."""
    return tuple(part for part in walk(node) if isinstance(part, ast.FuncCall))


_BELOW: dict[type, Callable[[Any], Sequence[object]] | None] = {}
"""What reads the attributes below which other nodes may stand, last first; None for what is no node."""


def _below(kind: type) -> Callable[[Any], Sequence[object]]:
    names = [name for name, held in reversed(vars(kind)["__slots__"].items()) if _holds_nodes(held)]
    match names:
        case []:
            return _nothing
        case [name]:
            return lambda node: (getattr(node, name),)
    return attrgetter(*names)


def _nothing(_: object) -> tuple[()]:
    return ()


def _holds_nodes(held: Any) -> bool:
    """Tell whether nodes may stand in an attribute, by what `ast` says of it: its C type first, if not alone."""
    c_type: str = held if isinstance(held, str) else held[0]
    return c_type in _HELD_WHOLE or (c_type.endswith("*") and c_type not in _OTHER_POINTERS)


_HELD_WHOLE = frozenset({"ValUnion", "JsonTablePlan", "CreateStmt"})
_OTHER_POINTERS = frozenset({"char*", "Bitmapset*"})


def name_of(relation: ast.RangeVar | None) -> tuple[str, ...]:
    """Return the name of a relation as written."""
    if relation is None or relation.relname is None:
        return ()
    return (relation.schemaname, relation.relname) if relation.schemaname else (relation.relname,)


def names_of(parts: object) -> tuple[str, ...]:
    """Return a name as written from what the parser left of it: strings, a type or a signature."""
    if type(parts) is tuple:
        return tuple([part.sval or "" for part in parts if isinstance(part, ast.String)])
    match parts:
        case ast.String(sval=str(text)):
            return (text,)
        case ast.TypeName(names=names):
            return names_of(names)
        case ast.ObjectWithArgs(objname=names):
            return names_of(names)
    return ()


def place_of(text: str, name: str, start: int, end: int) -> int:
    """Return the offset of the first identifier that reads `name` between two offsets, else `start`."""
    try:
        tokens = scan(text[start:end])
    except ParseError:
        return start
    for token in tokens:
        if token.kind == "RESERVED_KEYWORD":
            continue  # as a name it is quoted
        word = text[start + token.start : start + token.end + 1]
        if (word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()) == name:
            return start + token.start
    return start


def _statements(sql: str) -> Iterator[Parsed]:
    if len(sql) > _DEEP_TEXT:
        parse_sql_protobuf(sql)
    for raw in parse_sql(sql):
        node, start = raw.stmt, raw.stmt_location
        assert node is not None and start is not None  # the stubs make every field optional
        yield Parsed(node, start, start + raw.stmt_len if raw.stmt_len else len(sql))


def _one_by_one(text: str, sql: str, faults: list[Fault]) -> Script:
    """Read each statement for itself, where the text as a whole is no SQL."""
    statements: list[Parsed] = []
    for start, end in _pieces(sql):
        try:
            statements.extend(_statements(_blank(sql[:end], 0, start)))
        except ParseError as error:
            faults.append(_fault(sql[:end], error))
    if not faults:
        faults.append(Fault("this text can't be read as SQL, although each of its statements can", 0))
    return Script(text, tuple(statements), tuple(faults))


def _pieces(sql: str) -> Iterator[tuple[int, int]]:
    """Yield the slices between the semicolons that end a statement.

    Raises:
        ParseError: a quotation or a comment is not closed.
    """
    start = depth = 0
    previous = ""
    for token in scan(sql):
        match token.name:
            case "ASCII_40":
                depth += 1
            case "ASCII_41":
                depth -= 1
            case "ATOMIC" if previous == "BEGIN_P":
                depth += 1
            case "END_P":
                depth -= 1
            case "CASE" if depth:
                depth += 1
            case "ASCII_59" if depth <= 0:
                yield start, token.start
                start, depth = token.end + 1, 0
        previous = token.name
    if sql[start:].strip():
        yield start, len(sql)


def _repair(sql: str, error: ParseError) -> tuple[str, Fault] | None:
    """Blank out what is psql's and not SQL, where that is what the parser stumbled over."""
    offset = _offset(sql, error)
    line_start = sql.rfind("\n", 0, offset) + 1
    line_end = _line_end(sql, offset)
    if sql.startswith("\\", offset) and (command := _META_COMMAND.match(sql, offset)):
        fault = Fault(
            f"{_shown(command[0])} is a command of psql, not SQL: a migration tool can't run it",
            offset,
            "Remove the line; write what it did as SQL. pg_dump writes such lines: leave out \\restrict and \\unrestrict.",
        )
        return _blank(sql, offset, line_end), fault
    end_of_copy = sql.rfind(";", 0, line_start)
    if end_of_copy < 0 or sql[end_of_copy + 1 : line_start].strip():
        return None
    try:
        before = list(_statements(sql[: end_of_copy + 1]))
    except ParseError:
        return None
    match before[-1].node if before else None:
        case ast.CopyStmt(is_from=True, is_program=False, filename=None):
            fault = Fault(
                "the rows of COPY … FROM stdin are data for psql, not SQL: a migration tool can't run them",
                line_start,
                "Write the rows as INSERT statements, or load them outside the migration.",
            )
            end = sql.find("\n\\.", line_start - 1)
            return _blank(sql, line_start, len(sql) if end < 0 else _line_end(sql, end + 1)), fault
    return None


def _fault(sql: str, error: ParseError) -> Fault:
    offset = _offset(sql, error)
    message = str(error.args[0])
    if "too deeply" in message or "stack depth" in message or "memory exhausted" in message:
        return Fault(
            "this statement is nested too deeply to be read", offset, "Split it, or flatten the expression."
        )
    if placeholder := _PLACEHOLDER.match(sql, offset):
        return Fault(
            f"{_shown(placeholder[0])} is a placeholder of a template, not SQL",
            offset,
            "Validate the file that the template makes, with the value filled in.",
        )
    return Fault(f"PostgreSQL's parser refuses this: {_shown(message)}", offset)


def _offset(sql: str, error: ParseError) -> int:
    # The parser gives no offset when the text ends too early.
    found = error.args[1] if len(error.args) > 1 else None
    return min(len(sql.rstrip()) if found is None else int(found), len(sql))


def _line_end(sql: str, offset: int) -> int:
    end = sql.find("\n", offset)
    return len(sql) if end < 0 else end


def _blank(sql: str, start: int, end: int) -> str:
    return sql[:start] + _NOT_BLANK.sub(" ", sql[start:end]) + sql[end:]


def _shown(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"


def _mask(sql: str) -> str:
    """Replace non-ASCII characters one for one where they make no difference, if there are many.

    A token keeps its place: to the scanner every non-ASCII character is a letter. Left as they
    are: names, and strings except those of an INSERT, which are rows.
    """
    if sql.isascii() or len(_NON_ASCII.findall(sql)) < _MANY_NON_ASCII:
        return sql
    masked = _NON_ASCII.sub("x", sql)
    parts: list[str] = []
    done = 0
    first: str | None = None
    for token in scan(masked):
        if token.name in {"SQL_COMMENT", "C_COMMENT"} or (token.name == "SCONST" and first == "INSERT"):
            parts += (sql[done : token.start], masked[token.start : token.end + 1])
            done = token.end + 1
        elif token.name == "ASCII_59":
            first = None
        elif first is None:
            first = token.name
    return "".join((*parts, sql[done:]))
