"""`DROP INDEX` waits for every query of the table, and lets no new one start.

It takes an ACCESS EXCLUSIVE lock on the table: one long report keeps it waiting, and behind it even reads
queue up. `CONCURRENTLY` waits without standing in anyone's way. It drops one index at a time and can't run
in a transaction.

In the default profile it speaks in projects that build or drop an index concurrently somewhere. Exempt
are indexes and tables that this migration created, and indexes of partitioned tables, which PostgreSQL
can't drop concurrently.

Source: <https://www.postgresql.org/docs/current/sql-dropindex.html>
"""

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from guardrails.lint.advice import outside
from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.locks import table_of_index
from guardrails.lint.parsing import names_of
from guardrails.lint.schema import Schema
from guardrails.lint.spelling import places, written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.DropStmt(removeType=ObjectType.OBJECT_INDEX, objects=tuple(objects), concurrent=concurrent):
            if concurrent or not statement.settings.asks_for(Habit.CONCURRENTLY):
                return
            names = [names_of(parts) for parts in objects]
            for name, offset in zip(names, places(statement, names), strict=True):
                if not _is_exempt(statement.schema, name):
                    yield Problem(
                        f"dropping index {written(name)} blocks reads and writes of its table while it waits",
                        offset,
                        f"Drop it {outside(statement)}: DROP INDEX CONCURRENTLY IF EXISTS {written(name)};",
                    )


def _is_exempt(schema: Schema, name: Name) -> bool:
    on = table_of_index(name, schema)
    table = schema.created_or_changed(on) if on else None
    if table is None:
        return False
    return (
        table.new
        or table.temporary
        or table.partitioned is not None
        or any(index.new for index in table.indexes if index.name == name[-1])
    )


RULE = Rule(
    code="DROP_INDEX_NOT_CONCURRENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Write DROP INDEX CONCURRENTLY, in a migration of its own.",
    nodes=("DropStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "DROP INDEX orders_user_idx;",
        'DROP INDEX IF EXISTS shop."Orders_idx", other_idx;',
        "DO $$ BEGIN EXECUTE 'DROP INDEX orders_user_idx'; END $$;",
    ),
    good=(
        "DROP INDEX CONCURRENTLY IF EXISTS orders_user_idx;",
        "CREATE TABLE orders (a int);\nCREATE INDEX orders_a ON orders (a);\nDROP INDEX orders_a;",
        "DROP TYPE mood;",
        "DROP TRIGGER touch ON orders;",
    ),
    check=check,
)
