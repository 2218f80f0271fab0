"""A function of the project -> what stands in its body, and what it may return."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pglast import ast

from guardrails.lint.objects import Function
from guardrails.lint.parsing import ParseError, names_of, parse, parse_plpgsql_json
from guardrails.lint.plpgsql import Inner, inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STATEMENT = 0  # RAW_PARSE_DEFAULT, in PostgreSQL's parser.h
_EXPRESSION = 2  # RAW_PARSE_PLPGSQL_EXPR; what is above it is an assignment
_ERROR = 21  # in PostgreSQL's elog.h
_RETURNS = ("bool", "SETOF record", "void", "trigger")


@lru_cache(maxsize=512)
def body_of(function: Function) -> tuple[ast.Node, ...]:
    """Return the statements and expressions of a function's body, as far as they can be read."""
    if function.language == "plpgsql":
        return tuple(node for query in _queries(_plpgsql(function)) for node in _read(query))
    found: list[ast.Node] = []
    for inner in inside(function.node, function.text, 0):
        if isinstance(inner, Inner):
            found.extend(inner.nodes)
            found.extend(parsed.node for parsed in parse(inner.sql).statements)
    return tuple(found)


@lru_cache(maxsize=512)
def returned_by(function: Function) -> tuple[ast.Node, ...]:
    """Return the expressions one of which is what a call returns; () when that can't be told."""
    if function.language == "plpgsql":
        values = tuple(_returns(_plpgsql(function)))
        nodes = tuple(_value(_read(value)) for value in values)
    else:
        nodes = (_value(body_of(function)),)
    return tuple(node for node in nodes if node is not None) if None not in nodes else ()


def _value(statements: tuple[ast.Node, ...]) -> ast.Node | None:
    match statements:
        case (ast.SelectStmt(fromClause=None, whereClause=None, targetList=(ast.ResTarget(val=value),)),):
            return value
    return None


def _read(query: str) -> tuple[ast.Node, ...]:
    return tuple(parsed.node for parsed in parse(query).statements)


def passes_over_errors(block: ast.DoStmt) -> bool:
    """Tell whether a DO block in PL/pgSQL has a handler for WHEN OTHERS that raises no error itself."""
    return any(
        any(condition["PLpgSQL_condition"]["condname"] == "others" for condition in handler["conditions"])
        and not any(raised.get("elog_level") == _ERROR for raised in _parts(handler, "PLpgSQL_stmt_raise"))
        for handler in _parts(_tree(_text(block.args)), "PLpgSQL_exception")
    )


def _parts(tree: object, kind: str) -> Iterator[dict[str, Any]]:
    match tree:
        case dict():
            for name, value in tree.items():
                if name == kind:
                    yield value
                yield from _parts(value, kind)
        case list():
            for value in tree:
                yield from _parts(value, kind)


def _plpgsql(function: Function) -> object:
    """Return the tree of a PL/pgSQL body as plain JSON, None where it can't be read."""
    return _tree(_text(function.node.options))


def _text(options: tuple[ast.DefElem, ...] | None) -> str:
    return next(
        (names_of(option.arg)[0] for option in options or () if option.defname == "as" and option.arg), ""
    )


def _tree(body: str) -> object:
    tag = "$guardrails$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    for returns in _RETURNS:
        from json import loads  # noqa: PLC0415

        try:
            return loads(
                parse_plpgsql_json(
                    f"CREATE FUNCTION f() RETURNS {returns} LANGUAGE plpgsql AS {tag}{body}{tag}"
                )
            )
        except (ParseError, ValueError, RecursionError):
            continue
    return None


def _queries(tree: object) -> Iterator[str]:
    """Yield the statements of a body, and its expressions as a SELECT of each."""
    match tree:
        case {"query": str(query), "parseMode": int(mode)}:
            if mode == _STATEMENT:
                yield query
            else:
                yield f"SELECT {query if mode == _EXPRESSION else query.partition('=')[2]}"
        case dict():
            for value in tree.values():
                yield from _queries(value)
        case list():
            for value in tree:
                yield from _queries(value)


def _returns(tree: object) -> Iterator[str]:
    """Yield what stands behind each RETURN; "" for one that returns a variable or a query."""
    match tree:
        case dict():
            for kind, value in tree.items():
                if kind == "PLpgSQL_stmt_return":
                    yield next(_queries(value), "")
                elif kind.startswith("PLpgSQL_stmt_return"):
                    yield ""
                else:
                    yield from _returns(value)
        case list():
            for value in tree:
                yield from _returns(value)
