"""A function without a search path of its own depends on its caller's session.

In a trigger, an index or a generated column that is another session each time. `SET search_path = ''`
with qualified names is the same everywhere; it keeps a SQL function from being inlined, so leave it
out where that matters. SECURITY DEFINER functions are SECURITY_DEFINER_SEARCH_PATH's matter.

Exempt are bodies of the SQL standard, which are resolved when they are defined, and functions in C.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0011_function_search_path_mutable>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.platform import clients_reach
from guardrails.lint.routines import option, signature, that_stands
from guardrails.lint.spelling import written

_COMPILED = frozenset({"c", "internal"})


def check(statement: Statement) -> Iterator[Problem]:
    node = statement.node
    if (
        not isinstance(node, ast.CreateFunctionStmt)
        or node.sql_body is not None
        or not clients_reach(statement)
    ):
        return
    if option(node.options, "security") is True or str(option(node.options, "language")).lower() in _COMPILED:
        return

    def is_settled() -> bool:
        function = that_stands(statement)
        return function is None or function.security_definer or function.search_path is not None

    name, arguments = signature(node)
    yield Problem(
        f"function {written(name)} finds names where its caller's session says",
        statement.start,
        f"Qualify the names in its body, and add: ALTER FUNCTION {written(name)}({arguments}) SET search_path = '';",
        unless=is_settled,
    )


RULE = Rule(
    code="FUNCTION_SEARCH_PATH",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Set search_path = '' on the function, and qualify the names in its body.",
    nodes=("CreateFunctionStmt",),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
    ),
    good=(
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';",
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql RETURN 1;",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "ALTER FUNCTION total() SET search_path = '';"
        ),
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
    ),
    check=check,
)
