"""Dropping a function breaks what calls it: code, clients, policies, defaults.

A function that an API serves is a part of it under its name and its arguments; a call with the old ones
fails from the moment that this runs.

Exempt is a function that the same migration created, one that a function takes the place of which can be
called with the same arguments, and a known function of a trigger, which nobody calls.

Source: <https://www.postgresql.org/docs/current/sql-dropfunction.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import Function
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import signature_of
from guardrails.lint.spelling import places, written

_WORDS = {
    ObjectType.OBJECT_FUNCTION: "function",
    ObjectType.OBJECT_PROCEDURE: "procedure",
    ObjectType.OBJECT_ROUTINE: "routine",
    ObjectType.OBJECT_AGGREGATE: "aggregate",
}
_INPUT = frozenset("dibv")
_VARIADIC = "v"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=kind, objects=tuple(objects)) if kind in _WORDS:
            names = [names_of(parts) for parts in objects]
            for signature, name, offset in zip(objects, names, places(statement, names), strict=True):
                _, arguments = signature_of(signature)
                known = statement.schema.functions_like(name, arguments)
                if not known or not all(_is_nobodys(function, statement) for function in known):
                    asked = {function.arguments for function in known} if arguments is None else {arguments}
                    yield Problem(
                        f"drops {_WORDS[kind]} {written(name)}: whatever still calls it fails",
                        offset,
                        f"Keep {written(name)} for one release beside what replaces it, and drop it when "
                        "nothing calls it any more; to change its body, write CREATE OR REPLACE.",
                        unless=_is_replaced(statement.schema, name, asked),
                    )


def _is_nobodys(function: Function, statement: Statement) -> bool:
    """Tell whether nothing outside of this migration can call a function."""
    made_here = function.new or (function.replaced is None and function.text == statement.file.sql)
    return made_here or function.returns == "trigger"


def _is_replaced(schema: Schema, name: Name, asked: set[tuple[Name, ...]]) -> Callable[[], bool]:
    """Return whether all old calls find a function at the end; any will do if those are not known."""
    own = schema.own_name(name)

    def is_replaced() -> bool:
        standing = [function for function in schema.functions_named(name) if function.resolved == own]
        return bool(standing) and all(any(_takes(new, old) for new in standing) for old in asked)

    return is_replaced


def _takes(function: Function, arguments: tuple[Name, ...]) -> bool:
    given = len(arguments)
    inputs = [parameter for parameter in function.node.parameters or () if _mode(parameter) in _INPUT]
    return _plain(function.arguments[:given]) == _plain(arguments) and all(
        parameter.defexpr is not None or _mode(parameter) == _VARIADIC for parameter in inputs[given:]
    )


def _mode(parameter: ast.FunctionParameter) -> str:
    return parameter.mode.value if parameter.mode is not None else "d"


def _plain(arguments: tuple[Name, ...]) -> list[Name]:
    """Return argument types without their schemas."""
    return [argument[-2:] if argument[-1:] == ("[]",) else argument[-1:] for argument in arguments]


RULE = Rule(
    code="DROP_FUNCTION",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Keep it for one release beside what replaces it; to change its body, write CREATE OR REPLACE.",
    nodes=("DropStmt",),
    bad=(
        "DROP FUNCTION search_orders(text);",
        "DROP PROCEDURE IF EXISTS shop.close_orders;",
        "DROP AGGREGATE longest(text);",
        (
            "DROP FUNCTION search_orders(text);\n"
            "CREATE FUNCTION search_orders(term text, most int) RETURNS int LANGUAGE sql RETURN 1;"
        ),
    ),
    good=(
        (
            "DROP FUNCTION search_orders(text);\n"
            "CREATE FUNCTION search_orders(term text) RETURNS bigint LANGUAGE sql RETURN 1;"
        ),
        (
            "DROP FUNCTION search_orders(text);\n"
            "CREATE FUNCTION search_orders(term text, most int DEFAULT 9) RETURNS int LANGUAGE sql RETURN 1;"
        ),
        (
            "DROP FUNCTION IF EXISTS search_orders;\n"
            "CREATE FUNCTION search_orders(term text) RETURNS bigint LANGUAGE sql RETURN 1;"
        ),
        "CREATE FUNCTION scratch() RETURNS int LANGUAGE sql RETURN 1;\nDROP FUNCTION scratch();",
        (
            "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n"
            "DROP FUNCTION stamp();"
        ),
    ),
    check=check,
)
