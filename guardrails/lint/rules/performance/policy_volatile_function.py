"""A volatile function in a policy is called for each row.

It may answer differently for each. It also keeps PostgreSQL from using an index for the condition.

Exempt are functions that are called in a sub-select without a table, and those that are STABLE or
IMMUTABLE.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.policies import NODES, Draft, drafted, place
from guardrails.lint.spelling import written

_VOLATILE = frozenset(
    {"clock_timestamp", "gen_random_uuid", "nextval", "random", "setval", "timeofday", "uuid_generate_v4"}
)


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        for call in _calls(expression):
            name = names_of(call.funcname)
            if draft and _is_volatile(name, draft):
                yield Problem(
                    f"{draft.shown} calls {written(name)}(), which is volatile", place(call, draft.offset)
                )


def _is_volatile(name: Name, draft: Draft) -> bool:
    functions = draft.schema.functions_named(name)
    if functions:
        return all(function.volatility == "volatile" for function in functions)
    return name[-1] in _VOLATILE and name[:-1] in {(), ("pg_catalog",), ("extensions",)}


def _calls(node: object) -> Iterator[ast.FuncCall]:
    match node:
        case ast.SubLink(subselect=ast.SelectStmt(fromClause=None)):
            return
        case ast.Node():
            if isinstance(node, ast.FuncCall):
                yield node
            for field in node:
                yield from _calls(getattr(node, field))
        case tuple():
            for part in node:
                yield from _calls(part)


RULE = Rule(
    code="POLICY_VOLATILE_FUNCTION",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Declare the function STABLE if it is, and wrap the call: (SELECT f()).",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (random() < 0.5);",
        (
            "CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql AS 'SELECT auth.uid() IS NOT NULL';\nCREATE POLICY p ON orders TO authenticated USING (is_admin());"
        ),
    ),
    good=(
        (
            "CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT auth.uid() IS NOT NULL';\nCREATE POLICY p ON orders TO authenticated USING (is_admin());"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (now() < ends_at);",
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT random()) < 0.5);",
    ),
    check=check,
)
