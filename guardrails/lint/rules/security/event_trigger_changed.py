"""Event triggers watch over DDL itself; without one nobody does.

On Supabase they enable row level security on new tables, grant what the API needs and tell it of new
schemas. Dropping or disabling one is an error; a new one, which then runs at every DDL statement of
everyone, is a warning.

Exempt are one that is created again by the end, and enabling one.

Source: <https://www.postgresql.org/docs/current/event-triggers.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_EVENT_TRIGGER, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                yield Problem(
                    f"drops event trigger {written(name)}: what it did at each DDL statement is done no more",
                    offset,
                    unless=lambda name=name: name[-1] in statement.schema.event_triggers,  # type: ignore[misc]
                )
        case ast.AlterEventTrigStmt(trigname=str(trigger), tgenabled="D" | "R"):
            yield Problem(
                f"switches event trigger {written((trigger,))} off: what it did at each DDL statement is done no "
                "more",
                statement.start,
            )
        case ast.CreateEventTrigStmt(trigname=str(trigger)):
            yield Problem(
                f"event trigger {written((trigger,))} runs at every DDL statement of everyone; an error in it "
                "blocks them all",
                statement.start,
                "Keep its function small, and let it fail for nothing.",
                Severity.WARNING,
            )


RULE = Rule(
    code="EVENT_TRIGGER_CHANGED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Leave event triggers alone.",
    nodes=("DropStmt", "AlterEventTrigStmt", "CreateEventTrigStmt"),
    bad=(
        "DROP EVENT TRIGGER ensure_rls;",
        'ALTER EVENT TRIGGER "ensure_rls" DISABLE;',
        "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch();",
        "DO $$ BEGIN EXECUTE 'DROP EVENT TRIGGER IF EXISTS ensure_rls'; END $$;",
    ),
    good=(
        "ALTER EVENT TRIGGER ensure_rls ENABLE;",
        "DROP TRIGGER touch ON orders;",
        "ALTER EVENT TRIGGER ensure_rls RENAME TO rls;",
    ),
    check=check,
)
