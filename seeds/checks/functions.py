"""A function that is one expression, as CREATE FUNCTION writes it -> its parameters and that expression."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pglast import ast

from guardrails.lint.parsing import ParseError, names_of, parse, parse_plpgsql_json


@dataclass(frozen=True)
class Function:
    """What a call stands for."""

    parameters: tuple[str, ...]
    expression: ast.Node


def function_of(definition: str) -> Function | None:
    """Read a function of SQL, or one of PL/pgSQL that only returns; None where it does more.

    Args:
        definition: as `pg_get_functiondef` writes it.
    """
    statements = parse(definition).statements
    match statements[0].node if statements else None:
        case ast.CreateFunctionStmt(parameters=parameters, sql_body=body, options=options):
            names = tuple(
                one.name or "" for one in parameters or () if isinstance(one, ast.FunctionParameter)
            )
            if isinstance(body, ast.ReturnStmt) and isinstance(body.returnval, ast.Node):
                return Function(names, body.returnval)
            given = {
                option.defname: option.arg for option in options or () if isinstance(option, ast.DefElem)
            }
            expression = _expression(given, definition)
            return None if expression is None else Function(names, expression)
    return None


def _expression(options: Mapping[str | None, object], definition: str) -> ast.Node | None:
    body = options.get("as")
    text = names_of(body)[0] if names_of(body) else ""
    match names_of(options.get("language")):
        case ("sql",):
            return _selected(text)
        case ("plpgsql",):
            query = _returned(definition)
            return None if query is None else _selected(f"SELECT {query}")
    return None


def _selected(query: str) -> ast.Node | None:
    statements = parse(query).statements
    match [statement.node for statement in statements]:
        case [ast.SelectStmt(targetList=(ast.ResTarget(val=ast.Node() as value),), fromClause=None)]:
            return value
    return None


def _returned(definition: str) -> str | None:
    try:
        (parsed,) = json.loads(parse_plpgsql_json(definition))
    except (ParseError, ValueError):
        return None
    body = parsed.get("PLpgSQL_function", {}).get("action", {}).get("PLpgSQL_stmt_block", {}).get("body", [])
    match body:
        case [{"PLpgSQL_stmt_return": {"expr": {"PLpgSQL_expr": {"query": str(query)}}}}]:
            return query
    return None
