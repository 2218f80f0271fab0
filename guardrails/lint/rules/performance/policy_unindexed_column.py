"""Without an index on a policy's column, each query reads the whole table.

A policy adds its condition to every query. Asked is the state after the last of the migrations
checked.

Exempt are columns that lead an index, foreign keys, whose missing index is reported as such, and
tables whose creation was not seen.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import A_Expr_Kind

from guardrails.lint.callers import mentions_identity
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.objects import Table
from guardrails.lint.parsing import names_of
from guardrails.lint.policies import NODES, Draft, drafted
from guardrails.lint.spelling import made_up, written


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    table = draft.schema.table(draft.table) if draft else None
    if draft is None or table is None or draft.command == "insert":
        return
    columns = dict.fromkeys(
        column for word, node in draft.stated if word == "USING" for column in _compared(node)
    )
    for column in columns:
        if column in table.columns:
            index = made_up(draft.table[-1], column, "idx") or ""
            yield Problem(
                f"{draft.shown} compares {written((column,))} with the caller in each query, and no index leads with it",
                draft.offset,
                f"Add: CREATE INDEX {index} ON {written(draft.table)} ({written((column,))});",
                unless=_is_fine(draft, table, column),
            )


def _compared(node: ast.Node) -> Iterator[str]:
    """Yield the columns of the row that an expression compares with who the caller is."""
    pending: list[object] = [node]
    while pending:
        match pending.pop():
            case ast.SubLink():
                continue
            case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, lexpr=left, rexpr=right) as comparison:
                if names_of(comparison.name)[-1:] == ("=",):
                    for side, other in ((left, right), (right, left)):
                        if isinstance(side, ast.ColumnRef) and mentions_identity(other):
                            yield from names_of(side.fields)[-1:]
                pending += (left, right)
            case ast.Node() as inner:
                pending.extend(getattr(inner, field) for field in inner)
            case tuple() as several:
                pending.extend(several)


def _is_fine(draft: Draft, table: Table, column: str) -> Callable[[], bool]:
    def is_fine() -> bool:
        policy = draft.schema.policy_made_by(draft.statement.node)
        return (
            table.dropped
            or policy is None
            or policy.dropped
            or table.indexed((column,))
            or any(key.columns[:1] == (column,) and not key.dropped for key in table.foreign_keys)
        )

    return is_fine


RULE = Rule(
    code="POLICY_UNINDEXED_COLUMN",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Make an index that leads with the column: CREATE INDEX ON … (…);",
    nodes=NODES,
    bad=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, user_id uuid);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, user_id uuid, open bool);\nCREATE INDEX ON orders (open, user_id);\nCREATE POLICY p ON orders TO authenticated USING (open OR orders.user_id = auth.uid());"
        ),
    ),
    good=(
        (
            "CREATE TABLE orders (user_id uuid PRIMARY KEY);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);"
        ),
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);\nCREATE INDEX ON orders (user_id);"
        ),
        "CREATE POLICY p ON orders FOR SELECT TO authenticated USING ((SELECT auth.uid()) = user_id);",
        (
            "CREATE TABLE orders (user_id uuid);\nCREATE POLICY p ON orders FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) = user_id);"
        ),
    ),
    check=check,
)
