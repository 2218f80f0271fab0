"""A SECURITY DEFINER function without a search path runs its caller's objects.

It runs with the rights of its owner, but finds unqualified names where the caller says: a temporary
table or a function that the caller made is used in place of yours. Set the path on the function,
best to `''`, and qualify the names.

A path that ends in `pg_temp` is fine. One without it is a warning, since temporary tables are then
searched first, and so is one with `"$user"`. A body of the SQL standard (`BEGIN ATOMIC`, `RETURN`) is resolved when it is defined,
so there it is a warning. Asked is the state at the end: a later ALTER FUNCTION may set the path.

Source: <https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Function
from guardrails.lint.parsing import place_of
from guardrails.lint.routines import option, signature, that_stands
from guardrails.lint.shapes import function_search_path, signature_of
from guardrails.lint.spelling import written

_ALWAYS_SEARCHED = "pg_catalog"
_TEMPORARY = "pg_temp"


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt() as node if option(node.options, "security") is True:
            yield from _created(statement, node)
        case ast.AlterFunctionStmt() as node:
            yield from _altered(statement, node)


def _created(statement: Statement, node: ast.CreateFunctionStmt) -> Iterator[Problem]:
    name, arguments = signature(node)
    paths = list(function_search_path(node.options or ()))
    path = paths[-1] if paths else None
    fault = _fault(path)
    if fault is None:
        return

    def is_settled() -> bool:
        function = that_stands(statement)
        return (
            function is None
            or not function.security_definer
            or (function.search_path != path and _fault(function.search_path) is None)
        )

    early = node.sql_body is not None
    yield Problem(
        f"function {written(name)} runs as its owner and {fault}",
        place_of(statement.text, "security", statement.start, statement.end),
        f"Qualify the names in its body, and write SET search_path = '' in its definition, or: ALTER FUNCTION "
        f"{written(name)}({arguments}) SET search_path = '';",
        Severity.WARNING if path is not None or early else None,
        is_settled if statement.runs else None,
    )


def _altered(statement: Statement, node: ast.AlterFunctionStmt) -> Iterator[Problem]:
    name, arguments = signature_of(node.func)
    paths = list(function_search_path(node.actions or ()))
    becomes = option(node.actions, "security") is True
    known = statement.schema.functions_like(name, arguments)
    loses = bool(paths) and paths[-1] is None and any(function.security_definer for function in known)
    if not loses and (not becomes or (paths and paths[-1] is not None)):
        return

    def is_settled() -> bool:
        return bool(known) and all(_is_settled(statement, function) for function in known)

    yield Problem(
        f"function {written(name)} then runs as its owner and finds names where its caller says",
        statement.start,
        f"Add: ALTER FUNCTION {written(name)} SET search_path = '';",
        unless=is_settled,
    )


def _is_settled(statement: Statement, function: Function) -> bool:
    return (
        function.dropped
        or function.search_path is not None
        or not function.security_definer
        or not any(known is function for known in statement.schema.functions_named(function.name))
    )


def _fault(path: tuple[str, ...] | None) -> str | None:
    """Return what is wrong with a function's search path, None if nothing is."""
    if path is None:
        return "finds names where its caller says"
    if "$user" in path:
        return 'searches "$user", the schema of whoever calls it'
    if _TEMPORARY in path[:-1]:
        return "searches temporary tables of its caller before its own schemas"
    schemas = [schema for schema in path if schema != _ALWAYS_SEARCHED]
    if not schemas:
        return None
    if schemas[-1] != _TEMPORARY:
        return "searches temporary tables of its caller first: pg_temp is not at the end of its path"
    return None


RULE = Rule(
    code="SECURITY_DEFINER_SEARCH_PATH",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Set search_path = '' on the function, and qualify the names in its body.",
    nodes=("CreateFunctionStmt", "AlterFunctionStmt"),
    bad=(
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
        "CREATE OR REPLACE PROCEDURE tidy() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$;",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public "
            "AS 'SELECT 1';"
        ),
        (
            'CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "$user" '
            "AS 'SELECT 1';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, public "
            "AS 'SELECT 1';"
        ),
        "ALTER FUNCTION total() SECURITY DEFINER;",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "ALTER FUNCTION total() RESET ALL;"
        ),
        (
            "DO $$ BEGIN EXECUTE 'CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS ''SELECT 1'''; "
            "END $$;"
        ),
    ),
    good=(
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = shop, pg_temp "
            "AS 'SELECT 1';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';\n"
            "ALTER FUNCTION total() SET search_path = '';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';\n"
            "ALTER FUNCTION total() SECURITY INVOKER;"
        ),
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';\nDROP FUNCTION total();",
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "ALTER FUNCTION total() SECURITY DEFINER SET search_path = '';",
    ),
    check=check,
)
