"""CREATE OR REPLACE FUNCTION takes away every attribute it doesn't say again.

`SET search_path`, `SECURITY DEFINER`, `STRICT`, `LEAKPROOF` and the volatility go back to their
defaults in silence; only the owner and the privileges stay. A DROP before the CREATE does the same.
An attribute that is said anew, as its opposite too, is meant so, and a later ALTER FUNCTION may bring
it back. Loss of the search path or of SECURITY DEFINER is an error, the others are warnings.

Source: <https://www.postgresql.org/docs/current/sql-createfunction.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Function
from guardrails.lint.parsing import names_of
from guardrails.lint.routines import option, signature, that_stands
from guardrails.lint.shapes import arguments_of, function_search_path
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    node = statement.node
    if not isinstance(node, ast.CreateFunctionStmt):
        return
    old = _before(statement, node)
    if old is None:
        return
    if old.search_path is not None and not list(function_search_path(node.options or ())):
        shown = ", ".join(written((schema,)) for schema in old.search_path) or "''"
        yield _problem(statement, node, f"SET search_path = {shown}", "search_path", None, grave=True)
    if old.security_definer and option(node.options, "security") is None:
        yield _problem(statement, node, "SECURITY DEFINER", "security_definer", False, grave=True)
    if old.volatility != "volatile" and option(node.options, "volatility") is None:
        yield _problem(statement, node, old.volatility.upper(), "volatility", "volatile")
    if old.strict and option(node.options, "strict") is None:
        yield _problem(statement, node, "STRICT", "strict", False)
    if old.leakproof and option(node.options, "leakproof") is None:
        yield _problem(statement, node, "LEAKPROOF", "leakproof", False)


def _before(statement: Statement, node: ast.CreateFunctionStmt) -> Function | None:
    schema = statement.schema
    resolved, arguments = schema.own_name(names_of(node.funcname)), arguments_of(node)
    if known := schema.function_at(resolved, arguments):
        return known if node.replace else None
    return next(
        (
            gone
            for gone in reversed(schema.dropped_functions)
            if gone.resolved == resolved and gone.arguments == arguments and not gone.new
        ),
        None,
    )


def _problem(
    statement: Statement,
    node: ast.CreateFunctionStmt,
    attribute: str,
    field: str,
    reset: object,
    *,
    grave: bool = False,
) -> Problem:
    name, arguments = signature(node)

    def is_back() -> bool:
        function = that_stands(statement)
        return function is None or getattr(function, field) != reset

    return Problem(
        f"the new definition of {written(name)} leaves out {attribute}: PostgreSQL takes it away in silence",
        statement.start,
        f"Write {attribute} in the new definition of {written(name)}({arguments}) too.",
        None if grave else Severity.WARNING,
        is_back if statement.runs else None,
    )


RULE = Rule(
    code="FUNCTION_REPLACE_RESETS",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Say every attribute again in the new definition.",
    nodes=("CreateFunctionStmt",),
    bad=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';"
        ),
        (
            "CREATE FUNCTION shop.total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "ALTER FUNCTION shop.total() SET search_path = '';\n"
            "CREATE OR REPLACE FUNCTION shop.total() RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
        (
            "CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql STABLE STRICT AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total(b integer) RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
    ),
    good=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 2';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 2';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';\n"
            "ALTER FUNCTION total() SET search_path = '';"
        ),
        (
            "CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION total(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';"
        ),
        "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 2';",
    ),
    check=check,
)
