"""A materialized view has no row level security: clients see every row.

It was filled with the rights of its owner, past the policies of the tables it reads. Keep it in a
schema that is not exposed, or take SELECT from `anon` and `authenticated`.

Source: <https://supabase.com/docs/guides/database/database-advisors?lint=0016_materialized_view_in_api>,
<https://www.postgresql.org/docs/current/rules-materializedviews.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.privileges import out_of_reach
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.CreateTableAsStmt(
            objtype=ObjectType.OBJECT_MATVIEW, into=ast.IntoClause(rel=ast.RangeVar() as relation)
        ):
            schema = statement.schema

            def is_closed() -> bool:
                view = schema.view_made_by(statement.node)
                return (
                    view is None
                    or schema.views.get(view.name) is not view
                    or not clients_reach(statement)
                    or not exposed(view.name, statement.settings)
                    or out_of_reach(view.access)
                )

            name = written(name_of(relation))
            yield Problem(
                f"materialized view {name} has no policies: clients that may select it see every row",
                relation.location or statement.start,
                f"Add: REVOKE ALL ON {name} FROM anon, authenticated; or create it in a private schema.",
                unless=is_closed,
            )


RULE = Rule(
    code="MATVIEW_IN_API",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Create it in a schema that the API doesn't serve.",
    nodes=("CreateTableAsStmt",),
    bad=(
        "CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM orders;",
        "CREATE MATERIALIZED VIEW public.totals AS SELECT 1 AS a;\nREVOKE SELECT ON totals FROM anon;",
    ),
    good=(
        "CREATE MATERIALIZED VIEW private.totals AS SELECT count(*) FROM orders;",
        "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS a;\nREVOKE ALL ON totals FROM anon, authenticated;",
        "CREATE TABLE totals AS SELECT 1 AS a;",
        "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS a;\nALTER MATERIALIZED VIEW totals SET SCHEMA private;",
    ),
    check=check,
)
