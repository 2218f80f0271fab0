"""`CASCADE` drops what depends on an object, without saying what that is.

Views, foreign keys, policies, triggers, columns of a dropped type, whole tables of a dropped
schema: a reviewer can't see them, and production may hold more of them than a developer's machine.
Without it PostgreSQL refuses, and names what is in the way.

What hangs on a constraint, an index, a function, a trigger or a policy is rarely data: there it
is a warning.

Source: <https://www.postgresql.org/docs/current/ddl-depend.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, DropBehavior, ObjectType

from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.parsing import name_of, names_of, place_of
from guardrails.lint.spelling import items, written

_RARELY_DATA = frozenset({
    ObjectType.OBJECT_AGGREGATE,
    ObjectType.OBJECT_CAST,
    ObjectType.OBJECT_EVENT_TRIGGER,
    ObjectType.OBJECT_FUNCTION,
    ObjectType.OBJECT_INDEX,
    ObjectType.OBJECT_POLICY,
    ObjectType.OBJECT_PROCEDURE,
    ObjectType.OBJECT_ROUTINE,
    ObjectType.OBJECT_RULE,
    ObjectType.OBJECT_TRIGGER,
})  # fmt: skip


def check(statement: Statement) -> Iterator[Problem]:
    node = statement.node
    match node:
        case ast.DropStmt(behavior=DropBehavior.DROP_CASCADE, objects=tuple(objects), removeType=kind):
            names = ", ".join(written(names_of(parts)) for parts in objects)
            yield _problem(statement, statement.start, statement.end, names, mild=kind in _RARELY_DATA)
        case ast.AlterTableStmt(relation=ast.RangeVar() as relation, cmds=tuple(commands)):
            slices = list(items(statement.text, statement.start, statement.end))
            for number, command in enumerate(commands):
                drops_column = command.subtype == AlterTableType.AT_DropColumn
                if command.behavior == DropBehavior.DROP_CASCADE and (
                    drops_column or command.subtype == AlterTableType.AT_DropConstraint
                ):
                    start, end = slices[number] if number < len(slices) else (statement.start, statement.end)
                    name = written((*name_of(relation), command.name or ""))
                    yield _problem(statement, start, end, name, mild=not drops_column)
        case ast.AlterDomainStmt(behavior=DropBehavior.DROP_CASCADE, typeName=tuple(parts), name=str(name)):
            yield _problem(
                statement, statement.start, statement.end, written((*names_of(parts), name)), mild=True
            )
        case ast.DropOwnedStmt(behavior=DropBehavior.DROP_CASCADE):
            yield _problem(statement, statement.start, statement.end, "what these roles own", mild=False)


def _problem(statement: Statement, start: int, end: int, what: str, *, mild: bool) -> Problem:
    return Problem(
        f"Destructive operation: CASCADE also drops whatever depends on {what}, without naming it",
        place_of(statement.text, "cascade", start, end),
        severity=Severity.WARNING if mild else None,
    )


RULE = Rule(
    code="DROP_CASCADE",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion=(
        "Leave CASCADE out, and drop each dependent object by its own name before, so that a "
        "reviewer sees it."
    ),
    nodes=("DropStmt", "AlterTableStmt", "AlterDomainStmt", "DropOwnedStmt"),
    bad=(
        "DROP TYPE order_status CASCADE;",
        "DROP VIEW IF EXISTS shop.open_orders CASCADE;",
        "DROP EXTENSION hstore CASCADE;",
        "ALTER TABLE orders DROP COLUMN note CASCADE;",
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;",
        "DROP FUNCTION touch() CASCADE;",
        "ALTER DOMAIN email DROP CONSTRAINT email_check CASCADE;",
        "DROP OWNED BY reporting CASCADE;",
    ),
    good=(
        "DROP TYPE order_status;",
        "DROP VIEW shop.open_orders RESTRICT;",
        "ALTER TABLE orders DROP CONSTRAINT orders_note_check;",
        "ALTER TABLE items ADD COLUMN order_id bigint REFERENCES orders ON DELETE CASCADE;",
    ),
    check=check,
)
