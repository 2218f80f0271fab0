"""A view without `security_invoker` reads its tables past their policies.

Whoever may read the view sees every row. Say `WITH (security_invoker = true)`, or put the view into a
schema that is not exposed.

Exempt are temporary views, views that read no table, schemas that are not exposed, and a view that
neither `anon` nor `authenticated` may select at the end. A view of tables whose row level security is
surely off shows nothing new: a warning.

Source: <https://www.postgresql.org/docs/current/sql-createview.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.objects import View
from guardrails.lint.parsing import name_of, walk
from guardrails.lint.platform import clients_reach, exposed
from guardrails.lint.privileges import out_of_reach
from guardrails.lint.shapes import option_is_on
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.ViewStmt(view=ast.RangeVar() as relation, query=ast.Node() as query, options=options):
            name = name_of(relation)
            reads = any(isinstance(node, ast.RangeVar) for node in walk(query))
            if (
                relation.relpersistence == "t"
                or not reads
                or option_is_on(options, "security_invoker") is True
            ):
                return
            offset = relation.location or statement.start
            for severity in (Severity.ERROR, Severity.WARNING):
                yield Problem(
                    f"view {written(name)} reads its tables as its owner: whoever may select it sees every row",
                    offset,
                    _suggestion(name),
                    severity,
                    lambda severity=severity: not _is_open(statement, severity),  # type: ignore[misc]
                )
        case ast.AlterTableStmt(
            objtype=ObjectType.OBJECT_VIEW, relation=ast.RangeVar() as relation, cmds=commands
        ):
            if any(_takes_away(command) for command in commands or ()):
                yield from _no_more(statement, relation, "security_invoker is taken away")
        case ast.AlterObjectSchemaStmt(
            objectType=ObjectType.OBJECT_VIEW, relation=ast.RangeVar() as relation, newschema=str(target)
        ):
            view = statement.schema.view(name_of(relation))
            if view and not view.new and view.reads and target in statement.settings.exposed_schemas:
                yield from _no_more(statement, relation, f"schema {written((target,))} is served to clients")


def _no_more(statement: Statement, relation: ast.RangeVar, why: str) -> Iterator[Problem]:
    name = name_of(relation)
    schema = statement.schema
    view = schema.view(name)

    def is_harmless() -> bool:
        if not clients_reach(statement):
            return True
        if view is None:
            return not exposed(schema.resolve(name), statement.settings)
        return (
            view.security_invoker
            or view.dropped
            or schema.views.get(view.name) is not view
            or not exposed(view.name, statement.settings)
            or out_of_reach(view.access)
        )

    yield Problem(
        f"{why}: view {written(name)} reads its tables as its owner, and whoever may select it sees every row",
        relation.location or statement.start,
        f"Add: ALTER VIEW {written(name)} SET (security_invoker = true);",
        unless=is_harmless,
    )


def _takes_away(command: ast.AlterTableCmd) -> bool:
    options = command.def_ if isinstance(command.def_, tuple) else ()
    if command.subtype == AlterTableType.AT_ResetRelOptions:
        return any(option.defname == "security_invoker" for option in options)
    return (
        command.subtype == AlterTableType.AT_SetRelOptions
        and option_is_on(options, "security_invoker") is False
    )


def _is_open(statement: Statement, severity: Severity) -> bool:
    view = _standing(statement)
    if view is None or view.security_invoker:
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


def _suggestion(name: Name) -> str:
    return (
        f"Write CREATE VIEW {written(name)} WITH (security_invoker = true) AS …, or add: ALTER VIEW "
        f"{written(name)} SET (security_invoker = true);"
    )


RULE = Rule(
    code="VIEW_SECURITY_INVOKER",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Create the view WITH (security_invoker = true).",
    nodes=("ViewStmt", "AlterTableStmt", "AlterObjectSchemaStmt"),
    bad=(
        "ALTER VIEW open_orders SET (security_invoker = false);",
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
        "ALTER VIEW open_orders SET (security_invoker = true);",
        "ALTER VIEW private.open_orders RESET (security_invoker);",
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
