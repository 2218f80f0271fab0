"""`CREATE INDEX` blocks every write to its table until it is built.

It takes a SHARE lock and reads the whole table under it; inserts, updates and deletes wait, and so does
all that queues up behind them. `CONCURRENTLY` takes longer and lets them through. A migration tool must
then run it outside of a transaction, which most do for a file that holds nothing else.

In the default profile it speaks in projects that build an index concurrently somewhere. Exempt are
tables that this migration created, and `ON ONLY` a partitioned table, which builds nothing.

Source: <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
"""

from collections.abc import Iterator

from pglast import ast

from guardrails.lint.advice import create_concurrently, outside
from guardrails.lint.alterations import is_new
from guardrails.lint.contracts import Habit, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import name_of
from guardrails.lint.spelling import written


def check(statement: Statement) -> Iterator[Problem]:
    match statement.node:
        case ast.IndexStmt(concurrent=concurrent, relation=ast.RangeVar() as relation) if not concurrent:
            name = name_of(relation)
            if not statement.settings.asks_for(Habit.CONCURRENTLY) or is_new(statement, name):
                return
            table = statement.schema.created_or_changed(name)
            partitioned = table is not None and table.partitioned is not None
            if partitioned or (not relation.inh and (table is None or not table.columns)):
                return
            yield Problem(
                f"building this index blocks all writes to {written(name)} until it is done",
                statement.start,
                f"Build it {outside(statement)}: {create_concurrently(statement, statement.node)}",
            )


RULE = Rule(
    code="INDEX_NOT_CONCURRENT",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Build it with CREATE INDEX CONCURRENTLY, in a migration of its own.",
    nodes=("IndexStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "CREATE INDEX orders_user_idx ON orders (user_id);",
        'CREATE UNIQUE INDEX IF NOT EXISTS "Users_email" ON "Users" USING btree (lower("email")) WHERE active;',
        "CREATE TABLE IF NOT EXISTS orders (id int);\nCREATE INDEX ON orders (id);",
        "DO $$ BEGIN CREATE INDEX orders_user_idx ON orders (user_id); END $$;",
    ),
    good=(
        "CREATE INDEX CONCURRENTLY orders_user_idx ON orders (user_id);",
        "CREATE TABLE orders (user_id int);\nCREATE INDEX ON orders (user_id);",
        "CREATE TEMP TABLE picked (id int);\nCREATE INDEX ON picked (id);",
        "CREATE INDEX events_at_idx ON ONLY events (at);",
    ),
    check=check,
)
