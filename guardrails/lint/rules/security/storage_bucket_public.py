"""Whoever knows a path reads any file of a public bucket, without signing in.

No policy of `storage.objects` is asked for a download from it. Fine for what is meant for everyone,
such as pictures of a shop; keep documents in a private bucket and hand out signed URLs.

Source: <https://supabase.com/docs/guides/storage/buckets/fundamentals>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.constants import constant, fold
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written

_BUCKETS = ("storage", "buckets")
_TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
_POSITION_OF_PUBLIC = 5


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.InsertStmt(relation=relation) as node if _is_buckets(statement, relation):
            for row in _rows(node):
                yield from _row(statement, node, row)
            clause = node.onConflictClause
            yield from _set(statement, clause.targetList if clause else ())
        case ast.UpdateStmt(relation=relation, targetList=assignments) if _is_buckets(statement, relation):
            yield from _set(statement, assignments)


def _is_buckets(statement: Statement, relation: ast.RangeVar | None) -> bool:
    return (
        relation is not None
        and relation.relname == "buckets"
        and (statement.schema.resolve(name_of(relation)) == _BUCKETS)
    )


def _rows(node: ast.InsertStmt) -> Iterator[tuple[ast.Node, ...]]:
    select = node.selectStmt
    if isinstance(select, ast.SelectStmt):
        yield from select.valuesLists or ()
        if select.targetList:
            yield tuple(target.val for target in select.targetList)


def _row(statement: Statement, node: ast.InsertStmt, row: tuple[ast.Node, ...]) -> Iterator[Problem]:
    names = [column.name for column in node.cols or ()]
    place = names.index("public") if "public" in names else None if names else _POSITION_OF_PUBLIC
    if place is not None and place < len(row) and _is_true(row[place]):
        first = constant(fold(row[0], {})[0])
        yield _problem(statement, f"bucket {written((first,))}" if first else "this bucket", row[place])


def _set(statement: Statement, assignments: tuple[ast.ResTarget, ...] | None) -> Iterator[Problem]:
    for assignment in assignments or ():
        if assignment.name == "public" and _is_true(assignment.val):
            yield _problem(statement, "these buckets", assignment)


def _is_true(value: object) -> bool:
    return (constant(fold(value, {})[0]) or "").lower() in _TRUE


def _problem(statement: Statement, what: str, node: ast.Node) -> Problem:
    location = getattr(node, "location", None)
    return Problem(
        f"makes {what} public: everyone reads any file in it by its path, and no policy is asked",
        location if isinstance(location, int) and location >= 0 else statement.start,
    )


RULE = Rule(
    code="STORAGE_BUCKET_PUBLIC",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Leave the bucket private, and hand out signed URLs or write a policy for who may read.",
    nodes=("InsertStmt", "UpdateStmt"),
    bad=(
        "INSERT INTO storage.buckets (id, name, public) VALUES ('docs', 'docs', true);",
        "INSERT INTO storage.buckets (id, public) SELECT 'docs', 'true'::boolean;",
        "UPDATE storage.buckets SET public = true WHERE id = 'docs';",
        "INSERT INTO storage.buckets (id, name) VALUES ('docs', 'docs') ON CONFLICT (id) DO UPDATE SET public = true;",
        "SET search_path = storage;\nUPDATE buckets SET public = true WHERE id = 'docs';",
    ),
    good=(
        "INSERT INTO storage.buckets (id, name, public) VALUES ('docs', 'docs', false);",
        "INSERT INTO storage.buckets (id, name) VALUES ('docs', 'docs');",
        "UPDATE storage.buckets SET public = false;",
        "INSERT INTO shop.buckets (id, public) VALUES (1, true);",
    ),
    check=check,
)
