"""`CREATE INDEX CONCURRENTLY IF NOT EXISTS` keeps what a failed build left.

A build that fails, at a duplicate value or a timeout, leaves an index that is INVALID: it costs every write
and helps no query. The next run finds it by its name and skips the build, so nobody notices.

Exempt is an index that the same file drops `IF EXISTS` before.

Source: <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(concurrent=True, if_not_exists=True, idxname=str(index), relation=relation):
            if any(_drops(node, index) for node in statement.session.nodes):
                return
            name = (*name_of(relation)[:-1], index)
            yield Problem(
                f"if an earlier build of {written(name)} failed, its invalid rest is kept and nothing is built",
                statement.start,
                "Leave out IF NOT EXISTS: a second run then stops, and says that the invalid index has to be dropped "
                f"first: DROP INDEX CONCURRENTLY IF EXISTS {written(name)};",
            )


def _drops(node: ast.Node, index: str) -> bool:
    match node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_INDEX, objects=tuple(objects)):
            return any(names_of(parts)[-1:] == (index,) for parts in objects)
    return False


RULE = Rule(
    code="CONCURRENT_INDEX_RETRY",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave out IF NOT EXISTS, or drop the index CONCURRENTLY IF EXISTS before.",
    nodes=("IndexStmt",),
    bad=(
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_user ON orders (user_id);",
        "DROP INDEX CONCURRENTLY IF EXISTS other;\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS u ON shop.orders (a);",
    ),
    good=(
        "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (a);",
        "CREATE INDEX CONCURRENTLY i ON orders (a);",
        "CREATE INDEX IF NOT EXISTS i ON orders (a);",
    ),
    check=check,
)
