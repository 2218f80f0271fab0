"""A SECURITY DEFINER function in an exposed schema is open to every client.

It runs as its owner, and everyone may execute it: PUBLIC from the start, and on Supabase `anon` and
`authenticated` by name too, through default privileges, so that a REVOKE from PUBLIC alone leaves
them. Take EXECUTE from PUBLIC and `anon`, then grant it to the role that needs it.

Exempt are trigger functions, which nobody can call. In the recommended profile, so is a function
that asks who calls it (`auth.uid()`, `auth.jwt()`); the strict one wants to have that read.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0028_anon_security_definer_function_executable>,
<https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY>
"""

from collections.abc import Callable, Iterator
from functools import partial

from pglast import ast

from guardrails.lint.contracts import Problem, Profile, Rule, Severity, Statement
from guardrails.lint.objects import PUBLIC, Function
from guardrails.lint.parsing import names_of
from guardrails.lint.platform import ANON, clients_reach, exposed
from guardrails.lint.privileges import who_executes
from guardrails.lint.routines import asks_who_calls, nodes_in_body, option, signature, that_stands
from guardrails.lint.shapes import signature_of
from guardrails.lint.spelling import written

_NOT_CALLED = frozenset({"trigger", "event_trigger"})


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateFunctionStmt(options=options) as node if option(options, "security") is True:
            yield from _problems(
                statement, node, statement.text, statement.start, lambda: that_stands(statement)
            )
        case ast.AlterFunctionStmt(actions=actions, func=func) if option(actions, "security") is True:
            for function in statement.schema.functions_like(*signature_of(func)):
                yield from _problems(
                    statement, function.node, function.text, 0, partial(_if_standing, statement, function)
                )
        case ast.AlterObjectSchemaStmt(object=ast.ObjectWithArgs() as target, newschema=str(schema)):
            if schema in statement.settings.exposed_schemas:
                for function in statement.schema.functions_like(*signature_of(target)):
                    if function.security_definer and not function.new:
                        yield from _problems(
                            statement,
                            function.node,
                            function.text,
                            0,
                            partial(_if_standing, statement, function),
                        )


def _if_standing(statement: Statement, function: Function) -> Function | None:
    standing = statement.schema.functions_named(function.name)
    return function if any(known is function for known in standing) else None


def _problems(
    statement: Statement,
    node: ast.CreateFunctionStmt,
    text: str,
    start: int,
    at_the_end: Callable[[], Function | None],
) -> Iterator[Problem]:
    name, arguments = signature(node)
    returned = names_of(node.returnType) if node.returnType is not None else ()
    if returned[-1:] and returned[-1] in _NOT_CALLED:
        return
    if statement.settings.profile is Profile.RECOMMENDED and asks_who_calls(nodes_in_body(node, text, start)):
        return

    def is_guarded(*, from_public: bool) -> bool:
        function = at_the_end()
        if function is None or not function.security_definer or not clients_reach(statement):
            return True
        if not exposed(function.resolved, statement.settings):
            return True
        who = who_executes(function.access, statement)
        return (PUBLIC in who) != from_public or not who

    kind = "procedure" if node.is_procedure else "function"
    suggestion = (
        f"Add: REVOKE EXECUTE ON {kind.upper()} {written(name)}({arguments}) FROM PUBLIC, anon, authenticated; "
        "and grant EXECUTE to the role that needs it, or put it in a private schema."
    )
    for from_public, problem in (
        (True, "and past all policies, and every client may call it"),
        (False, f"and {ANON} keeps the EXECUTE that it has by name, from default privileges or a GRANT"),
    ):
        yield Problem(
            f"{kind} {written(name)} runs as its owner {problem}",
            statement.start,
            suggestion,
            unless=partial(is_guarded, from_public=from_public),
        )


RULE = Rule(
    code="SECURITY_DEFINER_EXPOSED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Take EXECUTE from PUBLIC, anon and authenticated, and grant it to the role that needs it.",
    nodes=("CreateFunctionStmt", "AlterFunctionStmt", "AlterObjectSchemaStmt"),
    bad=(
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';",
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC;"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "REVOKE ALL ON FUNCTION total() FROM PUBLIC, anon;\nGRANT EXECUTE ON FUNCTION total() TO anon;"
        ),
        (
            "SET search_path = public;\nCREATE PROCEDURE tidy() LANGUAGE sql SECURITY DEFINER SET search_path = '' "
            "AS 'SELECT 1';"
        ),
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "ALTER FUNCTION total() SECURITY DEFINER SET search_path = '';"
        ),
    ),
    good=(
        (
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "REVOKE EXECUTE ON FUNCTION total() FROM PUBLIC, anon;\n"
            "GRANT EXECUTE ON FUNCTION total() TO authenticated;"
        ),
        (
            "CREATE FUNCTION private.total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' "
            "AS 'SELECT 1';"
        ),
        (
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' "
            "AS $$ BEGIN RETURN NEW; END $$;"
        ),
        (
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' "
            "AS 'SELECT id FROM public.members WHERE user_id = auth.uid()';"
        ),
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        (
            "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;\n"
            "CREATE FUNCTION total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';\n"
            "ALTER FUNCTION total() SET SCHEMA private;"
        ),
    ),
    check=check,
)
