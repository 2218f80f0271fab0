"""What a view, a policy or a trigger stands on can't be changed under it.

PostgreSQL refuses to change the type of a column that a view, a policy, a trigger or a generated column
uses, and to drop a column, a function, a table or a type that something else stands on. It names one after
the other, each in a new run; CASCADE drops them all instead.

Exempt is what a statement before has dropped, and a CASCADE, which is reported as such.

Source: <https://www.postgresql.org/docs/current/ddl-depend.html>
"""

from collections.abc import Iterable, Iterator

from pglast import ast
from pglast.enums import AlterTableType, DropBehavior, ObjectType

from guardrails.lint import dependents
from guardrails.lint.alterations import place
from guardrails.lint.contracts import Name, Problem, Rule, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.parts import commands
from guardrails.lint.schema import Schema
from guardrails.lint.shapes import ROUTINES, TYPES, signature_of
from guardrails.lint.spelling import places, written

_RELATIONS = frozenset({ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW})
_MOST_NAMED = 5


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.certain:
        return
    yield from _columns(statement)
    match statement.node:
        case ast.DropStmt(objects=tuple(objects), removeType=kind, behavior=DropBehavior.DROP_RESTRICT):
            names = [names_of(parts) for parts in objects]
            going = {statement.schema.resolve(name) for name in names}
            for parts, name, offset in zip(objects, names, places(statement, names), strict=True):
                found = _on(statement.schema, kind, parts, name, going)
                yield from _problem(f"{written(name)} can't be dropped", found, offset)


def _columns(statement: Statement) -> Iterator[Problem]:
    schema = statement.schema
    for command in commands(statement, AlterTableType.AT_AlterColumnType, AlterTableType.AT_DropColumn):
        resolved, name = schema.resolve(command.table), command.node.name or ""
        table = schema.table(command.table)
        if resolved is None or command.node.behavior == DropBehavior.DROP_CASCADE:
            continue
        if table is not None and table.whole and name not in table.columns:
            continue
        found = list(dependents.on_column(schema, resolved, name))
        does = "the type of {} can't be changed"
        if command.node.subtype == AlterTableType.AT_DropColumn:
            found += dependents.keys_to(schema, table, name) if table is not None else ()
            does = "{} can't be dropped"
        yield from _problem(does.format(written((*command.table, name))), found, place(statement, command))


def _on(schema: Schema, kind: object, parts: object, name: Name, going: set[Name | None]) -> Iterator[str]:
    resolved = schema.resolve(name)
    if kind in _RELATIONS and resolved is not None:
        leaving = {written(other) for other in going if other}
        table = schema.tables.get(resolved)
        found = [
            *dependents.readers_of(schema, resolved),
            *(dependents.keys_to(schema, table) if table is not None else ()),
        ]
        yield from (one for one in found if one.rpartition(" ")[2] not in leaving)
    elif kind in ROUTINES:
        meant = schema.functions_like(*signature_of(parts))
        if len(meant) == 1 and schema.functions_named(name) == meant:
            yield from dependents.on_function(schema, name)
    elif kind in TYPES and schema.types_named(name):
        yield from dependents.on_type(schema, name)


def _problem(what: str, found: Iterable[str], offset: int) -> Iterator[Problem]:
    by = list(dict.fromkeys(found))
    if by:
        shown = ", ".join(by[:_MOST_NAMED]) + (
            f" and {len(by) - _MOST_NAMED} more" if by[_MOST_NAMED:] else ""
        )
        yield Problem(
            f"{what}: {shown} stands on it",
            offset,
            f"Drop {shown} in a statement before, and make it again after: a view with the same security_invoker "
            "and grants, a policy with the same roles.",
            will_fail=True,
        )


RULE = Rule(
    code="DEPENDENT_OBJECTS",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Drop what stands on it in a statement before, and make it again after.",
    nodes=("AlterTableStmt", "DropStmt"),
    bad=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, total int);\n"
            "CREATE VIEW totals AS SELECT o.total FROM orders o;\n"
            "ALTER TABLE orders ALTER COLUMN total TYPE bigint;"
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, owner uuid);\n"
            "CREATE POLICY own ON orders USING (owner = (SELECT auth.uid()));\n"
            "ALTER TABLE orders DROP COLUMN owner;"
        ),
        (
            "CREATE TABLE orders (a int, b int GENERATED ALWAYS AS (a * 2) STORED);\n"
            "ALTER TABLE orders ALTER COLUMN a TYPE bigint;"
        ),
        (
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n"
            "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();\n"
            "DROP FUNCTION stamp();"
        ),
        "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a_id int REFERENCES a);\nDROP TABLE a;",
        "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE a (m mood);\nDROP TYPE mood;",
    ),
    good=(
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, total int);\n"
            "CREATE VIEW totals AS SELECT o.total FROM orders o;\nDROP VIEW totals;\n"
            "ALTER TABLE orders ALTER COLUMN total TYPE bigint;"
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, total int, note text);\n"
            "CREATE VIEW totals AS SELECT o.total FROM orders o;\n"
            "ALTER TABLE orders ALTER COLUMN note TYPE varchar;"
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY);\nCREATE VIEW every AS SELECT * FROM orders;\n"
            "ALTER TABLE orders ADD COLUMN note text;\nALTER TABLE orders DROP COLUMN note;"
        ),
        "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (a_id int REFERENCES a);\nDROP TABLE b, a;",
        "DROP FUNCTION stamp();",
    ),
    check=check,
)
