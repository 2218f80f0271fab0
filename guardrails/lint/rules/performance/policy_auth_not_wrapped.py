"""`auth.uid()` in a policy is called for each row.

In `(SELECT auth.uid())` it is called once: PostgreSQL takes a sub-select that doesn't depend on the
row out of the loop.

Exempt are calls that depend on the row, as `current_setting('app.' || kind)`.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import SubLinkType

from guardrails.lint.callers import auth_call, is_setting
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of, walk
from guardrails.lint.policies import NODES, drafted, place
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        if draft and (call := next(_called_for_each_row(expression), None)) is not None:
            name = written(names_of(call.funcname))
            arguments = "…" if call.args else ""
            yield Problem(
                f"{draft.shown} calls {name}() for each row",
                place(call, draft.offset),
                f"Write (SELECT {name}({arguments})).",
            )
            return


def _called_for_each_row(node: object) -> Iterator[ast.FuncCall]:
    match node:
        case ast.SubLink(subLinkType=SubLinkType.EXPR_SUBLINK, subselect=ast.SelectStmt(fromClause=None)):
            return
        case ast.FuncCall() if auth_call(node) or is_setting(node):
            if not any(isinstance(part, ast.ColumnRef) for part in walk(node)):
                yield node
        case ast.Node():
            for field in node:
                yield from _called_for_each_row(getattr(node, field))
        case tuple():
            for part in node:
                yield from _called_for_each_row(part)


RULE = Rule(
    code="POLICY_AUTH_NOT_WRAPPED",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Wrap the call: (SELECT auth.uid()).",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (auth.uid() = user_id);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (tenant = current_setting('app.tenant', true));"
        ),
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM members m WHERE m.id = auth.uid()));"
        ),
    ),
    good=(
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.jwt() ->> 'role') = 'admin');"
        ),
        "CREATE POLICY p ON orders USING (owner = current_setting('app.' || kind, true));",
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING (published);",
    ),
    check=check,
)
