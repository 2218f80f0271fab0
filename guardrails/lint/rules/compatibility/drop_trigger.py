"""Dropping a trigger silently ends what it did to every row that is written.

Time stamps, audit rows, notifications, checks: the code that wrote the rows never knew of them, so
nothing fails. The statement takes an ACCESS EXCLUSIVE lock on the table.

Exempt is a trigger that the same migration created, one on a table that is gone at the end, and one that
the table has again at the end, under its name or with its function.

Source: <https://www.postgresql.org/docs/current/sql-droptrigger.html>,
<https://www.postgresql.org/docs/current/sql-createtrigger.html>
"""

from collections.abc import Callable, Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_TRIGGER, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                table, trigger = name[:-1], name[-1]
                known = [one for one in statement.schema.triggers_on(table) if one.name == trigger]
                if not any(one.new for one in known) and not statement.schema.is_new(table):
                    yield Problem(
                        f"drops trigger {written((trigger,))}: rows of {written(table)} are written without what "
                        "it did",
                        offset,
                        f"Say in the migration what does its work from now on; to change it, write CREATE OR "
                        f"REPLACE TRIGGER {written((trigger,))}.",
                        unless=_goes_on(
                            statement.schema,
                            _resolved(statement.schema, name),
                            frozenset(one.function for one in known),
                        ),
                    )


def _resolved(schema: Schema, name: Name) -> Name:
    return (*(schema.resolve(name[:-1]) or name[:-1]), name[-1])


def _goes_on(schema: Schema, name: Name, functions: frozenset[Name]) -> Callable[[], bool]:
    old = schema.created_or_changed(name[:-1])

    def goes_on() -> bool:
        return (old is not None and old.dropped) or any(
            trigger.name == name[-1] or trigger.function in functions
            for trigger in schema.triggers_on(old.name if old else name[:-1])
        )

    return goes_on


RULE = Rule(
    code="DROP_TRIGGER",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Say what does its work from now on; to change it, write CREATE OR REPLACE TRIGGER.",
    nodes=("DropStmt",),
    bad=(
        "DROP TRIGGER stamp ON orders;",
        "DROP TRIGGER IF EXISTS stamp ON shop.orders CASCADE;",
        (
            "DROP TRIGGER stamp ON orders;\n"
            "CREATE TRIGGER stamp BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION stamp();"
        ),
    ),
    good=(
        (
            "DROP TRIGGER IF EXISTS stamp ON orders;\n"
            "CREATE TRIGGER stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();"
        ),
        (
            "CREATE TRIGGER scratch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();\n"
            "DROP TRIGGER scratch ON orders;"
        ),
        "CREATE TABLE scratch (id bigint);\nDROP TRIGGER IF EXISTS stamp ON scratch;",
        "ALTER TRIGGER stamp ON orders RENAME TO set_time;",
    ),
    check=check,
)
