"""A policy that reads `user_metadata` lets users choose what they are.

It is what a user changes himself, with `auth.updateUser()`, and stands as `raw_user_meta_data` in
`auth.users`. Found too is a function of the project that the policy calls and that reads it, also one
that is changed later.

What stands in the headers or cookies of a request (`current_setting('request.headers')`) is what a caller says
of himself, too: a warning.

Exempt is `app_metadata`, which only the server writes.

Source: <https://supabase.com/docs/guides/database/postgres/row-level-security#authjwt>
"""

from collections.abc import Callable, Iterator

from pglast import ast

from guardrails.lint.bodies import body_of
from guardrails.lint.callers import is_setting, own_calls, reached
from guardrails.lint.constants import text_of
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.policies import drafted, place, policies_calling
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import written

_SAID = ("request.header", "request.cookie")
_NAMES = ("user_metadata", "raw_user_meta_data")


def check(statement: Statement) -> Iterator[Problem]:
    if isinstance(statement.node, ast.CreateFunctionStmt):
        yield from _changed_function(statement, statement.node)
        return
    draft = drafted(statement)
    if draft is None:
        return
    schema = statement.schema
    for _, expression in draft.stated:
        if said := next(filter(_is_said_by_caller, walk(expression)), None):
            yield Problem(
                f"{draft.shown} believes what a request says in its headers, which anybody can write",
                place(said, draft.offset),
                "Read what comes with the token, as auth.uid() and auth.jwt() do.",
                Severity.WARNING,
            )
        here = next(filter(_reads_it, walk(expression)), None)
        if here is not None or next(own_calls(expression), None) is not None:
            yield Problem(
                f"{draft.shown} reads the user's own metadata, which he can change",
                place(here or expression, draft.offset),
                unless=None if here is not None else _is_clean(expression, schema),
            )


def _is_said_by_caller(node: ast.Node) -> bool:
    if not is_setting(node) or not node.args:
        return False
    return (text_of(node.args[0]) or "").lower().startswith(_SAID)


def _is_clean(expression: ast.Node, schema: Schema) -> Callable[[], bool]:
    return lambda: not any(map(_reads_it, reached(expression, schema)))


def _changed_function(statement: Statement, node: ast.CreateFunctionStmt) -> Iterator[Problem]:
    """Report a function that a policy of the history already calls."""
    schema = statement.schema
    name = names_of(node.funcname)
    policies = [policy for policy in policies_calling(name, schema) if not policy.new]

    def is_clean() -> bool:
        made = schema.function_made_by(node)
        return made is None or not any(
            _reads_it(part) for inner in body_of(made) for part in reached(inner, schema)
        )

    if policies:
        yield Problem(
            f"function {written(name)}, which policy {written((policies[0].name,))} on "
            f"{written(policies[0].table)} calls, reads the user's own metadata, which he can change",
            statement.start,
            unless=is_clean,
        )


def _reads_it(node: ast.Node) -> bool:
    match node:
        case ast.A_Const(val=ast.String(sval=str(text))):
            return any(name in text.lower() for name in _NAMES)
        case ast.ColumnRef(fields=fields):
            return names_of(fields)[-1:] in {(name,) for name in _NAMES}
        case ast.A_Expr(name=operator) if names_of(operator)[-1:] == ("||",):
            pieces = (
                part.val.sval or ""
                for part in walk(node)
                if isinstance(part, ast.A_Const) and isinstance(part.val, ast.String)
            )
            return any(name in "".join(pieces).lower() for name in _NAMES)
    return False


RULE = Rule(
    code="POLICY_USER_METADATA",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Read app_metadata, or a table of roles that only the server writes.",
    nodes=("CreatePolicyStmt", "AlterPolicyStmt", "CreateFunctionStmt"),
    bad=(
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() #>> '{user_metadata,role}') = 'admin');"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM auth.users u WHERE u.id = auth.uid() AND u.raw_user_meta_data ->> 'role' = 'admin'));"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO anon USING (org = current_setting('request.headers', true)::json ->> 'x-org');"
        ),
        "ALTER POLICY p ON orders USING ((auth.jwt() -> ('user_' || 'metadata') ->> 'role') = 'admin');",
        (
            "CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql AS $$ SELECT auth.jwt() -> 'user_metadata' ->> 'role' = 'admin' $$;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (is_admin());"
        ),
    ),
    good=(
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');"
        ),
        (
            "CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql AS $$ SELECT auth.jwt() -> 'app_metadata' ->> 'role' = 'admin' $$;\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING (is_admin());"
        ),
        (
            "CREATE FUNCTION name() RETURNS text LANGUAGE sql AS $$ SELECT auth.jwt() -> 'user_metadata' ->> 'name' $$;"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (user_id::text = current_setting('request.jwt.claims', true)::json ->> 'sub');"
        ),
    ),
    check=check,
)
