"""A function wrongly called IMMUTABLE gives one user what another's call computed.

PostgreSQL computes a call with constant arguments once, while it plans, and keeps the result in a
prepared plan or an index. If that depends on who asks (`auth.uid()`, `current_user`), on a setting, on
the time, on chance or on rows of a table, later callers get the wrong answer.

Reading a table is a warning: lookups that never change are common.

Source: <https://www.postgresql.org/docs/current/xfunc-volatility.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.routines import nodes_in_body, option, relations_in, signature, that_stands
from guardrails.lint.shapes import signature_of
from guardrails.lint.spelling import written

_CHANGING = frozenset({
    "clock_timestamp",
    "current_setting",
    "currval",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "now",
    "random",
    "setval",
    "statement_timestamp",
    "timeofday",
    "transaction_timestamp",
    "txid_current",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
})  # fmt: skip
_BUILT_IN = frozenset({"pg_catalog", "extensions", "public"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt(options=options) as node if option(options, "volatility") == "immutable":

            def is_settled() -> bool:
                function = that_stands(statement)
                return function is None or function.volatility != "immutable"

            yield from _problems(statement, node, statement.text, statement.start, is_settled)
        case ast.AlterFunctionStmt(actions=actions, func=func) if (
            option(actions, "volatility") == "immutable"
        ):
            for function in statement.schema.functions_like(*signature_of(func)):
                yield from _problems(
                    statement,
                    function.node,
                    function.text,
                    0,
                    lambda function=function: function.dropped or function.volatility != "immutable",  # type: ignore[misc]
                )


def _problems(
    statement: Statement, node: ast.CreateFunctionStmt, text: str, start: int, unless: Callable[[], bool]
) -> Iterator[Problem]:
    nodes = list(nodes_in_body(node, text, start))
    reason = next(filter(None, map(_reason, nodes)), None)
    severity = None
    if reason is None:
        table = next(relations_in(nodes), None)
        reason = f"reads {written(table)}" if table else None
        severity = Severity.WARNING
    if reason is not None:
        name, arguments = signature(node)
        yield Problem(
            f"function {written(name)} is called IMMUTABLE but {reason}: its result for one caller is kept for "
            "others",
            statement.start,
            f"Call it STABLE, or VOLATILE if its result changes within a statement: ALTER FUNCTION "
            f"{written(name)}({arguments}) STABLE;",
            severity,
            unless if statement.runs else None,
        )


def _reason(node: ast.Node) -> str | None:
    match node:
        case ast.FuncCall(funcname=funcname):
            name = names_of(funcname)
            own = len(name) == 1 or name[-2] in _BUILT_IN
            if (own and name[-1] in _CHANGING) or (len(name) > 1 and name[-2] == "auth"):
                return f"calls {written(name)}()"
        case ast.SQLValueFunction(op=op):
            return f"asks for {getattr(op, 'name', str(op)).removeprefix('SVFOP_').lower()}"
    return None


RULE = Rule(
    code="FUNCTION_VOLATILITY_LIE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Call the function STABLE.",
    nodes=("CreateFunctionStmt", "AlterFunctionStmt"),
    bad=(
        "CREATE FUNCTION me() RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT auth.uid()';",
        "CREATE FUNCTION today() RETURNS date IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN now()::date; END $$;",
        "CREATE FUNCTION who() RETURNS text LANGUAGE sql IMMUTABLE RETURN current_user;",
        "CREATE FUNCTION rate(c text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT r FROM rates WHERE code = c';",
        (
            "CREATE FUNCTION year() RETURNS int LANGUAGE sql AS 'SELECT extract(year FROM now())::int';\n"
            "ALTER FUNCTION year() IMMUTABLE;"
        ),
    ),
    good=(
        "CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT auth.uid()';",
        "CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * a';",
        (
            "CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS "
            "$$ SELECT public.unaccent('public.unaccent', t) $$;"
        ),
        (
            "CREATE FUNCTION first(a int[]) RETURNS int LANGUAGE sql IMMUTABLE AS "
            "'WITH one AS (SELECT a[1] AS x) SELECT x FROM one';"
        ),
        "CREATE FUNCTION me() RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT auth.uid()';\nALTER FUNCTION me() STABLE;",
    ),
    check=check,
)
