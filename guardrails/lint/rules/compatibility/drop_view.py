"""Dropping a view breaks the queries that read it, and an API that serves it.

Unlike a table it holds no rows of its own, but code that is still running asks for it, and the
privileges and options that it had are gone for good.

Exempt is a view that the same migration created, and one whose name stands for a view or a table again
at the end, with every column that it is known to have had.

Source: <https://www.postgresql.org/docs/current/sql-dropview.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import View
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written

_WORDS = {ObjectType.OBJECT_VIEW: "view", ObjectType.OBJECT_MATVIEW: "materialized view"}


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=kind, objects=tuple(objects)) if kind in _WORDS:
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                view = statement.schema.view(name)
                if view is None or not view.new:
                    yield Problem(
                        f"drops {_WORDS[kind]} {written(name)}: queries that still read it fail",
                        offset,
                        f"Release the code that does without {written(name)} first, and drop it after that; to "
                        "change it, write CREATE OR REPLACE VIEW.",
                        unless=_stands_again(statement.schema, statement.schema.resolve(name) or name, view),
                    )


def _stands_again(schema: Schema, name: Name, old: View | None) -> Callable[[], bool]:
    def stands_again() -> bool:
        if schema.view(name) is None and schema.table(name) is None:
            return False
        before, now = old.columns if old else None, schema.columns_of(name)
        return before is None or now is None or set(before) <= set(now)

    return stands_again


RULE = Rule(
    code="DROP_VIEW",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Release the code that does without it first, and drop it after that.",
    nodes=("DropStmt",),
    bad=(
        "DROP VIEW active_users;",
        "DROP MATERIALIZED VIEW IF EXISTS shop.totals, shop.sums CASCADE;",
        "CREATE VIEW a AS SELECT 1 AS one;\nDROP VIEW b;",
    ),
    good=(
        "DROP VIEW active_users;\nCREATE VIEW active_users AS SELECT 1 AS id;",
        "DROP MATERIALIZED VIEW totals;\nCREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;",
        "CREATE VIEW scratch AS SELECT 1 AS id;\nDROP VIEW scratch;",
        "DROP INDEX active_users;",
    ),
    check=check,
)
