"""`CREATE OR REPLACE VIEW` takes `security_invoker` away unless it is said again.

From then on the view reads its tables as its owner, past their policies. A DROP before the CREATE
does the same. Said anew, as `false` too, it is meant so; a later ALTER VIEW may bring it back. Of a
view that was there before the history begins nobody knows whether it had the option: a warning.

Source: <https://www.postgresql.org/docs/current/sql-createview.html>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.shapes import option_is_on
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ViewStmt(view=ast.RangeVar() as relation, options=options) as node:
            schema, name = statement.schema, name_of(relation)
            if relation.relpersistence == "t" or option_is_on(options, "security_invoker") is not None:
                return
            resolved = schema.own_name(name)
            old = schema.views.get(resolved) if node.replace else None
            old = old or schema.dropped_views.get(resolved)
            severity = None
            if old is None:
                if not node.replace or resolved in schema.ever or not _may_exist(statement, resolved):
                    return
                severity = Severity.WARNING
            elif not old.security_invoker:
                return

            def is_back() -> bool:
                made = schema.view_made_by(statement.node)
                return made is None or made.security_invoker or schema.views.get(made.name) is not made

            what = "takes away" if old else "takes away, if it was there,"
            yield Problem(
                f"the new definition of view {written(name)} {what} security_invoker: it reads past the policies "
                "then",
                relation.location or statement.start,
                f"Write: CREATE OR REPLACE VIEW {written(name)} WITH (security_invoker = true) AS …",
                severity,
                is_back if statement.runs else None,
            )


def _may_exist(statement: Statement, resolved: tuple[str, ...]) -> bool:
    """Tell whether a view may be there that the history didn't show, and matters to clients."""
    return (
        not statement.schema.complete_for(resolved)
        and any(name[0] == resolved[0] for name in statement.schema.ever)
        and clients_reach(statement)
        and exposed(resolved, statement.settings)
    )


RULE = Rule(
    code="VIEW_REPLACE_RESETS_INVOKER",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Say WITH (security_invoker = true) again in the new definition.",
    nodes=("ViewStmt",),
    bad=(
        (
            "CREATE VIEW open_orders WITH (security_invoker) AS SELECT 1 AS a;\n"
            "CREATE OR REPLACE VIEW open_orders AS SELECT 2 AS a;"
        ),
        (
            "CREATE VIEW shop.open_orders AS SELECT 1 AS a;\n"
            "ALTER VIEW shop.open_orders SET (security_invoker = on);\n"
            "CREATE OR REPLACE VIEW shop.open_orders WITH (security_barrier) AS SELECT 2 AS a;"
        ),
    ),
    good=(
        (
            "CREATE VIEW open_orders WITH (security_invoker) AS SELECT 1 AS a;\n"
            "CREATE OR REPLACE VIEW open_orders WITH (security_invoker) AS SELECT 2 AS a;"
        ),
        (
            "CREATE VIEW open_orders WITH (security_invoker) AS SELECT 1 AS a;\n"
            "CREATE OR REPLACE VIEW open_orders AS SELECT 2 AS a;\n"
            "ALTER VIEW open_orders SET (security_invoker = true);"
        ),
        (
            "CREATE VIEW private.open_orders AS SELECT 1 AS a;\n"
            "CREATE OR REPLACE VIEW private.open_orders AS SELECT 2 AS a;"
        ),
        "CREATE OR REPLACE VIEW open_orders AS SELECT 1 AS a;",
    ),
    check=check,
)
