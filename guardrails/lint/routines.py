"""A function's definition -> its options, what its body holds, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pglast import ast

from guardrails.lint.contracts import Name, Statement
from guardrails.lint.objects import Function
from guardrails.lint.parsing import name_of, names_of, parse, walk
from guardrails.lint.plpgsql import Inner, inside

_MOST_NESTED = 4
_CALLER = frozenset({("auth", "uid"), ("auth", "jwt"), ("auth", "role"), ("auth", "email")})


def option(options: Iterable[ast.DefElem] | None, name: str) -> object:
    """Return the last value that an option was given, None if it was not."""
    found: object = None
    for given in options or ():
        if given.defname == name:
            match given.arg:
                case ast.Boolean(boolval=flag):
                    found = bool(flag)
                case ast.String(sval=word):
                    found = word or ""
                case other:
                    found = other
    return found


def that_stands(statement: Statement) -> Function | None:
    """Return the function that a CREATE FUNCTION made, None if it made none or another took its place since."""
    node = statement.node
    made = statement.schema.function_made_by(node) if isinstance(node, ast.CreateFunctionStmt) else None
    if made is None or not any(known is made for known in statement.schema.functions_named(made.name)):
        return None
    return made


def signature(node: ast.CreateFunctionStmt) -> tuple[Name, str]:
    """Return a function's name, and its input arguments as SQL spells them for GRANT and ALTER."""
    parts = []
    for parameter in node.parameters or ():
        if parameter.mode.value in "dibv" and parameter.argType is not None:
            kind = names_of(parameter.argType)
            plain = kind[1:] if kind[:1] == ("pg_catalog",) else kind
            parts.append(".".join(plain) + ("[]" if parameter.argType.arrayBounds else ""))
    return names_of(node.funcname), ", ".join(parts)


def nodes_in_body(node: ast.Node, text: str, start: int = 0) -> Iterator[ast.Node]:
    """Yield every node of the statements in a body, and of those that these run themselves."""
    yield from _nodes(node, text, start, _MOST_NESTED)


def relations_in(nodes: Iterable[ast.Node]) -> Iterator[Name]:
    """Yield the names of the relations among nodes, as written; a CTE's name is none."""
    found = list(nodes)
    local = {node.ctename for node in found if isinstance(node, ast.CommonTableExpr)}
    for node in found:
        if isinstance(node, ast.RangeVar):
            name = name_of(node)
            if name and not (len(name) == 1 and name[0] in local):
                yield name


def asks_who_calls(nodes: Iterable[ast.Node]) -> bool:
    """Tell whether some node asks for the user of the request, as a function that checks its caller does."""
    return any(isinstance(node, ast.FuncCall) and names_of(node.funcname) in _CALLER for node in nodes)


def _nodes(node: ast.Node, text: str, start: int, depth: int) -> Iterator[ast.Node]:
    for found in inside(node, text, start) if depth else ():
        if not isinstance(found, Inner):
            continue
        for part in found.nodes:
            yield from walk(part)
        for parsed in parse(found.sql).statements:
            yield from walk(parsed.node)
            yield from _nodes(parsed.node, found.sql, parsed.start, depth - 1)
