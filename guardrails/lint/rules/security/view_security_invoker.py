"""A view without `security_invoker` reads its tables past their policies.

Whoever may read the view sees every row. Say `WITH (security_invoker = true)`; PostgreSQL has it
since 15, before that a view belongs into a schema that is not exposed.

Exempt are temporary views, views that read no table, schemas that are not exposed, and a view that
neither `anon` nor `authenticated` may select at the end. A view of tables whose row level security is
surely off shows nothing new: a warning.

Source: <https://www.postgresql.org/docs/current/sql-createview.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import View
from guardrails.lint.parsing import name_of, walk
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.privileges import out_of_reach
from guardrails.lint.shapes import option_is_on
from guardrails.lint.spelling import written

_SINCE = 15


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ViewStmt(view=ast.RangeVar() as relation, query=ast.Node() as query, options=options):
            name = name_of(relation)
            is_set = statement.settings.postgres_version >= _SINCE and (
                option_is_on(options, "security_invoker") is True
            )
            reads = any(isinstance(node, ast.RangeVar) for node in walk(query))
            if relation.relpersistence == "t" or not reads:
                return
            offset = relation.location or statement.start
            if is_set:
                yield from _switched_off(statement, name, offset)
                return
            for severity in (Severity.ERROR, Severity.WARNING):
                yield Problem(
                    f"view {written(name)} reads its tables as its owner: whoever may select it sees every row",
                    offset,
                    _suggestion(statement, name),
                    severity,
                    lambda severity=severity: not _is_open(statement, severity),  # type: ignore[misc]
                )


def _is_open(statement: Statement, severity: Severity) -> bool:
    view = _standing(statement)
    if view is None or (view.security_invoker and statement.settings.postgres_version >= _SINCE):
        return False
    if not clients_reach(statement) or not exposed(view.name, statement.settings):
        return False
    if out_of_reach(view.access):
        return False
    return (severity is Severity.WARNING) == _shows_nothing_new(statement, view.reads)


def _standing(statement: Statement) -> View | None:
    view = statement.schema.view_made_by(statement.node)
    return view if view is not None and statement.schema.views.get(view.name) is view else None


def _shows_nothing_new(statement: Statement, reads: frozenset[Name]) -> bool:
    tables = [statement.schema.tables.get(name) for name in reads]
    return bool(tables) and all(
        table is not None and not table.rls and exposed(table.name, statement.settings) for table in tables
    )


def _switched_off(statement: Statement, name: Name, offset: int) -> Iterator[Problem]:
    def is_on() -> bool:
        view = _standing(statement)
        return view is None or view.security_invoker or not exposed(view.name, statement.settings)

    yield Problem(
        f"view {written(name)} has security_invoker taken away again later",
        offset,
        _suggestion(statement, name),
        unless=is_on,
    )


def _suggestion(statement: Statement, name: Name) -> str:
    if statement.settings.postgres_version < _SINCE:
        return f"Put {written(name)} into a schema that the API doesn't serve."
    return (
        f"Write CREATE VIEW {written(name)} WITH (security_invoker = true) AS …, or add: ALTER VIEW "
        f"{written(name)} SET (security_invoker = true);"
    )


RULE = Rule(
    code="VIEW_SECURITY_INVOKER",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Create the view WITH (security_invoker = true).",
    nodes=("ViewStmt",),
    bad=(
        "CREATE VIEW open_orders AS SELECT * FROM orders;",
        "CREATE VIEW public.open_orders WITH (security_invoker = off) AS SELECT * FROM orders;",
        "CREATE VIEW open_orders WITH (security_barrier) AS SELECT * FROM orders;",
        (
            "CREATE VIEW open_orders WITH (security_invoker) AS SELECT * FROM orders;\n"
            "ALTER VIEW open_orders RESET (security_invoker);"
        ),
        "CREATE VIEW private.open_orders AS SELECT * FROM orders;\nALTER VIEW private.open_orders SET SCHEMA public;",
        "DO $$ BEGIN EXECUTE 'CREATE VIEW open_orders AS SELECT * FROM orders'; END $$;",
    ),
    good=(
        "CREATE VIEW open_orders WITH (security_invoker = true) AS SELECT * FROM orders;",
        "CREATE VIEW open_orders AS SELECT * FROM orders;\nALTER VIEW open_orders SET (security_invoker = on);",
        "CREATE VIEW private.open_orders AS SELECT * FROM orders;",
        "CREATE TEMP VIEW open_orders AS SELECT * FROM orders;",
        "CREATE VIEW version AS SELECT 1 AS number;",
        (
            "CREATE VIEW open_orders AS SELECT * FROM orders;\n"
            "REVOKE ALL ON open_orders FROM anon, authenticated;"
        ),
        "CREATE VIEW open_orders AS SELECT * FROM orders;\nDROP VIEW open_orders;",
    ),
    check=check,
)
