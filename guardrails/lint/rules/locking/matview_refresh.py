"""`REFRESH MATERIALIZED VIEW` lets nobody read the view until it is filled again.

It takes an ACCESS EXCLUSIVE lock while the query runs. `CONCURRENTLY` lets reads through; it needs a unique
index on the view, over columns and without a condition, and the view must have been filled once.

Exempt are views that this migration created, and `WITH NO DATA`.

Source: <https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.RefreshMatViewStmt(
            relation=ast.RangeVar() as relation, concurrent=concurrent, skipData=empty
        ):
            name = name_of(relation)
            if not concurrent and not empty and not statement.schema.is_new(name):
                yield Problem(
                    f"nobody can read {written(name)} while it is filled again",
                    relation.location or statement.start,
                    f"Give it a unique index and write: REFRESH MATERIALIZED VIEW CONCURRENTLY {written(name)};",
                )


RULE = Rule(
    code="MATVIEW_REFRESH",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Give the view a unique index, and refresh it CONCURRENTLY.",
    nodes=("RefreshMatViewStmt",),
    bad=(
        "REFRESH MATERIALIZED VIEW totals;",
        'REFRESH MATERIALIZED VIEW shop."Totals" WITH DATA;',
        "SELECT cron.schedule('totals', '* * * * *', 'REFRESH MATERIALIZED VIEW totals');",
    ),
    good=(
        "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;",
        "REFRESH MATERIALIZED VIEW totals WITH NO DATA;",
        "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n WITH NO DATA;\nREFRESH MATERIALIZED VIEW totals;",
    ),
    check=check,
)
