"""A new UNIQUE constraint builds its index while nobody can use the table.

`ADD CONSTRAINT … UNIQUE` takes an ACCESS EXCLUSIVE lock and builds a whole index under it; so does a
UNIQUE column that is added. An index that was built concurrently before can be made the constraint's, which
takes a moment.

In the default profile it speaks in projects that build an index concurrently somewhere. Exempt are tables
that this migration created.

Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX>
"""

from collections.abc import Iterator

from pglast.enums import ConstrType

from guardrails.lint.advice import SET_LOCK_TIMEOUT, outside, unique_index
from guardrails.lint.alterations import added_columns, added_constraints
from guardrails.lint.contracts import Habit, Name, Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.spelling import made_up, written


def check(statement: Statement) -> Iterator[Problem]:
    if not statement.settings.asks_for(Habit.CONCURRENTLY):
        return
    for added in added_constraints(statement, ConstrType.CONSTR_UNIQUE):
        if not added.constraint.indexname:
            yield _problem(statement, added.table, added.constraint.conname, added.columns, added.offset)
    for column in added_columns(statement):
        if inline := column.constraint(ConstrType.CONSTR_UNIQUE):
            yield _problem(statement, column.table, inline.conname, (column.name,), column.offset)


def _problem(statement: Statement, table: Name, name: str | None, columns: Name, offset: int) -> Problem:
    called = written((name,)) if name else made_up(table[-1], *columns, "key") or "…"
    index = name or "_".join((table[-1], *columns, "key"))
    known = statement.schema.created_or_changed(table)
    partitioned = known is not None and known.partitioned is not None
    return Problem(
        f"building the index of this UNIQUE constraint keeps everybody from using {written(table)}",
        offset,
        f"A key of a partitioned table can't use an index: begin the migration with {SET_LOCK_TIMEOUT}"
        if partitioned
        else f"Build the index {outside(statement)}: {unique_index(table, index, columns)} "
        f"Then: ALTER TABLE {written(table)} ADD CONSTRAINT {called} UNIQUE USING INDEX {called};",
    )


RULE = Rule(
    code="UNIQUE_WITHOUT_INDEX",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion="Build a unique index concurrently, and add the constraint USING INDEX.",
    nodes=("AlterTableStmt",),
    settings=Settings(profile=Profile.STRICT),
    bad=(
        "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
        'ALTER TABLE "Users" ADD UNIQUE ("firstName", "lastName");',
        "ALTER TABLE users ADD COLUMN handle text UNIQUE;",
    ),
    good=(
        "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
        "CREATE TABLE users (email text);\nALTER TABLE users ADD UNIQUE (email);",
        "ALTER TABLE users ADD COLUMN handle text;",
    ),
    check=check,
)
