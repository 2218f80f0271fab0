"""Dropping a table or a foreign key also locks every table that it references.

PostgreSQL removes triggers from the parents, for which it takes an ACCESS EXCLUSIVE lock on each: reads of
them wait as well, and they are often the busiest tables. A lock_timeout lets the migration give up instead.

Known are foreign keys that the migrations made, and those of PostgreSQL's own names, that end in `_fkey`.
Exempt is what runs with a lock_timeout, and tables that this migration created.

Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, ObjectType

from guardrails.lint.advice import SET_LOCK_TIMEOUT
from guardrails.lint.alterations import alterations, place
from guardrails.lint.contracts import Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import names_of
from guardrails.lint.session import LOCK_TIMEOUT
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    if statement.session.timeout(LOCK_TIMEOUT):
        return
    for command in alterations(statement):
        name = command.node.name or ""
        if command.node.subtype == AlterTableType.AT_DropConstraint:
            parents = _parents(statement, command.table, name)
            if parents or name.endswith("_fkey"):
                what = ", ".join(map(written, parents)) or "the table that it references"
                yield Problem(
                    f"dropping {written((name,))} blocks reads and writes of {what} too",
                    place(statement, command),
                )
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_TABLE, objects=tuple(objects)):
            names = [names_of(parts) for parts in objects]
            for table, offset in zip(names, places(statement, names), strict=True):
                if parents := () if statement.schema.is_new(table) else _parents(statement, table):
                    what = ", ".join(map(written, parents))
                    yield Problem(f"dropping {written(table)} blocks reads and writes of {what} too", offset)


def _parents(statement: Statement, name: Name, key_name: str | None = None) -> tuple[Name, ...]:
    table = statement.schema.created_or_changed(name)
    found = {
        key.target: None
        for key in (table.foreign_keys if table else ())
        if not key.dropped
        and (key_name is None or key.name == key_name)
        and not statement.schema.is_new(key.target)
        and table is not None
        and key.target != table.name
    }
    return tuple(found)


RULE = Rule(
    code="DROP_LOCKS_PARENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=f"Begin the migration with {SET_LOCK_TIMEOUT} and drop the foreign keys one by one before the table.",
    nodes=("AlterTableStmt", "DropStmt"),
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE items DROP CONSTRAINT items_order_id_fkey;",
        "CREATE TABLE IF NOT EXISTS items (order_id int REFERENCES orders);\nDROP TABLE items;",
        (
            "ALTER TABLE items ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES orders (id);\n"
            "ALTER TABLE items DROP CONSTRAINT fk;"
        ),
    ),
    good=(
        "SET lock_timeout = '5s';\nALTER TABLE items DROP CONSTRAINT items_order_id_fkey;",
        "ALTER TABLE items DROP CONSTRAINT items_total_check;",
        "CREATE TABLE items (order_id int REFERENCES orders);\nDROP TABLE items;",
    ),
    check=check,
)
